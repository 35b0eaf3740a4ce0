/**
 * Random messages, files, and previews of links.
 *
 * @module
 */
import fc from "fast-check";
import type { FileEvent } from "../state/kinds/file.ts";
import type { MessageEvent } from "../state/kinds/message.ts";
import type { PreviewsEvent } from "../state/kinds/previews.ts";

/** The ids of a few people. */
export const PEOPLE = ["p1", "p2", "p3"];

/** The ids of a few files. */
export const FILES = ["1", "2", "3", "4", "5", "6"].map((n) => n.repeat(22));

/** The ids of a few pictures of previews, of which one is that of a file. */
const PICTURES = ["6", "7", "8", "9"].map((n) => n.repeat(22));

/** The fields of every change of a message. */
export const CHANGED = {
  room: fc.constantFrom("lobby", "lobby", "lobby", "lobby", "a", "~a"),
  // Mostly of a message that is there.
  seq: fc.constantFrom(1, 1, 1, 2, 2, 3, 4, 9, 0),
  person: fc.constantFrom(...PEOPLE),
};

/** A text with two links. */
export const LINKS = "http://a.example/ and http://b.example/";

/** A message. */
export const anyMessageEvent: fc.Arbitrary<MessageEvent> = fc.record({
  type: fc.constant("message" as const),
  room: fc.constantFrom("lobby", "lobby", "lobby", "lobby", "a", "b", "~a"),
  id: fc.integer({ min: 1, max: 9 }).map((n) => `m${n}`),
  user: fc.record({ id: fc.constantFrom(...PEOPLE), name: fc.constantFrom("ann", "bob", "") }),
  text: fc.constantFrom("", "hello", "nul \0 inside", "é😀", LINKS, "x".repeat(3000)),
  mentions: fc.subarray([...PEOPLE, "nobody", "*"]),
  // A reply to a message that is not there is refused, and so is a file that is not: most have neither.
  re: fc.constantFrom(0, 0, 0, 0, 1, 2),
  files: fc.oneof(
    { weight: 8, arbitrary: fc.constant(undefined) },
    { weight: 3, arbitrary: fc.constantFrom(...FILES).map((id) => [id]) },
    fc.shuffledSubarray(FILES, { minLength: 1 }),
  ),
}, { requiredKeys: ["type", "room", "id", "user", "text"] })
  .map(({ files, ...event }) => files === undefined ? event : { ...event, files });

/** A file that somebody uploads. */
export const anyFileEvent: fc.Arbitrary<FileEvent> = fc.record({
  type: fc.constant("file" as const),
  id: fc.constantFrom(...FILES),
  person: fc.constantFrom(...PEOPLE, "guest"),
  name: fc.constantFrom("a.png", "b.txt"),
  mime: fc.constant("image/png"),
  width: fc.constant(640),
  height: fc.constant(480),
  preview: fc.constantFrom(...FILES),
  content: fc.constantFrom({ sha256: "h1", size: 1000 }, { sha256: "h2", size: 2000 }),
  total: fc.constantFrom(0, 0, 0, 2500),
  day: fc.constantFrom(0, 0, 0, 2500),
}, { requiredKeys: ["type", "id", "person", "name", "mime", "content", "total", "day"] })
  .map(({ content, ...event }) => ({ ...event, ...content }));

/** The previews of a message. The first one often has a picture. */
export const anyPreviewsEvent: fc.Arbitrary<PreviewsEvent> = fc.record({
  type: fc.constant("previews" as const),
  room: CHANGED.room,
  seq: CHANGED.seq,
  picture: fc.option(fc.record({
    id: fc.constantFrom(...PICTURES),
    content: fc.constantFrom({ sha256: "h1", size: 1000 }, { sha256: "h3", size: 500 }),
  })),
  previews: fc.constantFrom(
    [{ url: "http://a.example/", title: "A" }],
    [{ url: "http://a.example/", title: "é😀".repeat(60), description: "d", site: "s" }],
    [{ url: "http://b.example/", title: "B" }],
  ),
}).map(({ picture, previews, ...event }) => {
  const [first, ...others] = previews;
  if (picture === null || first === undefined) return { ...event, previews };
  const { id, content } = picture;
  return {
    ...event,
    previews: [{ ...first, picture: { id, width: 40, height: 30 } }, ...others],
    pictures: { files: [{ id, mime: "image/png", ...content }], total: 0, day: 0 },
  };
});

import type { ArchiveLine } from "./format.ts";
import { readArchive, writeArchive } from "./state.ts";
import { openDatabase } from "../state/database.ts";
import { StateHistory } from "../state/history.ts";
import { Inbox } from "../state/inbox.ts";
import { Permissions } from "../state/permissions.ts";
import { State } from "../state/state.ts";
import { assertEquals } from "../testing/assert.ts";

/** A room, and the texts of its messages with their times. */
type Room = readonly [name: string, messages: readonly (readonly [text: string, at: number])[]];

Deno.test("writeArchive puts the messages of all rooms in the order of their times", async () => {
  const lines = archive([
    ["alpha", [["newest", 900], ["newest, too", 900]]],
    ["mid", [["second", 200], ["clock set back", 100], ["third", 300]]],
    ["zoo", [["oldest", 100], ["dated ahead", 8e15], ["fourth", 400]]],
  ]);
  using store = openDatabase({ path: ":memory:", sync: "normal" });
  await writeArchive(store, ReadableStream.from(lines));
  const inbox = new Inbox(store.db, new Permissions(store.db));
  const texts: string[] = [];
  for (let before: number | undefined = Infinity; before !== undefined;) {
    const reading = inbox.read({ person: "p1", before, limit: 1, bytes: 9999 });
    let part = reading.next();
    while (!part.done) part = reading.next();
    texts.push(...part.value.messages.map(({ text }) => text));
    before = part.value.next;
  }
  assertEquals(texts, [
    ...["newest, too", "newest", "fourth", "third", "clock set back", "second"],
    ...["dated ahead", "oldest"],
  ]);
  assertEquals(new StateHistory(store.db).latest(), 900);
  assertEquals([...readArchive(store)], lines);
});

Deno.test("writeArchive continues a removal in all messages that were there, and no later ones", async () => {
  const lines = archive([["alpha", [["newest", 900]]], ["zoo", [["oldest", 100]]]]);
  lines.splice(-1, 0, {
    ...{ type: "removal", person: "p2", by: "p1", deleted: "moderator" },
    ...{ directs: false, lowest: 1, since: 0 },
  });
  using store = openDatabase({ path: ":memory:", sync: "normal" });
  await writeArchive(store, ReadableStream.from(lines));
  const state = new State(store);
  state.append([
    { type: "messages_removed", removal: 1, step: 1 },
    { type: "message", room: "zoo", id: "later", user: { id: "p2", name: "Bob" }, text: "later" },
  ], 1000);
  const history = new StateHistory(store.db);
  const texts = ["alpha", "zoo"].map((room) =>
    history.read({ room, limit: 9, bytes: 9999 }).messages.map(({ text }) => text)
  );
  assertEquals(texts, [[""], ["", "later"]]);
});

/** An archive in which each message mentions `p1`. */
function archive(rooms: readonly Room[]): ArchiveLine[] {
  return [
    { type: "hubbub", format: 1, store: "ab".repeat(16), key: new Uint8Array(32).toBase64() },
    { type: "person", id: "p1", name: "Ann", key: "ann", used: 20_783 },
    ...rooms.flatMap(([room, messages]): ArchiveLine[] => [
      { type: "room", room, first: 1, last: messages.length },
      ...messages.map(([text, at], i): ArchiveLine => ({
        ...{ type: "message", room, seq: i + 1, id: `m${i}`, user: { id: "p2", name: "Bob" } },
        ...{ text, at, mentions: ["p1"] },
      })),
    ]),
    { type: "end", people: 1, messages: rooms.flatMap(([, messages]) => messages).length },
  ];
}

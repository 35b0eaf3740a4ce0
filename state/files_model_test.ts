/** Invariants of files, checked in random histories. */
import fc from "fast-check";
import type { DatabaseSync } from "node:sqlite";
import { assert, assertEquals } from "../testing/assert.ts";
import { anyEvent } from "../testing/any_event.ts";
import {
  anyFileEvent,
  anyMessageEvent,
  anyPreviewsEvent,
  LINKS,
} from "../testing/any_message_event.ts";
import { AttachmentTable } from "./attachment_table.ts";
import { openDatabase } from "./database.ts";
import type { Event } from "./events.ts";
import { StateHistory } from "./history.ts";
import type { FileEvent } from "./kinds/file.ts";
import type { MessageEvent } from "./kinds/message.ts";
import { Permissions } from "./permissions.ts";
import { integer, string } from "./rows.ts";
import { State } from "./state.ts";

const PEOPLE = ["p1", "p2", "p3", "guest"];

/** Messages mostly name files. */
const anyEvents: fc.Arbitrary<Event[]> = fc.array(
  fc.oneof(
    { weight: 3, arbitrary: anyEvent },
    { weight: 1, arbitrary: anyFileEvent },
    { weight: 1, arbitrary: anyPreviewsEvent },
    { weight: 3, arbitrary: fc.tuple(anyMessageEvent, anyFileEvent).map(withFile) },
  ),
  { minLength: 150, maxLength: 300, size: "max" },
);

function withFile([message, { id }]: [MessageEvent, FileEvent]): MessageEvent {
  return { ...message, files: [id] };
}

const PICTURE = { id: "9".repeat(22), width: 40, height: 30 };

const BEGINNING: Event[] = [
  ...["p1", "p2", "p3"].map((person): Event => {
    return { type: "name", person, name: person, key: person, used: 1 };
  }),
  { type: "role", person: "p1", role: "admin" },
  ...["~a", "~b"].map((room): Event => {
    const history = room === "~a" ? "all" : "joined";
    return {
      ...{ type: "room_made", room, kind: "private", title: "Us", topic: "", history },
      ...{ people: [], by: "p2" },
    };
  }),
  {
    ...{ type: "file", id: "1".repeat(22), person: "p2", name: "a", size: 1000, mime: "image/png" },
    ...{ sha256: "h1", total: 0, day: 0 },
  },
  // A person who joins later does not see this message.
  {
    ...{ type: "message", room: "~b", id: "early", user: { id: "p2", name: "p2" }, text: LINKS },
    files: ["1".repeat(22)],
  },
  { type: "setting", setting: "previews", value: true, by: "p1" },
  {
    ...{ type: "previews", room: "~b", seq: 1 },
    previews: [{ url: "http://a.example/", title: "A", picture: PICTURE }],
    pictures: {
      files: [{ id: PICTURE.id, size: 500, mime: "image/png", sha256: "h3" }],
      ...{ total: 0, day: 0 },
    },
  },
  { type: "room_member", room: "~b", person: "p3", by: "p2" },
];

Deno.test("exactly the people who may read a message that names a file may read the file", () => {
  const seen = { read: 0, hidden: 0, gone: 0, shared: 0, pictures: 0 };
  fc.assert(
    fc.property(anyEvents, (events) => {
      using database = openDatabase({ path: ":memory:", sync: "normal" });
      const { db } = database;
      const state = new State(database);
      const [permissions, history] = [new Permissions(db), new StateHistory(db)];
      const table = new AttachmentTable(db);
      state.append(BEGINNING, 1);

      /** The files that the messages name which somebody reads in all rooms, and the previews of these. */
      function readBy(person: string): Set<string> {
        const ids = new Set<string>();
        if (!permissions.mayEnter(person)) return ids;
        for (const row of db.prepare("select name from room").all()) {
          const room = string(row.name);
          const view = permissions.viewOf(person, room);
          if (view === undefined) continue;
          const { messages } = history.read({ room, from: view.from, limit: 500, bytes: 1e7 });
          for (const { id, preview } of messages.flatMap(({ files = [] }) => files)) {
            ids.add(id);
            if (preview !== undefined) ids.add(preview);
          }
          for (const { picture } of messages.flatMap(({ previews = [] }) => previews)) {
            if (picture === undefined) continue;
            ids.add(picture.id);
            seen.pictures++;
          }
        }
        return ids;
      }

      for (let at = 0; at < events.length; at += 10) {
        state.append(events.slice(at, at + 10), 1000 * at);
        const files = [...table.all()];
        for (const person of PEOPLE) {
          const read = readBy(person);
          for (const { id, person: uploader, owner, uses } of files) {
            const isOwn = uploader === person && permissions.mayEnter(person);
            const isUnnamed = (owner === undefined ? uses : table.of(owner)?.uses) === 0;
            const expected = read.has(id) || (isOwn && isUnnamed);
            assertEquals(permissions.mayReadFile(person, id), expected, `${person} reads ${id}`);
            if (expected) seen.read++;
            else seen.hidden++;
          }
          // Every file that a message names exists.
          for (const id of read) assert(table.of(id) !== undefined, id);
        }
      }
      checkTables(db, table);
      seen.gone += table.gone(99).length;
      seen.shared += table.total.files - table.total.contents;
    }),
    // To make a counterexample smaller would take minutes.
    { numRuns: 8, endOnFailure: true },
  );
  // Without this, a test in which nobody has a file would pass as well.
  for (const [what, count] of Object.entries(seen)) assert(count > 0, `${what}: ${count}`);
});

/** Checks that the tables of files say the same. */
function checkTables(db: DatabaseSync, table: AttachmentTable): void {
  const files = [...table.all()];
  const naming = db.prepare("select count(*) as count from message_file where attachment = ?");
  for (const { id, uses, owner, preview } of files) {
    assertEquals(integer(naming.get(id)?.count), uses, id);
    if (owner === id) assert(uses === 1 && preview === undefined, id);
    else if (owner !== undefined) assert(uses === 0 && table.of(owner)?.preview === id, id);
    if (preview !== undefined) assertEquals(table.of(preview)?.owner, id);
  }
  const contents = new Map(files.map(({ content, size }) => [content, size]));
  assertEquals(table.total, {
    files: files.length,
    contents: contents.size,
    bytes: contents.values().reduce((sum, size) => sum + size, 0),
  });
  assertEquals([...table.contents()].map(({ id }) => id), [...contents.keys()].sort());
  for (const id of table.gone(99)) assert(!contents.has(id), `${id} is needed`);
  assertEquals(new Map(files.map(({ hash, content }) => [hash, content])).size, contents.size);
  const orphans = db.prepare(`
    select count(*) as count from message_file where
      not exists (select 1 from attachment where id = message_file.attachment) or
      not exists (
        select 1 from message where room = message_file.room and seq = message_file.seq
      ) or
      exists (
        select 1 from change where room = message_file.room and seq = message_file.seq
          and deleted is not null
      )
  `).get();
  assertEquals(integer(orphans?.count), 0);
}

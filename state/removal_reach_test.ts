/** What removals leave: the messages that are sent after them. */
import { assertEquals } from "../testing/assert.ts";
import { readArchive, writeArchive } from "../archive/state.ts";
import { type Database, openDatabase } from "./database.ts";
import type { Event } from "./events.ts";
import { newChat } from "./local_log.ts";
import { MessageRemoval } from "./message_removal.ts";
import { Permissions } from "./permissions.ts";
import { State } from "./state.ts";

/** Returns a function that appends a batch of events, at a time in ms since 1970. */
function appender(database: Database): (at: number, ...events: Event[]) => void {
  const state = new State(database);
  return (at, ...events) => void state.append(events, at);
}

function empty(): Database {
  return openDatabase({ path: ":memory:", sync: "normal" });
}

/** Messages of a person in a room, with ids that begin with a word. */
function flood(person: string, room: string, word: string, count: number): Event[] {
  const user = { id: person, name: person };
  return Array.from({ length: count }, (_, i): Event => {
    return { type: "message", room, id: `${word}${i}`, user, text: "" };
  });
}

/** Finishes all removals, at a time in ms since 1970. */
function finish({ db }: Database, at: number): void {
  const removal = new MessageRemoval(db, new Permissions(db));
  for (let next; (next = removal.next()) !== undefined;) {
    removal.step(next.removal, at, next.step);
  }
}

/** The ids of the messages that are not deleted. */
function idsIn({ db }: Database): string[] {
  return db.prepare(`
    select id from message
    where not exists (select 1 from change where room = message.room and seq = message.seq)
  `).all().map(({ id }) => String(id));
}

async function imported(database: Database): Promise<Database> {
  const copy = empty();
  await writeArchive(copy, ReadableStream.from(readArchive(database)));
  return copy;
}

/** A chat in which Ann is an admin. */
const CHAT: Event[] = [
  newChat(0),
  { type: "name", person: "ann", name: "ann", key: "ann", used: 1 },
  { type: "role", person: "ann", role: "admin" },
];

const REMOVE: Event = { type: "remove_messages", person: "bob", by: "ann" };

Deno.test("a removal that goes on after imports leaves what was sent after it", async () => {
  using database = empty();
  const append = appender(database);
  append(1000, ...CHAT, ...flood("bob", "tea", "old", 250));
  append(2000, REMOVE);
  append(3000, ...flood("bob", "tea", "later", 1));
  using copy = await imported(database);
  using second = await imported(copy);
  for (const each of [database, copy, second]) {
    finish(each, 4000);
    assertEquals(idsIn(each), ["later0"]);
  }
});

Deno.test("a removal that is wanted again after an import takes what was sent before that", async () => {
  using database = empty();
  const append = appender(database);
  append(1000, ...CHAT, ...flood("bob", "tea", "old", 450));
  append(2000, REMOVE);
  append(3000, ...flood("bob", "tea", "later", 1));
  using copy = await imported(database);
  appender(copy)(4000, REMOVE);
  finish(copy, 5000);
  assertEquals(idsIn(copy), []);
});

Deno.test("a removal leaves what is sent after it, although the newest messages were erased", () => {
  for (
    const erasure of [
      [
        { type: "room_deleted", room: "last", by: "ann" },
        { type: "room_erased", job: 1, step: 1 },
        { type: "room_erased", job: 1, step: 2 },
      ],
      [{ type: "retention", room: "last", before: 99 }],
    ] satisfies Event[][]
  ) {
    using database = empty();
    const append = appender(database);
    append(1000, ...CHAT, ...flood("bob", "tea", "old", 250), ...flood("ann", "last", "newest", 5));
    append(2000, REMOVE);
    append(2000, ...erasure);
    append(2000, ...flood("bob", "den", "later", 1));
    finish(database, 4000);
    assertEquals(idsIn(database), ["later0"]);
  }
});

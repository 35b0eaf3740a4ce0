/** Migrating data files of older layouts. */
import { DatabaseSync } from "node:sqlite";
import { assertEquals } from "../../testing/assert.ts";
import { readArchive } from "../../archive/state.ts";
import { upload } from "../../testing/file_scene.ts";
import { openDatabase } from "../database.ts";
import { appendOne } from "../event_log.ts";
import type { Event } from "../events.ts";
import { LocalLog } from "../local_log.ts";
import { layoutOf } from "../layout.ts";
import { MIGRATIONS } from "./mod.ts";
import { openLocalState } from "../local.ts";

/** The tables of the first layout, as it was released. */
const LAYOUT_1 = `
  create table store (id text not null) strict;
  insert into store values (lower(hex(randomblob(16))));
  create table room (
    id integer primary key,
    name text not null unique,
    first integer not null default 1, -- the oldest seq kept; last + 1 if none is
    last integer not null default 0,  -- the newest seq ever given
    oldest integer,                   -- when the first one kept was sent; null if none is
    newest integer                    -- when the last one was sent
  ) strict;
  create index room_by_oldest on room (oldest) where oldest is not null;
  create index room_by_newest on room (newest) where oldest is not null;
  create table author (
    id integer primary key,
    person text not null unique
  ) strict;
  create table message (
    place integer primary key, -- room << 32 | seq
    room integer not null,
    author integer not null,
    id text not null,
    at integer not null,
    name text not null,
    text text not null
  ) strict;
  create unique index message_by_id on message (id, author, room);
  CREATE TABLE people (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    key TEXT NOT NULL UNIQUE,
    secret TEXT,
    used INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE ended_sessions (
    id TEXT PRIMARY KEY,
    until INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX ended_sessions_until ON ended_sessions (until);
  CREATE TABLE signing_key (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    key BLOB NOT NULL
  ) STRICT;
  pragma application_id = ${0x48756262};
  pragma user_version = 1;
`;

Deno.test("openDatabase brings a file of the first layout to the present one, with all that is in it", () => {
  const dir = Deno.makeTempDirSync({ prefix: "hubbub_migration_" });
  const path = `${dir}/chat.db`;
  const key = new Uint8Array(32).fill(7);
  {
    using old = disposable(new DatabaseSync(path));
    old.exec(LAYOUT_1);
    old.exec(`
      update store set id = '${"ab".repeat(16)}';
      insert into room values (1, 'lobby', 3, 5, 1000, 3000), (2, 'empty', 1, 0, null, null),
        (3, 'gone', 8, 7, null, 500);
      insert into author values (1, 'p1'), (2, 'p2');
      insert into message values
        (1 << 32 | 3, 1, 1, 'm3', 1000, 'ann', 'three'),
        (1 << 32 | 4, 1, 2, 'm4', 900, 'bob', 'nul ' || char(0) || ' inside'),
        (1 << 32 | 5, 1, 1, 'm5', 3000, 'ann', '');
      insert into people values ('p1', 'Ann', 'ann', 'hash', 20000), ('p2', 'bob', 'bob', null, 3);
      insert into ended_sessions values ('s1', 99);
    `);
    old.prepare("insert into signing_key values (1, ?)").run(key);
  }
  const messages = [
    { seq: 3, id: "m3", user: { id: "p1", name: "ann" }, text: "three", at: 1000 },
    { seq: 4, id: "m4", user: { id: "p2", name: "bob" }, text: "nul \0 inside", at: 900 },
    { seq: 5, id: "m5", user: { id: "p1", name: "ann" }, text: "", at: 3000 },
  ];
  const expected = [
    { type: "hubbub", format: 1, store: "ab".repeat(16), key: key.toBase64() },
    { type: "person", id: "p1", name: "Ann", key: "ann", secret: "hash", used: 20000 },
    { type: "person", id: "p2", name: "bob", key: "bob", used: 3 },
    { type: "session", id: "s1", until: 99 },
    { type: "room", room: "gone", first: 8, last: 7 },
    { type: "room", room: "lobby", first: 3, last: 5 },
    ...messages.map((message) => ({ type: "message", room: "lobby", ...message })),
    { type: "end", people: 2, messages: 3 },
  ];
  for (let start = 0; start < 2; start++) {
    using store = openLocalState({ path, sync: "full" });
    assertEquals<unknown>([...readArchive(store.state.database)], expected);
    using fresh = openDatabase({ path: ":memory:", sync: "full" });
    assertEquals(layoutOf(store.state.database.db), layoutOf(fresh.db));
  }
  Deno.removeSync(dir, { recursive: true });
});

Deno.test("openDatabase makes a key for a file of the first layout that never had one", () => {
  const dir = Deno.makeTempDirSync({ prefix: "hubbub_migration_" });
  {
    using old = disposable(new DatabaseSync(`${dir}/chat.db`));
    old.exec(LAYOUT_1);
  }
  using store = openLocalState({ path: `${dir}/chat.db`, sync: "full" });
  assertEquals(store.state.store?.key.length, 32);
  Deno.removeSync(dir, { recursive: true });
});

Deno.test("openDatabase finds how names of the third layout look, but on a copy of a log", () => {
  const dir = Deno.makeTempDirSync({ prefix: "hubbub_migration_" });
  for (const copy of [false, true]) {
    const path = `${dir}/${copy}.db`;
    {
      using old = disposable(new DatabaseSync(path));
      old.exec(LAYOUT_1);
      for (const step of MIGRATIONS.slice(0, 2)) old.exec(step);
      old.exec("pragma user_version = 3");
      old.exec(`insert into people (id, name, key, used)
        values ('p1', 'BiII', 'biii', 1), ('p2', 'Ann', 'ann', 1)`);
      if (copy) old.exec("insert into run (id, number, at) values ('r', 1, 1)");
    }
    using database = openDatabase({ path, sync: "full" });
    const written = database.db.prepare("select written from people order by id").all();
    assertEquals(written.map(({ written }) => written), [copy ? null : "bill", null]);
  }
  Deno.removeSync(dir, { recursive: true });
});

Deno.test("messages of a file of the fourteenth layout can be changed", async () => {
  const dir = Deno.makeTempDirSync({ prefix: "hubbub_migration_" });
  const path = `${dir}/chat.db`;
  {
    using old = disposable(new DatabaseSync(path));
    old.function("written_key", (_name) => null);
    old.exec(LAYOUT_1);
    for (const step of MIGRATIONS.slice(0, 13)) old.exec(step);
    old.exec(`
      pragma user_version = 14;
      insert into room (id, name, first, last, oldest, newest, minute)
        values (1, 'lobby', 2, 3, 1000, 2000, 0);
      insert into author (id, person) values (1, 'p1');
      insert into message (room, seq, author, id, at, name, text)
        values (1, 2, 1, 'm2', 1000, 'ann', 'short'), (1, 3, 1, 'm3', 2000, 'ann', 'three');
    `);
  }
  using store = openLocalState({ path, sync: "full" });
  await using log = LocalLog.open(store.state);
  const place = { room: "lobby", seq: 2, person: "p1" };
  const events: Event[] = [
    { type: "edit", ...place, id: "e1", text: "much longer than it was" },
    { type: "react", ...place, emoji: "👍", on: true },
    { type: "delete", ...place, seq: 3 },
    { type: "edit", ...place, id: "m3", text: "an id that is taken" },
  ];
  const outcomes = [];
  for (const event of events) outcomes.push((await appendOne(log, event)).type);
  assertEquals(outcomes, ["revised", "revised", "revised", "refused"]);
  const lines = [...readArchive(store.state.database)];
  const message = { type: "message", room: "lobby", user: { id: "p1", name: "ann" } };
  const edited = lines.flatMap((line) => line.type === "message" ? line.edited ?? [] : []);
  assertEquals<unknown>(lines.filter(({ type }) => type !== "hubbub"), [
    { type: "room", room: "lobby", first: 2, last: 3, rev: 3, edits: 2 },
    {
      ...{ ...message, seq: 2, id: "m2", text: "much longer than it was", at: 1000 },
      ...{ edited: edited[0], rev: 2 },
    },
    { type: "reactions", room: "lobby", seq: 2, emoji: "👍", people: ["p1"] },
    { type: "edits", room: "lobby", seq: 2, ids: ["e1"] },
    { ...message, seq: 3, id: "m3", text: "", at: 2000, deleted: "author", rev: 3 },
    { type: "end", people: 0, messages: 2 },
  ]);
  Deno.removeSync(dir, { recursive: true });
});

Deno.test("messages of a file of the seventeenth layout can name files", async () => {
  const dir = Deno.makeTempDirSync({ prefix: "hubbub_migration_" });
  const path = `${dir}/chat.db`;
  {
    using old = disposable(new DatabaseSync(path));
    old.function("written_key", (_name) => null);
    old.exec(LAYOUT_1);
    for (const step of MIGRATIONS.slice(0, 16)) old.exec(step);
    old.exec(`
      pragma user_version = 17;
      insert into room (id, name, first, last, oldest, newest, minute)
        values (1, 'lobby', 1, 1, 1000, 1000, 0);
      insert into author (id, person) values (1, 'p1');
      insert into message (room, seq, author, id, at, name, text)
        values (1, 1, 1, 'm1', 1000, 'ann', 'short');
    `);
  }
  using store = openLocalState({ path, sync: "full" });
  await using log = LocalLog.open(store.state);
  const file = upload({ user: { id: "p1" } });
  const user = { id: "p1", name: "ann" };
  const events: Event[] = [
    file,
    { type: "message", room: "lobby", id: "m2", user, text: "", files: [file.id] },
    { type: "message", room: "lobby", id: "m1", user, text: "" },
    { type: "delete", room: "lobby", seq: 1, person: "p1" },
  ];
  const outcomes = [];
  for (const event of events) outcomes.push((await appendOne(log, event)).type);
  assertEquals(outcomes, ["changed", "message", "duplicate", "revised"]);
  const { messages } = await store.messages.read({ room: "lobby", limit: 9, bytes: 9999 });
  assertEquals(messages.map(({ files }) => files?.map(({ id }) => id)), [undefined, [file.id]]);
  Deno.removeSync(dir, { recursive: true });
});

function disposable(db: DatabaseSync): DatabaseSync & Disposable {
  return Object.assign(db, { [Symbol.dispose]: () => db.close() });
}

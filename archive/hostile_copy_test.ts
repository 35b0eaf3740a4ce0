/** Copies that somebody made to do harm, and `restore`. */
import { DatabaseSync } from "node:sqlite";
import { restore } from "./restore.ts";
import { openDatabase, readDatabase } from "../state/database.ts";
import type { Event } from "../state/events.ts";
import { SCHEMA_VERSION } from "../state/migrations/mod.ts";
import { APPLICATION_ID } from "../state/recognition.ts";
import { SCHEMA } from "../state/schema.ts";
import { openLocalState } from "../state/local.ts";
import { LocalLog } from "../state/local_log.ts";
import { UserError } from "../lib/user_error.ts";
import {
  assert,
  assertEquals,
  assertMatch,
  assertRejects,
  assertThrows,
} from "../testing/assert.ts";
import { type Folder, temporaryFolder } from "../testing/folder.ts";

const ENDLESS = "with recursive c(x) as (select 1 union all select x + 1 from c) select x from c";

/** A statement that adds a file with a content. */
function attachmentOf(content: string): string {
  return `
    insert into attachment (id, person, at, name, size, type, hash, content)
    values ('${"F".repeat(22)}', 'p1', 1, 'a', 1, 'a/b', '${"h".repeat(43)}', ${content})
  `;
}

/** A statement that has a table made otherwise. */
function remade(table: string, part: string, by: string): string {
  return `
    pragma writable_schema = on;
    update sqlite_schema set sql = replace(sql, '${part}', '${by}') where name = '${table}'
  `;
}

/** Statements that make SQLite itself do harm: none may run, nor any of what Hubbub does in such a file. */
const ACTIVE = {
  "a trigger that alters messages": `create trigger t after insert on message
    begin update message set text = 'owned'; end`,
  "a trigger that never ends": `create trigger t after update on file
    begin insert into author (person) select * from (${ENDLESS}) where x < 0; end`,
  "a view in the place of a table": `alter table ended_sessions rename to other;
    create view ended_sessions as select x as id, x as until from (${ENDLESS})`,
  "a virtual table": "create virtual table more using fts5 (a)",
  "a table with a name that is like those of SQLite": "create table sqlitexmore (a)",
  "a check that takes all memory": remade(
    ...["message", "text text not null", "text text not null check (length(zeroblob(1e9)) > 0)"],
  ),
  "a reference that deletes rows": remade(
    ...["message", "author integer not null", "author integer references author on delete cascade"],
  ),
  "a key that replaces rows": remade(
    "room",
    "not null unique",
    "not null unique on conflict replace",
  ),
  "a name whose case does not matter": remade(
    "author",
    "person text",
    "person text collate nocase",
  ),
  "another default": remade(
    "author",
    "muted integer not null default 0",
    "muted integer default 9",
  ),
  "a column that is computed in the place of another": `
    alter table chat drop column name; alter table chat add column name text not null as (1)`,
  "an index of other rows":
    "drop index change_by_pin; create index change_by_pin on change (room, pinned) where seq = 1",
  "an index in another order":
    "drop index mention_by_message; create index mention_by_message on mention (room, seq desc)",
  "numbers that are used up": "create table more (a integer primary key autoincrement)",
};

/** Statements that turn a data file into a hostile one. */
const STATEMENTS = {
  ...ACTIVE,
  "a table more": "create table more (a)",
  "a column more": "alter table people add column more text",
  "a column that is computed": "alter table people add column more text as (upper(name))",
  "a table less": "drop table run",
  "an index less": "drop index message_by_id",
  "an index that computes": "create index more on message (upper(text))",
  "a version below all": "pragma user_version = -5",
  "a version above all": "pragma user_version = 2147483647",
  "another program's mark": "pragma application_id = 1",
  "a number that is too large": "update room set last = 9223372036854775807",
  "a time that is too large": "update message set at = 9223372036854775807",
  "a row after which the next one can't be read":
    "update message set n = 9007199254740990 where seq = 4",
  "a rev that can't be read": "update room set rev = 9007199254740992",
  "two chats": "insert into store select * from store",
  "two positions": "insert into log select * from log",
  "no place for a token": "delete from file",
  "an address of two words": "update room set name = 'A B'",
  "an author with a name of two lines": "update message set name = 'a' || char(10) || 'b'",
  "a person with a name of two lines": `
    insert into people (id, name, key, used) values ('p1', 'a' || char(10) || 'b', 'ab', 1)`,
  "a text that is too long": "update message set text = printf('%.70000c', 'x') where seq = 2",
  "a message less": "delete from message where seq = 2",
  "messages without a room": "delete from room",
  "members without a room": `insert into membership values ('p1', 9, 1, null, 'all', 0, 1, 1)`,
  "changes without a room": "insert into change (room, seq, rev) values (9, 1, 1)",
  "files without a room": "insert into message_file values (9, 1, 0, 'x')",
  "a message with an unknown file": "insert into message_file select id, 1, 0, 'x' from room",
  "a file whose bytes are elsewhere": attachmentOf("'../../chat.db'"),
  "a file whose bytes have the name of a folder": attachmentOf("'..'"),
  "bytes elsewhere that are to be deleted": "insert into gone_content values ('../../chat.db')",
  "no position": "delete from log",
  "rules of a version above all": "update log set rules = 9999",
  "a change without a message": "update change set seq = 9 where seq = 2",
  "a pin without a message": "insert into change (room, seq, rev, pinned) values (1, 9, 999, 2)",
  "a rev above the room's": "update change set rev = 999 where seq = 2",
  "a reaction without its emoji": "delete from emoji",
  "an emoji without a reaction": "delete from reaction",
  "a wrong count": "update emoji set count = 7",
  "a wrong number of emoji": "update change set emoji = 7",
  "a reaction of nobody": "update reaction set author = 99 where author = 1",
  "emoji of a message without a change": "delete from change where emoji > 0",
  "a reply to a later message": "update reply set re = 6",
  "a reply far beyond the last message": "update reply set re = 99999",
  "a reply without a message": "update reply set seq = 9",
  "a mention in another room": "insert into mention values ('p1', 9, 1)",
  "an edit of another's message": "update edit set author = 2",
  "an edit under the id of a message": "update edit set id = 'a'",
  "an edited text that is missing": "delete from edited_text",
  "an edited text of another message": "update edited_text set seq = 2",
  "texts of links that are missing":
    "update change set preview = 99, preview_bytes = 2 where seq = 2",
  "a picture whose id breaks headers":
    "insert into picture values ('*', 'a' || char(13, 10), 'image/png', x'00')",
  "a picture that is a page": "insert into picture values ('*', 'a', 'text/html', x'00')",
  "a picture of nobody": "insert into picture values ('nobody', 'a', 'image/png', x'00')",
  "a deleted message that is pinned": "update change set pinned = 1 where deleted is not null",
  "a deleted message that replies": "insert into reply values (1, 4, 1, 1)",
  "a message below the first": "update room set first = 3",
  "more pins than a room may have": `
    with recursive n(x) as (select 7 union all select x + 1 from n where x < 60)
    insert into message (room, seq, author, id, at, name, text)
      select 1, x, 1, 'x' || x, 1, 'ann', '' from n;
    insert into change (room, seq, rev, pinned) select 1, seq, 90 + seq, 90 + seq
      from message where seq > 6;
    update room set last = 60, rev = 200`,
  "no chat": "delete from store",
  "a short key": "update store set key = x'00'",
  ...Object.fromEntries(
    Object.entries({ "is not UTF-8": "ff41", "has a NUL": "4100" }).flatMap(([what, bytes]) => {
      const key = `cast(x'${bytes}' as text)`;
      return [
        [`a session whose id ${what}`, `insert into ended_sessions values (${key}, 1)`],
        [
          `a member whose id ${what}`,
          `insert into membership select ${key}, id, 1, null, 'all', 0, 1, 1 from room`,
        ],
        [`a person undisturbed whose id ${what}`, `insert into do_not_disturb values (${key}, 1)`],
        [`a person ignored whose id ${what}`, `insert into ignored values ('p1', ${key})`],
        [
          `an edit whose id ${what}`,
          `insert into edit select room, 1, author, ${key} from message limit 1`,
        ],
      ];
    }),
  ),
  "a store that breaks headers": "update store set id = 'a;b' || char(13, 10) || 'c'",
};

/** Writes a chat with four messages, which were changed. */
async function writeChat(path: string): Promise<void> {
  using state = openLocalState({ path, sync: "full" });
  const entries = state.messages.entries[Symbol.asyncIterator]();
  const user = { id: "p1", name: "ann" };
  state.messages.append(
    ["a", "b", "c"].map((id) => ({ room: "lobby", id, user, text: id, at: 0, origin: undefined })),
  );
  await entries.next();
  const ann = { room: "lobby", person: "p1" };
  const events: Event[] = [
    { type: "message", room: "lobby", id: "d", user, text: "d" },
    { type: "message", room: "lobby", id: "e", user, text: "e", re: 1 },
    { type: "message", room: "lobby", id: "f", user: { id: "p2", name: "bob" }, text: "f" },
    { type: "edit", ...ann, seq: 3, id: "e1", text: "longer than it was" },
    { type: "react", ...ann, seq: 2, emoji: "👍", on: true },
    { type: "react", room: "lobby", person: "p2", seq: 2, emoji: "👍", on: true },
    { type: "delete", ...ann, seq: 4 },
  ];
  LocalLog.open(state.state).append(events, (result) => assert(!(result instanceof Error)));
}

/** A copy with texts in another encoding: what is read as bytes, and overwritten by as many, would be something else. */
function recoded(folder: Folder): string {
  const copy = `${folder.path}/utf16.db`;
  const db = new DatabaseSync(copy);
  db.exec(`
    pragma encoding = 'UTF-16';
    ${SCHEMA}
    pragma application_id = ${APPLICATION_ID};
    pragma user_version = ${SCHEMA_VERSION};
  `);
  db.close();
  return copy;
}

/** A copy that a statement was applied to. */
function hostile(folder: Folder, index: number, sql: string): string {
  const copy = `${folder.path}/hostile-${index}.db`;
  Deno.copyFileSync(`${folder.path}/good.db`, copy);
  // The types lack what lets a statement write to the tables of SQLite itself.
  const options = { readOnly: false, defensive: false };
  const db = new DatabaseSync(copy, options);
  db.exec(sql);
  db.close();
  return copy;
}

Deno.test("restore refuses a copy that Hubbub has not made, and changes nothing", async () => {
  await using folder = await temporaryFolder();
  const [path, good] = [`${folder.path}/chat.db`, `${folder.path}/good.db`];
  await writeChat(path);
  await writeChat(good);
  const before = Deno.readFileSync(path);
  for (const [index, [name, sql]] of Object.entries(STATEMENTS).entries()) {
    const copy = hostile(folder, index, sql);
    const { message } = await assertRejects(() => restore(path, copy), UserError, "");
    assertMatch(message, /^Cannot (?:restore|open) [^\n]*$/, name);
    assert(!message.includes(".part"), message);
  }
  assertEquals(Deno.readFileSync(path), before);
  const others = [...Deno.readDirSync(folder.path)].map(({ name }) => name)
    .filter((name) => name.includes(".part") || name.includes("before"));
  assertEquals(others, []);
  await restore(path, good);
});

Deno.test("openDatabase and readDatabase use no file in which SQLite itself would do more", async () => {
  await using folder = await temporaryFolder();
  await writeChat(`${folder.path}/good.db`);
  for (const [index, sql] of Object.values(ACTIVE).entries()) {
    const path = hostile(folder, index, sql);
    assertThrows(() => openDatabase({ path, sync: "full" }), UserError, "not those that Hubbub");
    assertThrows(() => readDatabase(path), UserError, "not those that Hubbub");
  }
  const path = recoded(folder);
  assertThrows(() => openDatabase({ path, sync: "full" }), UserError, "not those that Hubbub");
});

Deno.test("restore waits for no pipe or device, and follows a link", async () => {
  await using folder = await temporaryFolder();
  const at = (name: string) => `${folder.path}/${name}`;
  await writeChat(at("good.db"));
  await new Deno.Command("mkfifo", { args: [at("pipe")] }).output();
  for (const copy of [at("pipe"), "/dev/zero", "/dev/null", folder.path]) {
    const { message } = await assertRejects(() => restore(at("chat.db"), copy), UserError, "");
    assertMatch(message, /: it is a (?:pipe or a device|directory), not a file$/);
    assertThrows(() => openDatabase({ path: copy, sync: "full" }), UserError, "not a file");
  }
  Deno.symlinkSync("good.db", at("link"));
  await restore(at("chat.db"), at("link"));
});

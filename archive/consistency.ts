import type { DatabaseSync } from "node:sqlite";
import { PINS } from "../protocol/changes.ts";
import { string } from "../state/rows.ts";
import { MAX_MS } from "./fields.ts";

/** The tables whose rows belong to messages. */
const OF_MESSAGES = "change edited_text edit reply emoji reaction mention message_file".split(" ");

/** The tables that have one row. */
const OF_CHAT = "file store log chat".split(" ");

/** By what is wrong, a statement that finds a row of it. Each uses indexes for what it looks up. */
const FAULTS: Readonly<Record<string, string>> = {
  ...Object.fromEntries(OF_MESSAGES.map((table) => [
    `a row of the table ${table} is of a message that is not there`,
    `select 1 from ${table} where not exists (
      select 1 from message where message.room = ${table}.room and message.seq = ${table}.seq
    )`,
  ])),
  ...Object.fromEntries(OF_CHAT.map((table) => [
    `the table ${table} has not one row`,
    `select 1 from (select count(*) as rows from ${table}) where rows <> 1`,
  ])),
  "a row of the table membership is of a room that is not there":
    "select 1 from membership where room not in (select id from room)",
  "a message is of a room that is not there, or not in its range": `
    select 1 from message left join room on room.id = message.room
    where room.id is null or message.seq < room.first or message.seq > room.last
  `,
  "a message replies to a later one": "select 1 from reply where re >= seq",
  "a reaction is of nobody": `
    select 1 from reaction where not exists (select 1 from author where author.id = reaction.author)
  `,
  "a reaction has no emoji": `
    select 1 from reaction where not exists (
      select 1 from emoji where emoji.room = reaction.room and emoji.seq = reaction.seq
        and emoji.emoji = reaction.emoji
    )
  `,
  "reactions are not counted": `
    select 1 from emoji where count <> (
      select count(*) from reaction where reaction.room = emoji.room and reaction.seq = emoji.seq
        and reaction.emoji = emoji.emoji
    )
  `,
  "emoji are of a message that was never changed": `
    select 1 from emoji where not exists (
      select 1 from change where change.room = emoji.room and change.seq = emoji.seq
    )
  `,
  "the emoji of a message are not counted": `
    select 1 from change where emoji <> (
      select count(*) from emoji where emoji.room = change.room and emoji.seq = change.seq
    )
  `,
  "an edited text is missing": `
    select 1 from change where row is not null and not exists (
      select 1 from edited_text where edited_text.n = change.row
        and edited_text.room = change.room and edited_text.seq = change.seq
    )
  `,
  "previews of links are missing": `
    select 1 from change where preview is not null and not exists (
      select 1 from edited_text where edited_text.n = change.preview
        and edited_text.room = change.room and edited_text.seq = change.seq
        and edited_text.n is not change.row
    )
  `,
  "a deleted message still has content": `
    select 1 from change where deleted is not null and (
      emoji > 0 or preview_bytes > 0 or pinned is not null or edited is not null
      or exists (select 1 from reply where reply.room = change.room and reply.seq = change.seq)
      or exists (
        select 1 from message_file
        where message_file.room = change.room and message_file.seq = change.seq
      )
      or exists (select 1 from mention where mention.room = change.room and mention.seq = change.seq)
    )
  `,
  "the id of an edit is that of a message": `
    select 1 from edit where exists (
      select 1 from message where message.id = edit.id and message.author = edit.author
        and message.room = edit.room
    )
  `,
  "an edit is not by the author of its message": `
    select 1 from edit join message on message.room = edit.room and message.seq = edit.seq
    where message.author <> edit.author
  `,
  "a room has too many pinned messages": `
    select 1 from change where pinned is not null group by room having count(*) > ${PINS}
  `,
};

/**
 * Returns what is wrong with the rows of messages and of what has become of them, or undefined. An export does not show
 * it: it reads what belongs to messages by these.
 */
export function inconsistency(db: DatabaseSync): string | undefined {
  return Object.entries(FAULTS)
    .find(([, sql]) => db.prepare(`${sql} limit 1`).get() !== undefined)?.[0];
}

/**
 * Returns what is wrong with the numbers of all tables, or undefined: one that is larger than any time can't be read, or is
 * so large that the next one could not.
 */
export function hugeNumber(db: DatabaseSync): string | undefined {
  for (const [table, columns] of numbersOf(db)) {
    const isHuge = columns.map((column) => `"${column}" not between -${MAX_MS} and ${MAX_MS}`);
    const sql = `select 1 from "${table}" where ${isHuge.join(" or ")} limit 1`;
    if (db.prepare(sql).get() !== undefined) {
      return `the table ${table} has a number that is too large`;
    }
  }
}

/** Returns the columns with numbers, by their tables. */
function numbersOf(db: DatabaseSync): Map<string, string[]> {
  const columns = db.prepare(`
    select tables.name as "table", columns.name as "column"
    from pragma_table_list as tables, pragma_table_xinfo(tables.name) as columns
    where tables.schema = 'main' and columns.type = 'INTEGER' collate nocase
  `).all();
  const groups = Map.groupBy(columns, ({ table }) => string(table));
  return new Map(
    groups.entries().map(([table, rows]) => [table, rows.map(({ column }) => string(column))]),
  );
}

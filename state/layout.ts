/**
 * The layout of a data file: what tables it has, and whether they are those of this version.
 *
 * @module
 */
import { DatabaseSync } from "node:sqlite";
import { SCHEMA } from "./schema.ts";
import { string } from "./rows.ts";

/** Statistics that SQLite collects for an operator who has it `analyze` the file; nothing else may be in these. */
const STATISTICS = ["sqlite_stat1", "sqlite_stat4"];

/**
 * Everything in the file by the statement that made it: this has all that SQLite does with a row by itself, such as
 * checks, computed columns, references, and what becomes of the former row if a key repeats.
 */
const LAYOUT_SQL = `
  select type, name, tbl_name, coalesce(sql, '') as sql from sqlite_schema
  where name not in (${STATISTICS.map((name) => `'${name}'`).join()}) order by type, name
`;

/** The words of a statement: a quoted one, a comment, a space, a word, or another character. */
const TOKEN = /'(?:[^']|'')*'|"(?:[^"]|"")*"|--[^\n]*|\/\*[^]*?\*\/|\s+|\w+|[^]/g;

/** Returns the layout of a database; two are equal if and only if their layouts are. */
export function layoutOf(db: DatabaseSync): string {
  const rows = db.prepare(LAYOUT_SQL).all();
  return JSON.stringify(
    rows.map(({ type, name, tbl_name, sql }) => [type, name, tbl_name, partsOf(string(sql))]),
  );
}

/**
 * Returns the parts of a statement that makes a table or an index, without what is of no consequence: comments, spaces, and
 * the order of the columns of a table, of which those that were added later are the last ones.
 */
function partsOf(sql: string): string[] {
  let [depth, parts] = [0, [""]];
  for (const token of sql.match(TOKEN) ?? []) {
    if (/^(?:--|\/\*|\s)/.test(token)) continue;
    if (token === "(") depth++;
    if (token === ")") depth--;
    const isBetween = (token === "," && depth === 1) || (token === "(" && depth === 1) ||
      (token === ")" && depth === 0);
    if (isBetween) parts = [...parts, ""];
    else parts[parts.length - 1] += ` ${plain(token)}`;
  }
  const [head = "", ...columns] = parts;
  const tail = columns.pop() ?? "";
  return / index /.test(head) ? parts : [head, ...columns.sort(), tail];
}

/** A word as SQLite takes it: in any case, and quoted or not. A text is as it is. */
function plain(token: string): string {
  return token.startsWith("'") ? token : token.replace(/^"(\w+)"$/, "$1").toLowerCase();
}

let present: string | undefined;

/** Returns whether a database has the tables of this version, all of them and no others. */
export function hasPresentLayout(db: DatabaseSync): boolean {
  return layoutOf(db) === (present ??= presentLayout());
}

function presentLayout(): string {
  const db = new DatabaseSync(":memory:");
  try {
    db.exec(SCHEMA);
    return layoutOf(db);
  } finally {
    db.close();
  }
}

/**
 * The layout of a data file: what tables it has, and whether they are those of this version.
 *
 * @module
 */
import { DatabaseSync } from "node:sqlite";
import { SCHEMA } from "./schema.ts";

/** Every table, column and index, without the words they were made with. */
const LAYOUT_SQL = `
  select t.name as name, t.strict as strict, t.wr as wr, c.name as field, c.type as type,
    c."notnull" as required, c.dflt_value as fallback, c.pk as key
  from pragma_table_list t, pragma_table_xinfo(t.name) c
  where t.schema = 'main' and t.type = 'table' and t.name not like 'sqlite_%'
  union all
  select t.name, i."unique", i.partial, i.origin, group_concat(c.name), i.name, null, null
  from pragma_table_list t, pragma_index_list(t.name) i, pragma_index_info(i.name) c
  where t.schema = 'main' and t.type = 'table' group by i.name
  order by 1, 4, 5
`;

/** Returns the layout of a database; two are equal if and only if their layouts are. */
export function layoutOf(db: DatabaseSync): string {
  return JSON.stringify(db.prepare(LAYOUT_SQL).all());
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

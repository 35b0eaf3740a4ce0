/**
 * Telling a file that is a log of its own from a copy of a log that others write.
 *
 * @module
 */
import type { DatabaseSync } from "node:sqlite";
import { entryName } from "./state.ts";

/**
 * Whether a data file follows a log in NATS: it knows the runs of servers, which the first event that a server appends
 * alone removes. By earlier programs, that only left an entry without a name. Also tells of files of older layouts.
 */
export function isCopyOfLog(db: DatabaseSync): boolean {
  const has = db.prepare("select 1 from sqlite_schema where name = ?");
  if (!has.get("run") || !has.get("log")) return false;
  const row = db.prepare("select entry from log where exists (select 1 from run)").get();
  return row !== undefined && row.entry !== entryName();
}

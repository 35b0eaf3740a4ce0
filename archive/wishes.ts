/**
 * The lines of an archive for what people wish for themselves, and report.
 *
 * @module
 */
import type { Database } from "../state/database.ts";
import { ReportTable } from "../state/report_table.ts";
import { integer, nextKey, string } from "../state/rows.ts";
import type { ArchiveLine } from "./format.ts";

/** Rows that are read at once. */
const READ_ROWS = 500;

/** Returns who is not to be disturbed. */
export function* doNotDisturb(db: Database["db"]): Generator<ArchiveLine> {
  const read = db.prepare(`
    select person, until from do_not_disturb where person > ? order by person limit ${READ_ROWS}
  `);
  for (let after = "", rows; (rows = read.all(after)).length > 0;) {
    for (const { person, until } of rows) {
      after = nextKey(person, after);
      yield { type: "do_not_disturb", person: after, until: integer(until) };
    }
  }
}

/** Returns the open reports. */
export function* reports(db: Database["db"]): Generator<ArchiveLine> {
  const table = new ReportTable(db);
  for (const { id } of table.after(-1, "")) {
    const stored = table.read(id);
    if (stored === undefined) continue;
    const { room, ...report } = stored;
    const address = room === undefined ? undefined : table.room(room)?.room;
    yield {
      ...{ type: "report", ...report },
      ...(address !== undefined && { room: address }),
      reasons: table.reasons(id),
    };
  }
}

/** Returns whom each person ignores. */
export function* ignored(db: Database["db"]): Generator<ArchiveLine> {
  const read = db.prepare(`
    select person, other from ignored where (person, other) > (?, ?)
    order by person, other limit ${READ_ROWS}
  `);
  for (let last = ["", ""], rows; (rows = read.all(...last)).length > 0;) {
    for (const row of rows) {
      const person = string(row.person);
      const other = person === last[0] ? nextKey(row.other, last[1] ?? "") : string(row.other);
      last = [person, other];
      yield { type: "ignore", person, other };
    }
  }
}

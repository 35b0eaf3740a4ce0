/**
 * The lines of an archive for what admins and moderators did.
 *
 * @module
 */
import type { Database } from "../state/database.ts";
import { integer, string } from "../state/rows.ts";
import type { ArchiveLine } from "./format.ts";

/** Rows that are read at once. */
const READ_ROWS = 500;

/** Returns who is muted or banned, and whose account was deleted. */
export function* restrictions(db: Database["db"]): Generator<ArchiveLine> {
  for (
    const { person, muted } of db.prepare(
      "select person, muted from author where muted > 0 order by person",
    ).all()
  ) {
    yield { type: "mute", person: string(person), until: integer(muted) };
  }
  for (
    const { person } of db.prepare("select person from author where deleted = 1 order by person")
      .all()
  ) {
    yield { type: "deleted", person: string(person) };
  }
  for (
    const { person, name, at, by, reason } of db.prepare(
      "select * from ban order by person",
    ).all()
  ) {
    yield {
      ...{ type: "ban", person: string(person), name: string(name), at: integer(at) },
      ...{ by: string(by), reason: string(reason) },
    };
  }
}

/** Returns the audit log. */
export function* auditEntries(db: Database["db"]): Generator<ArchiveLine> {
  const read = db.prepare(`select * from audit where n > ? order by n limit ${READ_ROWS}`);
  for (let after = 0, rows; (rows = read.all(after)).length > 0;) {
    for (const { n, at, by, action, person, detail } of rows) {
      after = integer(n);
      yield {
        ...{ type: "audit", at: integer(at), action: string(action) },
        ...(by !== null && { by: string(by) }),
        ...(person !== null && { person: string(person) }),
        ...(detail !== null && { detail: string(detail) }),
      };
    }
  }
}

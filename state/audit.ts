import type { DatabaseSync, StatementSync } from "node:sqlite";

/** Something that a moderator or admin has done. */
export interface AuditEntry {
  /** The time of the event, in ms since 1970. */
  readonly at: number;
  /** The id of the person who did it; absent for the terminal. */
  readonly by?: string | undefined;
  readonly action: string;
  /** The id of the person whom it concerns. */
  readonly person?: string | undefined;
  /** The new value. Never a message's text, a secret or a token. */
  readonly detail?: string | undefined;
}

/** Every statement. Exported for the test that checks that each of them uses an index. */
export const AUDIT_SQL = {
  add: "insert into audit (at, by, action, person, detail) values (?, ?, ?, ?, ?)",
};

/** The append-only list of what was done by moderators and admins, to whom and when. Written while events are applied. */
export class Audit {
  readonly #add: StatementSync;

  constructor(db: DatabaseSync) {
    this.#add = db.prepare(AUDIT_SQL.add);
  }

  /** Appends an entry. */
  add({ at, by, action, person, detail }: AuditEntry): void {
    this.#add.run(at, by ?? null, action, person ?? null, detail ?? null);
  }
}

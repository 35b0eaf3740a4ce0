import type { DatabaseSync, StatementSync } from "node:sqlite";
import { statementsOf } from "./lazy_statements.ts";
import { integer } from "./rows.ts";

/** Every statement. Exported for the test that checks that each of them uses an index. */
export const DO_NOT_DISTURB_SQL = {
  of: "select until from do_not_disturb where person = ?",
  set: `
    insert into do_not_disturb (person, until) values (?1, ?2)
    on conflict (person) do update set until = ?2
  `,
  end: "delete from do_not_disturb where person = ?",
};

/** Until when people with a name do not want to be disturbed. */
export class DoNotDisturbTable {
  readonly #sql: { readonly [Name in keyof typeof DO_NOT_DISTURB_SQL]: StatementSync };

  constructor(db: DatabaseSync) {
    this.#sql = statementsOf(db, DO_NOT_DISTURB_SQL);
  }

  /** Returns the time, in ms since 1970; 0 for a person who may be disturbed. */
  of(person: string): number {
    return integer(this.#sql.of.get(person)?.until ?? 0);
  }

  /** Sets the time, in ms since 1970; 0 ends it. */
  set(person: string, until: number): void {
    if (until === 0) this.#sql.end.run(person);
    else this.#sql.set.run(person, until);
  }
}

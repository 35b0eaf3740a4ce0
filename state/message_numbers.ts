import type { DatabaseSync, StatementSync } from "node:sqlite";
import { statementsOf } from "./lazy_statements.ts";
import { integer } from "./rows.ts";

/** Every statement. Exported for the test that checks that each of them uses an index. */
export const MESSAGE_NUMBERS_SQL = {
  newestNumber: "select coalesce(max(n), 0) as n from message",
  lowerRemovals: "update removal set last = ?1 where last > ?1",
};

/**
 * The numbers of messages, in the order of their writing, whatever their rooms. When the newest messages are erased, the
 * next ones have their numbers.
 */
export class MessageNumbers {
  readonly #sql: { readonly [Name in keyof typeof MESSAGE_NUMBERS_SQL]: StatementSync };

  constructor(db: DatabaseSync) {
    this.#sql = statementsOf(db, MESSAGE_NUMBERS_SQL);
  }

  /** Returns the number of the newest message; 0 if there is none. */
  newest(): number {
    return integer(this.#sql.newestNumber.get()?.n);
  }

  /** Keeps what was wanted before from reaching later messages. To be called whenever messages were erased. */
  erased(): void {
    this.#sql.lowerRemovals.run(this.newest());
  }
}

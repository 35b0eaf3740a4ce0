import type { DatabaseSync, StatementSync } from "node:sqlite";
import { statementsOf } from "./lazy_statements.ts";
import { DamageError } from "./storage_error.ts";
import { integer } from "./rows.ts";

/** The former keys that are kept, by which muted and banned browsers are known: each costs a MAC for a forged cookie. */
export const FORMER_KEYS_LIMIT = 16;

/** The statements on a table of a few rows. */
const FORMER_KEYS_SQL = {
  all: "select n, key from former_key order by n desc",
  add: "insert into former_key (n, key) values (?, ?)",
  forget: "delete from former_key where n <= ?",
};

/** The keys that signed cookies before the present one. */
export class FormerKeys {
  readonly #sql: { readonly [Name in keyof typeof FORMER_KEYS_SQL]: StatementSync };

  constructor(db: DatabaseSync) {
    this.#sql = statementsOf(db, FORMER_KEYS_SQL);
  }

  /** Returns the number of keys before the present one, and the last ones of them, newest first. */
  read(): { readonly rotation: number; readonly former: readonly Uint8Array[] } {
    const rows = this.#sql.all.all();
    const former = rows.map(({ key }) => {
      if (key instanceof Uint8Array) return key;
      throw new DamageError("a signing key is no blob");
    });
    return { rotation: integer(rows[0]?.n ?? 0), former };
  }

  /** Adds the newest one, and forgets those that are too many. */
  add(key: Uint8Array): void {
    const n = this.read().rotation + 1;
    this.#sql.add.run(n, key);
    this.#sql.forget.run(n - FORMER_KEYS_LIMIT);
  }
}

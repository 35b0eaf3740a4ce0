/**
 * People for tests: a store of their own, a clock that stands until it is set, and hashes that cost nothing.
 *
 * @module
 */
import { DatabaseSync } from "node:sqlite";
import { People } from "../people/people.ts";
import { PEOPLE_TABLES, SqlitePeople } from "../people/store.ts";
import { SlowHash } from "../people/secret_hash.ts";
import { Sessions } from "../people/session.ts";

export const DAY_MS = 24 * 60 * 60 * 1000;

/** Gives the good answer, or throws what the other one said. */
export function good<A extends { ok: boolean }>(answer: A): Extract<A, { ok: true }> {
  if (!isGood(answer)) throw new Error(`Refused: ${Deno.inspect(answer)}`);
  return answer;
}

function isGood<A extends { ok: boolean }>(answer: A): answer is Extract<A, { ok: true }> {
  return answer.ok;
}

/** A store on disk or in memory that can be opened again, with other passwords. */
export class TestPeople implements Disposable {
  /** The time, in milliseconds since 1970. */
  time = Date.UTC(2030, 0, 1);
  readonly store: SqlitePeople;
  readonly #database: DatabaseSync;

  constructor(path = ":memory:") {
    this.#database = new DatabaseSync(path);
    const made = this.#database.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'people'").get();
    if (!made) this.#database.exec(PEOPLE_TABLES);
    this.store = new SqlitePeople(this.#database);
  }

  /** What a server on this store would have. */
  open(password?: string): Promise<People> {
    const hashes = new SlowHash({ cost: { N: 2, r: 1, p: 1 } });
    return People.open(this.store, { password, hashes, now: () => this.time });
  }

  /** What issues the cookies of a server with this password. */
  async sessions(password?: string): Promise<Sessions> {
    const key = await this.store.signingKey();
    return new Sessions({ key, password, now: () => this.time });
  }

  /** How many rows a table has. */
  rows(table: "people" | "ended_sessions"): number {
    return Number(this.#database.prepare(`SELECT count(*) AS n FROM ${table}`).get()?.n);
  }

  [Symbol.dispose](): void {
    this.#database.close();
  }
}

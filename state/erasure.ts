import type { DatabaseSync, StatementSync } from "node:sqlite";
import { statementsOf } from "./lazy_statements.ts";
import { integer } from "./rows.ts";

/** The messages that one step looks at: a few milliseconds of work. */
const STEP_MESSAGES = 2000;

/** The mentions that one step removes. */
const STEP_MENTIONS = 200;

/** Every statement. Exported for the test that checks that each of them uses an index. */
export const ERASURE_SQL = {
  begin: `
    insert into erasure (author, next, last, step)
    select id, 1, coalesce((select max(n) from message), 0), 1 from author where person = ?
  `,
  nextErasure: "select author, step from erasure order by author limit 1",
  of: `
    select next, last, step, person from erasure join author on author.id = erasure.author
    where erasure.author = ?
  `,
  unname: "update message set name = '' where n between ? and ? and author = ? and name <> ''",
  unmention: `
    delete from mention where (person, room, seq) in (
      select person, room, seq from mention where person = ? limit ${STEP_MENTIONS}
    )
  `,
  advance: "update erasure set next = ?, step = step + 1 where author = ?",
  finish: "delete from erasure where author = ?",
};

/** Removes the names of deleted people from their messages, and the mentions of them, in steps. */
export class Erasure {
  readonly #sql: { readonly [Name in keyof typeof ERASURE_SQL]: StatementSync };

  constructor(db: DatabaseSync) {
    this.#sql = statementsOf(db, ERASURE_SQL);
  }

  /** Begins the steps for a person who writes no more. */
  begin(person: string): void {
    this.#sql.begin.run(person);
  }

  /** Returns the next step, or undefined if there is none. */
  next(): { readonly author: number; readonly step: number } | undefined {
    const row = this.#sql.nextErasure.get();
    return row && { author: integer(row.author), step: integer(row.step) };
  }

  /** Does a step. Returns false if it is not the next one. */
  step(author: number, step: number): boolean {
    const row = this.#sql.of.get(author);
    if (row === undefined || integer(row.step) !== step) return false;
    const [next, last] = [integer(row.next), integer(row.last)];
    const end = Math.min(last, next + STEP_MESSAGES - 1);
    this.#sql.unname.run(next, end, author);
    const { changes } = this.#sql.unmention.run(row.person ?? null);
    if (end < last || Number(changes) === STEP_MENTIONS) this.#sql.advance.run(end + 1, author);
    else this.#sql.finish.run(author);
    return true;
  }
}

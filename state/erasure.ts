import type { DatabaseSync, StatementSync } from "node:sqlite";
import { statementsOf } from "./lazy_statements.ts";
import { integer } from "./rows.ts";

/** The messages that one step looks at: a few milliseconds of work. */
const STEP_MESSAGES = 2000;

/** The messages that one step changes, and the bytes of their texts, which are written anew with the names. */
const STEP_CHANGES = 200;
const STEP_BYTES = 1024 * 1024;

/** The mentions that one step removes. */
const STEP_MENTIONS = 200;

/** Every statement. Exported for the test that checks that each of them uses an index. */
export const ERASURE_SQL = {
  begin: `
    insert into erasure (author, next, last, step)
    select id, 1, coalesce((select max(n) from message), 0), 1 from author where person = ?
  `,
  // Those who wait are all at the first step.
  nextErasure: "select author, step from erasure order by step desc, author limit 1",
  isNext: "select 1 from erasure where author = ? and step = ?",
  together: "select min(next) as next, max(last) as last from erasure where step = ?",
  nextNamed: `
    select n, octet_length(text) as bytes from message where n between ? and ? and name <> ''
      and author in (select author from erasure where step = ?) order by n limit ${STEP_CHANGES}
  `,
  unname: `
    update message set name = '' where n between ? and ? and name <> ''
      and author in (select author from erasure where step = ?)
  `,
  unmention: `
    delete from mention where (person, room, seq) in (
      select mention.person, room, seq
      from erasure cross join author on author.id = erasure.author
        cross join mention on mention.person = author.person
      where step = ? limit ${STEP_MENTIONS}
    )
  `,
  advance: "update erasure set next = ?1, step = step + 1 where step = ?2",
  finishErasures: "delete from erasure where step = ?",
};

/**
 * Removes the names of deleted people from their messages, and the mentions of them, in steps. Those who wait begin
 * together and stay together, which costs hardly more than one: else somebody who makes accounts and deletes them could keep
 * all others waiting.
 */
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

  /** Does a step, for a person and all who are at the same one. Returns false if it is not the next one. */
  step(author: number, step: number): boolean {
    if (this.#sql.isNext.get(author, step) === undefined) return false;
    const row = this.#sql.together.get(step);
    const [next, last] = [integer(row?.next), integer(row?.last)];
    const end = this.#endOf(next, last, step);
    this.#sql.unname.run(next, end, step);
    const { changes } = this.#sql.unmention.run(step);
    if (end < last || Number(changes) === STEP_MENTIONS) this.#sql.advance.run(end + 1, step);
    else this.#sql.finishErasures.run(step);
    return true;
  }

  /** Returns the last message of the step that begins at `next`. */
  #endOf(next: number, last: number, step: number): number {
    const end = Math.min(last, next + STEP_MESSAGES - 1);
    const named = this.#sql.nextNamed.all(next, end, step);
    let sum = 0;
    for (const [i, { n, bytes }] of named.entries()) {
      sum += integer(bytes);
      if (sum >= STEP_BYTES || i === STEP_CHANGES - 1) return integer(n);
    }
    return end;
  }
}

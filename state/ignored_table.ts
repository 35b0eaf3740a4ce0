import type { DatabaseSync, StatementSync } from "node:sqlite";
import { statementsOf } from "./lazy_statements.ts";
import { integer, string } from "./rows.ts";

/** Every statement. Exported for the test that checks that each of them uses an index. */
export const IGNORED_SQL = {
  has: "select 1 from ignored where person = ? and other = ?",
  of: "select other from ignored where person = ? order by other",
  count: "select count(*) as count from ignored where person = ?",
  add: "insert into ignored (person, other) values (?, ?) on conflict do nothing",
  remove: "delete from ignored where person = ? and other = ?",
  removeAll: "delete from ignored where person = ?",
  authors: `
    select author.id as id from ignored join author on author.person = ignored.other
    where ignored.person = ?
  `,
};

/** The people whom people with a name ignore. */
export class IgnoredTable {
  readonly #sql: { readonly [Name in keyof typeof IGNORED_SQL]: StatementSync };

  constructor(db: DatabaseSync) {
    this.#sql = statementsOf(db, IGNORED_SQL);
  }

  /** Returns whether a person ignores another. */
  has(person: string, other: string): boolean {
    return this.#sql.has.get(person, other) !== undefined;
  }

  /** Returns the ids of those whom a person ignores, in their order. */
  of(person: string): string[] {
    return this.#sql.of.all(person).map(({ other }) => string(other));
  }

  /** Returns the number of those whom a person ignores. */
  count(person: string): number {
    return integer(this.#sql.count.get(person)?.count);
  }

  /** Returns the rows in `author` of those whom a person ignores and who have written something. */
  authors(person: string): Set<number> {
    return new Set(this.#sql.authors.all(person).map(({ id }) => integer(id)));
  }

  add(person: string, other: string): void {
    this.#sql.add.run(person, other);
  }

  /** Removes one of those whom a person ignores. */
  remove(person: string, other: string): void {
    this.#sql.remove.run(person, other);
  }

  /** Removes all of those whom a person ignores. */
  removeAll(person: string): void {
    this.#sql.removeAll.run(person);
  }
}

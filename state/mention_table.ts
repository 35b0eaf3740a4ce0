import type { DatabaseSync, StatementSync } from "node:sqlite";
import { statementsOf } from "./lazy_statements.ts";
import { integer, string } from "./rows.ts";

/** The number that stands for more than 99 unread messages: nobody reads a larger one, and it costs more. */
export const UNREAD_LIMIT = 100;

/** Every statement. Exported for the test that checks that each of them uses an index. */
export const MENTION_SQL = {
  add: "insert into mention (room, seq, person) values (?, ?, ?) on conflict do nothing",
  count: `
    select count(*) as count from (
      select 1 from mention where person = ?1 and room = ?2 and seq > ?3 limit ${UNREAD_LIMIT}
    )
  `,
  // The newest ones, whoever wrote them: a condition on the author would look at any number of rows.
  authors: `
    select author from message where room = ?2 and seq in (
      select seq from mention where person = ?1 and room = ?2 and seq > ?3 order by seq desc limit ?4
    )
  `,
  of: "select person from mention where room = ? and seq = ? order by person",
  between: `
    select seq, person from mention where room = ? and seq between ? and ? order by seq, person
  `,
  remove: "delete from mention where room = ? and seq between ? and ?",
};

/** The mentions of people in messages: a row for each person, and one for everyone. */
export class MentionTable {
  readonly #sql: { readonly [Name in keyof typeof MENTION_SQL]: StatementSync };

  constructor(db: DatabaseSync) {
    this.#sql = statementsOf(db, MENTION_SQL);
  }

  /** Adds the mentions of a message. */
  add(roomId: number, seq: number, people: readonly string[]): void {
    for (const person of people) this.#sql.add.run(roomId, seq, person);
  }

  /** Returns the number of messages above a `seq` that name a person, at most {@linkcode UNREAD_LIMIT}. */
  count(roomId: number, seq: number, person: string): number {
    return integer(this.#sql.count.get(person, roomId, seq)?.count);
  }

  /** Returns the authors of the newest messages above a `seq` that name a person, or everyone. */
  authors(roomId: number, seq: number, person: string, limit: number): number[] {
    return this.#sql.authors.all(person, roomId, seq, limit).map(({ author }) => integer(author));
  }

  /** Returns whom a message mentions, in the order of their ids. */
  of(roomId: number, seq: number): string[] {
    return this.#sql.of.all(roomId, seq).map(({ person }) => string(person));
  }

  /** Returns whom each message in a range mentions; those that mention nobody are not in it. */
  between(roomId: number, first: number, last: number): Map<number, string[]> {
    const mentions = new Map<number, string[]>();
    for (const { seq, person } of this.#sql.between.all(roomId, first, last)) {
      const people = mentions.get(integer(seq));
      if (people === undefined) mentions.set(integer(seq), [string(person)]);
      else people.push(string(person));
    }
    return mentions;
  }

  /** Removes the mentions in a range of messages. */
  remove(roomId: number, first: number, last: number): void {
    this.#sql.remove.run(roomId, first, last);
  }
}

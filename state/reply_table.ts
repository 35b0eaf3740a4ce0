import type { DatabaseSync, StatementSync } from "node:sqlite";
import { integer } from "./rows.ts";

/** Every statement. Exported for the test that checks that each of them uses an index. */
export const REPLY_SQL = {
  author: "select author from message where room = ? and seq = ?",
  add: "insert into reply (room, seq, re, author) values (?, ?, ?, ?)",
  between: "select seq, re from reply where room = ? and seq between ? and ?",
  remove: "delete from reply where room = ? and seq between ? and ?",
};

/** The messages that reply to others: a row for each. */
export class ReplyTable {
  readonly #sql: { readonly [Name in keyof typeof REPLY_SQL]: StatementSync };

  constructor(db: DatabaseSync) {
    this.#sql = {
      author: db.prepare(REPLY_SQL.author),
      add: db.prepare(REPLY_SQL.add),
      between: db.prepare(REPLY_SQL.between),
      remove: db.prepare(REPLY_SQL.remove),
    };
  }

  /** Notes that a message replies to another, which is there. */
  add(room: number, seq: number, re: number): void {
    const author = integer(this.#sql.author.get(room, re)?.author ?? 0);
    this.#sql.add.run(room, seq, re, author);
  }

  /** Returns which message each in a range replies to; those that reply to none are not in it. */
  between(room: number, first: number, last: number): Map<number, number> {
    const rows = this.#sql.between.all(room, first, last);
    return new Map(rows.map(({ seq, re }) => [integer(seq), integer(re)]));
  }

  /** Removes what a range of messages replies to. */
  remove(room: number, first: number, last: number): void {
    this.#sql.remove.run(room, first, last);
  }
}

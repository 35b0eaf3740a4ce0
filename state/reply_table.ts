import type { DatabaseSync, StatementSync } from "node:sqlite";
import { statementsOf } from "./lazy_statements.ts";
import { EVERYONE, type Message } from "../protocol/types.ts";
import { integer, string } from "./rows.ts";

/** Every statement. Exported for the test that checks that each of them uses an index. */
export const REPLY_SQL = {
  author: `
    select author.id as id, author.person as person
    from message join author on author.id = message.author where message.room = ? and message.seq = ?
  `,
  add: "insert into reply (room, seq, re, author) values (?, ?, ?, ?)",
  // The newest ones. Those that mention the person are counted elsewhere, and here as the person's own.
  authors: `
    select iif(
      exists (
        select 1 from mention where mention.person in (?4, '${EVERYONE}')
          and mention.room = message.room and mention.seq = message.seq
      ), ?1, message.author
    ) as author from message
    where message.room = ?2 and message.seq in (
      select seq from reply where author = ?1 and room = ?2 and seq > ?3 order by seq desc limit ?5
    )
  `,
  answered: `
    select author.person as person from reply join author on author.id = reply.author
    where reply.room = ? and reply.seq = ?
  `,
  between: `
    select reply.seq as seq, reply.re as re, author.person as person from reply
    left join author on author.id = reply.author where reply.room = ? and reply.seq between ? and ?
  `,
  remove: "delete from reply where room = ? and seq between ? and ?",
};

/** The messages that reply to others: a row for each. */
export class ReplyTable {
  readonly #sql: { readonly [Name in keyof typeof REPLY_SQL]: StatementSync };

  constructor(db: DatabaseSync) {
    this.#sql = statementsOf(db, REPLY_SQL);
  }

  /** Notes that a message replies to another, which is there. Returns the author of that one, if it is known. */
  add(room: number, seq: number, re: number): string | undefined {
    const row = this.#sql.author.get(room, re);
    this.#sql.add.run(room, seq, re, integer(row?.id ?? 0));
    return row && string(row.person);
  }

  /**
   * Returns the authors of the newest messages above a `seq` that reply to a person; for one that mentions the person, too, the
   * person.
   *
   * @param author The person's row in `author`; 0 if there is none.
   */
  authors(room: number, seq: number, person: string, author: number, limit: number): number[] {
    if (author === 0) return [];
    return this.#sql.authors.all(author, room, seq, person, limit)
      .map((row) => integer(row.author));
  }

  /** Returns the author of the message to which one replies, if it does. */
  answered(room: number, seq: number): string | undefined {
    const row = this.#sql.answered.get(room, seq);
    return row && string(row.person);
  }

  /** Returns what each message in a range replies to; those that reply to none are not in it. */
  between(room: number, first: number, last: number): Map<number, Pick<Message, "re" | "answers">> {
    const rows = this.#sql.between.all(room, first, last);
    return new Map(rows.map(({ seq, re, person }) => [
      integer(seq),
      { re: integer(re), ...(person !== null && { answers: string(person) }) },
    ]));
  }

  /** Removes what a range of messages replies to. */
  remove(room: number, first: number, last: number): void {
    this.#sql.remove.run(room, first, last);
  }
}

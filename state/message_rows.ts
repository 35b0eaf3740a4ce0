import type { DatabaseSync, StatementSync } from "node:sqlite";
import { statementsOf } from "./lazy_statements.ts";
import { integer } from "./rows.ts";

/** The most rows that one step deletes besides the messages, but for those of a single message: some milliseconds of work. */
export const STEP_ROWS = 2000;

/** Every statement. Exported for the test that checks that each of them uses an index. */
export const MESSAGE_ROWS_SQL = {
  reactions: `
    select seq, sum(count) as rows from emoji where room = ? and seq between ? and ? group by seq
  `,
  mentions: `
    select seq, count(*) as rows from mention where room = ? and seq between ? and ? group by seq
  `,
  files: `
    select seq, count(*) as rows from message_file where room = ? and seq between ? and ? group by seq
  `,
  removeEdits: `
    delete from edit where (room, seq, id) in (
      select room, seq, id from edit where room = ? and seq between ? and ? limit ${STEP_ROWS}
    )
  `,
};

/** The rows that belong to messages. Of few messages they can be many, so that a step has to count them. */
export class MessageRows {
  readonly #sql: { readonly [Name in keyof typeof MESSAGE_ROWS_SQL]: StatementSync };

  constructor(db: DatabaseSync) {
    this.#sql = statementsOf(db, MESSAGE_ROWS_SQL);
  }

  /** Returns the number of rows of a message, without its edits. */
  of(room: number, seq: number): number {
    return this.#between(room, seq, seq).get(seq) ?? 0;
  }

  /**
   * Returns the last message of a range up to which a step can remove all with their rows; the first one that has any
   * always can. Undefined if the step was used up by the ids of their edits, which may be any number, and the messages stay for
   * another one.
   */
  removable(room: number, first: number, last: number): number | undefined {
    const { changes } = this.#sql.removeEdits.run(room, first, last);
    if (Number(changes) === STEP_ROWS) return undefined;
    let total = 0;
    for (const [seq, rows] of this.#between(room, first, last)) {
      if (total > 0 && total + rows > STEP_ROWS) return seq - 1;
      total += rows;
    }
    return last;
  }

  /** Returns the numbers of rows of the messages in a range that have any, by their `seq`, ascending. */
  #between(room: number, first: number, last: number): Map<number, number> {
    const { reactions, mentions, files } = this.#sql;
    const counts = new Map<number, number>();
    for (
      const { seq, rows } of [reactions, mentions, files].flatMap((sql) =>
        sql.all(room, first, last)
      )
    ) {
      counts.set(integer(seq), (counts.get(integer(seq)) ?? 0) + integer(rows));
    }
    return new Map([...counts].sort(([one], [other]) => one - other));
  }
}

import type { DatabaseSync, StatementSync } from "node:sqlite";
import { statementsOf } from "./lazy_statements.ts";
import { integer, string } from "./rows.ts";

/** Every statement. Exported for the test that checks that each of them uses an index. */
export const INDEX_QUEUE_SQL = {
  addOne: "insert into index_queue (message) values (?)",
  addRange: `
    insert into index_queue (message)
    select n from message where room = ? and seq between ? and ?
  `,
  next: "select q, message from index_queue where q > 0 order by q limit ?",
  queueLength: "select count(*) as count from index_queue",
  has: "select 1 from index_queue where message = ?",
  remove: "delete from index_queue where q <= ?",
  clearQueue: "delete from index_queue",
  queueReader: "select index_id as id from file",
  setQueueReader: "update file set index_id = ?",
};

/** A message that must be looked at again, and its place in the queue. */
export interface QueuedMessage {
  readonly q: number;
  /** Its row, which may be gone, and may even be another message's by now. */
  readonly message: number;
}

/**
 * The messages whose text is gone or another, for the search index, which finds new ones without it. It keeps no texts.
 * It belongs to this server alone: what is in it depends on how far its index has got, and no copy has it.
 */
export class IndexQueue {
  readonly #sql: { readonly [Name in keyof typeof INDEX_QUEUE_SQL]: StatementSync };

  constructor(db: DatabaseSync) {
    this.#sql = statementsOf(db, INDEX_QUEUE_SQL);
  }

  /** Adds a message whose text changes, or which is deleted: in the transaction of that. */
  add(message: number): void {
    this.#sql.addOne.run(message);
  }

  /** Adds the messages of a room from one `seq` to another, before they are deleted. */
  addRange(roomId: number, first: number, last: number): void {
    this.#sql.addRange.run(roomId, first, last);
  }

  /** Returns the first entries, at most `limit`. */
  next(limit: number): QueuedMessage[] {
    return this.#sql.next.all(limit).map(({ q, message }) => ({
      ...{ q: integer(q), message: integer(message) },
    }));
  }

  /** The number of entries. Takes longer the more there are. */
  get length(): number {
    return integer(this.#sql.queueLength.get()?.count);
  }

  /** Returns whether a message is in it. */
  has(message: number): boolean {
    return this.#sql.has.get(message) !== undefined;
  }

  /** Removes the entries up to one: the index has looked at them. */
  remove(q: number): void {
    this.#sql.remove.run(q);
  }

  /** The id of the index that the queue is for; empty if there is none. */
  get reader(): string {
    return string(this.#sql.queueReader.get()?.id);
  }

  /** Begins the queue anew, for an index that is empty. */
  begin(reader: string): void {
    this.#sql.clearQueue.run();
    this.#sql.setQueueReader.run(reader);
  }
}

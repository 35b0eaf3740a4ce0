import { createHash } from "node:crypto";
import type { DatabaseSync, StatementSync } from "node:sqlite";
import { MARK, wordsOf } from "../../protocol/words.ts";
import { IndexQueue } from "../../state/index_queue.ts";
import { FIRST_PICTURE, MessageFiles } from "../../state/message_files.ts";
import { integer, MESSAGE_TEXT, textOf } from "../../state/rows.ts";
import { TextTable } from "../../state/text_table.ts";
import type { IndexFile } from "./index_file.ts";

/** The messages that are read at once. */
const READ_ROWS = 200;

/** The entries of the queue that one step takes: each costs a millisecond or more. */
const QUEUE_ROWS = 50;

/**
 * From this many messages to be removed on, and if they are more than a fiftieth of all, the index is made again: adding a
 * message costs so much less than removing one.
 */
const MANY_REMOVALS = 2000;
const REMOVAL_COST = 50;

const MESSAGES = `
  select n, message.room as room, message.seq as seq, author, at, ${MESSAGE_TEXT} as text, room.kind as kind,
    room.people as people,
    change.deleted as deleted, change.row as place, change.bytes as bytes,
    exists (
      select 1 from message_file
      where room = message.room and seq = message.seq and place < ${FIRST_PICTURE}
    ) as files
  from message left join room on room.id = message.room
  left join change on change.room = message.room and change.seq = message.seq
`;

/** The statements by which the index reads the data file. Exported for the test that checks that each uses an index. */
export const INDEXER_SQL = {
  newest: "select coalesce(max(n), 0) as n from message",
  messages: `
    ${MESSAGES} where n > ? order by n limit ?
  `,
  message: `
    ${MESSAGES} where n = ?
  `,
};

/** The result of a step. */
export interface IndexStep {
  /** The last entry of the queue that it has looked at; 0 if there was none. */
  readonly done: number;
  /** Whether there is more to do. */
  readonly more: boolean;
  /** The number of messages that are not in the index yet, about. */
  readonly behind: number;
  /** Whether so much is gone that making the index again costs less than going on, or room on the disk. */
  readonly isOutdated: boolean;
}

/** The words by which a search is confined to rooms, authors and messages with files. No text has them. */
export const KEYS = {
  /** A room that was public when the message was indexed. It may be private by now; never the reverse. */
  public: `${MARK}p`,
  room: (id: number): string => `${MARK}r${id}`,
  /** A message that names a file. It stands before the name of each, so that no phrase goes beyond one. */
  file: `${MARK}f`,
  image: `${MARK}i`,
  author: (id: number): string => `${MARK}a${id}`,
  /**
   * A direct room of a person, whose set never changes: one key finds all of them, also those that the person has hidden.
   * Ids have characters that end a word here.
   */
  direct: (person: string): string =>
    `${MARK}d${createHash("sha256").update(person).digest("hex").slice(0, DIRECT_DIGITS)}`,
};

/** The digits of the key of a person: of two with the same one, each finds nothing of the other's, but searches longer. */
const DIRECT_DIGITS = 16;

/**
 * Brings the index up to what the data file has, in steps. The position is stored in the index with what was added, so that
 * nothing is lost or added twice wherever a step is cut off.
 */
export class Indexer {
  readonly #data: DatabaseSync;
  readonly #index: IndexFile;
  readonly #queue: IndexQueue;
  readonly #texts: TextTable;
  readonly #files: MessageFiles;
  readonly #sql: { readonly [Name in keyof typeof INDEXER_SQL]: StatementSync };

  /** @param data The data file, which is only read. */
  constructor(data: DatabaseSync, index: IndexFile) {
    this.#data = data;
    this.#index = index;
    this.#queue = new IndexQueue(data);
    this.#texts = new TextTable(data);
    this.#files = new MessageFiles(data);
    this.#sql = {
      newest: data.prepare(INDEXER_SQL.newest),
      messages: data.prepare(INDEXER_SQL.messages),
      message: data.prepare(INDEXER_SQL.message),
    };
  }

  /** Works for about `ms` milliseconds. */
  step(ms: number): IndexStep {
    const end = performance.now() + ms;
    const index = this.#index;
    const step = snapshotOf(this.#data, () => index.transaction(() => this.#step(end)));
    // Removed texts are gone from the index before the data file forgets to remove them.
    if (step.done > 0) index.settle();
    return step;
  }

  #step(end: number): IndexStep {
    const index = this.#index;
    const newest = integer(this.#sql.newest.get()?.n);
    const queued = this.#queue.next(QUEUE_ROWS);
    const waiting = queued.length < QUEUE_ROWS ? queued.length : this.#queue.length;
    const isOutdated = waiting > MANY_REMOVALS && waiting * REMOVAL_COST > index.size;
    if (isOutdated || index.isMostlyRemoved) {
      return { done: 0, more: true, behind: newest - index.cursor + waiting, isOutdated: true };
    }
    let done = 0;
    let taken = 0;
    for (const { q, message } of queued) {
      index.remove(message);
      if (message <= Math.min(index.cursor, newest)) this.#addAgain(message);
      [done, taken] = [q, taken + 1];
      if (performance.now() > end) break;
    }
    // Rows of the newest messages may be gone, and then given to others.
    const gone = index.cursor > newest ? index.beyond(newest, QUEUE_ROWS) : [];
    for (const message of gone) index.remove(message);
    if (gone.length < QUEUE_ROWS && index.cursor > newest) index.setCursor(newest);
    while (gone.length < QUEUE_ROWS && index.cursor < newest && performance.now() < end) {
      this.#addNext(newest);
    }
    const behind = Math.max(0, newest - index.cursor) + waiting - taken;
    return { done, more: behind > 0 || gone.length === QUEUE_ROWS, behind, isOutdated: false };
  }

  #addNext(newest: number): void {
    const rows = this.#sql.messages.all(this.#index.cursor, READ_ROWS);
    for (const row of rows) this.#add(row);
    const last = rows.length < READ_ROWS ? newest : integer(rows.at(-1)?.n);
    this.#index.setCursor(last);
  }

  #addAgain(message: number): void {
    const row = this.#sql.message.get(message);
    if (row !== undefined) this.#add(row);
  }

  #add(row: ReturnType<StatementSync["all"]>[number]): void {
    // Of a room that is deleted nothing is to be found, nor of a message that is.
    if (row.kind === "deleted" || row.kind === null || row.deleted !== null) return;
    const place = {
      row: row.place === null ? null : integer(row.place),
      bytes: row.bytes === null ? null : integer(row.bytes),
    };
    const words = wordsOf(this.#texts.read(place, textOf(row.text)));
    const [room, author] = [integer(row.room), integer(row.author)];
    this.#index.add({
      message: integer(row.n),
      at: integer(row.at),
      words: [
        ...(row.kind === "public" ? [KEYS.public] : []),
        ...(row.kind === "direct" ? textOf(row.people).split(" ").map(KEYS.direct) : []),
        ...[KEYS.room(room), KEYS.author(author)],
        ...words,
        ...(row.files === 1 ? this.#wordsOfFiles(room, integer(row.seq)) : []),
      ],
    });
  }

  #wordsOfFiles(room: number, seq: number): string[] {
    const files = this.#files.between(room, seq, seq).get(seq) ?? [];
    return files.flatMap(({ name, type }) => [
      KEYS.file,
      ...(type.startsWith("image/") ? [KEYS.image] : []),
      ...wordsOf(name),
    ]);
  }
}

/** Reads a database as it is at one moment. */
export function snapshotOf<T>(db: DatabaseSync, read: () => T): T {
  db.exec("begin");
  try {
    return read();
  } finally {
    db.exec("commit");
  }
}

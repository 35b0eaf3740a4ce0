/**
 * The file of the search index. It is made from the data file, and can be made again at any time.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { DatabaseSync, type StatementSync } from "node:sqlite";
import { DAY_MS } from "../../lib/time.ts";
import { MARK } from "../../protocol/words.ts";
import { createPrivate, exists, makePrivate, remove } from "../../state/files.ts";
import { integer, string } from "../../state/rows.ts";

/** The layout of the file and the rules by which texts are cut into words. Another one means that it is made again. */
const VERSION = 4;

/** SQLite's number for files of this kind: "HUBS". */
const APPLICATION_ID = 0x48554253;

/** SQLite's cache of pages. */
const CACHE_KIB = 16 * 1024;

/**
 * The table `search` is the index. It keeps no texts, and forgets the words of a message only if it is given all of them.
 * So `entry` keeps them, in the order of their writing. A removed entry is overwritten with as many bytes: if a row is deleted,
 * SQLite merges pages and leaves stale copies of other rows behind.
 *
 * The ascii tokenizer takes apart what `wordsOf` has put together with spaces, and nothing else.
 */
const SCHEMA = `
  pragma application_id = ${APPLICATION_ID};
  create table meta (
    version integer not null,
    id text not null,            -- random; the data file has it too, if it notes its changes for this index
    cursor integer not null,     -- the newest message that was looked at
    kept integer not null default 0,    -- the bytes of all words in entry
    removed integer not null default 0  -- and of the spaces in the place of others
  ) strict;
  create table entry (
    k integer primary key,
    message integer not null unique, -- below 0 for one that was removed
    words text not null
  ) strict;
  create table day (
    day integer primary key,     -- since 1970
    low integer not null,        -- the messages of that day, and perhaps others, are between these two
    high integer not null
  ) strict;
  create virtual table search using fts5(
    words, content = '', tokenize = "ascii tokenchars '${MARK}'", prefix = '2 3', columnsize = 0
  );
  insert into search (search, rank) values ('secure-delete', 1);
`;

/**
 * The bytes of removed words from which on the index is made again, if they are also more than those that are kept: so a
 * message that is edited all day, or a chat that forgets what is old, does not fill the disk.
 */
const MUCH_REMOVED = 16 * 1024 * 1024;

/** A message as it is added. */
export interface IndexEntry {
  /** Its row in the data file. */
  readonly message: number;
  /** The time that it was sent at, in ms since 1970. */
  readonly at: number;
  readonly words: readonly string[];
}

/** An open index. Disposing closes it. */
export class IndexFile implements Disposable {
  /** Distinguishes this index from others, and from itself once it is made again. */
  readonly id: string;
  readonly db: DatabaseSync;
  readonly #sql: {
    readonly [
      Name in
        | "cursor"
        | "setCursor"
        | "entry"
        | "addEntry"
        | "removeEntry"
        | "beyond"
        | "add"
        | "remove"
        | "addDay"
        | "since"
        | "until"
        | "count"
        | "weigh"
    ]: StatementSync;
  };
  #cursor: number;
  #kept: number;
  #removed: number;

  private constructor(db: DatabaseSync) {
    this.db = db;
    this.#sql = {
      cursor: db.prepare("select id, cursor, kept, removed from meta"),
      setCursor: db.prepare("update meta set cursor = ?"),
      entry: db.prepare("select k, words from entry where message = ?"),
      addEntry: db.prepare("insert into entry (message, words) values (?, ?)"),
      removeEntry: db.prepare("update entry set message = -k, words = ? where k = ?"),
      beyond: db.prepare("select message from entry where message > ? limit ?"),
      add: db.prepare("insert into search (rowid, words) values (?, ?)"),
      remove: db.prepare("insert into search (search, rowid, words) values ('delete', ?, ?)"),
      addDay: db.prepare(`
        insert into day (day, low, high) values (?1, ?2, ?2)
        on conflict (day) do update set low = min(low, ?2), high = max(high, ?2)
      `),
      since: db.prepare("select min(low) as message from day where day >= ?"),
      until: db.prepare("select max(high) as message from day where day <= ?"),
      count: db.prepare("select count(*) as count from entry where message > 0"),
      weigh: db.prepare("update meta set kept = ?, removed = ?"),
    };
    const row = this.#sql.cursor.get();
    this.id = string(row?.id);
    this.#cursor = integer(row?.cursor);
    this.#kept = integer(row?.kept);
    this.#removed = integer(row?.removed);
  }

  /**
   * Opens an index, or makes it if there is none that this program can use.
   *
   * @param path The file, or `:memory:`.
   * @param id The index that the data file knows; another one is made again.
   */
  static open(path: string, id: string): IndexFile {
    if (path !== ":memory:" && exists(path)) {
      try {
        const found = new IndexFile(connect(path));
        const { version } = found.db.prepare("select version from meta").get() ?? {};
        if (version === VERSION && found.id === id) return found;
        found[Symbol.dispose]();
      } catch {
        // A damaged index is made again; a broken disk fails that, too.
      }
    }
    return IndexFile.make(path);
  }

  /** Makes an empty index in the place of what is there. */
  static make(path: string): IndexFile {
    if (path !== ":memory:") {
      IndexFile.remove(path);
      createPrivate(path).close();
    }
    const db = connect(path);
    try {
      db.exec(SCHEMA);
      const id = crypto.randomUUID();
      db.prepare("insert into meta (version, id, cursor) values (?, ?, 0)").run(VERSION, id);
      for (const ending of ["-wal", "-shm"]) makePrivate(path + ending);
      return new IndexFile(db);
    } catch (error) {
      db.close();
      throw error;
    }
  }

  /** Removes an index that nobody has open. */
  static remove(path: string): void {
    for (const ending of ["", "-wal", "-shm"]) remove(path + ending);
  }

  /** The newest message that was looked at. */
  get cursor(): number {
    return this.#cursor;
  }

  /** Runs `write` in a transaction. */
  transaction<T>(write: () => T): T {
    const { db } = this;
    const [cursor, kept, removed] = [this.#cursor, this.#kept, this.#removed];
    db.exec("begin immediate");
    try {
      const result = write();
      if (this.#kept !== kept || this.#removed !== removed) {
        this.#sql.weigh.run(this.#kept, this.#removed);
      }
      db.exec("commit");
      return result;
    } catch (error) {
      [this.#cursor, this.#kept, this.#removed] = [cursor, kept, removed];
      if (db.isTransaction) db.exec("rollback");
      throw error;
    }
  }

  setCursor(message: number): void {
    if (message === this.#cursor) return;
    this.#sql.setCursor.run(message);
    this.#cursor = message;
  }

  /** Adds a message that is not there. */
  add({ message, at, words }: IndexEntry): void {
    const text = words.join(" ");
    this.#sql.addEntry.run(message, text);
    this.#sql.add.run(message, text);
    this.#kept += Buffer.byteLength(text);
    this.#sql.addDay.run(Math.floor(at / DAY_MS), message);
  }

  /** Removes a message. Returns false if it was not there. */
  remove(message: number): boolean {
    const row = this.#sql.entry.get(message);
    if (row === undefined) return false;
    const words = string(row.words);
    const bytes = Buffer.byteLength(words);
    this.#sql.remove.run(message, words);
    this.#sql.removeEntry.run(" ".repeat(bytes), integer(row.k));
    this.#kept -= bytes;
    this.#removed += bytes;
    return true;
  }

  /** Returns messages after one, at most `limit`. */
  beyond(message: number, limit: number): number[] {
    return this.#sql.beyond.all(message, limit).map(({ message }) => integer(message));
  }

  /** Whether most of it is the place of what was removed, and that is much. */
  get isMostlyRemoved(): boolean {
    return this.#removed > Math.max(this.#kept, MUCH_REMOVED);
  }

  /** The number of messages in it. */
  get size(): number {
    return integer(this.#sql.count.get()?.count);
  }

  /** Returns a range that has all messages of a span of time, in ms since 1970. */
  range(since: number, until: number): { readonly low: number; readonly high: number } {
    const low = since === 0 ? 0 : this.#sql.since.get(Math.floor(since / DAY_MS))?.message;
    const high = until === Infinity
      ? Number.MAX_SAFE_INTEGER
      : this.#sql.until.get(Math.floor(until / DAY_MS))?.message;
    return { low: integer(low ?? Number.MAX_SAFE_INTEGER), high: integer(high ?? 0) };
  }

  /** Prepares the statement that finds messages: a search, the lowest and the highest one, and how many. */
  prepareFind(): StatementSync {
    return this.db.prepare(`
      select rowid as message from search
      where search match ?1 and rowid between ?2 and ?3 order by rowid desc limit ?4
    `);
  }

  /** Writes to the disk what was changed, and leaves nothing of what was removed in the log of the file. */
  settle(): void {
    this.db.exec("pragma wal_checkpoint(truncate)");
  }

  [Symbol.dispose](): void {
    this.db.close();
  }
}

function connect(path: string): DatabaseSync {
  const db = new DatabaseSync(path);
  try {
    db.exec(`
      pragma journal_mode = wal;
      pragma synchronous = normal;
      pragma secure_delete = on;
      pragma journal_size_limit = 0;
      pragma cache_size = -${CACHE_KIB};
    `);
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

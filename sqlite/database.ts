/**
 * The one SQLite file in which a server keeps everything: who may open it, how it is laid out,
 * and how it is written.
 *
 * @module
 */
import { DatabaseSync } from "node:sqlite";
import { basename, dirname, join } from "node:path";
import { PEOPLE_TABLES } from "../people/store.ts";

/** The data file, open and locked. Disposing of it closes and unlocks it. */
export interface Store extends Disposable {
  readonly db: DatabaseSync;
  /** 32 hex digits, made with the file; they tell one server's data from another's. */
  readonly id: string;
  readonly path: string;
  /**
   * Runs `write` in a transaction: all of it is committed, or nothing and it throws. An error from
   * the commit itself leaves open whether a crash right then would have kept it.
   */
  transaction<T>(write: () => T): T;
}

/** Why a data file can't be opened, in one line for the person who started the program. */
export class StoreError extends Error {
  override name = "StoreError";
}

/**
 * The history of rooms; see `log.ts`. `place` is a room's id and a `seq` in one integer, because a
 * table in the order of its integer key is the smallest and quickest that SQLite has, and the
 * messages of a room lie together in it. A message keeps its author's name as it was.
 *
 * The index begins with the sender's own id of a message. Clients make ids that begin with the time,
 * so that it grows at its end: beginning with the author it cost a page for each author in a batch.
 */
const LOG_TABLES = `
  create table room (
    id integer primary key,
    name text not null unique,
    first integer not null default 1, -- the oldest seq kept; last + 1 if none is
    last integer not null default 0,  -- the newest seq ever given
    oldest integer,                   -- when the first one kept was sent; null if none is
    newest integer                    -- when the last one was sent
  ) strict;
  create index room_by_oldest on room (oldest) where oldest is not null;
  create index room_by_newest on room (newest) where oldest is not null;

  create table author (
    id integer primary key,
    person text not null unique
  ) strict;

  create table message (
    place integer primary key, -- room << 32 | seq
    room integer not null,
    author integer not null,
    id text not null,
    at integer not null,
    name text not null,
    text text not null
  ) strict;
  create unique index message_by_id on message (id, author, room);
`;

const STORE_TABLE = `
  create table store (id text not null) strict;
  insert into store values (lower(hex(randomblob(16))));
`;

/**
 * The layout of the file, a step each; `user_version` counts the steps a file has taken. What was
 * released is never edited: a change is a further step.
 */
const MIGRATIONS = [STORE_TABLE + LOG_TABLES + PEOPLE_TABLES];

/** "Hubb": how a file says that it is ours. */
const APPLICATION_ID = 0x48756262;

/**
 * What is committed is copied from the write-ahead log into the file once this many pages of 4 KiB
 * have gathered; more makes for fewer but longer halts.
 */
const CHECKPOINT_PAGES = 1000;

/** Room for the pages in use, so that a large index is not read from disk again and again. */
const CACHE_KIB = 32 * 1024;

/** A backup may hold the file for a moment. */
const BUSY_TIMEOUT_MS = 1000;

/** How {@linkcode openStore} is to open the data file. */
export interface StoreOptions {
  /** The file, made if it does not exist; `:memory:` keeps everything in memory. */
  readonly path: string;
  /** `full`: what is committed survives a power loss; `normal`: only the end of the process. */
  readonly sync: "full" | "normal";
}

/**
 * Opens the data file, and brings it up to date.
 *
 * @throws {StoreError} if it can't be used: not a database, not Hubbub's, written by a newer
 * Hubbub, in use by another server, not writable, or in a directory that does not exist.
 */
export function openStore({ path, sync }: StoreOptions): Store {
  using opening = new DisposableStack();
  try {
    if (path !== ":memory:") {
      opening.use(lock(path));
      // SQLite would open what it can't write, and say so no sooner than when it writes.
      refuseOtherFiles(path, { write: true });
    }
    const db = opening.adopt(new DatabaseSync(path), (db) => db.close());
    db.exec(`pragma busy_timeout = ${BUSY_TIMEOUT_MS}`);
    // Looked at before anything is set: a file that isn't ours must stay as it is.
    const version = recognize(db, path);
    db.exec(`
      pragma journal_mode = wal;
      pragma synchronous = ${sync};
      pragma wal_autocheckpoint = ${CHECKPOINT_PAGES};
      pragma journal_size_limit = ${64 * 1024 * 1024};
      pragma cache_size = -${CACHE_KIB};
    `);
    const transaction = transactions(db);
    // Not to write costs no start the time of the disk.
    if (version < MIGRATIONS.length) {
      transaction(() => {
        for (const step of MIGRATIONS.slice(version)) db.exec(step);
        db.exec(`pragma application_id = ${APPLICATION_ID}`);
        db.exec(`pragma user_version = ${MIGRATIONS.length}`);
      });
    }
    const id = String(db.prepare("select id from store").get()?.id);
    const open = opening.move();
    return { db, id, path, transaction, [Symbol.dispose]: () => open.dispose() };
  } catch (error) {
    throw error instanceof StoreError ? error : explain(path, error);
  }
}

/**
 * Opens the data file for reading alone, also while a server has it open.
 *
 * @throws {StoreError} if it can't be used, or an older Hubbub wrote it.
 */
export function readStore(path: string): Store {
  using opening = new DisposableStack();
  try {
    if (path === ":memory:") throw new StoreError("Cannot open :memory:: it keeps nothing");
    if (!exists(path)) throw new StoreError(`Cannot open ${path}: there is no such file`);
    refuseOtherFiles(path);
    const db = opening.adopt(new DatabaseSync(path, { readOnly: true }), (db) => db.close());
    db.exec(`pragma busy_timeout = ${BUSY_TIMEOUT_MS}`);
    if (recognize(db, path) < MIGRATIONS.length) {
      throw new StoreError(`Cannot open ${path}: an older Hubbub wrote it; start this one with it`);
    }
    const id = String(db.prepare("select id from store").get()?.id);
    const open = opening.move();
    return { db, id, path, transaction: transactions(db), [Symbol.dispose]: () => open.dispose() };
  } catch (error) {
    throw error instanceof StoreError ? error : explain(path, error);
  }
}

/**
 * Holds `FILE.lock` for as long as the file is open. SQLite's own exclusive lock would also keep
 * out a backup. The lock file is never removed: between its removal and its making anew, two
 * servers could each hold a lock of their own.
 */
function lock(path: string): Disposable {
  if (isDirectory(path)) {
    throw new StoreError(`Cannot open ${path}: it is a directory, not a file`);
  }
  using opening = new DisposableStack();
  const options = { read: true, write: true, create: true };
  const file = opening.use(Deno.openSync(`${resolve(path)}.lock`, options));
  if (!file.tryLockSync(true)) {
    throw new StoreError(`Cannot open ${path}: it is in use by another Hubbub`);
  }
  return opening.move();
}

/**
 * SQLite takes a file of a few bytes for an empty one, and would write over it. Not to be called
 * while this process has the database open: closing any handle of a file drops all of a process's
 * locks on it.
 */
function refuseOtherFiles(path: string, options: Deno.OpenOptions = {}): void {
  const start = new Uint8Array(16);
  try {
    using file = Deno.openSync(path, { read: true, ...options });
    const length = file.readSync(start);
    if (length === null || new TextDecoder().decode(start) === "SQLite format 3\0") return;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return;
    throw error;
  }
  throw new StoreError(`Cannot open ${path}: it is not a database`);
}

/** The file that `path` stands for, so that a server that names it by a link finds it locked. */
function resolve(path: string): string {
  try {
    return Deno.realPathSync(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    return join(Deno.realPathSync(dirname(path)), basename(path));
  }
}

/** How many migrations the file has seen; 0 for a new one. */
function recognize(db: DatabaseSync, path: string): number {
  const { application, version, tables } = db.prepare(`
    select application_id as application, user_version as version,
      (select count(*) from sqlite_schema) as tables
    from pragma_application_id, pragma_user_version
  `).get() ?? {};
  if (application !== APPLICATION_ID) {
    if (application === 0 && version === 0 && tables === 0) return 0;
    throw new StoreError(`Cannot open ${path}: it is a database, but not Hubbub's`);
  }
  if (typeof version !== "number" || version > MIGRATIONS.length) {
    throw new StoreError(
      `Cannot open ${path}: a newer Hubbub wrote it (format ${version}, ` +
        `this one knows up to ${MIGRATIONS.length}); start that one`,
    );
  }
  return version;
}

function transactions(db: DatabaseSync): Store["transaction"] {
  const begin = db.prepare("begin immediate");
  const commit = db.prepare("commit");
  const rollback = () => {
    // SQLite itself has already rolled back after some errors.
    if (db.isTransaction) db.exec("rollback");
  };
  return (write) => {
    // Left open only if the disk refused even the rollback.
    rollback();
    begin.run();
    try {
      const result = write();
      commit.run();
      return result;
    } catch (error) {
      try {
        rollback();
      } catch {
        // The first error is the one to tell; the next transaction tries again.
      }
      throw error;
    }
  };
}

/** Says in a user's words what the system or SQLite said. */
function explain(path: string, error: unknown): StoreError {
  const said = error instanceof Error ? error.message : String(error);
  return new StoreError(`Cannot open ${path}: ${reason(path, error, said)}`, { cause: error });
}

function reason(path: string, error: unknown, said: string): string {
  if (error instanceof Deno.errors.NotFound) {
    return `the directory ${dirname(path)} does not exist`;
  }
  if (/not a database/.test(said)) return "it is not a database";
  if (
    error instanceof Deno.errors.PermissionDenied ||
    /readonly|read-only|unable to open database file/i.test(said)
  ) {
    return "it, or its directory, is not writable";
  }
  if (/disk I\/O error/.test(said)) return "disk I/O error; the disk may be full";
  if (/database is locked/.test(said)) return "another program holds it locked";
  return said.replaceAll("\n", " ");
}

/** Whether there is anything at a path. */
export function exists(path: string): boolean {
  try {
    Deno.lstatSync(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

function isDirectory(path: string): boolean {
  try {
    return Deno.statSync(path).isDirectory;
  } catch {
    return false;
  }
}

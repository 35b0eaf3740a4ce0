/**
 * The SQLite file in which a server keeps everything: opening it, writing to it in transactions, and
 * noticing when it is gone or damaged.
 *
 * @module
 */
import { DatabaseSync } from "node:sqlite";
import { dirname } from "node:path";
import { oneLine } from "../lib/errors.ts";
import { writtenKey } from "../people/name_keys.ts";
import { UserError } from "../lib/user_error.ts";
import { FileLock, readTokens } from "./file_lock.ts";

export { InUseError } from "./file_lock.ts";
import { FileWatch, openDirectory } from "./file_watch.ts";
import { exists, makePrivate, resolve, sizeOf } from "./files.ts";
import { findToken, type HistoryToken, newToken, TokenPlace } from "./history_token.ts";
import {
  APPLICATION_ID,
  recognize,
  refuseDamage,
  refuseLoneWal,
  refuseOtherFiles,
  refuseOtherLayout,
  refuseSpecialFile,
  refuseStaleWal,
} from "./recognition.ts";
import { MIGRATIONS, SCHEMA_VERSION } from "./migrations/mod.ts";
import { NEW_EPOCH, NO_INDEX, SCHEMA } from "./schema.ts";
import { FileError, isDamage } from "./storage_error.ts";
import { WalTruncation } from "./wal_truncation.ts";

/**
 * Pages of 4 KiB after which committed data is copied from the write-ahead log into the file. More makes for
 * fewer but longer halts.
 */
const CHECKPOINT_PAGES = 1000;

/** SQLite's cache of pages: room for those in use, so that a large index is not read again and again. */
const CACHE_KIB = 32 * 1024;

/** The time that SQLite waits for a lock: a backup may hold the file for a moment. */
const BUSY_TIMEOUT_MS = 1000;

/** The time between two looks at the file on the disk. */
const WATCH_INTERVAL_MS = 500;

/** A problem of an open data file. Nothing is written while there is one. */
export type Trouble =
  | { readonly type: "missing" | "replaced" }
  | { readonly type: "damaged"; readonly fault: string };

/** Options of {@linkcode openDatabase}. */
export interface DatabaseOptions {
  /** The file, made if it does not exist; `:memory:` keeps everything in memory. */
  readonly path: string;
  /** `full`: what is committed survives a power loss; `normal`: only the end of the process. */
  readonly sync: "full" | "normal";
  /**
   * Whether the file is a copy that can be made again: one that was put in the place of another keeps its
   * epoch, and one that was not closed is checked for damage before it is used.
   */
  readonly isCopy?: boolean;
  /** Called when trouble begins, and without an argument when it is over. */
  readonly onTrouble?: (trouble?: Trouble) => void;
}

/** The open and locked data file. Disposing closes and unlocks it. */
export class Database implements Disposable {
  readonly db: DatabaseSync;
  /** The path of the file as it was given. */
  readonly path: string;
  /** Has erased texts gone from the write-ahead log. */
  readonly truncation: WalTruncation;
  readonly #files: DisposableStack;
  readonly #lock: FileLock | undefined;
  readonly #watch: FileWatch | undefined;
  readonly #isCopy: boolean;
  readonly #onTrouble: (trouble?: Trouble) => void;
  readonly #timer: ReturnType<typeof setInterval> | undefined;
  readonly #run: <T>(write: () => T) => T;
  #trouble: Trouble | undefined;

  /**
   * @param files Released when the database is disposed.
   * @param lock One of them, which others may have even if the rest can't be closed.
   */
  constructor(
    db: DatabaseSync,
    { path, files, lock, watch, isCopy = false, onTrouble = () => {} }: {
      readonly path: string;
      readonly files: DisposableStack;
      readonly lock?: FileLock;
      readonly watch?: FileWatch;
      readonly isCopy?: boolean;
      readonly onTrouble?: ((trouble?: Trouble) => void) | undefined;
    },
  ) {
    this.db = db;
    this.path = path;
    this.truncation = new WalTruncation(db, BUSY_TIMEOUT_MS);
    this.#files = files;
    this.#lock = lock;
    this.#watch = watch;
    this.#isCopy = isCopy;
    this.#onTrouble = onTrouble;
    this.#run = transactions(db);
    if (watch) {
      this.#timer = setInterval(() => this.#look(), WATCH_INTERVAL_MS);
    }
  }

  /** The present trouble with the file. */
  get trouble(): Trouble | undefined {
    return this.#trouble;
  }

  /**
   * Runs `write` in a transaction: all of it is committed, or nothing and it throws. An error from the commit
   * itself leaves open whether a crash right then would have kept it.
   *
   * @throws {Error} if the file is gone or damaged, or what was committed can't be found under its name; of a copy,
   * that is found out within half a second.
   */
  transaction<T>(write: () => T): T {
    if (this.#watch?.isOurs === false) this.#look();
    this.#refuseTrouble();
    const result = this.guard(() => this.#run(write));
    // The log has what a copy loses: that one is looked at from time to time alone.
    if (!this.#isCopy && this.#watch?.isInPlace === false) {
      this.#look();
      this.#refuseTrouble({ committed: true });
    }
    return result;
  }

  /** Runs what reads or writes, and notes the damage of the file if that is why it throws. */
  guard<T>(run: () => T): T {
    try {
      return run();
    } catch (error) {
      if (isDamage(error)) this.reportDamage(oneLine(error));
      throw error;
    }
  }

  /** Notes that the file is damaged: from now on nothing is written to it. */
  reportDamage(fault: string): void {
    if (this.#trouble?.type !== "damaged") this.#setTrouble({ type: "damaged", fault });
  }

  #look(): void {
    const watch = this.#watch;
    if (watch === undefined || this.#trouble?.type === "damaged") return;
    const state = watch.examine();
    if (state === "present" || (state === "missing" && repaired(watch))) {
      if (this.#trouble) this.#setTrouble(undefined);
    } else if (this.#trouble?.type !== state) {
      this.#setTrouble({ type: state });
    }
  }

  #setTrouble(trouble: Trouble | undefined): void {
    this.#trouble = trouble;
    this.#onTrouble(trouble);
  }

  #refuseTrouble(done = { committed: false }): void {
    const trouble = this.#trouble;
    if (trouble === undefined) return;
    const reason = trouble.type === "damaged"
      ? `it is damaged (${trouble.fault})`
      : `it is ${trouble.type}`;
    throw new FileError(`Cannot write ${this.path}: ${reason}`, done);
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    this.truncation[Symbol.dispose]();
    // Closing would copy the log of the file that was into the one that is in its place, and remove it.
    const gone = this.#trouble?.type === "replaced" ||
      (this.#trouble?.type === "missing" && !this.#isCopy);
    if (!this.#watch || !gone) return this.#files.dispose();
    abandoned.push(this.#files);
    if (this.#trouble?.type !== "replaced") return;
    this.#watch.setWalAside();
    // A server makes its copy again without an end of its process.
    if (this.#isCopy && this.#watch.separate()) this.#lock?.[Symbol.dispose]();
  }
}

/** Files that must not be closed: not by the garbage collector, either. */
const abandoned: DisposableStack[] = [];

function repaired(watch: FileWatch): boolean {
  try {
    return watch.repair();
  } catch {
    // The next look tries again.
    return false;
  }
}

/**
 * Opens the data file, and brings it up to date.
 *
 * @throws {UserError} if it can't be used: not a database, not Hubbub's, written by a newer Hubbub, in use by
 * another server, not writable, or in a directory that does not exist.
 */
export function openDatabase(
  { path, sync, isCopy = false, onTrouble }: DatabaseOptions,
): Database {
  using files = new DisposableStack();
  try {
    if (path === ":memory:") {
      const db = open(path, files);
      configure(db, sync);
      migrate(db, path);
      return new Database(db, { path, files: files.move(), onTrouble });
    }
    refuseSpecialFile(path);
    const file = resolve(path);
    if (sizeOf(file) === 0) refuseLoneWal(file, path);
    const lock = files.use(FileLock.acquire(file, path));
    refuseOtherFiles(lock.data, path);
    const known = lock.read();
    const former = findToken(lock.data, known);
    const isReplaced = known.length > 0 && former === undefined && sizeOf(file) > 0;
    if (isReplaced) refuseStaleWal(file, path);
    const wasClosed = sizeOf(`${file}-wal`) === 0;
    const db = open(file, files);
    // Before anything is set: a file that isn't Hubbub's must stay as it is.
    recognize(db, path);
    for (const ending of ["", "-wal", "-shm", ".lock"]) makePrivate(file + ending);
    configure(db, sync);
    if (isCopy && !wasClosed) refuseDamage(db);
    migrate(db, path);
    const token = markOpened(db, lock, { former, isReplaced: isReplaced && !isCopy });
    const directory = openDirectory(path, file);
    if (directory) files.use(directory);
    const watch = new FileWatch(db, { given: path, path: file, token, directory });
    return new Database(db, { path, files: files.move(), lock, watch, isCopy, onTrouble });
  } catch (error) {
    throw error instanceof UserError ? error : explain(path, error);
  }
}

/**
 * Opens the data file for reading alone, also while a server has it open. With `anyVersion`, the layout may be
 * an older one.
 *
 * @throws {UserError} if it can't be used, or an older Hubbub wrote it.
 */
export function readDatabase(
  path: string,
  { anyVersion = false }: { readonly anyVersion?: boolean } = {},
): Database {
  using files = new DisposableStack();
  try {
    if (path === ":memory:") throw new UserError("Cannot open :memory:: it keeps nothing");
    if (!exists(path)) throw new UserError(`Cannot open ${path}: there is no such file`);
    refuseSpecialFile(path);
    const file = resolve(path);
    {
      using data = Deno.openSync(file, { read: true });
      refuseOtherFiles(data, path);
      const known = readTokens(file);
      if (known.length > 0 && !findToken(data, known)) refuseStaleWal(file, path);
    }
    const db = files.adopt(new DatabaseSync(file, { readOnly: true }), (db) => db.close());
    db.exec(`pragma busy_timeout = ${BUSY_TIMEOUT_MS}`);
    const version = recognize(db, path);
    if (version === 0) throw new UserError(`Cannot open ${path}: it is empty`);
    if (version < SCHEMA_VERSION && !anyVersion) {
      throw new UserError(
        `Cannot open ${path}: an older version wrote it; start this version's server on it once to upgrade it`,
      );
    }
    if (version === SCHEMA_VERSION) refuseOtherLayout(db, path);
    return new Database(db, { path, files: files.move() });
  } catch (error) {
    throw error instanceof UserError ? error : explain(path, error);
  }
}

function open(path: string, files: DisposableStack): DatabaseSync {
  const db = files.adopt(new DatabaseSync(path), (db) => db.close());
  db.exec(`pragma busy_timeout = ${BUSY_TIMEOUT_MS}`);
  return db;
}

function configure(db: DatabaseSync, sync: DatabaseOptions["sync"]): void {
  db.exec(`
    pragma journal_mode = wal;
    pragma synchronous = ${sync};
    pragma secure_delete = on;
    pragma wal_autocheckpoint = ${CHECKPOINT_PAGES};
    pragma journal_size_limit = ${64 * 1024 * 1024};
    pragma cache_size = -${CACHE_KIB};
  `);
}

function migrate(db: DatabaseSync, path: string): void {
  const version = recognize(db, path);
  if (version === SCHEMA_VERSION) refuseOtherLayout(db, path);
  else changeLayout(db, version, path);
}

function changeLayout(db: DatabaseSync, version: number, path: string): void {
  db.function("written_key", (name) => writtenKey(String(name)) ?? null);
  transactions(db)(() => {
    if (version === 0) db.exec(SCHEMA);
    else for (const step of MIGRATIONS.slice(version - 1)) db.exec(step);
    db.exec(`pragma application_id = ${APPLICATION_ID}`);
    db.exec(`pragma user_version = ${SCHEMA_VERSION}`);
    // A file that is refused stays as it is, for the version that wrote it.
    refuseOtherLayout(db, path);
  });
}

/**
 * Writes a new token into the file and the lock file, in an order in which the lock file never names only a token
 * that the file does not have. Returns the token's place; undefined if a backup that reads just now keeps it
 * out of the file.
 */
function markOpened(
  db: DatabaseSync,
  lock: FileLock,
  { former, isReplaced }: {
    readonly former: HistoryToken | undefined;
    readonly isReplaced: boolean;
  },
): TokenPlace | undefined {
  const token = newToken(db);
  lock.write(former ? [former, token] : []);
  transactions(db)(() => {
    if (isReplaced) db.exec(NEW_EPOCH + NO_INDEX);
    db.prepare("update file set opened = ?").run(token.token);
  });
  const { busy } = db.prepare("pragma wal_checkpoint(truncate)").get() ?? {};
  const place = new TokenPlace(lock.data, token);
  if (busy !== 0 || !place.holds) return undefined;
  lock.write([token]);
  return place;
}

function transactions(db: DatabaseSync): <T>(write: () => T) => T {
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

/** Rewords an error of the system or of SQLite for the operator. */
function explain(path: string, error: unknown): UserError {
  const said = oneLine(error);
  return new UserError(`Cannot open ${path}: ${reason(path, error, said)}`, { cause: error });
}

function reason(path: string, error: unknown, said: string): string {
  if (error instanceof Deno.errors.NotFound) {
    return `the directory ${dirname(path)} does not exist`;
  }
  if (/not a database/.test(said)) return "it is not a database";
  if (isDamage(error)) return `it is damaged (${said}); restore a backup`;
  if (
    error instanceof Deno.errors.PermissionDenied || /EROFS|Read-only file system/.test(said) ||
    /readonly|read-only|unable to open database file/i.test(said)
  ) {
    return "it, or its directory, is not writable";
  }
  if (/disk I\/O error/.test(said)) return "disk I/O error; the disk may be full";
  if (/database is locked/.test(said)) return "another program holds it locked";
  return said;
}

import { UserError } from "../lib/user_error.ts";
import { createPrivate, exists } from "./files.ts";
import { type HistoryToken, parseTokens, printTokens } from "./history_token.ts";

/** The most that is read of a lock file, in bytes; two tokens are far below. */
const MAX_BYTES = 1000;

/**
 * The exclusive right to a data file, held until it is disposed.
 *
 * `FILE.lock` is locked, and on Linux the data file itself, so that a second server finds it locked by
 * whatever name or link it opens it. SQLite's own exclusive lock would also keep out a backup. The lock file
 * is never removed: between its removal and its making anew, two servers could each hold a lock of their own.
 *
 * The lock file also holds tokens: those that the data file may have, see `history_token.ts`.
 */
export class FileLock implements Disposable {
  readonly #files: DisposableStack;
  readonly #lock: Deno.FsFile;
  /** The open data file. Closing any handle of it would drop SQLite's locks, so this one is closed last. */
  readonly data: Deno.FsFile;

  private constructor(files: DisposableStack, lock: Deno.FsFile, data: Deno.FsFile) {
    this.#files = files;
    this.#lock = lock;
    this.data = data;
  }

  /**
   * Locks a data file, which is made if it does not exist.
   *
   * @param path The file itself, without links to it.
   * @param name The name of the file in error messages.
   * @throws {UserError} if another server has it.
   */
  static acquire(path: string, name: string): FileLock {
    using opening = new DisposableStack();
    const lock = opening.use(openLock(`${path}.lock`, name));
    if (!lock.tryLockSync(true)) throw inUse(name);
    const data = opening.use(
      exists(path) ? Deno.openSync(path, { read: true, write: true }) : createPrivate(path),
    );
    // Windows locks files against their own program, and macOS's kind of lock would meet SQLite's.
    if (Deno.build.os === "linux" && !data.tryLockSync(true)) throw inUse(name);
    return new FileLock(opening.move(), lock, data);
  }

  /** Returns the tokens that the data file may have. */
  read(): HistoryToken[] {
    this.#lock.seekSync(0, Deno.SeekMode.Start);
    const bytes = new Uint8Array(MAX_BYTES);
    const read = bytes.subarray(0, this.#lock.readSync(bytes) ?? 0);
    return parseTokens(new TextDecoder().decode(read));
  }

  /** Replaces the tokens, and returns when they are on the disk. */
  write(tokens: readonly HistoryToken[]): void {
    this.#lock.truncateSync();
    this.#lock.seekSync(0, Deno.SeekMode.Start);
    this.#lock.writeSync(new TextEncoder().encode(printTokens(tokens)));
    this.#lock.syncSync();
  }

  [Symbol.dispose](): void {
    this.#files.dispose();
  }
}

/** Returns the tokens in the lock file of a data file that is not locked by this program. */
export function readTokens(path: string): HistoryToken[] {
  try {
    return parseTokens(Deno.readTextFileSync(`${path}.lock`).slice(0, MAX_BYTES));
  } catch {
    // Without a lock file nothing is known.
    return [];
  }
}

function openLock(path: string, name: string): Deno.FsFile {
  try {
    return createPrivate(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
  }
  if (!Deno.lstatSync(path).isFile) {
    throw new UserError(`Cannot open ${name}: ${path} is not a file; remove it`);
  }
  return Deno.openSync(path, { read: true, write: true });
}

/** Another program has the data file open. */
export class InUseError extends UserError {
  override name = "InUseError";
}

function inUse(name: string): UserError {
  return new InUseError(`Cannot open ${name}: it is in use by another Hubbub`);
}

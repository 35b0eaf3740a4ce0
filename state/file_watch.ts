import { basename, dirname, join } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import { type FileIdentity, identityOf, isSameFile, remove, temporaryPath } from "./files.ts";
import type { TokenPlace } from "./history_token.ts";

/** The state of a data file on the disk, while a server has it open. */
export type FileState =
  | "present"
  /** The file, or one of SQLite's own files beside it, is not where it was: writing to it keeps nothing. */
  | "missing"
  /** Another file, or another content, is in its place. */
  | "replaced";

/**
 * A directory that changed less than this ago, in ms, may change again without another time: the runtime gives
 * the time of a change in whole seconds.
 */
const DIRECTORY_CLOCK_MS = 1100;

/**
 * Watches whether the open files are still those that their names lead to. A program that has a file open
 * never notices that it was removed: it writes to a file without a name, which disappears with it.
 */
export class FileWatch {
  readonly #given: string;
  readonly #path: string;
  readonly #db: DatabaseSync;
  readonly #token: TokenPlace | undefined;
  readonly #data: FileIdentity | undefined;
  readonly #directory: Deno.FsFile | undefined;
  /** When the directory had last changed when all was seen to be in place, in ms since 1970. */
  #seen: number | undefined;
  #wal: FileIdentity | undefined;
  #shm: FileIdentity | undefined;

  /**
   * @param given The name of the file as the operator gave it.
   * @param path The file itself, without links to it.
   * @param directory An open handle of the directory with the file and with the name that the operator gave.
   */
  constructor(db: DatabaseSync, { given, path, token, directory }: {
    readonly given: string;
    readonly path: string;
    readonly token: TokenPlace | undefined;
    readonly directory?: Deno.FsFile | undefined;
  }) {
    this.#db = db;
    this.#given = given;
    this.#path = path;
    this.#token = token;
    this.#directory = directory;
    this.#data = identityOf(path);
    this.#remember();
  }

  /** False if the content was overwritten. For every transaction: it takes 2 µs. */
  get isOurs(): boolean {
    return this.#token?.holds ?? true;
  }

  /**
   * False if what was just committed can't be found under the file's name. It takes 5 µs; 1 µs while no name in
   * the directory has changed, and under load, when little is in the processor's caches, five times as long.
   */
  get isInPlace(): boolean {
    const changed = this.#directoryTime();
    if (changed !== undefined && changed === this.#seen) return true;
    const isInPlace = isSameFile(identityOf(this.#given), this.#data) &&
      isSameFile(identityOf(`${this.#path}-wal`), this.#wal);
    const isSettled = changed !== undefined && changed < Date.now() - DIRECTORY_CLOCK_MS;
    this.#seen = isInPlace && isSettled ? changed : undefined;
    return isInPlace;
  }

  /**
   * When a name in the directory, or its own, was last added, removed or changed, in ms since 1970. Of a directory
   * above it, {@linkcode examine} finds out.
   */
  #directoryTime(): number | undefined {
    try {
      return this.#directory?.statSync().ctime?.getTime();
    } catch {
      return undefined;
    }
  }

  /** Examines all files. */
  examine(): FileState {
    if (!this.isOurs) return "replaced";
    this.#seen = undefined;
    const data = identityOf(this.#given);
    if (data === undefined) return "missing";
    if (!isSameFile(data, this.#data)) return "replaced";
    return this.isInPlace && isSameFile(identityOf(`${this.#path}-shm`), this.#shm)
      ? "present"
      : "missing";
  }

  /**
   * Makes SQLite's files anew if the data file is in its place and they are not. What only the removed ones
   * had is copied into the data file first. Returns whether all is in place then.
   */
  repair(): boolean {
    if (!this.isOurs || !isSameFile(identityOf(this.#given), this.#data)) return false;
    if (this.examine() === "present") return true;
    const copied = this.#db.prepare("pragma wal_checkpoint(truncate)").get();
    if (copied?.busy !== 0) return false;
    const left = this.#db.prepare("pragma journal_mode = delete").get();
    const entered = this.#db.prepare("pragma journal_mode = wal").get();
    if (left?.journal_mode !== "delete" || entered?.journal_mode !== "wal") return false;
    this.#db.exec("begin immediate; update file set opened = opened; commit");
    this.#remember();
    return this.examine() === "present";
  }

  /**
   * Renames the `-wal` and `-shm` that are open, if they lie beside another file now: at the next opening they
   * would be taken for that one's.
   */
  setWalAside(): void {
    if (!isSameFile(identityOf(`${this.#path}-wal`), this.#wal)) return;
    const ending = `${crypto.randomUUID().slice(0, 8)}.replaced`;
    for (const file of [`${this.#path}-wal`, `${this.#path}-shm`]) {
      try {
        Deno.renameSync(file, `${file}.${ending}`);
      } catch {
        // The next opening refuses what lies there, and says what to do.
      }
    }
  }

  /**
   * Gives what was written over the open file a file of its own. SQLite knows a file by its inode: in this process, it would
   * read what is there now by the index of the log that it had. Returns false if the disk has no room for it.
   */
  separate(): boolean {
    if (!isSameFile(identityOf(this.#path), this.#data)) return true;
    const own = temporaryPath(this.#path);
    try {
      Deno.copyFileSync(this.#path, own);
      Deno.renameSync(own, this.#path);
      return true;
    } catch {
      remove(own);
      return false;
    }
  }

  #remember(): void {
    this.#wal = identityOf(`${this.#path}-wal`);
    this.#shm = identityOf(`${this.#path}-shm`);
  }
}

/** Opens the directory of a file, if the name that the operator gave lies there, too, and the system allows it. */
export function openDirectory(given: string, path: string): Deno.FsFile | undefined {
  try {
    if (join(Deno.realPathSync(dirname(given)), basename(given)) !== path) return undefined;
    return Deno.openSync(dirname(path));
  } catch {
    return undefined;
  }
}

import type { DatabaseSync } from "node:sqlite";

/** The time after which what was erased is gone from the write-ahead log, in ms; the promise is a minute. */
const DELAY_MS = 20_000;

/** The time until the next attempt, in ms, while somebody reads the file. */
const RETRY_MS = 2000;

/**
 * Empties the write-ahead log after texts were erased: it has the pages as they were before, until others are written in
 * their place, which may take as long as the chat is quiet.
 */
export class WalTruncation implements Disposable {
  readonly #db: DatabaseSync;
  readonly #busyTimeoutMs: number;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** @param busyTimeoutMs The time that SQLite otherwise waits for a lock. */
  constructor(db: DatabaseSync, busyTimeoutMs: number) {
    this.#db = db;
    this.#busyTimeoutMs = busyTimeoutMs;
  }

  /** Notes that a text was erased. */
  soon(delayMs: number = DELAY_MS): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      if (!this.now()) this.soon(RETRY_MS);
    }, delayMs);
  }

  /** Copies the log into the file and empties it. Returns false while somebody reads, or the disk fails. */
  now(): boolean {
    try {
      // Nobody is to wait for a reader.
      this.#db.exec("pragma busy_timeout = 0");
      return this.#db.prepare("pragma wal_checkpoint(truncate)").get()?.busy === 0;
    } catch {
      return false;
    } finally {
      this.#db.exec(`pragma busy_timeout = ${this.#busyTimeoutMs}`);
    }
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
  }
}

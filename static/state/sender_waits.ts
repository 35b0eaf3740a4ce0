import type { ErrorCode } from "../../protocol/mod.ts";

/** The waits, in ms, each time the server could not store; after the last one the line has failed. */
const STORAGE_WAITS = [1_000, 2_000, 4_000, 8_000, 8_000];
/** The wait, in ms, when the server gives none. */
const RATE_WAIT = 1_000;

/** The longest time, in ms, until a line is answered: the connection may be broken. */
const ANSWER_MS = 15_000;

/** The waits of a sender with one line under way: for the answer, and before the next attempt. */
export class SenderWaits {
  readonly #flush: () => void;
  readonly #onUnanswered: () => void;
  #attempt: ReturnType<typeof setTimeout> | undefined;
  #answer: ReturnType<typeof setTimeout> | undefined;
  #storageFailures = 0;

  /**
   * @param flush Called when the next line may be sent.
   * @param onUnanswered Called when a line was not answered for too long.
   */
  constructor(flush: () => void, onUnanswered: () => void) {
    this.#flush = flush;
    this.#onUnanswered = onUnanswered;
  }

  /** Called when there is no connection any more. */
  stop(): void {
    this.cancelAttempt();
    clearTimeout(this.#answer);
    this.#storageFailures = 0;
  }

  /** Flushes after a time, in ms. */
  flushLater(ms: number): void {
    this.cancelAttempt();
    this.#attempt = setTimeout(this.#flush, ms);
  }

  cancelAttempt(): void {
    clearTimeout(this.#attempt);
  }

  /** Called when a line is sent. */
  expectAnswer(): void {
    clearTimeout(this.#answer);
    this.#answer = setTimeout(this.#onUnanswered, ANSWER_MS);
  }

  /** Called when the server has done what a line asks for. */
  succeeded(): void {
    this.#storageFailures = 0;
    clearTimeout(this.#answer);
  }

  /**
   * Called when the server has refused a line.
   *
   * @param retry The wait that the server gives, in ms.
   * @returns The wait before the line is sent again, in ms; undefined if it is refused permanently.
   */
  refused(code: ErrorCode, retry: number | undefined): number | undefined {
    clearTimeout(this.#answer);
    if (code === "rate_limited") return retry ?? RATE_WAIT;
    if (code === "not_joined") return retry ?? 0;
    if (code !== "storage") return undefined;
    const wait = STORAGE_WAITS[this.#storageFailures++];
    return wait === undefined ? undefined : retry ?? wait;
  }
}

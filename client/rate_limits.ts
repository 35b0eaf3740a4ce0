import { TokenBucket } from "../lib/token_bucket.ts";
import type { ErrorLine } from "../protocol/mod.ts";

/** The seconds of the rate that may arrive at once. */
const BURST_SECONDS = 3;

/** The number of attempts, and of requests, per allowed message. */
const ATTEMPTS = 10;

/**
 * The least rate of requests, per second, and the least burst. A slow `--rate` is meant for messages: a client
 * that returns to a hundred rooms must not wait for it.
 */
const REQUESTS = 200;
const REQUESTS_BURST = 600;

/** The requests that a join counts as: others in the room are notified of it. */
const JOIN_COST = 4;

/** The characters of a line that count as one more attempt or request, and the bytes of a reply. */
const LONG = 16 * 1024;

/** The new names per second, and at once: each is announced to all rooms of the person. */
const NAMES = 1;
const NAMES_BURST = 20;

/** The commands per second that the state answers, and at once: each may be an event that is stored. */
const ACTIONS = 10;
const ACTIONS_BURST = 100;

/** The typings per second, and at once, in all rooms: a person types in one, and for each the rights are read. */
const TYPINGS = 2;
const TYPINGS_BURST = 5;

/** The empty lines per second, and at once. Holding the Enter key down produces about 30 per second. */
const EMPTY_LINES = 50;
const EMPTY_LINES_BURST = 500;

/** The characters of an empty line or frame that count as another line. */
const EMPTY_LINE_LENGTH = 1024;

/** The number of errors that a client may cause within a time in ms. */
const ERRORS = 20;
const ERRORS_MS = 10_000;

/**
 * The rate limits of one client. Each `take` method takes one from a limit at the time `now`, in ms: it returns
 * 0 if the limit allows it, else the number of ms until it will. Limits are created on first use, because most
 * clients only listen.
 */
export class RateLimits {
  readonly #rate: number;
  #messages: TokenBucket | undefined;
  #attempts: TokenBucket | undefined;
  #requests: TokenBucket | undefined;
  #errors: TokenBucket | undefined;
  #emptyLines: TokenBucket | undefined;
  #names: TokenBucket | undefined;
  #actions: TokenBucket | undefined;
  #typings: TokenBucket | undefined;

  /** @param rate Messages per second; 0 means no limit but those on errors, empty lines and names. */
  constructor(rate: number) {
    this.#rate = rate;
  }

  /** The number of messages that may arrive at once; 0 means no limit. */
  get burst(): number {
    return this.#rate * BURST_SECONDS;
  }

  /**
   * Takes a message, or another command that others are notified of: `rate` per second.
   *
   * @param count The messages that it counts as, if it is long. It is allowed when one is, and what it counts as
   * beyond that delays the next one: otherwise the longest message would never be allowed at a low rate.
   */
  takeMessage(now: number, count = 1): number {
    const bucket = this.#messages ??= this.#bucket(1);
    const wait = bucket.take(now);
    if (wait === 0) bucket.charge(count - 1);
    return wait;
  }

  /** Takes a message as {@linkcode takeMessage} does, or returns the error for it; `ref` is its id. */
  refuseMessage(now: number, count = 1, ref?: string): ErrorLine | undefined {
    const retry = this.takeMessage(now, count);
    if (retry === 0) return undefined;
    return rateLimited(`the limit is ${this.#rate} messages per second`, retry, ref);
  }

  /**
   * Counts every attempt to send something to others, including rejected ones, at ten times the rate. A client
   * that exceeds it ignores `rate_limited` and is dropped.
   *
   * @param length The characters of the line: 16 Ki count as one more.
   */
  takeAttempt(now: number, length = 0): number {
    return (this.#attempts ??= this.#bucket(ATTEMPTS)).take(now, 1 + Math.floor(length / LONG));
  }

  /** Takes a new name: one per second, whatever the rate. */
  takeName(now: number): number {
    this.#names ??= new TokenBucket({ rate: NAMES, burst: NAMES_BURST });
    return this.#names.take(now);
  }

  /** Takes a message and a new name, or returns the error for it: a new name is sent to everyone around, like a message. */
  refuseName(now: number): ErrorLine | undefined {
    const refusal = this.refuseMessage(now);
    if (refusal !== undefined) return refusal;
    const retry = this.takeName(now);
    return retry === 0 ? undefined : rateLimited("the limit is one name per second", retry);
  }

  /**
   * Takes a command that the state answers: ten per second, whatever the rate.
   *
   * @param count The commands that it counts as; see {@linkcode takeMessage}.
   */
  takeAction(now: number, count = 1): number {
    this.#actions ??= new TokenBucket({ rate: ACTIONS, burst: ACTIONS_BURST });
    const wait = this.#actions.take(now);
    if (wait === 0) this.#actions.charge(count - 1);
    return wait;
  }

  /** Takes a typing: two per second, whatever the rate. */
  takeTyping(now: number): number {
    this.#typings ??= new TokenBucket({ rate: TYPINGS, burst: TYPINGS_BURST });
    return this.#typings.take(now);
  }

  /**
   * Takes a request, whose reply may be large: ten times the rate, but at least 200 per second. A join counts as
   * four, and 16 Ki characters of a line as one more.
   */
  takeRequest(now: number, { join = false, length = 0 } = {}): number {
    return this.#requestBucket().take(now, (join ? JOIN_COST : 1) + Math.floor(length / LONG));
  }

  /** Charges the bytes of a reply to the requests: 16 KiB count as one more. */
  chargeReply(bytes: number): void {
    this.#requestBucket().charge(Math.floor(bytes / LONG));
  }

  /** Takes `count` empty lines of `length` characters together: 50 per second, whatever the rate. */
  takeEmptyLines(now: number, count: number, length: number): number {
    this.#emptyLines ??= new TokenBucket({ rate: EMPTY_LINES, burst: EMPTY_LINES_BURST });
    return this.#emptyLines.take(now, count + Math.floor(length / EMPTY_LINE_LENGTH));
  }

  /** Takes an error that the client caused: 20 within 10 s. */
  takeError(now: number): number {
    this.#errors ??= new TokenBucket({ rate: ERRORS * 1000 / ERRORS_MS, burst: ERRORS });
    return this.#errors.take(now);
  }

  #requestBucket(): TokenBucket {
    if (this.#rate === 0) return this.#requests ??= this.#bucket(ATTEMPTS);
    return this.#requests ??= new TokenBucket({
      rate: Math.max(this.#rate * ATTEMPTS, REQUESTS),
      burst: Math.max(this.burst * ATTEMPTS, REQUESTS_BURST),
    });
  }

  /** Creates a bucket of `factor` times the rate. */
  #bucket(factor: number): TokenBucket {
    return new TokenBucket({ rate: this.#rate * factor, burst: this.burst * factor });
  }
}

/**
 * Returns the error for a command beyond a limit.
 *
 * @param limit The limit, in words.
 * @param retry The time until the next attempt, in ms.
 * @param ref The id of the message that was refused.
 */
function rateLimited(limit: string, retry: number, ref?: string): ErrorLine {
  const message = `Too fast: ${limit}; try again in ${retry} ms`;
  const about = ref === undefined ? {} : { ref };
  return { type: "error", code: "rate_limited", message, ...about, retry };
}

import { TokenBucket } from "../lib/token_bucket.ts";

/** How many seconds of the rate may come at once. */
const BURST_SECONDS = 3;

/** How many times the rate may be tried, and asked. */
const TRIES = 10;

/** How many errors one may be told within the time, in ms. */
const ERRORS = 20;
const ERRORS_MS = 10_000;

/**
 * How much one client may do. Each `take` takes one: 0 when it was there, else after how many ms it will
 * be; `now` in ms. Of most clients, which only listen, little is remembered.
 */
export class Allowance {
  readonly #rate: number;
  #messages: TokenBucket | undefined;
  #tries: TokenBucket | undefined;
  #questions: TokenBucket | undefined;
  #errors: TokenBucket | undefined;

  /** @param rate messages a second; 0 sets no limit, but for errors. */
  constructor(rate: number) {
    this.#rate = rate;
  }

  /** How many messages may come at once; 0: no limit. */
  get burst(): number {
    return this.#rate * BURST_SECONDS;
  }

  /** A message, or what else others are told: it comes at the rate. */
  takeMessage(now: number): number {
    return (this.#messages ??= this.#bucket(1)).take(now);
  }

  /** A try to tell others something, at ten times the rate: who has none left heeds no refusal. */
  takeTry(now: number): number {
    return (this.#tries ??= this.#bucket(TRIES)).take(now);
  }

  /** A question whose answer is large, at ten times the rate. */
  takeQuestion(now: number): number {
    return (this.#questions ??= this.#bucket(TRIES)).take(now);
  }

  /** An error that it is told: 20 within 10 s. */
  takeError(now: number): number {
    this.#errors ??= new TokenBucket({ rate: ERRORS * 1000 / ERRORS_MS, burst: ERRORS });
    return this.#errors.take(now);
  }

  /** A bucket of `factor` times the rate. */
  #bucket(factor: number): TokenBucket {
    return new TokenBucket({ rate: this.#rate * factor, burst: this.burst * factor });
  }
}

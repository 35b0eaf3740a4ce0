/** The settings of a {@linkcode TokenBucket}. */
export interface TokenBucketOptions {
  /** Tokens added per second; 0 means no limit. */
  rate: number;
  /** Tokens available at once after a quiet time. */
  burst: number;
}

/**
 * A token bucket: a rate limit that allows bursts. The caller passes the time in, so that tests need
 * no clock.
 *
 * @example
 * ```ts
 * import { TokenBucket } from "./token_bucket.ts";
 *
 * const bucket = new TokenBucket({ rate: 10, burst: 2 });
 * bucket.take(1000); // 0
 * bucket.take(1000); // 0
 * bucket.take(1000); // 100: the next token arrives in 100 ms
 * ```
 */
export class TokenBucket {
  readonly #perMs: number;
  readonly #burst: number;
  #tokens: number;
  /** When tokens were last added: never, as long as none was taken from the full bucket. */
  #at?: number;

  constructor({ rate, burst }: TokenBucketOptions) {
    this.#perMs = rate / 1000;
    this.#burst = burst;
    this.#tokens = burst;
  }

  /**
   * Takes tokens, all or none.
   *
   * @param now The time in ms, from any fixed start.
   * @param count The number of tokens.
   * @returns 0 if the tokens were taken, else the number of ms until they will be available.
   */
  take(now: number, count = 1): number {
    if (this.#perMs === 0) return 0;
    const passed = now - (this.#at ?? now);
    this.#tokens = Math.min(this.#burst, this.#tokens + passed * this.#perMs);
    this.#at = now;
    if (this.#tokens < count) return Math.ceil((count - this.#tokens) / this.#perMs);
    this.#tokens -= count;
    return 0;
  }

  /** Takes tokens for work already done, even if there are none: later calls of {@linkcode take} wait. */
  charge(count: number): void {
    if (this.#perMs > 0) this.#tokens -= count;
  }

  /** Returns `count` tokens that turned out not to be needed. */
  give(count: number): void {
    this.#tokens += count;
  }
}

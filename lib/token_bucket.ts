/**
 * A token bucket: lets `rate` through each second and `burst` at once after a quiet time. A rate
 * of 0 sets no limit. Time is passed in, in ms.
 */
export class TokenBucket {
  readonly #perMs: number;
  readonly #burst: number;
  #tokens: number;
  #at = 0;

  constructor({ rate, burst }: { rate: number; burst: number }) {
    this.#perMs = rate / 1000;
    this.#burst = burst;
    this.#tokens = burst;
  }

  /** Takes `count` tokens: 0 when they were there, else after how many ms they will be. */
  take(now: number, count = 1): number {
    if (this.#perMs === 0) return 0;
    this.#tokens = Math.min(this.#burst, this.#tokens + (now - this.#at) * this.#perMs);
    this.#at = now;
    if (this.#tokens < count) return Math.ceil((count - this.#tokens) / this.#perMs);
    this.#tokens -= count;
    return 0;
  }

  /** Gives back `count` tokens that need not have been taken. */
  give(count: number): void {
    this.#tokens += count;
  }
}

import { networkOf } from "./peer.ts";
import { TokenBucket } from "../lib/token_bucket.ts";

/** What an attempt costs until it is known to have succeeded, in tokens. */
const FAILURE = 10;

/** How many tokens an address has: 20 failures at once. */
const BURST = 200;

/** How many tokens it gets back each second: a failure every 10 seconds. */
const RATE = 1;

/** How many addresses are remembered; each takes some 200 bytes. */
const ADDRESSES = 50_000;

/** An attempt to prove who one is. */
export interface Attempt {
  /** Gives back what it cost, but for `cost` tokens, since it was no guess. */
  succeeded(cost?: number): void;
}

/**
 * Limits from each address the attempts to prove who one is, so that nobody can try out passwords.
 * A failure costs ten times what a success may.
 */
export class Attempts {
  readonly #buckets = new Map<string, TokenBucket>();

  /** Begins an attempt from `address`; when it can't be made, after how many ms it can. `now` in ms. */
  begin(address: string, now: number): Attempt | number {
    const network = networkOf(address);
    const bucket = this.#buckets.get(network) ?? new TokenBucket({ rate: RATE, burst: BURST });
    // The one used last goes to the end, so that those forgotten are those long unused.
    this.#buckets.delete(network);
    this.#buckets.set(network, bucket);
    if (this.#buckets.size > ADDRESSES) this.#forgetOldest();
    const retry = bucket.take(now, FAILURE);
    return retry > 0 ? retry : { succeeded: (cost = 0) => bucket.give(FAILURE - cost) };
  }

  #forgetOldest(): void {
    const { value } = this.#buckets.keys().next();
    if (value !== undefined) this.#buckets.delete(value);
  }
}

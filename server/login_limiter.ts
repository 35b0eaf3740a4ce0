import { NetworkBuckets } from "./network_buckets.ts";
import { networkOf, siteKey, siteOf } from "../lib/ip_networks.ts";
import { DAY_MS } from "../lib/time.ts";
import type { TokenBucket } from "../lib/token_bucket.ts";

/** Cost of a guess until it is known to be right, in tokens. */
const FAILURE = 10;

/** Tokens of a network: 20 failures at once. */
const BURST = 200;

/** Tokens that a network regains each second: a failure every 10 seconds. */
const RATE = 1;

/**
 * The networks of an IPv6 /48 may together do what this many may. A university has a /48, and so has a customer of a
 * provider who gives whole ones away, and who could else guess 65,536 times as often as from one network.
 */
const NETWORKS_OF_SITE = 20;

/** The /48s of which the networks are remembered that have guessed right; each takes some 2,000 bytes at most. */
const PROVEN_SITES = 5000;

/** The time after which a right guess is forgotten if another network of the /48 makes one, in ms. */
const PROVEN_MS = 7 * DAY_MS;

/** Cost of storing a name, in tokens: 200 at once, then one a second. */
export const NAME_COST = 1;

/** Cost of entering under a name, in tokens: 2,000 at once, then ten a second. */
export const ENTRY_COST = 0.1;

/** An attempt to prove an identity or to get a name. */
export interface Attempt {
  /** Refunds the attempt except for `cost` tokens, since it was no wrong guess. */
  refund(cost?: number): void;
  /** Refunds the attempt except for `cost` tokens, and remembers its network if it contained a right guess. */
  succeeded(cost?: number): void;
}

/** Details of an attempt. */
export interface AttemptOptions {
  /** Whether it contains a secret or a password, which may be a guess. Without, it costs as much as a name. */
  readonly guesses: boolean;
}

/**
 * Limits the attempts to prove an identity or to get a name from each network, so that nobody can guess
 * passwords or take names by the thousand. A failure costs ten times as much as a success may.
 *
 * The networks of an IPv6 /48 share a budget for guesses, and another for names, beside their own. Networks from
 * which somebody has guessed right need only their own: their people can log in while a neighbour guesses. There are
 * at most 20 of them in a /48, the first ones that are still used, because whoever has all networks
 * of a /48 can make an account in each and guess it right.
 */
export class LoginLimiter {
  readonly #networks = new NetworkBuckets({ rate: RATE, burst: BURST });
  readonly #guesses = new NetworkBuckets(SITE_LIMIT, siteKey);
  readonly #names = new NetworkBuckets(SITE_LIMIT, siteKey);
  /** The times of the last right guesses of networks, by /48. */
  readonly #proven = new Map<string, Map<string, number>>();

  /**
   * Begins an attempt from an IP address.
   *
   * @param now The time, in ms.
   * @returns The attempt, or the number of ms after which one is possible.
   */
  begin(address: string, now: number, { guesses }: AttemptOptions): Attempt | number {
    const price = guesses ? FAILURE : NAME_COST;
    const network = this.#networks.of(address);
    const site = this.#isProven(address) ? {} : {
      guesses: guesses ? this.#guesses.of(address) : undefined,
      names: this.#names.of(address),
    };
    const retry = takeAll([
      [network, price],
      [site.guesses, price],
      [site.names, NAME_COST],
    ], now);
    if (retry > 0) return retry;
    const refund = (cost = 0) => {
      network.give(price - cost);
      site.guesses?.give(price);
      site.names?.give(NAME_COST - cost);
    };
    return {
      refund,
      succeeded: (cost) => {
        refund(cost);
        if (guesses) this.#prove(address, now);
      },
    };
  }

  #isProven(address: string): boolean {
    const site = siteOf(address);
    return site === undefined || this.#proven.get(site)?.has(networkOf(address)) === true;
  }

  #prove(address: string, now: number): void {
    const site = siteOf(address);
    if (site === undefined) return;
    const networks = this.#proven.get(site) ?? new Map<string, number>();
    const network = networkOf(address);
    // The last ones are moved to the end of the maps, so that the longest unused are forgotten first.
    this.#proven.delete(site);
    this.#proven.set(site, networks);
    if (!networks.has(network) && networks.size >= NETWORKS_OF_SITE) {
      const [oldest] = networks;
      if (oldest !== undefined && now - oldest[1] < PROVEN_MS) return;
      if (oldest !== undefined) networks.delete(oldest[0]);
    }
    networks.delete(network);
    networks.set(network, now);
    if (this.#proven.size <= PROVEN_SITES) return;
    const { value } = this.#proven.keys().next();
    if (value !== undefined) this.#proven.delete(value);
  }
}

/** The limit of an IPv6 /48. */
const SITE_LIMIT = { rate: RATE * NETWORKS_OF_SITE, burst: BURST * NETWORKS_OF_SITE };

/** Takes tokens of all buckets, or of none. Returns the number of ms until all will have them, or 0. */
function takeAll(prices: readonly (readonly [TokenBucket | undefined, number])[], now: number) {
  const taken: [TokenBucket, number][] = [];
  for (const [bucket, price] of prices) {
    const wait = bucket?.take(now, price) ?? 0;
    if (wait > 0) {
      for (const [other, given] of taken) other.give(given);
      return wait;
    }
    if (bucket !== undefined) taken.push([bucket, price]);
  }
  return 0;
}

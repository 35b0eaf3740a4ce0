import { siteKey } from "../lib/ip_networks.ts";
import type { TokenBucketOptions } from "../lib/token_bucket.ts";
import { NetworkBuckets } from "./network_buckets.ts";

/** The networks of an IPv6 /48, all of which one customer may have, may together do what this many may. */
const NETWORKS_OF_SITE = 20;

/** Logouts of a network: each is written to the store, and kept as long as its cookie would have been valid. */
const LOGOUTS = { rate: 1, burst: 200 };

/** Those of people without a name, of whom nothing else is stored: one in five minutes, for 400 days each. */
const GUEST_LOGOUTS = { rate: 1 / 300, burst: 100 };

/** One limit for each network, and one for each IPv6 /48. */
class NetworkAndSite {
  readonly #networks: NetworkBuckets;
  readonly #sites: NetworkBuckets;

  constructor({ rate, burst }: TokenBucketOptions) {
    this.#networks = new NetworkBuckets({ rate, burst });
    const ofSite = { rate: rate * NETWORKS_OF_SITE, burst: burst * NETWORKS_OF_SITE };
    this.#sites = new NetworkBuckets(ofSite, siteKey);
  }

  take(address: string, now: number): number {
    const own = this.#networks.of(address);
    const wait = own.take(now);
    if (wait > 0) return wait;
    const siteWait = this.#sites.of(address).take(now);
    if (siteWait > 0) own.give(1);
    return siteWait;
  }
}

/**
 * Limits the logouts from each network and IPv6 /48; separate from the logins, so that nobody who guesses secrets keeps others
 * from logging out. Each method takes one at the time `now`, in ms: it returns 0, or the ms until one is possible.
 */
export class LogoutLimiter {
  readonly #all = new NetworkAndSite(LOGOUTS);
  readonly #guests = new NetworkAndSite(GUEST_LOGOUTS);

  /** Takes a logout, whoever it is of. */
  take(address: string, now: number): number {
    return this.#all.take(address, now);
  }

  /** Takes a logout of a person without a name, which was taken before as one of anybody. */
  takeGuest(address: string, now: number): number {
    return this.#guests.take(address, now);
  }
}

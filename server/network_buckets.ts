import { networkOf } from "../lib/ip_networks.ts";
import { TokenBucket, type TokenBucketOptions } from "../lib/token_bucket.ts";

/** Networks that are remembered; each takes some 200 bytes. */
const NETWORKS = 50_000;

/** A token bucket for each network; those that are unused for longest are forgotten. */
export class NetworkBuckets {
  readonly #options: TokenBucketOptions;
  readonly #networkOf: (address: string) => string;
  readonly #buckets = new Map<string, TokenBucket>();

  /** @param network Returns the network of an address; by default {@linkcode networkOf}. */
  constructor(options: TokenBucketOptions, network: (address: string) => string = networkOf) {
    this.#options = options;
    this.#networkOf = network;
  }

  /** The bucket of the network of an IP address; a full one for a new network. */
  of(address: string): TokenBucket {
    const network = this.#networkOf(address);
    const bucket = this.#buckets.get(network) ?? new TokenBucket(this.#options);
    // The last used is moved to the end of the map, so that the longest unused is forgotten first.
    this.#buckets.delete(network);
    this.#buckets.set(network, bucket);
    if (this.#buckets.size > NETWORKS) this.#forgetOldest();
    return bucket;
  }

  /** The bucket of the network of an IP address, if it has one. */
  find(address: string): TokenBucket | undefined {
    return this.#buckets.get(this.#networkOf(address));
  }

  #forgetOldest(): void {
    const { value } = this.#buckets.keys().next();
    if (value !== undefined) this.#buckets.delete(value);
  }
}

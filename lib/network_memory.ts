import { siteOf } from "./ip_networks.ts";

/**
 * Memory that networks share. A network, or an IPv6 /48, gets more while it has less than is left for others: one alone half
 * of all.
 */
export class NetworkMemory {
  readonly #limit: number;
  /** The bytes of each network that has some. */
  readonly #networks = new Map<string, number>();
  #total = 0;

  /** @param limit The most bytes of all networks together. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Takes bytes for somebody of a network. Returns false if there are not enough left. */
  take(network: string, bytes: number): boolean {
    const site = siteOf(network) ?? network;
    const own = (this.#networks.get(site) ?? 0) + bytes;
    if (own > this.#limit - this.#total) return false;
    this.#networks.set(site, own);
    this.#total += bytes;
    return true;
  }

  /** Gives bytes back that were taken. */
  give(network: string, bytes: number): void {
    const site = siteOf(network) ?? network;
    const rest = (this.#networks.get(site) ?? 0) - bytes;
    if (rest > 0) this.#networks.set(site, rest);
    else this.#networks.delete(site);
    this.#total -= bytes;
  }
}

import { siteOf } from "../lib/ip_networks.ts";

/** The most that the frames of all clients take beyond what each may have anyway, in bytes. */
const LIMIT_BYTES = 256 * 1024 * 1024;

/**
 * The memory of the frames that wait to be read, beyond what each client may have anyway. A network, or an IPv6 /48, gets
 * more while it has less than is left for others: one alone half of all.
 */
export class UnreadMemory {
  readonly #limit: number;
  /** The bytes of each network that has some. */
  readonly #networks = new Map<string, number>();
  #total = 0;

  /** @param limit The most bytes of all networks together. */
  constructor(limit = LIMIT_BYTES) {
    this.#limit = limit;
  }

  /** Takes bytes for a client of a network. Returns false if there are not enough left. */
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

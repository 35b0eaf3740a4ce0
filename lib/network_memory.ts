import { isLoopback, siteKey } from "./ip_networks.ts";

/** The bytes of one network that count as few: what one client may have, or two parts of a file. */
const FEW_BYTES = 1024 * 1024;

/** The part of the limit that one network may have. This machine, where a proxy may be for everyone, has half. */
const NETWORK_SHARE = 1 / 8;

/** The site of `::1`, which is this machine's. */
const LOOPBACK = siteKey("::1");

/**
 * Memory that networks share: IPv4 addresses, and IPv6 /48s, since a provider may give a customer all of one.
 *
 * A network may have an eighth of the limit, while it has less than is left of the half that is for those who have much
 * (dynamic thresholds). The other half is for networks that have little. So a dozen networks that read nothing have
 * half of the limit together, and others have theirs.
 */
export class NetworkMemory {
  readonly #limit: number;
  readonly #few: number;
  /** The bytes of each network that has some. */
  readonly #networks = new Map<string, number>();
  #total = 0;

  /**
   * @param limit The most bytes of all networks together.
   * @param few The bytes of a network that count as few.
   */
  constructor(limit: number, few = FEW_BYTES) {
    this.#limit = limit;
    this.#few = few;
  }

  /** The bytes of all networks together. */
  get total(): number {
    return this.#total;
  }

  /**
   * Takes bytes for somebody of a network. Returns false if there are not enough left.
   *
   * @param fresh The part of them that no other network has taken already.
   */
  take(network: string, bytes: number, fresh = bytes): boolean {
    const site = siteKey(network);
    const own = (this.#networks.get(site) ?? 0) + bytes;
    if (!this.#allows(own, fresh, isLoopback(network) || site === LOOPBACK)) return false;
    this.#networks.set(site, own);
    this.#total += fresh;
    return true;
  }

  /**
   * Gives bytes back that were taken.
   *
   * @param free The part of them that no other network has any more.
   */
  give(network: string, bytes: number, free = bytes): void {
    const site = siteKey(network);
    const rest = (this.#networks.get(site) ?? 0) - bytes;
    if (rest > 0) this.#networks.set(site, rest);
    else this.#networks.delete(site);
    this.#total -= free;
  }

  #allows(own: number, fresh: number, loopback: boolean): boolean {
    if (own <= this.#few) return this.#total + fresh <= this.#limit;
    const left = this.#limit / 2 - this.#total;
    return fresh <= left && (loopback || (own <= this.#limit * NETWORK_SHARE && own <= left));
  }
}

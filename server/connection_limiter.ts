import { isLoopback, networkOf, siteOf } from "../lib/ip_networks.ts";

/** The networks of an IPv6 /48, all of which one customer may have, may have as many connections as this many. */
const SITE_NETWORKS = 10;

/** Limits of a {@linkcode ConnectionLimiter}. */
export interface ConnectionLimiterOptions {
  /** Connections in all. */
  total: number;
  /** Connections from one network; 0: no limit. Loopback addresses are not limited. An IPv6 /48 may have ten times as many. */
  perAddress: number;
}

/** A counted connection. It counts until disposed, even if it exceeds a limit. */
export interface Slot extends Disposable {
  /** The limit that it exceeds; undefined when it may be accepted. */
  readonly excess: "total" | "address" | undefined;
  /**
   * Stops counting the connection in the total, since its peer does not let it close. It still counts for its
   * network. Of such connections, at most as many as the total allows are exempt; more are still counted.
   */
  abandon(): void;
}

/** Counts open connections, in all and from each network. */
export class ConnectionLimiter {
  readonly #options: ConnectionLimiterOptions;
  readonly #byNetwork = new Map<string, number>();
  #total = 0;
  #abandoned = 0;

  constructor(options: ConnectionLimiterOptions) {
    this.#options = options;
  }

  /** Counts a connection from `address`. */
  enter(address: string): Slot {
    const { total, perAddress } = this.#options;
    const isFree = perAddress === 0 || isLoopback(address);
    const network = isFree ? undefined : networkOf(address);
    const site = isFree ? undefined : siteOf(address);
    const [own, neighbours] = [this.#add(network, 1), this.#add(site, 1)];
    const exceeds = own > perAddress || neighbours > SITE_NETWORKS * perAddress;
    const excess = ++this.#total > total ? "total" : !isFree && exceeds ? "address" : undefined;
    let state: "counted" | "abandoned" | "disposed" = "counted";
    return {
      excess,
      abandon: () => {
        if (state !== "counted" || this.#abandoned >= total) return;
        state = "abandoned";
        this.#total--;
        this.#abandoned++;
      },
      [Symbol.dispose]: () => {
        if (state === "disposed") return;
        if (state === "abandoned") this.#abandoned--;
        else this.#total--;
        state = "disposed";
        this.#add(network, -1);
        this.#add(site, -1);
      },
    };
  }

  #add(network: string | undefined, change: number): number {
    if (network === undefined) return 0;
    const count = (this.#byNetwork.get(network) ?? 0) + change;
    if (count === 0) this.#byNetwork.delete(network);
    else this.#byNetwork.set(network, count);
    return count;
  }
}

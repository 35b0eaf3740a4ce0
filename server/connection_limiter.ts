import { isLoopback, networkOf } from "./peer.ts";

/** How many connections a {@linkcode Turnstile} lets in. */
export interface TurnstileOptions {
  /** In all. */
  total: number;
  /** From one address; 0: no limit. This machine's own are not counted. */
  perAddress: number;
}

/** A connection's place. It is counted until disposed of, also when it should not be let in. */
export interface Place extends Disposable {
  /** Why it should not be let in; undefined when there is room for it. */
  readonly excess: "total" | "address" | undefined;
}

/** Counts the open connections, in all and from each address. */
export class Turnstile {
  readonly #options: TurnstileOptions;
  readonly #byNetwork = new Map<string, number>();
  #total = 0;

  constructor(options: TurnstileOptions) {
    this.#options = options;
  }

  /** Counts a connection from `address`. */
  enter(address: string): Place {
    const { total, perAddress } = this.#options;
    const network = perAddress === 0 || isLoopback(address) ? undefined : networkOf(address);
    const here = network === undefined ? 0 : this.#add(network, 1);
    const excess = ++this.#total > total ? "total" : here > perAddress ? "address" : undefined;
    let counted = true;
    return {
      excess,
      [Symbol.dispose]: () => {
        if (!counted) return;
        counted = false;
        this.#total--;
        if (network !== undefined) this.#add(network, -1);
      },
    };
  }

  #add(network: string, change: number): number {
    const count = (this.#byNetwork.get(network) ?? 0) + change;
    if (count === 0) this.#byNetwork.delete(network);
    else this.#byNetwork.set(network, count);
    return count;
  }
}

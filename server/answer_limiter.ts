import { isLoopback, siteKey } from "../lib/ip_networks.ts";

/**
 * The most answers that may be unfinished. Over HTTP/2 a peer may ask for 200 at once on one connection and read
 * none of them; each then takes some 50 KB.
 */
const UNFINISHED = 4096;

/** The unfinished answers of one network that count as few: a browser that opens the page has about as many. */
const FEW = 8;

/** The part of the limit that one network may have. This machine, where a proxy may ask for everyone, has half. */
const NETWORK_SHARE = 1 / 8;

/**
 * Counts the requests that are being answered, until their answers are written. A network is an IPv4 address or an
 * IPv6 /48, since a provider may give a customer all of that.
 *
 * A network may have an eighth of the limit, while it has fewer than are left of the half that is for those
 * who have many (dynamic thresholds). The other half is for networks that have few. So a dozen networks that read
 * nothing have half of the limit together, and to shut out others takes 250 networks more.
 */
export class AnswerLimiter {
  readonly #byNetwork = new Map<string, number>();
  readonly #limit: number;
  #unfinished = 0;

  /** @param limit The most unfinished answers of all networks together. */
  constructor(limit: number = UNFINISHED) {
    this.#limit = limit;
  }

  /** The number of unfinished answers. */
  get unfinished(): number {
    return this.#unfinished;
  }

  /** Counts an answer to `address` until it is disposed; undefined if it exceeds the limit. */
  begin(address: string): Disposable | undefined {
    const network = siteKey(address);
    if (!this.#allows(this.#byNetwork.get(network) ?? 0, isLoopback(address))) return undefined;
    this.#change(network, 1);
    let finished = false;
    return {
      [Symbol.dispose]: () => {
        if (finished) return;
        finished = true;
        this.#change(network, -1);
      },
    };
  }

  #allows(count: number, loopback: boolean): boolean {
    if (count < FEW) return this.#unfinished < this.#limit;
    const left = this.#limit / 2 - this.#unfinished;
    return left > 0 && (loopback || (count < this.#limit * NETWORK_SHARE && count < left));
  }

  #change(network: string, by: number): void {
    this.#unfinished += by;
    const count = (this.#byNetwork.get(network) ?? 0) + by;
    if (count === 0) this.#byNetwork.delete(network);
    else this.#byNetwork.set(network, count);
  }
}

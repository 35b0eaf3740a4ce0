import { delay } from "../lib/std.ts";
import { siteKey } from "../lib/ip_networks.ts";
import { getOrMake } from "../lib/maps.ts";

interface Waiting {
  readonly signal: AbortSignal;
  begin(hasTurn: boolean): void;
}

/**
 * Spreads requests over the turns of the event loop: messages would else wait for all that arrive, also for those that are
 * refused. Networks take turns: a request waits for one of each other network, however many these send, and whoever
 * asked before. An IPv6 /48 is one network, since a provider may give a customer all of that. As many wait as there may be
 * unfinished answers.
 */
export class RequestTurns {
  #free: number;
  /** By network, in the order in which they have a turn. */
  readonly #waiting = new Map<string, Waiting[]>();

  /** @param atOnce The requests that begin in a turn of the event loop. */
  constructor(atOnce: number) {
    this.#free = atOnce;
  }

  /**
   * Waits until a request from an address may go on: not at all, unless others have just begun.
   *
   * @param signal Aborts when the client has gone.
   * @returns False if it has gone meanwhile.
   */
  async next(address: string, signal: AbortSignal): Promise<boolean> {
    if (this.#free > 0) this.#free--;
    else if (!await this.#wait(siteKey(address), signal)) return false;
    void delay(0).then(() => this.#end());
    return true;
  }

  #wait(network: string, signal: AbortSignal): Promise<boolean> {
    return new Promise((begin) => {
      getOrMake(this.#waiting, network, () => []).push({ signal, begin });
    });
  }

  #end(): void {
    // A network that is put at the end again is met again, until one request goes on.
    for (const [network, requests] of this.#waiting) {
      const request = requests.shift();
      this.#waiting.delete(network);
      if (requests.length > 0) this.#waiting.set(network, requests);
      const hasTurn = request?.signal.aborted === false;
      request?.begin(hasTurn);
      if (hasTurn) return;
    }
    this.#free++;
  }
}

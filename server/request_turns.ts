import { delay } from "../lib/std.ts";
import { FairQueue } from "../lib/fair_queue.ts";

/**
 * Spreads requests over the turns of the event loop: messages would else wait for all that arrive, also for those that are
 * refused. The network that has asked least goes first. As many wait as there may be unfinished answers.
 */
export class RequestTurns {
  readonly #queue: FairQueue;

  /** @param atOnce The requests that begin in a turn of the event loop. */
  constructor(atOnce: number) {
    this.#queue = new FairQueue({ parallel: atOnce, waiting: Infinity });
  }

  /** Resolves when a request from an address may go on: at once, unless others have just begun. */
  async next(address: string): Promise<void> {
    const turn = await this.#queue.next(address);
    void delay(0).then(() => turn[Symbol.dispose]());
  }
}

import { getOrMake } from "./maps.ts";

/** The one who asks for a turn. */
export interface TurnTaker {
  readonly network: string;
  readonly person: string;
}

/** Starts a request that waits. */
type Start = () => void;

/**
 * A queue for work that only a few may do at once. Networks take turns, and so do the people of each: whoever asks waits for
 * one request of each other, however many these have.
 *
 * @example
 * ```ts
 * import { FairTurns } from "./fair_turns.ts";
 *
 * const turns = new FairTurns(8);
 * {
 *   using _turn = await turns.next({ network: "192.0.2.1", person: "ann" });
 *   // The work; the turn ends with this block.
 * }
 * ```
 */
export class FairTurns {
  #free: number;
  /** By network and person, in the order in which they have a turn; none is empty. */
  readonly #waiting = new Map<string, Map<string, Set<Start>>>();

  /** @param atOnce the turns that run at once */
  constructor(atOnce: number) {
    this.#free = atOnce;
  }

  /**
   * Waits for a turn, which ends when it is disposed.
   *
   * @param signal gives up waiting
   * @throws the reason of `signal`
   */
  async next(taker: TurnTaker, signal?: AbortSignal): Promise<Disposable> {
    signal?.throwIfAborted();
    if (this.#free > 0) this.#free--;
    else await this.#wait(taker, signal);
    return { [Symbol.dispose]: () => this.#end() };
  }

  #wait(taker: TurnTaker, signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const start = () => {
        signal?.removeEventListener("abort", giveUp);
        resolve();
      };
      const giveUp = () => {
        this.#remove(taker, start);
        reject(signal?.reason);
      };
      signal?.addEventListener("abort", giveUp, { once: true });
      const people = getOrMake(this.#waiting, taker.network, () => new Map<string, Set<Start>>());
      getOrMake(people, taker.person, () => new Set()).add(start);
    });
  }

  #remove({ network, person }: TurnTaker, start: Start): void {
    const people = this.#waiting.get(network);
    const starts = people?.get(person);
    starts?.delete(start);
    if (starts?.size === 0) people?.delete(person);
    if (people?.size === 0) this.#waiting.delete(network);
  }

  #end(): void {
    const start = this.#take();
    if (start) start();
    else this.#free++;
  }

  /** Takes the next request, and puts its person, and the network of that, behind the others. */
  #take(): Start | undefined {
    for (const [network, people] of this.#waiting) {
      for (const [person, starts] of people) {
        for (const start of starts) {
          this.#remove({ network, person }, start);
          if (people.delete(person)) people.set(person, starts);
          if (this.#waiting.delete(network)) this.#waiting.set(network, people);
          return start;
        }
      }
    }
    return undefined;
  }
}

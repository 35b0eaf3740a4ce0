/** Thrown when the queue is full and everyone in it has had fewer turns. */
export class BusyError extends Error {
  override readonly name = "BusyError";
}

/** The settings of a {@linkcode FairQueue}. */
export interface FairQueueOptions {
  /** The number of turns that run at once. */
  parallel: number;
  /** The number of requests that may wait. */
  waiting: number;
  /** The time, in ms; by default that of the process. */
  now?: () => number;
}

interface Waiting {
  readonly from: string;
  /** The number of turns that go to `from` before this one, past ones included. */
  readonly rank: number;
  resolve(): void;
  reject(error: BusyError): void;
}

/** The time after which a past turn counts half, in ms. */
const HALF_LIFE_MS = 10 * 60 * 1000;

/** The number of sources whose past turns are remembered; each takes about 200 bytes. */
const REMEMBERED = 10_000;

/**
 * A queue for expensive work that serves the source with the fewest past turns first (least attained
 * service), then first come, first served. When the queue is full, the source with the most turns is
 * rejected. So a source that rarely asks waits only for the turns that already run, never for a source
 * that asks all the time.
 *
 * @example
 * ```ts
 * import { FairQueue } from "./fair_queue.ts";
 *
 * const queue = new FairQueue({ parallel: 2, waiting: 100 });
 * {
 *   using _turn = await queue.next("192.0.2.1");
 *   // The expensive work; the turn ends with this block.
 * }
 * ```
 */
export class FairQueue {
  #free: number;
  readonly #waiting: number;
  readonly #now: () => number;
  readonly #queue: Waiting[] = [];
  readonly #served = new Map<string, { turns: number; at: number }>();

  constructor({ parallel, waiting, now = () => performance.now() }: FairQueueOptions) {
    this.#free = parallel;
    this.#waiting = waiting;
    this.#now = now;
  }

  /**
   * Waits for a turn.
   *
   * @param from The source that the turn is charged to.
   * @returns The turn; it ends when disposed.
   * @throws {BusyError} The queue is full and everyone in it has had fewer turns.
   */
  async next(from: string): Promise<Disposable> {
    if (this.#free > 0) this.#free--;
    else await new Promise<void>((resolve, reject) => this.#enqueue({ from, resolve, reject }));
    this.#count(from);
    return {
      [Symbol.dispose]: () => {
        const next = this.#queue.shift();
        if (next === undefined) this.#free++;
        else next.resolve();
      },
    };
  }

  #enqueue(request: Omit<Waiting, "rank">): void {
    const own = this.#queue.filter(({ from }) => from === request.from).length;
    const rank = this.#turnsOf(request.from) + own;
    const after = this.#queue.findLastIndex((other) => other.rank <= rank);
    this.#queue.splice(after + 1, 0, { ...request, rank });
    if (this.#queue.length <= this.#waiting) return;
    const reason = `${this.#waiting} others are waiting; try again later`;
    this.#queue.pop()?.reject(new BusyError(`Cannot check a secret: ${reason}`));
  }

  #count(from: string): void {
    const turns = this.#turnsOf(from) + 1;
    // Deleting first moves the entry to the end, so that the first entry is the least recent one.
    this.#served.delete(from);
    this.#served.set(from, { turns, at: this.#now() });
    if (this.#served.size <= REMEMBERED) return;
    const { value } = this.#served.keys().next();
    if (value !== undefined) this.#served.delete(value);
  }

  #turnsOf(from: string): number {
    const { turns, at } = this.#served.get(from) ?? { turns: 0, at: 0 };
    return turns * 2 ** ((at - this.#now()) / HALF_LIFE_MS);
  }
}

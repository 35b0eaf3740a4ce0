/** Thrown when so many wait for a turn that another would wait too long. */
export class BusyError extends Error {
  override readonly name = "BusyError";
}

export interface TurnsOptions {
  /** How many run at once. */
  parallel: number;
  /** How many may wait for their turn. */
  waiting: number;
  /** The time, in ms; by default that of the process. */
  now?: () => number;
}

interface Waiting {
  readonly from: string;
  /** How many turns go to `from` before this one, those of the past included. */
  readonly rank: number;
  resolve(): void;
  reject(error: BusyError): void;
}

/** After this time, in ms, a turn that somebody had counts half. */
const HALF_LIFE_MS = 10 * 60 * 1000;

/** How many of those who had turns are remembered; each takes some 200 bytes. */
const REMEMBERED = 10_000;

/**
 * Turns at something dear, for whoever had the fewest so far (least attained service), else first
 * come, first served. When too many wait, the one who had the most is sent away: so those who come
 * seldom wait for the turns that run, and never for those who come all the time.
 */
export class Turns {
  #free: number;
  readonly #waiting: number;
  readonly #now: () => number;
  readonly #queue: Waiting[] = [];
  readonly #served = new Map<string, { turns: number; at: number }>();

  constructor({ parallel, waiting, now = () => performance.now() }: TurnsOptions) {
    this.#free = parallel;
    this.#waiting = waiting;
    this.#now = now;
  }

  /**
   * Waits for a turn of `from`, which ends when disposed of.
   *
   * @throws {BusyError} when too many wait who had fewer
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

  #enqueue(asking: Omit<Waiting, "rank">): void {
    const own = this.#queue.filter(({ from }) => from === asking.from).length;
    const rank = this.#turnsOf(asking.from) + own;
    const after = this.#queue.findLastIndex((other) => other.rank <= rank);
    this.#queue.splice(after + 1, 0, { ...asking, rank });
    if (this.#queue.length <= this.#waiting) return;
    const reason = `${this.#waiting} others wait, try again later`;
    this.#queue.pop()?.reject(new BusyError(`Cannot check a secret: ${reason}`));
  }

  #count(from: string): void {
    const turns = this.#turnsOf(from) + 1;
    // The one served last goes to the end, so that those forgotten are those long gone.
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

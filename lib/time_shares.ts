import { getOrMake } from "./maps.ts";

/** The least time that a turn counts as, in ms: the clock may see none pass. */
const LEAST_MS = 1;

/** A source among those that share time. */
interface Share<T> {
  /** The time that it was given, in ms, and that which it lost by not asking. */
  used: number;
  /** Its requests, the running one included. */
  asking: number;
  readonly value: T;
}

/** Sources that share time evenly. Those that ask for none are forgotten as soon as they had no more than the others. */
class Shares<T> {
  readonly #sources = new Map<string, Share<T>>();
  /** The time that a source that always asks has been given, in ms. */
  #even = 0;

  /** Adds a request of a source. */
  ask(name: string, make: () => T): T {
    const share = getOrMake(
      this.#sources,
      name,
      () => ({ used: this.#even, asking: 0, value: make() }),
    );
    share.asking++;
    return share.value;
  }

  /** Ends a request of a source that took so many ms. */
  end(name: string, ms: number): void {
    const ended = this.#sources.get(name);
    if (ended === undefined) return;
    const asking = [...this.#sources.values()].filter((share) => share.asking > 0);
    ended.used += ms;
    ended.asking--;
    this.#even += ms / asking.length;
    for (const [other, share] of this.#sources) {
      if (share.asking === 0 && share.used <= this.#even) this.#sources.delete(other);
    }
  }

  /** The source that was given least of those that ask; of equals the first. */
  next(): T | undefined {
    let next: Share<T> | undefined;
    for (const share of this.#sources.values()) {
      if (share.asking > 0 && (next === undefined || share.used < next.used)) next = share;
    }
    return next?.value;
  }
}

/** Starts a request. */
type Start = () => void;

/**
 * A queue for expensive work, one turn at a time, that shares the time evenly among networks, and that of a network among
 * its people. Turns are charged by the time that they take. Nobody waits long because others are many: a network of a thousand people gets
 * as much as one of a single person, and whoever comes later has no advantage over those who wait.
 *
 * @example
 * ```ts
 * import { TimeShares } from "./time_shares.ts";
 *
 * const shares = new TimeShares();
 * {
 *   using _turn = await shares.next({ network: "192.0.2.1", person: "ann" });
 *   // The expensive work; the turn ends with this block.
 * }
 * ```
 */
export class TimeShares {
  readonly #now: () => number;
  #networks = new Shares<Shares<Start[]>>();
  #isBusy = false;

  /** @param now the time, in ms; by default that of the process */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** Waits for a turn, which ends when it is disposed. */
  async next(
    { network, person }: { readonly network: string; readonly person: string },
  ): Promise<Disposable> {
    const people = this.#networks.ask(network, () => new Shares());
    const waiting = people.ask(person, () => []);
    if (this.#isBusy) await new Promise<void>((start) => waiting.push(start));
    this.#isBusy = true;
    const begun = this.#now();
    return {
      [Symbol.dispose]: () => {
        const ms = Math.max(LEAST_MS, this.#now() - begun);
        people.end(person, ms);
        this.#networks.end(network, ms);
        const start = this.#networks.next()?.next()?.shift();
        if (start) return start();
        this.#isBusy = false;
        // Past turns matter to nobody.
        this.#networks = new Shares();
      },
    };
  }
}

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
  /** The number of sources that ask. */
  #asking = 0;

  /** Adds a request of a source. */
  ask(name: string, make: () => T): T {
    const share = getOrMake(
      this.#sources,
      name,
      () => ({ used: this.#even, asking: 0, value: make() }),
    );
    if (share.asking++ === 0) {
      this.#asking++;
      share.used = Math.max(share.used, this.#even);
    }
    return share.value;
  }

  /** Adds a part of the running turn, in which those asked who ask now. */
  pass(ms: number): void {
    this.#even += ms / this.#asking;
  }

  /** Ends a request of a source that took so many ms, all of which have passed. */
  end(name: string, ms: number): void {
    const ended = this.#sources.get(name);
    if (ended === undefined) return;
    ended.used += ms;
    if (--ended.asking === 0) this.#asking--;
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

/** A running turn. */
interface Turn {
  /** The shares of its network. */
  readonly people: Shares<Start[]>;
  readonly begun: number;
  /** The ms of it that were added to the shares. */
  passed: number;
}

/**
 * A queue for expensive work, one turn at a time, that shares the time evenly among networks, and that of a network among
 * its people. Turns are charged by the time that they take while others ask. Nobody waits long because others are many: a
 * network of a thousand people gets as much as one of a single person, and whoever comes later has no advantage over those
 * who wait.
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
  #running: Turn | undefined;

  /** @param now the time, in ms; by default that of the process */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** Waits for a turn, which ends when it is disposed. */
  async next(
    { network, person }: { readonly network: string; readonly person: string },
  ): Promise<Disposable> {
    this.#pass();
    const people = this.#networks.ask(network, () => new Shares());
    const waiting = people.ask(person, () => []);
    if (this.#isBusy) await new Promise<void>((start) => waiting.push(start));
    this.#isBusy = true;
    this.#running = { people, begun: this.#now(), passed: 0 };
    return {
      [Symbol.dispose]: () => {
        const ms = this.#pass(LEAST_MS);
        this.#running = undefined;
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

  /** Shares the time of the running turn up to now, before somebody asks or it ends; returns it, at least `least` ms. */
  #pass(least = 0): number {
    if (this.#running === undefined) return least;
    const { people, begun, passed } = this.#running;
    const ms = Math.max(least, this.#now() - begun);
    this.#running.passed = ms;
    people.pass(ms - passed);
    this.#networks.pass(ms - passed);
    return ms;
  }
}

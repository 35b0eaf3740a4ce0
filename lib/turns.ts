import { getOrMake } from "./maps.ts";

/** A source of things that wait. */
interface Source<T> {
  readonly queue: T[];
  /** The work that it has had beyond its turns, which it pays back by those that follow. */
  debt: number;
}

/**
 * Things that wait, of sources that take turns. Those of a source keep their order. In a turn a source has one thing, however
 * much work that is, and waits for as many more turns as it is more than one unit of it: so sources share the work evenly.
 *
 * A source may have as many as others could still add: one alone has half of the limit, and each further one half of what is
 * left. Beyond the limit, as many again may wait of sources that have nothing else there: a few can't keep others out.
 */
export class Turns<T> {
  /** The one whose turn it is comes first. Those without anything that waits are in debt. */
  readonly #sources = new Map<string, Source<T>>();
  readonly #limit: number;
  readonly #workOf: (item: T) => number;
  #size = 0;

  /**
   * @param limit The most that may wait, of sources of which more than one thing waits.
   * @param workOf Returns the work of a thing; by default each is one unit of it.
   */
  constructor(limit: number, workOf: (item: T) => number = () => 1) {
    this.#limit = limit;
    this.#workOf = workOf;
  }

  get size(): number {
    return this.#size;
  }

  /** Returns whether a source may add something. */
  mayAdd(from: string): boolean {
    const own = this.#sources.get(from)?.queue.length ?? 0;
    return own === 0 ? this.#size < 2 * this.#limit : own < this.#limit - this.#size;
  }

  /** Adds something of a source, whether it may or not. */
  add(from: string, item: T): void {
    getOrMake(this.#sources, from, () => ({ queue: [], debt: 0 })).queue.push(item);
    this.#size++;
  }

  /**
   * Takes what is next; undefined if nothing waits, or if that is of more work than `most`: then it is the next one still.
   */
  next(most = Infinity): T | undefined {
    if (this.#size === 0) return undefined;
    // A source that is put at the end is met again, until one has a turn.
    for (const [from, source] of this.#sources) {
      const { queue: [item], debt } = source;
      const isDue = item !== undefined && debt <= 0;
      const work = isDue ? this.#workOf(item) : 0;
      if (work > most) return undefined;
      this.#sources.delete(from);
      source.debt += work - 1;
      if (isDue) source.queue.shift();
      if (source.queue.length > 0 || source.debt > 0) this.#sources.set(from, source);
      if (!isDue) continue;
      if (--this.#size === 0) this.#sources.clear();
      return item;
    }
  }

  /** Takes all. */
  takeAll(): T[] {
    const items = [...this.#sources.values()].flatMap(({ queue }) => queue);
    this.#sources.clear();
    this.#size = 0;
    return items;
  }
}

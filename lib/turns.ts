import { getOrMake } from "./maps.ts";

/**
 * Things that wait, of sources that take turns. Those of a source keep their order. A source may have as many as others could
 * still add: one alone has half of the limit, and each further one half of what is left.
 */
export class Turns<T> {
  /** By source; the one whose turn it is comes first. None is empty. */
  readonly #queues = new Map<string, T[]>();
  readonly #limit: number;
  #size = 0;

  /** @param limit The most that may wait. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  get size(): number {
    return this.#size;
  }

  /** Returns whether a source may add something. */
  mayAdd(from: string): boolean {
    return (this.#queues.get(from)?.length ?? 0) < this.#limit - this.#size;
  }

  /** Adds something of a source, whether it may or not. */
  add(from: string, item: T): void {
    getOrMake(this.#queues, from, () => []).push(item);
    this.#size++;
  }

  /** Takes what is next; undefined if nothing waits. */
  next(): T | undefined {
    for (const [from, queue] of this.#queues) {
      const item = queue.shift();
      // To the end of the map, behind those of all others.
      this.#queues.delete(from);
      if (queue.length > 0) this.#queues.set(from, queue);
      this.#size--;
      return item;
    }
  }

  /** Takes all. */
  takeAll(): T[] {
    const items = [...this.#queues.values()].flat();
    this.#queues.clear();
    this.#size = 0;
    return items;
  }
}

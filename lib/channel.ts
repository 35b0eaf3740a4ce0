/** The settings of a {@linkcode Channel}. */
export interface ChannelOptions {
  /** The number of items that may wait, at least 1. */
  capacity: number;
  /**
   * Resumes a waiting reader; by default at once. The reader of many senders passes
   * {@linkcode nextTurn}, so that everything they send in a turn of the event loop becomes one batch.
   */
  resume?: (reader: () => void) => void;
}

/**
 * A bounded first-in-first-out queue between any number of senders and one reader, modelled on Go's
 * buffered channels. Sending never waits: a full channel refuses, and the sender decides what to do.
 *
 * @example
 * ```ts
 * import { Channel } from "./channel.ts";
 *
 * const channel = new Channel<string>({ capacity: 2 });
 * channel.trySend("a");
 * channel.trySend("b");
 * channel.trySend("c"); // false: the channel is full
 * channel.close();
 * for await (const batch of channel.batches()) console.log(batch); // ["a", "b"]
 * ```
 */
export class Channel<T> implements AsyncIterable<T> {
  readonly #capacity: number;
  readonly #resume: (reader: () => void) => void;
  #items: T[] = [];
  #closed = false;
  #reader: (() => void) | undefined;

  constructor(options: ChannelOptions) {
    this.#capacity = options.capacity;
    this.#resume = options.resume ?? ((reader) => reader());
  }

  /** The number of items that wait. */
  get size(): number {
    return this.#items.length;
  }

  /** True once {@linkcode close} was called; items sent before may still wait. */
  get closed(): boolean {
    return this.#closed;
  }

  /**
   * Queues an item.
   *
   * @returns False if the item was not queued, because the channel is closed or full.
   */
  trySend(item: T): boolean {
    if (this.#closed || this.#items.length >= this.#capacity) return false;
    this.#items.push(item);
    this.#wake();
    return true;
  }

  /** Ends the channel after the queued items. Closing again changes nothing. */
  close(): void {
    this.#closed = true;
    this.#wake();
  }

  /** Resolves to true once an item waits, or to false once the channel is closed and empty. */
  async wait(): Promise<boolean> {
    while (this.#items.length === 0) {
      if (this.#closed) return false;
      await new Promise<void>((resolve) => this.#reader = resolve);
    }
    return true;
  }

  /** Takes all items that wait. */
  take(): T[] {
    const all = this.#items;
    this.#items = [];
    return all;
  }

  /** Yields everything that waits as one batch, until the channel is closed and empty. */
  async *batches(): AsyncGenerator<T[], void, void> {
    while (await this.wait()) yield this.take();
  }

  /** Yields each item, until the channel is closed and empty. */
  async *[Symbol.asyncIterator](): AsyncGenerator<T, void, void> {
    while (await this.wait()) yield* this.#items.splice(0, 1);
  }

  #wake(): void {
    const reader = this.#reader;
    if (reader === undefined) return;
    this.#reader = undefined;
    this.#resume(reader);
  }
}

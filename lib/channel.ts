/** How a {@linkcode Channel} holds what is sent through it. */
export interface ChannelOptions<T> {
  /** The weight that may wait, at least 1; without `weigh` the number of items. */
  capacity: number;
  /** What one item weighs, at least 0; 1 unless told. */
  weigh?: (item: T) => number;
  /**
   * Resumes a waiting reader; at once unless told. A reader of many senders passes
   * {@linkcode nextTurn}, so that all they send in a turn of the event loop becomes one batch.
   */
  resume?: (reader: () => void) => void;
}

/**
 * A bounded first-in-first-out queue between any number of senders and one reader, after Go's
 * buffered channels. Sending never waits: a full channel says no, and the sender decides.
 *
 * ```ts
 * const channel = new Channel<string>({ capacity: 2 });
 * channel.trySend("a");
 * channel.trySend("b");
 * channel.close();
 * for await (const batch of channel.batches()) console.log(batch); // ["a", "b"]
 * ```
 */
export class Channel<T> implements AsyncIterable<T> {
  readonly #capacity: number;
  readonly #weigh: (item: T) => number;
  readonly #resume: (reader: () => void) => void;
  #items: T[] = [];
  #weight = 0;
  #closed = false;
  #reader: (() => void) | undefined;

  constructor(options: ChannelOptions<T>) {
    this.#capacity = options.capacity;
    this.#weigh = options.weigh ?? (() => 1);
    this.#resume = options.resume ?? ((reader) => reader());
  }

  /** The weight of what waits. */
  get weight(): number {
    return this.#weight;
  }

  /** Whether {@linkcode close} was called; what was sent before may still wait. */
  get closed(): boolean {
    return this.#closed;
  }

  /** Queues `item`; false, and nothing queued, when that would exceed the capacity or after close. */
  trySend(item: T): boolean {
    const weight = this.#weigh(item);
    if (this.#closed || this.#weight + weight > this.#capacity) return false;
    this.#items.push(item);
    this.#weight += weight;
    this.#wake();
    return true;
  }

  /** Ends the channel after what is queued. Closing again changes nothing. */
  close(): void {
    this.#closed = true;
    this.#wake();
  }

  /** Resolves to true once something waits, to false once nothing will any more. */
  async wait(): Promise<boolean> {
    while (this.#items.length === 0) {
      if (this.#closed) return false;
      await new Promise<void>((resolve) => this.#reader = resolve);
    }
    return true;
  }

  /** Takes the first items that wait, up to `weight` but at least one; all unless told. */
  take(weight = Infinity): T[] {
    if (this.#weight <= weight) {
      const all = this.#items;
      this.#items = [];
      this.#weight = 0;
      return all;
    }
    let count = 0;
    let taken = 0;
    for (const item of this.#items) {
      const next = this.#weigh(item);
      if (count > 0 && taken + next > weight) break;
      taken += next;
      count++;
    }
    this.#weight -= taken;
    return this.#items.splice(0, count);
  }

  /** All that waits, again and again, until the channel is closed and empty. */
  async *batches(): AsyncGenerator<T[], void, void> {
    while (await this.wait()) yield this.take();
  }

  /** Each item by itself, until the channel is closed and empty. */
  async *[Symbol.asyncIterator](): AsyncGenerator<T, void, void> {
    while (await this.wait()) yield* this.take(0);
  }

  #wake(): void {
    const reader = this.#reader;
    if (reader === undefined) return;
    this.#reader = undefined;
    this.#resume(reader);
  }
}

const turns = new MessageChannel();
const waiting: (() => void)[] = [];
turns.port1.onmessage = () => {
  for (const reader of waiting.splice(0)) reader();
};

/**
 * Calls `reader` in the next turn of the event loop, after what has already arrived. A message
 * port does that sooner than any timer.
 */
export function nextTurn(reader: () => void): void {
  if (waiting.push(reader) === 1) turns.port2.postMessage(undefined);
}

/**
 * Lets one request at a time work on an upload. A new one interrupts the one before: a client that asks again has lost its
 * connection, which this side may learn only much later.
 */
export class UploadTurns {
  readonly #running = new Map<
    string,
    { readonly abort: AbortController; readonly end: Promise<void> }
  >();

  /** The number of uploads that somebody works on. */
  get size(): number {
    return this.#running.size;
  }

  /** Whether somebody works on an upload. */
  has(id: string): boolean {
    return this.#running.has(id);
  }

  /** Waits for the turn. It lasts until it is disposed; `signal` asks for that. */
  async take(id: string): Promise<Disposable & { readonly signal: AbortSignal }> {
    const former = this.#running.get(id);
    const { promise: end, resolve } = Promise.withResolvers<void>();
    const turn = { abort: new AbortController(), end };
    // Each request waits for the one before it alone: hundreds that waited for the same would wake each other up again and again.
    this.#running.set(id, turn);
    former?.abort.abort();
    await former?.end;
    return {
      signal: turn.abort.signal,
      [Symbol.dispose]: () => {
        if (this.#running.get(id) === turn) this.#running.delete(id);
        resolve();
      },
    };
  }

  /** Interrupts all. */
  interrupt(): void {
    for (const { abort } of this.#running.values()) abort.abort();
  }

  /** Interrupts all, and waits for their end. */
  async close(): Promise<void> {
    this.interrupt();
    await Promise.all([...this.#running.values()].map(({ end }) => end));
  }
}

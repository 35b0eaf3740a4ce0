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
    for (let former; (former = this.#running.get(id)) !== undefined;) {
      former.abort.abort();
      await former.end;
    }
    const { promise: end, resolve } = Promise.withResolvers<void>();
    const abort = new AbortController();
    this.#running.set(id, { abort, end });
    return {
      signal: abort.signal,
      [Symbol.dispose]: () => {
        this.#running.delete(id);
        resolve();
      },
    };
  }

  /** Interrupts all, and waits for their end. */
  async close(): Promise<void> {
    for (const { abort } of this.#running.values()) abort.abort();
    await Promise.all([...this.#running.values()].map(({ end }) => end));
  }
}

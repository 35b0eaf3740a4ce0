/**
 * Time for tests that would otherwise have to wait.
 *
 * @module
 */

/**
 * Takes the place of the global timers and of `performance.now` until it is disposed of: time passes in
 * {@linkcode pass} only. On a machine that is busy, code that measures itself would else do other things than on one
 * that is not.
 */
export class FakeTimers implements Disposable {
  #now = 0;
  #nextId = 1;
  readonly #waiting = new Map<number, { at: number; run: () => void }>();
  readonly #setTimeout = globalThis.setTimeout;
  readonly #clearTimeout = globalThis.clearTimeout;

  constructor() {
    Object.assign(globalThis, {
      setTimeout: (run: () => void, ms = 0) => {
        this.#waiting.set(this.#nextId, { at: this.#now + ms, run });
        return this.#nextId++;
      },
      clearTimeout: (id?: number) => this.#waiting.delete(id ?? 0),
    });
    Object.defineProperty(performance, "now", { configurable: true, value: () => this.#now });
  }

  /** The time that has passed, in ms. */
  get now(): number {
    return this.#now;
  }

  /** Lets `ms` milliseconds pass. */
  pass(ms: number): void {
    const end = this.#now + ms;
    while (true) {
      const due = [...this.#waiting].filter(([, { at }]) => at <= end)
        .sort(([, a], [, b]) => a.at - b.at)[0];
      if (due === undefined) break;
      const [id, { at, run }] = due;
      this.#waiting.delete(id);
      this.#now = at;
      run();
    }
    this.#now = end;
  }

  [Symbol.dispose](): void {
    Object.assign(globalThis, {
      setTimeout: this.#setTimeout,
      clearTimeout: this.#clearTimeout,
    });
    // That of the prototype is back then.
    Reflect.deleteProperty(performance, "now");
  }
}

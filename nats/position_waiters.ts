/** A caller that waits for a position to be applied. */
interface Waiter {
  readonly position: number;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/** The callers that wait until this server has applied the log up to a position. */
export class PositionWaiters {
  #waiters: Waiter[] = [];

  /**
   * Waits for a position, at most `ms`.
   *
   * @throws {Error} when that takes longer, or {@linkcode PositionWaiters.reject} is called
   */
  async wait(position: number, ms: number): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const waiter: Waiter = { position, resolve, reject };
    this.#waiters.push(waiter);
    const late = setTimeout(() => {
      this.#waiters = this.#waiters.filter((other) => other !== waiter);
      reject(new Error("Cannot read: this server does not keep up with NATS"));
    }, ms);
    try {
      await promise;
    } finally {
      clearTimeout(late);
    }
  }

  /** Resolves the waits for this position and earlier ones. */
  reached(position: number): void {
    this.#waiters = this.#waiters.filter((waiter) => {
      if (waiter.position > position) return true;
      waiter.resolve();
      return false;
    });
  }

  /** Ends all waits with an error. */
  reject(why: string): void {
    const error = new Error(`Cannot read: ${why}`);
    for (const { reject } of this.#waiters.splice(0)) reject(error);
  }
}

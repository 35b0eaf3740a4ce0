import { deadline } from "../lib/std.ts";

/** The longest that a test waits for anything, in ms: long, since only a failure waits so long. */
export const PATIENCE_MS = 60_000;

/** Waits for conditions that are checked at each call of `check`. */
export class Waiter {
  #waiting: { condition: () => boolean; resolve: () => void; reject: (why: Error) => void }[] = [];
  #end: Error | undefined;

  /** Checks every condition that is waited for. */
  check(): void {
    this.#waiting = this.#waiting.filter(({ condition, resolve }) => {
      if (!condition()) return true;
      resolve();
      return false;
    });
  }

  /** Nothing will change any more: who waits now or later does so in vain. */
  end(why: Error): void {
    this.check();
    this.#end = why;
    for (const { reject } of this.#waiting.splice(0)) reject(why);
  }

  /**
   * Resolves when `condition` holds; rejects with `TimeoutError` when that takes too long, and at the {@linkcode end}.
   */
  async until(condition: () => boolean, patience: number = PATIENCE_MS): Promise<void> {
    if (condition()) return;
    if (this.#end !== undefined) throw this.#end;
    await deadline(
      new Promise<void>((resolve, reject) => this.#waiting.push({ condition, resolve, reject })),
      patience,
    );
  }
}

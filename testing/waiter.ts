import { deadline } from "../lib/std.ts";

/** The longest that a test waits for anything, in ms: long, since only a failure waits so long. */
export const PATIENCE_MS = 60_000;

/** Waits for conditions that are checked at each call of `check`. */
export class Waiter {
  #waiting: { condition: () => boolean; resolve: () => void }[] = [];

  /** Checks every condition that is waited for. */
  check(): void {
    this.#waiting = this.#waiting.filter(({ condition, resolve }) => {
      if (!condition()) return true;
      resolve();
      return false;
    });
  }

  /** Resolves when `condition` holds; rejects with `TimeoutError` when that takes too long. */
  async until(condition: () => boolean, patience: number = PATIENCE_MS): Promise<void> {
    if (condition()) return;
    await deadline(
      new Promise<void>((resolve) => this.#waiting.push({ condition, resolve })),
      patience,
    );
  }
}

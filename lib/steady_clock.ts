/** The time for which the clocks must agree before anything irreversible may follow from them, in ms. */
const AGREEMENT_MS = 60 * 60 * 1000;

/**
 * The difference in ms by which the clock may go wrong between two readings, besides the thousandth that a
 * time service corrects it by.
 */
const TOLERANCE_MS = 5000;

/** Options of {@linkcode SteadyClock}. */
export interface SteadyClockOptions {
  /** The time of day, in ms since 1970; by default the system's clock. */
  readonly now?: () => number;
  /** A clock that never jumps, in ms; by default `performance.now`. */
  readonly elapsed?: () => number;
}

/**
 * The time of day, and whether it can be trusted. A clock may be set wrong and right again: whatever deletes
 * for good because of its age must wait until the time of day and a clock that never jumps have agreed for an
 * hour. After a start, and after the machine slept, that hour begins anew.
 *
 * It notices a jump when it is read, so a caller that relies on it reads it at least every minute or so.
 */
export class SteadyClock {
  readonly #now: () => number;
  readonly #elapsed: () => number;
  #agreeSince: number;
  #last: { readonly now: number; readonly elapsed: number };

  constructor({ now = Date.now, elapsed = () => performance.now() }: SteadyClockOptions = {}) {
    this.#now = now;
    this.#elapsed = elapsed;
    this.#last = { now: now(), elapsed: elapsed() };
    this.#agreeSince = this.#last.elapsed;
  }

  /** Returns the time of day, in ms since 1970. */
  now(): number {
    this.#read();
    return this.#last.now;
  }

  /**
   * True if the clocks have agreed for an hour, and the time of day is not before `newest`, a time in ms since
   * 1970 that was recorded earlier.
   */
  isTrusted(newest = 0): boolean {
    this.#read();
    const { now, elapsed } = this.#last;
    return elapsed - this.#agreeSince >= AGREEMENT_MS && now >= newest - TOLERANCE_MS;
  }

  #read(): void {
    const [now, elapsed] = [this.#now(), this.#elapsed()];
    const passed = elapsed - this.#last.elapsed;
    const difference = Math.abs(now - this.#last.now - passed);
    if (difference > TOLERANCE_MS + passed / 1000) this.#agreeSince = elapsed;
    this.#last = { now, elapsed };
  }
}

/**
 * The times at which the messages of an open loop are due.
 *
 * @module
 */

/**
 * Evenly spaced times at a rate. A late caller gets all that was due in the meantime, each with the
 * time at which it was due, so that a stall counts against every message that waited for it: no
 * coordinated omission.
 */
export class Schedule {
  readonly #start: number;
  readonly #interval: number;
  #taken = 0;

  /** `rate` times a second, from `start` in milliseconds. */
  constructor(rate: number, start: number) {
    this.#start = start;
    this.#interval = 1000 / rate;
  }

  /** The times up to `now` that were not taken before, in milliseconds. */
  *takeDue(now: number): Generator<number, void, void> {
    for (let due; (due = this.#start + this.#taken * this.#interval) <= now;) {
      this.#taken++;
      yield due;
    }
  }
}

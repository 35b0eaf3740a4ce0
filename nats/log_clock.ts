/** An answer of NATS that took longer than this, in ms, does not say what time it is. */
const PROMPT_MS = 1000;

/**
 * NATS's time as a server knows it without asking: what NATS said last, and the time that has elapsed since. The clock of
 * the server's machine, which may be wrong, counts only before NATS has said anything.
 */
export class LogClock {
  readonly #elapsed: () => number;
  readonly #local: () => number;
  /** NATS's time when nothing had elapsed, in ms since 1970. */
  #start: number | undefined;

  constructor({ elapsed = () => performance.now(), local = Date.now } = {}) {
    this.#elapsed = elapsed;
    this.#local = local;
  }

  /**
   * Notes NATS's time, which has just arrived.
   *
   * @param at In ms since 1970.
   * @param asked When it was asked for, by `performance.now()`.
   */
  note(at: number, asked: number): void {
    const elapsed = this.#elapsed();
    if (Number.isFinite(at) && elapsed - asked <= PROMPT_MS) this.#start = at - elapsed;
  }

  /**
   * Returns NATS's time, in ms since 1970.
   *
   * @param last That of the log's last entry: it is not earlier, even if this machine was asleep.
   */
  now(last: number): number {
    const now = this.#start === undefined ? this.#local() : this.#start + this.#elapsed();
    return Math.max(Math.round(now), last);
  }
}

import { DAY_MS, HOUR_MS, MINUTE_MS } from "../lib/time.ts";

/** The needs of a {@linkcode ClockWatch}. */
export interface ClockWatchOptions {
  /** Asks for NATS's time, in ms since 1970. */
  readonly time: () => Promise<number>;
  /** The server's own time, in ms since 1970. */
  readonly now?: () => number;
  /** Receives what an operator should do, as one line. */
  readonly onTrouble: (line: string) => void;
}

/** The time before the first look, in ms: what a server has to do when it starts comes first. */
const FIRST_MS = 30_000;
/** By how much the clocks may differ, in ms. */
const TOLERANCE_MS = MINUTE_MS;

/**
 * Compares a server's clock with that of NATS, once an hour: what is kept by one server alone, such as when a mute or a ban
 * of a network ends there, goes by its own clock. Disposing ends it.
 */
export class ClockWatch implements Disposable {
  readonly #options: ClockWatchOptions;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isWrong = false;

  constructor(options: ClockWatchOptions) {
    this.#options = options;
    this.#lookIn(FIRST_MS);
  }

  #lookIn(ms: number): void {
    this.#timer = setTimeout(async () => {
      // While NATS is lost, there is nothing to compare with.
      await this.look().catch(() => {});
      if (this.#timer !== undefined) this.#lookIn(HOUR_MS);
    }, ms);
  }

  /** Looks now, and reports a difference once. */
  async look(): Promise<void> {
    const { time, now = Date.now, onTrouble } = this.#options;
    const before = now();
    const theirs = await time();
    // What the answer took is no difference.
    const [ahead, behind] = [before - theirs, theirs - now()];
    const isWrong = Math.max(ahead, behind) > TOLERANCE_MS;
    if (isWrong && !this.#isWrong) {
      const which = ahead > 0 ? `${shown(ahead)} ahead of` : `${shown(behind)} behind`;
      onTrouble(`this server's clock is ${which} that of NATS: set the one that is wrong`);
    }
    this.#isWrong = isWrong;
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}

function shown(ms: number): string {
  if (ms >= 2 * DAY_MS) return `${Math.round(ms / DAY_MS)} days`;
  return ms >= 2 * HOUR_MS
    ? `${Math.round(ms / HOUR_MS)} hours`
    : `${Math.round(ms / MINUTE_MS)} minutes`;
}

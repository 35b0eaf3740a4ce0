import { type ReadonlySignal, signal } from "@preact/signals";
import type { Access } from "../../protocol/mod.ts";

/** The end of something that lasts until it is lifted, in ms since 1970. */
export const LASTING = 8.64e15;

/** The longest time of a timer, in ms. */
const LONGEST_TIMER = 2 ** 31 - 1;

/** The role and the rights of this browser's person, as the server sent them last. */
export class OwnAccess {
  readonly current: ReadonlySignal<Access | undefined>;
  /** The time until which this person may not write, by the server's clock; `undefined` while they may. */
  readonly mutedUntil: ReadonlySignal<number | undefined>;
  /** The time until which this person does not want to be disturbed; `undefined` while they may be. */
  readonly undisturbedUntil: ReadonlySignal<number | undefined>;
  readonly #current = signal<Access | undefined>(undefined);
  readonly #muted: Period;
  readonly #undisturbed: Period;

  /** @param now the server's time, in ms since 1970 */
  constructor(now: () => number) {
    this.#muted = new Period(now);
    this.#undisturbed = new Period(now);
    this.current = this.#current;
    this.mutedUntil = this.#muted.until;
    this.undisturbedUntil = this.#undisturbed.until;
  }

  /** Takes what the server sent. */
  take({ role, may, muted, undisturbed }: Access): void {
    this.#current.value = { role, may };
    this.#muted.set(muted ?? 0);
    this.#undisturbed.set(undisturbed ?? 0);
  }

  /** Ends the timers. */
  stop(): void {
    this.#muted.stop();
    this.#undisturbed.stop();
  }
}

/** A time that runs out without the server saying so. */
class Period {
  readonly until = signal<number | undefined>(undefined);
  readonly #now: () => number;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(now: () => number) {
    this.#now = now;
  }

  set(until: number): void {
    clearTimeout(this.#timer);
    const rest = until - this.#now();
    this.until.value = rest > 0 ? until : undefined;
    if (rest <= 0) return;
    this.#timer = setTimeout(() => this.set(until), Math.min(rest, LONGEST_TIMER));
  }

  stop(): void {
    clearTimeout(this.#timer);
  }
}

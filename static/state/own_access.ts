import { type ReadonlySignal, signal } from "@preact/signals";
import type { Access } from "../../protocol/mod.ts";

/** The end of a mute that lasts until it is lifted, in ms since 1970. */
export const LASTING = 8.64e15;

/** The longest time of a timer, in ms. */
const LONGEST_TIMER = 2 ** 31 - 1;

/** The role and the rights of this browser's person, as the server sent them last. */
export class OwnAccess {
  readonly current: ReadonlySignal<Access | undefined>;
  /** The time until which this person may not write, by the server's clock; `undefined` while they may. */
  readonly mutedUntil: ReadonlySignal<number | undefined>;
  readonly #current = signal<Access | undefined>(undefined);
  readonly #mutedUntil = signal<number | undefined>(undefined);
  readonly #now: () => number;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** @param now the server's time, in ms since 1970 */
  constructor(now: () => number) {
    this.#now = now;
    this.current = this.#current;
    this.mutedUntil = this.#mutedUntil;
  }

  /** Takes what the server sent. */
  take({ role, may, muted }: Access): void {
    this.#current.value = { role, may };
    this.#mute(muted ?? 0);
  }

  /** Ends the timer. */
  stop(): void {
    clearTimeout(this.#timer);
  }

  /** The server says nothing when a mute has run out. */
  #mute(until: number): void {
    clearTimeout(this.#timer);
    const rest = until - this.#now();
    this.#mutedUntil.value = rest > 0 ? until : undefined;
    if (rest <= 0) return;
    this.#timer = setTimeout(() => this.#mute(until), Math.min(rest, LONGEST_TIMER));
  }
}

import type { ReceivedEntry } from "../state/entry.ts";
import { LONG_TYPES } from "../state/event_work.ts";

/**
 * The most events that are applied at once: ordinary ones take 20 ms. JetStream sends megabytes at a time, and NATS ends the
 * connection of a server that does not read for 10 s.
 */
export const EVENTS_AT_ONCE = 2000;
/** The ordinary events that one counts as that changes whatever a person or a room has, a step of up to 30 ms. */
const LONG_EVENT = EVENTS_AT_ONCE / 2;
/** Entries that took longer were too many, in ms; after others, twice as many may be taken. */
const SLOW_MS = 50;
/**
 * The ordinary events that are taken at once however long the last took: each time costs something that does not depend on
 * them, and a server that took them one by one would fall behind for good.
 */
const LEAST = 100;

/** Entries of the log that wait to be applied: as many at once as everybody else can wait for. */
export class WaitingEntries {
  #entries: ReceivedEntry[] = [];
  /** The most that is taken at once, and what was taken last, in ordinary events. */
  #limit = EVENTS_AT_ONCE;
  #taken = 0;

  get isEmpty(): boolean {
    return this.#entries.length === 0;
  }

  add(entry: ReceivedEntry): void {
    this.#entries.push(entry);
  }

  clear(): void {
    this.#entries = [];
  }

  /** Takes the first entries: up to {@linkcode EVENTS_AT_ONCE} events, but at least one entry. */
  take(): ReceivedEntry[] {
    let count = 0;
    this.#taken = 0;
    for (const entry of this.#entries) {
      const work = workOf(entry);
      if (count > 0 && this.#taken + work > this.#limit) break;
      this.#taken += work;
      count++;
    }
    return this.#entries.splice(0, count);
  }

  /** Notes how long it took to apply what was taken, in ms. */
  took(ms: number): void {
    this.#limit = ms > SLOW_MS
      ? Math.max(LEAST, this.#taken * SLOW_MS / ms)
      : Math.min(2 * this.#limit, EVENTS_AT_ONCE);
  }
}

function workOf({ batch }: ReceivedEntry): number {
  let work = 0;
  for (const { type } of batch?.events ?? []) work += LONG_TYPES.has(type) ? LONG_EVENT : 1;
  return work;
}

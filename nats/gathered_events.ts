import type { Done, EventRange } from "../state/event_log.ts";
import type { Event } from "../state/events.ts";
import type { EventOutcome } from "../state/outcome.ts";

/** Events of several callers that are published together. */
export interface Gathering {
  readonly events: readonly Event[];
  /** When it is too late for the first of them to be known to be stored, by `performance.now()`. */
  readonly deadline: number;
  /** Gives each caller the part of the result of `range`, a range of `events`, that concerns its own events. */
  report(range: EventRange, result: readonly EventOutcome[] | Error): void;
}

interface Appended {
  readonly events: readonly Event[];
  readonly deadline: number;
  readonly done: Done;
}

/** Events that wait until what was published before them has come back from the log. */
export class GatheredEvents {
  #appended: Appended[] = [];

  get isEmpty(): boolean {
    return this.#appended.length === 0;
  }

  add(appended: Appended): void {
    this.#appended.push(appended);
  }

  /** Takes everything that waits; undefined if nothing does. */
  take(): Gathering | undefined {
    const appended = this.#appended;
    const [first] = appended;
    if (first === undefined) return undefined;
    this.#appended = [];
    return {
      events: appended.length === 1 ? first.events : appended.flatMap(({ events }) => events),
      deadline: first.deadline,
      report: (range, result) => report(appended, range, result),
    };
  }

  /** Fails the events whose deadline is not after `until`; all by default. */
  fail(error: Error, until = Infinity): void {
    const next = this.#appended.findIndex(({ deadline }) => deadline > until);
    const overdue = this.#appended.splice(0, next < 0 ? this.#appended.length : next);
    for (const { events, done } of overdue) done(error, { from: 0, to: events.length });
  }
}

function report(
  appended: readonly Appended[],
  range: EventRange,
  result: readonly EventOutcome[] | Error,
): void {
  let start = 0;
  for (const { events, done } of appended) {
    const from = Math.max(range.from, start);
    const to = Math.min(range.to, start + events.length);
    if (from < to) {
      const [first, last] = [from - range.from, to - range.from];
      done(result instanceof Error ? result : result.slice(first, last), {
        from: from - start,
        to: to - start,
      });
    }
    start += events.length;
  }
}

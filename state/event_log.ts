/**
 * The order of events. The state of one server is its own log; several servers share one.
 *
 * @module
 */
import type { Event } from "./events.ts";
import type { EventOutcome } from "./outcome.ts";

/** Receives the results of events: an outcome for each, or why they are not known to be stored. */
export type Done = (result: readonly EventOutcome[] | Error, range: EventRange) => void;

/** A range of the events that were appended together: from an index up to, but without, another. */
export interface EventRange {
  readonly from: number;
  readonly to: number;
}

/** Puts events in order, and applies them to this server's state. */
export interface EventLog extends AsyncDisposable {
  /**
   * Appends events as one batch. Batches of one server keep their order. Never throws. Calls `done` when
   * the batch is applied here, or failed; once for each part, if it is too large for one entry.
   */
  append(events: readonly Event[], done: Done): void;
  /** Calls `receive` with the outcomes of each batch that another server appended, in the order of the log. */
  listen(receive: (outcomes: readonly EventOutcome[]) => void): void;
  /**
   * Resolves when everything in the log now, from whichever server, is applied here; at least up to
   * `position`, if one is given. Rejects when that takes too long.
   */
  reach(position?: number): Promise<void>;
  /** Returns the time by which the log dates what is appended, in ms since 1970; other than the events, not exactly. */
  now(): number;
  /** False from a failed append until the log can be written again, which it checks automatically. */
  readonly healthy: boolean;
}

/** Appends one event. Rejects when it is not known to be stored. */
export function appendOne(log: EventLog, event: Event): Promise<EventOutcome> {
  return new Promise((resolve, reject) => {
    log.append([event], (result) => {
      if (result instanceof Error) return reject(result);
      const [outcome] = result;
      if (outcome) resolve(outcome);
    });
  });
}

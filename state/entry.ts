/**
 * An entry of the log: a batch of events at its place in the order.
 *
 * @module
 */
import type { Event } from "./events.ts";
import type { Fields } from "../protocol/fields.ts";

/** Events that one server appends together. */
export interface Batch {
  /**
   * The random id of the server's run, new at each start, and the batch's number in it, from 1.
   * Number n of a run is applied only right after n − 1: so a batch that was published again, or
   * overtook another, changes nothing. A log that can't repeat a batch leaves both out.
   */
  readonly run?: string;
  readonly number?: number;
  readonly events: readonly Event[];
}

/** A batch in the log. */
export interface Entry extends Batch {
  /** Its place in the log, from 1, without gaps. */
  readonly position: number;
  /** When the log took it, in milliseconds since 1970. This is the time of its events. */
  readonly at: number;
}

/** A batch as it was received: its events are not yet read. */
export interface ReceivedEntry {
  readonly position: number;
  readonly at: number;
  /** Undefined when the entry is no batch at all: then it has no events. */
  readonly batch: {
    readonly run: string;
    readonly number: number;
    readonly events: readonly Fields[];
  } | undefined;
}

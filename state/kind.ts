/**
 * The parts of a kind of event. Each kind is one file in `kinds/`.
 *
 * @module
 */
import type { DatabaseSync } from "node:sqlite";
import type { Fields } from "../protocol/fields.ts";
import type { EventOutcome } from "./outcome.ts";

/**
 * Applies events that follow each other, in their order, and returns an outcome for each. Depends on
 * the events, `at` and the database alone: no clock, no randomness, no I/O, nothing that varies with
 * the version of Unicode. So every server that applies the same events has the same state.
 *
 * @param at when the log took the events, in milliseconds since 1970
 * @param goesOn whether nothing else was applied or taken back since the last call, so that what that one read or
 * wrote is still what the tables have
 */
export type Apply<E> = (events: readonly E[], at: number, goesOn: boolean) => EventOutcome[];

/** One kind of event: how it is read, and how it is applied. */
export interface Kind<E> {
  /** Reads the fields of an event of this kind; undefined when they are not as they should be. */
  parse(fields: Fields): E | undefined;
  /** Prepares the kind's statements once for a database. */
  prepare(db: DatabaseSync): Apply<E>;
}

/** Applies events one at a time. */
export function each<E>(applyOne: (event: E, at: number) => EventOutcome): Apply<E> {
  return (events, at) => events.map((event) => applyOne(event, at));
}

/** Whether a field is a text with something in it. */
export function isText(value: unknown): value is string {
  return typeof value === "string" && value !== "";
}

/** Whether a field is a whole number, 0 or above. */
export function isNumber(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}

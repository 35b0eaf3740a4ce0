/**
 * The parts of a kind of event. Each kind is one file in `kinds/`.
 *
 * @module
 */
import type { DatabaseSync } from "node:sqlite";
import { DAY_MS } from "../lib/time.ts";
import type { Fields } from "../protocol/fields.ts";
import { KEEP_DAYS_LIMIT } from "../protocol/settings.ts";
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

/** The largest `seq` and count; far more than a file can hold. */
export const MAX_COUNT = 2 ** 32 - 1;

/** The largest time in ms, the one of JavaScript's dates. */
export const MAX_MS = 8.64e15;

/** The longest time for which something can last, in ms. Its end is a time of JavaScript's dates. */
const MAX_LASTING_MS = KEEP_DAYS_LIMIT * DAY_MS;

/** Whether a field is a `seq` or a count. What is stored of a larger one could not be exported, or not even read. */
export function isCount(value: unknown): value is number {
  return isNumber(value) && value <= MAX_COUNT;
}

/** Whether a field is a time since 1970, in units of so many ms. */
export function isTime(value: unknown, unit: number): value is number {
  return isNumber(value) && value <= MAX_MS / unit;
}

/** Whether a field is a time for which something lasts, in units of so many ms. */
export function isLasting(value: unknown, unit: number): value is number {
  return isNumber(value) && value <= MAX_LASTING_MS / unit;
}

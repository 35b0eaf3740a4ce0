/**
 * Conversions of caught values. A `catch` receives `unknown`: usually an `Error`, but a library may
 * throw anything.
 *
 * @module
 */

/** Returns a caught value as an `Error`; any other value becomes the message of a new one. */
export function toError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}

/** Returns the message of a caught value. */
export function messageOf(thrown: unknown): string {
  return toError(thrown).message;
}

/**
 * Returns the message of a caught value as one line, for a log or a terminal: the lines are trimmed and
 * joined with `; `, and blank ones are left out.
 *
 * @example
 * ```ts
 * import { oneLine } from "./errors.ts";
 *
 * oneLine(new Error("Cannot connect:\n  refused\n")); // "Cannot connect:; refused"
 * ```
 */
export function oneLine(thrown: unknown): string {
  return messageOf(thrown).split(/[\r\n]+/).map((line) => line.trim()).filter(Boolean).join("; ");
}

/** Returns the stack of a caught value, or its message if there is no stack. */
export function stackOf(thrown: unknown): string {
  const { stack, message } = toError(thrown);
  return stack ?? message;
}

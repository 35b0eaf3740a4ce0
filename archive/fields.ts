/**
 * Reading the fields of an archive's lines.
 *
 * @module
 */
import type { Fields } from "../protocol/fields.ts";
import { FORMER_KEYS_LIMIT } from "../state/former_keys.ts";

export { MAX_COUNT, MAX_MS } from "../state/kind.ts";

/**
 * The largest place in a person's order of rooms. With the largest number, the next room would have one that can't be
 * read, and neither could any of the person's rooms.
 */
export const MAX_PLACE = 2 ** 52;

/**
 * Reads a field.
 *
 * @param takes What it must be, for the error.
 * @param prefix What the error has in front of its name.
 * @throws {Error} if it is not that.
 */
export function read<T>(
  fields: Fields,
  name: string,
  is: (value: unknown) => value is T,
  takes: string,
  prefix = "",
): T {
  const value = Object.hasOwn(fields, name) ? fields[name] : undefined;
  if (is(value)) return value;
  throw new Error(`"${prefix}${name}" must be ${takes}`);
}

/** Reads a field that may be absent, as an object that is then empty. */
export function readOptional<Name extends string, T>(
  fields: Fields,
  name: Name,
  is: (value: unknown) => value is T,
  takes: string,
): { [N in Name]?: T } {
  if (!Object.hasOwn(fields, name)) return {};
  const value = read(fields, name, is, takes);
  // A computed key is a string to TypeScript, which has only this one.
  return { [name]: value } as { [N in Name]?: T };
}

/** Makes a check for whole numbers in a range. */
export function isIn(min: number, max: number): (value: unknown) => value is number {
  return (value): value is number =>
    typeof value === "number" && Number.isSafeInteger(value) && value >= min && value <= max;
}

/** Makes a check for texts of a pattern. */
export function isText(pattern: RegExp): (value: unknown) => value is string {
  return (value): value is string => typeof value === "string" && pattern.test(value);
}

/** Checks for the id of a person, a session or a report. */
export const isId = isText(/^[0-9a-z_-]{1,64}$/i);

/** Checks for an object of JSON. */
export function isObject(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Checks for a key of 32 bytes in base64. */
export function isKey(value: unknown): value is string {
  return typeof value === "string" && /^[A-Za-z0-9+/]{43}=$/.test(value);
}

/** Checks for a list of keys. */
export function isKeys(value: unknown): value is string[] {
  return Array.isArray(value) && value.length <= FORMER_KEYS_LIMIT && value.every(isKey);
}

/** Checks for the role of an admin. */
export function isAdmin(value: unknown): value is "admin" {
  return value === "admin";
}

/** Checks for the name of a browser or a system. */
export const isDevice = isText(/^[A-Za-z0-9 ._-]{1,40}$/);

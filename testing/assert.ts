/**
 * `@std/assert` with its types; see `std.ts` for why they are stated here.
 *
 * @module
 */
// deno-lint-ignore-file no-explicit-any -- constructors of any arguments
import * as untyped from "@std/assert";

type Constructor<E> = abstract new (...args: any[]) => E;

export const assert: (condition: unknown, message?: string) => asserts condition = untyped.assert;
export const assertEquals: <T>(actual: T, expected: T, message?: string) => void =
  untyped.assertEquals;
export const assertNotEquals: <T>(actual: T, expected: T, message?: string) => void =
  untyped.assertNotEquals;
export const assertMatch: (actual: string, expected: RegExp, message?: string) => void =
  untyped.assertMatch;
export const assertStringIncludes: (actual: string, expected: string, message?: string) => void =
  untyped.assertStringIncludes;
export const assertThrows: <E extends Error>(
  run: () => unknown,
  kind?: Constructor<E>,
  includes?: string,
) => E = untyped.assertThrows;
export const assertRejects: <E extends Error>(
  run: () => PromiseLike<unknown>,
  kind?: Constructor<E>,
  includes?: string,
) => Promise<E> = untyped.assertRejects;

/**
 * The parts of `@std` that Hubbub uses, with their types. The specifiers are
 * the official ones; `deno.json` maps them onto an npm package that carries
 * no types, so this is the one place that states them.
 *
 * @module
 */
import { deadline as untypedDeadline } from "@std/async/deadline";
import { delay as untypedDelay } from "@std/async/delay";

/** Rejects with a `TimeoutError` unless `promise` settles within `ms` milliseconds. */
export const deadline: <T>(promise: Promise<T>, ms: number) => Promise<T> = untypedDeadline;

/** Resolves after `ms` milliseconds, or rejects when `signal` aborts. */
export const delay: (
  ms: number,
  options?: { signal?: AbortSignal; persistent?: boolean },
) => Promise<void> = untypedDelay;

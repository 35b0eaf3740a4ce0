import { join } from "node:path";
import type { CompileOptions } from "../build/compile.ts";
import { npmRuntime } from "../build/denort.ts";
import { Failure } from "../build/failure.ts";

/** Says how to get what {@linkcode runtimeAtHand} looks for; see `missing` in `strict.ts`. */
export const GET_RUNTIME = "set DENORT_BIN to a denort of this Deno, or make npm reachable";

/**
 * A runtime to compile with that needs nothing from Deno's own download place: the one in
 * `DENORT_BIN`, else npm's.
 *
 * @returns what belongs into the options of `compile`; undefined when there is none
 */
export async function runtimeAtHand(): Promise<Pick<CompileOptions, "runtime"> | undefined> {
  if (Deno.env.get("DENORT_BIN")) return {};
  const cache = join(import.meta.dirname ?? ".", "..", "dist", ".cache");
  await Deno.mkdir(cache, { recursive: true });
  // Test processes that run side by side wait for the first one to fetch it.
  using lock = await Deno.open(join(cache, "lock"), { write: true, create: true });
  await lock.lock(true);
  try {
    return { runtime: await npmRuntime({ cache }) };
  } catch (error) {
    if (error instanceof Failure) return undefined;
    throw error;
  }
}

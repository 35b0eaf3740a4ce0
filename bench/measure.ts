/**
 * Makes a load from a process of its own.
 *
 * @module
 */
import { loadFlags, type LoadOptions, type LoadResult, parseLoadResult } from "./load.ts";
import { spawn } from "./server_process.ts";

/** The time that a load may take beyond its own, in s: connecting, draining, a slow machine. */
const CEILING_SECONDS = 60;

/** Runs one of the bench's programs and returns what it printed; throws an `Error` with its reason. */
export async function runProgram(
  name: string,
  args: string[],
  ceilingSeconds: number,
): Promise<string> {
  const ceiling = AbortSignal.timeout(ceilingSeconds * 1000);
  const child = spawn(Deno.execPath(), {
    // Deno asks for all permissions to read /proc.
    args: [
      ...["run", "--quiet", "--no-check", "--allow-all"],
      new URL(name, import.meta.url).pathname,
      ...args,
    ],
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
    signal: ceiling,
  });
  const { success, signal, stdout, stderr } = await child.output();
  const decoder = new TextDecoder();
  if (success) return decoder.decode(stdout);
  if (ceiling.aborted) throw new Error(`${name} did not end within ${ceilingSeconds} s`);
  throw new Error(signal ? `${name} was ended by ${signal}` : decoder.decode(stderr).trim());
}

/** Makes a load and measures it; throws an `Error` with the reason if it can't be trusted. */
export async function measureLoad(options: LoadOptions): Promise<LoadResult> {
  const { warmup, seconds } = options;
  const ceiling = warmup + seconds + CEILING_SECONDS;
  return parseLoadResult(await runProgram("load.ts", loadFlags(options), ceiling));
}

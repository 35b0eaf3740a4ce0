/**
 * Prometheus' own tool, which knows what Prometheus takes.
 *
 * @module
 */
import { missing, onPath } from "./strict.ts";

const PROMTOOL = onPath("promtool");

/** Whether tests must do without promtool; what belongs into their `ignore`. */
export const noPromtool: boolean = missing("promtool", {
  found: PROMTOOL !== undefined,
  get: "apt-get install --no-install-recommends prometheus",
});

/** Runs promtool with `input` and returns its exit code and output. */
export async function promtool(
  args: string[],
  input = "",
): Promise<{ code: number; output: string }> {
  const process = new Deno.Command(PROMTOOL ?? "promtool", {
    args,
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const writer = process.stdin.getWriter();
  await writer.write(new TextEncoder().encode(input));
  await writer.close();
  const { code, stdout, stderr } = await process.output();
  const decoder = new TextDecoder();
  return { code, output: decoder.decode(stdout) + decoder.decode(stderr) };
}

/**
 * Leaves out a test whose tool is not on this machine, with a line that says how to get the tool.
 * With `HUBBUB_TEST_STRICT=1` a missing tool is a failure.
 *
 * The line is the name of a test, because `deno test --quiet` swallows what
 * tests print.
 *
 * @module
 */
import { delimiter, join } from "node:path";

/** A tool that a test needs; see {@linkcode missing}. */
export interface Tool {
  /** Whether it is installed. */
  found: boolean;
  /** The way to get it, such as a command. */
  get: string;
}

const told = new Set<string>();

/**
 * Whether a test must be left out for want of a tool.
 *
 * ```ts
 * const chromium = onPath("chromium");
 *
 * Deno.test({
 *   name: "two pages chat",
 *   ignore: missing("Chromium", { found: chromium !== undefined, get: "apt-get install chromium" }),
 *   fn: async () => {},
 * });
 * ```
 *
 * @returns what belongs into `ignore`; called at the top level of a test file, because it
 * adds the test whose name is the line
 */
export function missing(tool: string, { found, get }: Tool): boolean {
  if (found) return false;
  if (told.has(tool)) return true;
  told.add(tool);
  const line = `${tool} is missing: ${get}`;
  Deno.test({
    name: line,
    ignore: Deno.env.get("HUBBUB_TEST_STRICT") !== "1",
    fn: () => {
      throw new Error(`Cannot test everything: ${line}`);
    },
  });
  return true;
}

/** The path of a program that the variable `PATH` leads to. */
export function onPath(program: string): string | undefined {
  return (Deno.env.get("PATH") ?? "").split(delimiter)
    .map((folder) => join(folder, program))
    .find(isFile);
}

function isFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}

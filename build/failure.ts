// deno-lint-ignore-file no-console -- a tool talks on the console
/**
 * The failures of the project's tools: a reason that the reader can act on is one line, a bug keeps
 * its stack trace.
 *
 * @module
 */

/** Something outside the program is not as it must be; the message is one line that says what to do. */
export class Failure extends Error {
  override name = "Failure";
}

/** Runs a tool to its end. A {@linkcode Failure} becomes its one line on stderr and exit code 1. */
export async function runTool(tool: () => Promise<void>): Promise<void> {
  try {
    await tool();
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    console.error(error.message);
    Deno.exit(1);
  }
}

/** The options of {@linkcode command}. */
export interface CommandOptions {
  /** The directory to run in. */
  cwd?: string;
  /** Variables added to the environment. */
  env?: Record<string, string>;
  /** Ends the program when it aborts. */
  signal?: AbortSignal;
}

/** The output of a finished program. */
export interface CommandResult {
  success: boolean;
  stdout: string;
  stderr: string;
}

/**
 * Runs a program to its end without colours and without input.
 *
 * @throws {Failure} when the program can't be started
 */
export async function command(
  program: string,
  args: string[],
  { cwd, env, signal }: CommandOptions = {},
): Promise<CommandResult> {
  try {
    const { success, stdout, stderr } = await new Deno.Command(program, {
      args,
      stdin: "null",
      env: { ...env, NO_COLOR: "1" },
      ...(cwd === undefined ? {} : { cwd }),
      ...(signal === undefined ? {} : { signal }),
    }).output();
    const decoder = new TextDecoder();
    return { success, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    throw new Failure(`Cannot run ${program}: ${oneLine(error.message)}`);
  }
}

/**
 * Sums up Deno's stderr in one line: the error, or the last of its causes, and the place it names,
 * without frame or trace.
 */
export function denoError(stderr: string): string {
  const [text = ""] = stderr.replace(/^error: /gm, "").split(/^Stack backtrace:$/m, 1);
  const [, causes] = text.split(/^Caused by:$/m, 2);
  const lines = (causes ?? text).split("\n").map((line) => line.trim());
  const first = lines.findLast((line) => /^\d+: /.test(line))?.replace(/^\d+: /, "") ??
    lines.find((line) => line !== "") ?? "no reason given";
  const place = lines.find((line) => /^at \S+:\d+:\d+$/.test(line));
  return place === undefined ? first : `${first} ${place}`;
}

function oneLine(text: string): string {
  return text.replaceAll(/\s*\n\s*/g, "; ").trim();
}

/**
 * Starting servers as processes of their own, and ending everything that was
 * started, also when the bench is interrupted.
 *
 * @module
 */
import { deadline } from "../lib/std.ts";
import { messageOf } from "../lib/errors.ts";

/**
 * The command that starts a server. It must print `NAME VERSION listening on http://HOST:PORT/`.
 */
export interface Launch {
  command: string;
  args: string[];
  cwd: string;
  /** Variables in addition to those of the bench. */
  env: Record<string, string>;
}

/** Only a failure waits so long. */
const START_CEILING_MS = 60_000;
/** Longer than the 5 s in which Hubbub promises to have drained. */
const STOP_CEILING_MS = 6_000;

const running = new Set<Deno.ChildProcess>();
let ended = false;

/** Starts a process that `endAll` will end if it still runs; throws an `Error` after `endAll`. */
export function spawn(command: string, options: Deno.CommandOptions): Deno.ChildProcess {
  if (ended) throw new Error(`Cannot start ${command}: the bench is ending`);
  const child = new Deno.Command(command, options).spawn();
  running.add(child);
  child.status.then(() => running.delete(child));
  return child;
}

/** Ends every process started here that still runs, and waits for it. */
export async function endAll(): Promise<void> {
  ended = true;
  await Promise.all(Array.from(running, end));
}

async function end(child: Deno.ChildProcess): Promise<void> {
  signal(child, "SIGTERM");
  try {
    await deadline(child.status, STOP_CEILING_MS);
  } catch {
    signal(child, "SIGKILL");
    await child.status;
  }
}

function signal(child: Deno.ChildProcess, name: Deno.Signal): void {
  try {
    child.kill(name);
  } catch {
    // It ended in the meantime.
  }
}

/** A running server that listens. */
export class ServerProcess implements AsyncDisposable {
  readonly pid: number;
  readonly #child: Deno.ChildProcess;

  private constructor(
    child: Deno.ChildProcess,
    /** The name that it prints, with its version. */
    readonly version: string,
    /** Its port on 127.0.0.1. */
    readonly port: number,
  ) {
    this.#child = child;
    this.pid = child.pid;
  }

  /** Starts a server and waits until it listens; throws an `Error` if it ends or is silent. */
  static async start({ command, args, ...where }: Launch): Promise<ServerProcess> {
    const output = { stdin: "null", stdout: "piped", stderr: "inherit" } as const;
    const child = spawn(command, { args, ...where, ...output });
    try {
      const [, version = "", port] = await deadline(readAddress(child.stdout), START_CEILING_MS);
      return new ServerProcess(child, version, Number(port));
    } catch (error) {
      await end(child);
      const { code } = await child.status;
      const why = messageOf(error);
      throw new Error(`Cannot start ${command} ${args.join(" ")}: ${why}, received exit ${code}`);
    }
  }

  /** Ends it and waits until it has. */
  async [Symbol.asyncDispose](): Promise<void> {
    await end(this.#child);
  }
}

/**
 * Waits for the line with the address, then keeps reading so that the server never blocks on its
 * output.
 */
async function readAddress(stdout: ReadableStream<Uint8Array<ArrayBuffer>>): Promise<string[]> {
  const reader = stdout.pipeThrough(new TextDecoderStream()).getReader();
  for (let text = "";;) {
    const { done, value } = await reader.read();
    if (done) throw new Error("it never said where it listens");
    text += value;
    const found = /^(.*) listening on http:\/\/[^/]*:(\d+)\/\s/m.exec(text);
    if (!found) continue;
    (async () => {
      while (!(await reader.read()).done);
    })();
    return found;
  }
}

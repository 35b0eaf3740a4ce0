/**
 * Real Hubbub processes for tests, from source and compiled.
 *
 * @module
 */
import config from "../deno.json" with { type: "json" };
import { deadline } from "../lib/std.ts";

/** A way to run Hubbub. */
export interface Runtime {
  readonly name: string;
  /** The program and the arguments before Hubbub's own. */
  readonly command: readonly string[];
  /** An empty folder to run it in, with an empty environment; the project's root unless told. */
  readonly cwd?: string;
}

/** The project's root. */
export const ROOT = new URL("../", import.meta.url);

/** Hubbub from source, with this Deno and the permissions of `deno task start`. */
export const SOURCE: Runtime = {
  name: "source",
  command: [Deno.execPath(), ...config.tasks.start.command.split(" ").slice(1)],
};

/** A server of a test keeps nothing and lets everyone send as fast as they can, unless told. */
const TEST_FLAGS = "--host 127.0.0.1 --port 0 --rate 0".split(" ");
const KEEP_NOTHING = ["--data", ":memory:"];

/** How long a server that refuses connections may take to be told as ended. */
const PATIENCE_MS = 5000;

const DECODER = new TextDecoder();

/** A running Hubbub. Disposing kills it. */
export class Hubbub implements AsyncDisposable {
  readonly pid: number;
  readonly port: number;
  /** What it wrote to stdout by the time it listened. */
  readonly greeting: string;
  /** How it ended. */
  readonly status: Promise<Deno.CommandStatus>;
  /** All it wrote to stderr, once it has ended. */
  readonly stderr: Promise<string>;
  readonly #process: Deno.ChildProcess;

  private constructor(process: Deno.ChildProcess, greeting: string, stderr: Promise<string>) {
    this.#process = process;
    this.pid = process.pid;
    this.status = process.status;
    this.greeting = greeting;
    this.stderr = stderr;
    this.port = Number(/localhost:(\d+)\//.exec(greeting)?.[1]);
  }

  /**
   * Starts Hubbub on a free port and waits until it listens.
   *
   * @throws {Error} with what it wrote to stderr when it ends instead.
   */
  static async start(flags: string[] = [], runtime: Runtime = SOURCE): Promise<Hubbub> {
    const [program = "", ...args] = runtime.command;
    const process = new Deno.Command(program, {
      // Of a flag given twice the last one counts.
      args: [...args, ...TEST_FLAGS, ...flags.includes("--nats") ? [] : KEEP_NOTHING, ...flags],
      cwd: runtime.cwd ?? ROOT,
      clearEnv: runtime.cwd !== undefined,
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    const stderr = new Response(process.stderr).text();
    const reader = process.stdout.getReader();
    let greeting = "";
    while (!greeting.includes("\n")) {
      const { value, done } = await reader.read();
      if (done) throw new Error(`Cannot start Hubbub: ${await stderr}`);
      greeting += DECODER.decode(value, { stream: true });
    }
    reader.releaseLock();
    void process.stdout.cancel();
    return new Hubbub(process, greeting, stderr);
  }

  /** The address of a path, for HTTP. */
  url(path = "/"): string {
    return `http://127.0.0.1:${this.port}${path}`;
  }

  /** The status with which `/healthz` answers. */
  async health(): Promise<number> {
    const answer = await fetch(this.url("/healthz")).catch(async (error) => {
      const { code, signal } = await deadline(this.status, PATIENCE_MS);
      const end = `it ended with ${signal ?? code}`;
      throw new Error(`Cannot ask Hubbub: ${end}: ${await this.stderr}`, { cause: error });
    });
    await answer.body?.cancel();
    return answer.status;
  }

  signal(signal: Deno.Signal): void {
    this.#process.kill(signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.#process.kill("SIGKILL");
    } catch {
      // It has ended by itself.
    }
    await this.status;
    await this.stderr;
  }
}

/** Runs Hubbub to its end, for flags that make it end by itself. */
export async function runHubbub(
  args: string[],
  { env = {}, runtime = SOURCE }: { env?: Record<string, string>; runtime?: Runtime } = {},
): Promise<{ code: number; stdout: string; stderr: string }> {
  const [program = "", ...before] = runtime.command;
  const output = await new Deno.Command(program, {
    args: [...before, ...args],
    cwd: ROOT,
    stdin: "null",
    env,
  }).output();
  return {
    code: output.code,
    stdout: DECODER.decode(output.stdout),
    stderr: DECODER.decode(output.stderr),
  };
}

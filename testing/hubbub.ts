/**
 * Real Hubbub processes for tests, from source and compiled.
 *
 * @module
 */
import config from "../deno.json" with { type: "json" };
import { deadline } from "../lib/std.ts";
import { freePort } from "./free_port.ts";
import { PATIENCE_MS, Waiter } from "./waiter.ts";

/** A way to run Hubbub. */
export interface Runtime {
  readonly name: string;
  /** The program and the arguments before Hubbub's own. */
  readonly command: readonly string[];
  /** An empty folder to run it in, with an empty environment; by default the project's root. */
  readonly cwd?: string;
}

/** The project's root. */
export const ROOT = new URL("../", import.meta.url);

/** Hubbub from source, with this Deno and the permissions of `deno task start`. */
export const SOURCE: Runtime = {
  name: "source",
  command: [Deno.execPath(), ...config.tasks.start.command.split(" ").slice(1)],
};

/** By default, a server of a test keeps nothing and does not limit the rate. */
const TEST_FLAGS = "--host 127.0.0.1 --rate 0".split(" ");

const DECODER = new TextDecoder();

/** A running Hubbub. Disposing kills it. */
export class Hubbub implements AsyncDisposable {
  readonly pid: number;
  readonly port: number;
  /** Its output on stdout by the time it listened. */
  readonly greeting: string;
  /** Resolves to its exit status when it has ended. */
  readonly status: Promise<Deno.CommandStatus>;
  /** All it wrote to stderr, once it has ended. */
  readonly stderr: Promise<string>;
  readonly #process: Deno.ChildProcess;
  readonly #errors: ErrorOutput;

  private constructor(process: Deno.ChildProcess, greeting: string, errors: ErrorOutput) {
    this.#process = process;
    this.pid = process.pid;
    this.status = process.status;
    this.greeting = greeting;
    this.#errors = errors;
    this.stderr = errors.all;
    this.port = Number(/:(\d+)\/$/m.exec(greeting)?.[1]);
  }

  /**
   * Starts Hubbub on a free port and waits until it listens.
   *
   * @throws {Error} with what it wrote to stderr when it ends instead.
   */
  static async start(flags: string[] = [], runtime: Runtime = SOURCE): Promise<Hubbub> {
    const [program = "", ...args] = runtime.command;
    // On NATS a server has a copy of its own.
    const isShared = flags.includes("--nats") && !flags.includes("--data");
    const copy = isShared ? Deno.makeTempDirSync({ prefix: "hubbub_copy_" }) : undefined;
    const process = new Deno.Command(program, {
      // Of a flag given twice the last one counts.
      args: [
        ...args,
        ...TEST_FLAGS,
        // Not one that the system chooses: by the time a test starts a server there again, it may be another's.
        ...["--port", `${freePort()}`],
        ...["--data", copy ? `${copy}/copy.db` : ":memory:"],
        ...flags,
      ],
      cwd: runtime.cwd ?? ROOT,
      clearEnv: runtime.cwd !== undefined,
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    const errors = new ErrorOutput(process.stderr);
    if (copy) void process.status.then(() => Deno.removeSync(copy, { recursive: true }));
    const reader = process.stdout.getReader();
    let greeting = "";
    while (!greeting.includes("\n")) {
      const { value, done } = await reader.read();
      if (done) throw new Error(`Cannot start Hubbub: ${await errors.all}`);
      greeting += DECODER.decode(value, { stream: true });
    }
    reader.releaseLock();
    void process.stdout.cancel();
    return new Hubbub(process, greeting, errors);
  }

  /** The address of a path, for HTTP. */
  url(path = "/"): string {
    return `http://127.0.0.1:${this.port}${path}`;
  }

  /** Resolves when it has logged something that matches. */
  async logged(expected: RegExp): Promise<void> {
    await this.#errors.until(expected);
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
      // It has already ended.
    }
    await this.status;
    await this.stderr;
  }
}

/** The output of a process on stderr, read as it comes. */
class ErrorOutput {
  /** Resolves to the whole output at its end. */
  readonly all: Promise<string>;
  #text = "";
  readonly #waiter = new Waiter();

  constructor(stream: ReadableStream<Uint8Array<ArrayBuffer>>) {
    this.all = this.#read(stream);
  }

  async until(expected: RegExp): Promise<void> {
    try {
      await this.#waiter.until(() => expected.test(this.#text));
    } catch (cause) {
      throw new Error(`Expected ${expected} in the log, received ${this.#text}`, { cause });
    }
  }

  async #read(stream: ReadableStream<Uint8Array<ArrayBuffer>>): Promise<string> {
    for await (const text of stream.pipeThrough(new TextDecoderStream())) {
      this.#text += text;
      this.#waiter.check();
    }
    return this.#text;
  }
}

/** Runs Hubbub with flags that make it end. */
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

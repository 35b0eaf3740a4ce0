/**
 * Programs of tests other than Hubbub: NATS, proxies, and the commands that the README shows.
 *
 * @module
 */
import { PATIENCE_MS, Waiter } from "./waiter.ts";

/** The options of {@linkcode RunningProgram}. */
export interface RunOptions {
  /** The program and its arguments. */
  readonly command: readonly string[];
  /** Variables in addition to those of the test. */
  readonly env?: Record<string, string>;
  readonly cwd?: string | URL;
}

/** A running program and its output. Disposing ends it. */
export class RunningProgram implements AsyncDisposable {
  /** All it wrote to stdout and stderr so far. */
  output = "";
  /** Resolves to its exit status when it has ended. */
  readonly status: Promise<Deno.CommandStatus>;
  readonly #process: Deno.ChildProcess;
  readonly #waiter = new Waiter();
  readonly #read: Promise<unknown>;

  constructor({ command: [program = "", ...args], ...options }: RunOptions) {
    this.#process = new Deno.Command(program, {
      args,
      ...options,
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    const { stdout, stderr, status } = this.#process;
    this.status = status;
    this.#read = Promise.all([stdout, stderr].map((stream) => this.#readAll(stream)));
  }

  /** Resolves when its output matches; rejects if it does not within `patience` ms. */
  async prints(expected: RegExp, patience = PATIENCE_MS): Promise<void> {
    try {
      await this.#waiter.until(() => expected.test(this.output), patience);
    } catch (cause) {
      throw new Error(`Expected a program to print ${expected}, received ${this.output}`, {
        cause,
      });
    }
  }

  /** Kills it with SIGKILL. */
  kill(): void {
    this.#process.kill("SIGKILL");
  }

  async #readAll(stream: ReadableStream<Uint8Array<ArrayBuffer>>): Promise<void> {
    for await (const text of stream.pipeThrough(new TextDecoderStream())) {
      this.output += text;
      this.#waiter.check();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.#process.kill("SIGTERM");
    } catch {
      // It has already ended.
    }
    await this.status;
    await this.#read;
  }
}

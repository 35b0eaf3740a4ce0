/**
 * Programs of tests that are not Hubbub: NATS, proxies, and what the README tells people to type.
 *
 * @module
 */
import { Watch } from "./sockets.ts";

/** How to run a program; see {@linkcode Running}. */
export interface RunOptions {
  /** The program and its arguments. */
  readonly command: readonly string[];
  /** Variables beside those of the test. */
  readonly env?: Record<string, string>;
  readonly cwd?: string | URL;
}

/** A running program, and what it says. Disposing ends it. */
export class Running implements AsyncDisposable {
  /** All it wrote to stdout and stderr so far. */
  output = "";
  /** How it ended. */
  readonly status: Promise<Deno.CommandStatus>;
  readonly #process: Deno.ChildProcess;
  readonly #watch = new Watch();
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

  /** Resolves when it has said something that matches; rejects when it does not in good time. */
  async says(expected: RegExp): Promise<void> {
    try {
      await this.#watch.until(() => expected.test(this.output));
    } catch (cause) {
      throw new Error(`Expected a program to say ${expected}, received ${this.output}`, { cause });
    }
  }

  /** Ends it in the hardest way. */
  kill(): void {
    this.#process.kill("SIGKILL");
  }

  async #readAll(stream: ReadableStream<Uint8Array<ArrayBuffer>>): Promise<void> {
    for await (const text of stream.pipeThrough(new TextDecoderStream())) {
      this.output += text;
      this.#watch.check();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.#process.kill("SIGTERM");
    } catch {
      // It has ended by itself.
    }
    await this.status;
    await this.#read;
  }
}

/**
 * A real `nats-server` for tests, on a free port of the loopback address, with a directory of its own.
 *
 * @module
 */
import { assert } from "./assert.ts";
import { Nats } from "../nats/connection.ts";
import { freePort } from "./free_port.ts";
import { missing, onPath } from "./strict.ts";
import { UserError } from "../lib/user_error.ts";

/** Whether tests with NATS must be left out; see {@linkcode missing}. */
export function withoutNats(): boolean {
  const found = onPath("nats-server") !== undefined;
  return missing("nats-server", { found, get: "apt-get install nats-server" });
}

/** A test with a NATS of its own; left out where there is none to be had. */
export function natsTest(name: string, fn: (nats: TestNats) => Promise<void>): void {
  Deno.test({
    name,
    ignore: withoutNats(),
    fn: async () => {
      await using nats = await TestNats.start();
      await fn(nats);
    },
  });
}

/** The subject on which a chat's log takes batches. */
export async function batchSubject({ manager }: Nats): Promise<string> {
  const { config: { subjects } } = await manager.streams.info("hubbub_log");
  const [, subject] = subjects;
  assert(subject, "the log has begun");
  return subject;
}

/** The options of {@linkcode TestNats.start}. */
export interface TestNatsOptions {
  /** False starts it without JetStream. */
  readonly jetStream?: boolean;
  /** More arguments of `nats-server`. */
  readonly args?: readonly string[];
  /** Lines of a configuration file. */
  readonly config?: string;
}

/** A running `nats-server`; disposing of it ends it and removes its directory. */
export class TestNats implements AsyncDisposable {
  readonly port: number;
  readonly directory: string;
  readonly #args: string[];
  #process: Deno.ChildProcess | undefined;
  #output: Output | undefined;

  private constructor({ jetStream = true, args = [], config }: TestNatsOptions) {
    this.port = freePort();
    this.directory = Deno.makeTempDirSync({ prefix: "hubbub_nats_" });
    this.#args = ["-a", "127.0.0.1", "-p", `${this.port}`, ...args];
    if (jetStream) this.#args.push("-js", "-sd", `${this.directory}/store`);
    if (config === undefined) return;
    this.#configure(config);
    this.#args.push("-c", `${this.directory}/nats.conf`);
  }

  /** A server that answers. */
  static async start(options: TestNatsOptions = {}): Promise<TestNats> {
    const server = new TestNats(options);
    await server.start();
    return server;
  }

  /** Servers that are one NATS, each with a copy of what is kept in as many. */
  static async startCluster(
    count: number,
    options: Pick<TestNatsOptions, "config"> = {},
  ): Promise<TestNats[]> {
    const routes = Array.from({ length: count }, () => `nats://127.0.0.1:${freePort()}`);
    const servers = await Promise.all(routes.map((route, i) => {
      const cluster = ["--cluster_name", "test", "--cluster", route, "--routes", routes.join()];
      return TestNats.start({ ...options, args: [...cluster, "--server_name", `server-${i}`] });
    }));
    await Promise.all(servers.map((server) => server.#chosen()));
    return servers;
  }

  /** Resolves when JetStream answers: its servers choose a leader first. */
  async #chosen(): Promise<void> {
    while (true) {
      try {
        await using _nats = await Nats.connect(this);
        return;
      } catch (error) {
        if (!(error instanceof UserError)) throw error;
      }
    }
  }

  get url(): string {
    return `nats://127.0.0.1:${this.port}`;
  }

  /** The id of the process, while it runs. */
  get pid(): number {
    if (!this.#process) throw new Error("Cannot tell the process's id: nats-server is not running");
    return this.#process.pid;
  }

  /** Starts it again, on the same port and directory; with other lines of its configuration file, if they are given. */
  async start(config?: string): Promise<void> {
    if (config !== undefined) this.#configure(config);
    this.#process = new Deno.Command("nats-server", {
      args: this.#args,
      stdin: "null",
      stdout: "null",
      stderr: "piped",
    }).spawn();
    this.#output = readOutput(this.#process.stderr);
    if (!await this.#output.until(/Server is ready/)) await this.stop();
  }

  /**
   * Ends it, and waits until it has ended.
   *
   * @throws {Error} with its last words, when it has ended by itself
   */
  async stop(): Promise<void> {
    const process = this.#process;
    this.#process = undefined;
    if (process === undefined) return;
    let isRunning = true;
    try {
      process.kill("SIGKILL");
    } catch {
      isRunning = false;
    }
    const { signal, code } = await process.status;
    if (isRunning && signal === "SIGKILL") return;
    const said = lastWords(await this.#output?.all ?? "");
    throw new Error(`nats-server has ended by itself with ${signal ?? code}: ${said}`);
  }

  /** Ends it, and removes all that it has stored. */
  async wipe(): Promise<void> {
    await this.stop();
    await Deno.remove(`${this.directory}/store`, { recursive: true });
  }

  /** Keeps what is stored now; what is returned puts it back while the server is ended. */
  async keep(): Promise<() => Promise<void>> {
    const [store, kept] = ["store", "kept"].map((name) => `${this.directory}/${name}`);
    assert(store && kept);
    await this.stop();
    const { success } = await new Deno.Command("cp", { args: ["-a", store, kept] }).output();
    assert(success, "the folder of nats-server is copied");
    await this.start();
    return async () => {
      await this.wipe();
      await Deno.rename(kept, store);
    };
  }

  /** Halts it, all of its threads, until what is returned is disposed of. */
  halt(): Disposable {
    const { pid } = this;
    Deno.kill(pid, "SIGSTOP");
    const isHalted = (thread: string) =>
      /\) T /.test(Deno.readTextFileSync(`/proc/${pid}/task/${thread}/stat`));
    while (![...Deno.readDirSync(`/proc/${pid}/task`)].every(({ name }) => isHalted(name)));
    return { [Symbol.dispose]: () => Deno.kill(pid, "SIGCONT") };
  }

  /** Has it read other lines of its configuration file; once, since it then says what this waits for. */
  async reload(config: string): Promise<void> {
    this.#configure(config);
    Deno.kill(this.pid, "SIGHUP");
    assert(await this.#output?.until(/Reloaded server configuration/), "it has read them");
  }

  #configure(config: string): void {
    Deno.writeTextFileSync(`${this.directory}/nats.conf`, config);
  }

  /** The memory it occupies, in KiB. */
  residentKib(): number {
    const status = Deno.readTextFileSync(`/proc/${this.pid}/status`);
    return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      await this.stop();
    } finally {
      await Deno.remove(this.directory, { recursive: true });
    }
  }
}

/** What a process writes. */
interface Output {
  /** Resolves to true as soon as what is expected is in it, to false at an end without that. */
  until(expected: RegExp): Promise<boolean>;
  /** Resolves at the end, to the last of it. */
  readonly all: Promise<string>;
}

/** Keeps reading, so that the process never waits for its reader. */
function readOutput(stream: ReadableStream<Uint8Array<ArrayBuffer>>): Output {
  const waiting = new Map<RegExp, (isThere: boolean) => void>();
  let said = "";
  let isOver = false;
  const read = async () => {
    for await (const text of stream.pipeThrough(new TextDecoderStream())) {
      said = (said + text).slice(-10_000);
      for (const [expected, resolve] of waiting) if (expected.test(said)) resolve(true);
    }
    isOver = true;
    for (const resolve of waiting.values()) resolve(false);
    return said;
  };
  const until = (expected: RegExp): Promise<boolean> => {
    if (isOver || expected.test(said)) return Promise.resolve(!isOver);
    return new Promise((resolve) => waiting.set(expected, resolve));
  };
  return { until, all: read() };
}

const LAST_CHARACTERS = 2000;

/** Returns why a process ended, or the last that it has written. */
function lastWords(said: string): string {
  const panic = said.search(/^(panic|fatal error): /m);
  if (panic === -1) return said.slice(-LAST_CHARACTERS);
  return said.slice(panic, panic + LAST_CHARACTERS);
}

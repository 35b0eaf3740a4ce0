/**
 * A real `nats-server` for tests, on a free port of the loopback address, with a directory of its own.
 *
 * @module
 */
import { ClusterError } from "../nats/cluster_error.ts";
import { Nats } from "../nats/connection.ts";
import { missing, onPath } from "./strict.ts";

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

/** How a {@linkcode TestNats} starts. */
export interface NatsOptions {
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

  private constructor({ jetStream = true, args = [], config }: NatsOptions) {
    this.port = freePort();
    this.directory = Deno.makeTempDirSync({ prefix: "hubbub_nats_" });
    this.#args = ["-a", "127.0.0.1", "-p", `${this.port}`, ...args];
    if (jetStream) this.#args.push("-js", "-sd", `${this.directory}/store`);
    if (config === undefined) return;
    Deno.writeTextFileSync(`${this.directory}/nats.conf`, config);
    this.#args.push("-c", `${this.directory}/nats.conf`);
  }

  /** A server that answers. */
  static async start(options: NatsOptions = {}): Promise<TestNats> {
    const server = new TestNats(options);
    await server.start();
    return server;
  }

  /** Servers that are one NATS, each with a copy of what is kept in as many. */
  static async startCluster(count: number): Promise<TestNats[]> {
    const routes = Array.from({ length: count }, () => `nats://127.0.0.1:${freePort()}`);
    const servers = await Promise.all(routes.map((route, i) => {
      const cluster = ["--cluster_name", "test", "--cluster", route, "--routes", routes.join()];
      return TestNats.start({ args: [...cluster, "--server_name", `server-${i}`] });
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
        if (!(error instanceof ClusterError)) throw error;
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

  /** Starts it again, on the same port and directory. */
  async start(): Promise<void> {
    this.#process = new Deno.Command("nats-server", {
      args: this.#args,
      stdin: "null",
      stdout: "null",
      stderr: "piped",
    }).spawn();
    const said = await readUntil(this.#process.stderr, /Server is ready/);
    if (said !== undefined) throw new Error(`Cannot start nats-server: ${said}`);
  }

  /** Ends it, by default in the hardest way, and waits until it is gone. */
  async stop(signal: Deno.Signal = "SIGKILL"): Promise<void> {
    const process = this.#process;
    this.#process = undefined;
    process?.kill(signal);
    await process?.status;
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

  /** The memory it occupies, in KiB. */
  residentKib(): number {
    const status = Deno.readTextFileSync(`/proc/${this.pid}/status`);
    return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    await Deno.remove(this.directory, { recursive: true });
  }
}

/** Reads on and on, so that the process never waits for its reader; resolves with what was said if that was not there. */
function readUntil(
  stream: ReadableStream<Uint8Array<ArrayBuffer>>,
  expected: RegExp,
): Promise<string | undefined> {
  const { promise, resolve } = Promise.withResolvers<string | undefined>();
  (async () => {
    let said = "";
    for await (const text of stream.pipeThrough(new TextDecoderStream())) {
      said = (said + text).slice(-10_000);
      if (expected.test(said)) resolve(undefined);
    }
    resolve(said);
  })();
  return promise;
}

/**
 * A port that was free a moment ago. It is below those that the system gives to clients: a client that
 * tries again and again to reach a server that is gone may be given the server's port as its own, reach
 * itself, and keep the server from starting.
 */
export function freePort(): number {
  while (true) {
    const port = 15_000 + Math.floor(Math.random() * 15_000);
    try {
      using _listener = Deno.listen({ hostname: "127.0.0.1", port });
      return port;
    } catch (error) {
      if (!(error instanceof Deno.errors.AddrInUse)) throw error;
    }
  }
}

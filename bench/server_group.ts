/**
 * Servers to measure: one with its file, or several that share a NATS.
 *
 * @module
 */
import { TestNats } from "../testing/nats.ts";
import { type Contestant, hubbub } from "./contestants.ts";
import { cpuSeconds } from "../testing/proc.ts";
import { ServerProcess } from "./server_process.ts";

/** CPU seconds, apart. */
export interface Cpu {
  /** Of each Hubbub. */
  readonly servers: readonly number[];
  /** Of NATS; 0 without one. */
  readonly nats: number;
}

/** Running servers that are one chat. Disposing ends them. */
export class ServerGroup implements AsyncDisposable {
  readonly servers: ServerProcess[] = [];
  readonly nats: TestNats | undefined;
  readonly #stack = new AsyncDisposableStack();
  readonly #contestant: Contestant | undefined;

  private constructor(nats?: TestNats, contestant?: Contestant) {
    this.nats = nats && this.#stack.use(nats);
    this.#contestant = contestant;
  }

  /** One server as it ships, on an empty file. */
  static async alone(): Promise<ServerGroup> {
    const cluster = new ServerGroup();
    await cluster.add();
    return cluster;
  }

  /**
   * So many servers on an empty NATS.
   *
   * @param contestant Another checkout's Hubbub.
   */
  static async onNats(count: number, contestant?: Contestant): Promise<ServerGroup> {
    const cluster = new ServerGroup(await TestNats.start(), contestant);
    for (let i = 0; i < count; i++) await cluster.add();
    return cluster;
  }

  /** Starts one more server. */
  async add(): Promise<ServerProcess> {
    const { launch } = this.#contestant ?? await hubbub(undefined);
    const server = await ServerProcess.start(
      this.nats ? { ...launch, env: { ...launch.env, ...this.#onNats(this.nats) } } : launch,
    );
    this.servers.push(this.#stack.use(server));
    return server;
  }

  /** The variables of a server on NATS, with a copy of its own. */
  #onNats({ url }: TestNats): Record<string, string> {
    const folder = Deno.makeTempDirSync({ prefix: "hubbub_copy_" });
    this.#stack.defer(() => Deno.removeSync(folder, { recursive: true }));
    return { HUBBUB_NATS: url, HUBBUB_DATA: `${folder}/hubbub.db` };
  }

  /** The ports that a load connects to, and the first server's process. */
  get target(): { port: number; otherPorts: number[]; pid: number } {
    const [first, ...others] = this.servers;
    if (first === undefined) throw new Error("Cannot make a load: there is no server");
    return { port: first.port, otherPorts: others.map(({ port }) => port), pid: first.pid };
  }

  /** The CPU time that they have used since they started. */
  cpu(): Cpu {
    return {
      servers: this.servers.map(({ pid }) => cpuSeconds(pid)),
      nats: this.nats ? cpuSeconds(this.nats.pid) : 0,
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stack.disposeAsync();
  }
}

/** The CPU time used between two readings. */
export function used(before: Cpu, after: Cpu): Cpu {
  return {
    servers: after.servers.map((seconds, i) => seconds - (before.servers[i] ?? 0)),
    nats: after.nats - before.nats,
  };
}

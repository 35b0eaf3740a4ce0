/**
 * Hubbubs to measure: one with its file, or some that share a NATS.
 *
 * @module
 */
import { TestNats } from "../testing/nats.ts";
import { hubbub } from "./contestants.ts";
import { cpuSeconds } from "../testing/proc.ts";
import { Server } from "./server_process.ts";

/** CPU seconds, apart. */
export interface Cpu {
  /** Of each Hubbub. */
  readonly servers: readonly number[];
  /** Of NATS; 0 without one. */
  readonly nats: number;
}

/** Running servers that are one chat. Disposing ends them. */
export class Cluster implements AsyncDisposable {
  readonly servers: Server[] = [];
  readonly nats: TestNats | undefined;
  readonly #stack = new AsyncDisposableStack();

  private constructor(nats?: TestNats) {
    this.nats = nats && this.#stack.use(nats);
  }

  /** One server as it ships, on an empty file. */
  static async alone(): Promise<Cluster> {
    const cluster = new Cluster();
    await cluster.add();
    return cluster;
  }

  /** So many servers on an empty NATS. */
  static async onNats(count: number): Promise<Cluster> {
    const cluster = new Cluster(await TestNats.start());
    for (let i = 0; i < count; i++) await cluster.add();
    return cluster;
  }

  /** Starts one more server. */
  async add(): Promise<Server> {
    const { launch } = await hubbub(undefined);
    const { HUBBUB_DATA: _, ...env } = launch.env;
    const server = await Server.start(
      this.nats ? { ...launch, env: { ...env, HUBBUB_NATS: this.nats.url } } : launch,
    );
    this.servers.push(this.#stack.use(server));
    return server;
  }

  /** Where a load finds them, and the first one's process. */
  get target(): { port: number; otherPorts: number[]; pid: number } {
    const [first, ...others] = this.servers;
    if (first === undefined) throw new Error("Cannot make a load: there is no server");
    return { port: first.port, otherPorts: others.map(({ port }) => port), pid: first.pid };
  }

  /** What they have used since they started. */
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

/** What was used between two looks. */
export function used(before: Cpu, after: Cpu): Cpu {
  return {
    servers: after.servers.map((seconds, i) => seconds - (before.servers[i] ?? 0)),
    nats: after.nats - before.nats,
  };
}

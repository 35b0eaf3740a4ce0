/**
 * Hubbubs to measure: one with its file, or some that share a NATS.
 *
 * @module
 */
import { TestNats } from "../testing/nats.ts";
import { hubbub } from "./contestants.ts";
import { cpuSeconds } from "./proc.ts";
import { Server } from "./servers.ts";

/** CPU seconds, apart. */
export interface Cpu {
  /** Of each Hubbub. */
  readonly servers: readonly number[];
  /** Of NATS; 0 without one. */
  readonly nats: number;
}

/** Running servers that are one chat. Disposing ends them. */
export class Cluster implements AsyncDisposable {
  readonly servers: readonly Server[];
  readonly nats: TestNats | undefined;
  readonly #stack: AsyncDisposableStack;

  private constructor(stack: AsyncDisposableStack, servers: Server[], nats: TestNats | undefined) {
    this.#stack = stack;
    this.servers = servers;
    this.nats = nats;
  }

  /** One server as it ships, on an empty file. */
  static async alone(): Promise<Cluster> {
    await using stack = new AsyncDisposableStack();
    const { launch } = await hubbub(undefined);
    const server = stack.use(await Server.start(launch));
    return new Cluster(stack.move(), [server], undefined);
  }

  /** So many servers on an empty NATS. */
  static async onNats(count: number): Promise<Cluster> {
    await using stack = new AsyncDisposableStack();
    const nats = stack.use(await TestNats.start());
    const { launch } = await hubbub(undefined);
    const { HUBBUB_DATA: _, ...env } = launch.env;
    const servers: Server[] = [];
    for (let i = 0; i < count; i++) {
      const server = await Server.start({ ...launch, env: { ...env, HUBBUB_NATS: nats.url } });
      servers.push(stack.use(server));
    }
    return new Cluster(stack.move(), servers, nats);
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

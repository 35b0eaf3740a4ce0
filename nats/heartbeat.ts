/**
 * Which servers of a cluster are alive.
 *
 * @module
 */
import { Bucket } from "./bucket.ts";
import type { Nats } from "./connection.ts";

/** A server says that it is alive this often, and is taken for dead after the other. */
const BEAT_MS = 3000;
const DEAD_MS = 9000;

/** This server's sign of life, and the others'. Disposing of it takes the sign away. */
export class Alive implements AsyncDisposable {
  /** This server's id. */
  readonly server: string;
  readonly #bucket: Bucket;
  readonly #timer: ReturnType<typeof setInterval>;
  readonly #watch: Disposable;
  /** Until then, by `performance.now()`, those who were cut off as this server was count as alive. */
  #patience = performance.now() + BEAT_MS;

  private constructor(nats: Nats, bucket: Bucket, server: string) {
    this.#bucket = bucket;
    this.server = server;
    this.#timer = setInterval(() => void this.beat().catch(() => {}), BEAT_MS);
    this.#watch = nats.onOutage({
      lost: () => {},
      back: () => {
        this.#patience = performance.now() + BEAT_MS;
        void this.beat().catch(() => {});
      },
    });
  }

  /** @param options `server`: letters and digits that no other server has. */
  static async open(
    nats: Nats,
    { prefix, replicas, server }: { prefix: string; replicas: number; server: string },
  ): Promise<Alive> {
    const name = `${prefix}_servers`;
    const bucket = await Bucket.open(nats, { name, replicas, ttlMs: DEAD_MS });
    const alive = new Alive(nats, bucket, server);
    await alive.beat();
    return alive;
  }

  /** Gives a sign of life, which is also a proof that JetStream can be written. */
  async beat(): Promise<void> {
    await this.#bucket.put(this.server, {});
  }

  /** Whether one of these servers is alive. */
  async any(servers: readonly string[]): Promise<boolean> {
    if (servers.length === 0) return false;
    if (servers.includes(this.server) || performance.now() < this.#patience) return true;
    const signs = await Promise.all(servers.map((server) => this.#bucket.get(server)));
    return signs.some((sign) => sign !== undefined);
  }

  /** Whether any other server is alive. */
  async others(): Promise<boolean> {
    return (await this.#bucket.keys()).some((server) => server !== this.server);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer);
    this.#watch[Symbol.dispose]();
    try {
      const sign = await this.#bucket.get(this.server);
      if (sign) await this.#bucket.remove(sign);
    } catch {
      // It fades by itself.
    }
  }
}

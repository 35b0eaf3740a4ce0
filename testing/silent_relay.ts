/** The way of bytes through a {@linkcode SilentRelay}. */
export type RelayDirection = "toServer" | "toClient";

/** A relay to a server whose open connections can fall silent without being closed, as behind a dead router. */
export class SilentRelay implements AsyncDisposable {
  readonly url: string;
  readonly #listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  readonly #port: number;
  readonly #ends = new Set<Deno.TcpConn>();
  /** The directions in which each open connection is silent. */
  readonly #connections = new Set<Set<RelayDirection>>();

  /** @param port the server's */
  constructor(port: number) {
    this.#port = port;
    this.url = `http://127.0.0.1:${this.#listener.addr.port}/`;
    void this.#run();
  }

  /** Swallows all bytes of a direction on the connections that are open now. */
  silence(direction: RelayDirection): void {
    for (const silent of this.#connections) silent.add(direction);
  }

  async #run(): Promise<void> {
    for await (const near of this.#listener) void this.#connect(near);
  }

  async #connect(near: Deno.TcpConn): Promise<void> {
    const far = await Deno.connect({ hostname: "127.0.0.1", port: this.#port }).catch(() => null);
    if (far === null) return near.close();
    const silent = new Set<RelayDirection>();
    this.#connections.add(silent);
    this.#ends.add(near).add(far);
    const pass = (direction: RelayDirection) =>
      new TransformStream<Uint8Array, Uint8Array>({
        transform(bytes, controller) {
          if (!silent.has(direction)) controller.enqueue(bytes);
        },
      });
    await Promise.allSettled([
      near.readable.pipeThrough(pass("toServer")).pipeTo(far.writable),
      far.readable.pipeThrough(pass("toClient")).pipeTo(near.writable),
    ]);
    this.#connections.delete(silent);
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    for (const end of this.#ends) {
      try {
        end.close();
      } catch {
        // It was closed by its other end.
      }
    }
    return Promise.resolve();
  }
}

/** A proxy between a server and its NATS that can be cut. */
export class CuttableProxy implements AsyncDisposable {
  readonly url: string;
  readonly #listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  readonly #open = new Set<Deno.TcpConn>();
  readonly #port: number;
  #cut = false;

  /** @param port where it leads. */
  constructor(port: number) {
    this.#port = port;
    this.url = `nats://127.0.0.1:${this.#listener.addr.port}`;
    void this.#run();
  }

  /** Ends all connections, and those that are tried. */
  cut(): void {
    this.#cut = true;
    for (const connection of this.#open) close(connection);
  }

  /** Lets connections through again. */
  restore(): void {
    this.#cut = false;
  }

  async #run(): Promise<void> {
    for await (const near of this.#listener) void this.#connect(near);
  }

  async #connect(near: Deno.TcpConn): Promise<void> {
    if (this.#cut) return close(near);
    // A server that is away refuses, and so does this. It may be cut meanwhile.
    const far = await Deno.connect({ hostname: "127.0.0.1", port: this.#port }).catch(() => null);
    if (this.#cut || far === null) {
      if (far !== null) close(far);
      return close(near);
    }
    this.#open.add(near).add(far);
    await Promise.allSettled([
      near.readable.pipeTo(far.writable),
      far.readable.pipeTo(near.writable),
    ]);
    this.#open.delete(near);
    this.#open.delete(far);
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    this.cut();
    return Promise.resolve();
  }
}

function close(connection: Deno.TcpConn): void {
  try {
    connection.close();
  } catch {
    // The other end was quicker.
  }
}

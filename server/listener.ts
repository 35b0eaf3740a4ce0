import type { Certificate } from "./certificate.ts";
import { deadline, delay } from "../lib/std.ts";
import type { Logger } from "../lib/logger.ts";

/** How long to wait before a listener is opened again, in ms. */
const REOPEN_MS = 20;

/** What a {@linkcode Listener} listens on and answers with. */
export interface ListenerOptions {
  host: string;
  /** 0 picks a free one. */
  port: number;
  /** There for https and wss. */
  certificate?: Certificate | undefined;
  handler: Deno.ServeHandler<Deno.NetAddr>;
  log: Logger;
}

/**
 * A listening HTTP server that stays. `Deno.serve` ends when accepting fails, for one when the
 * process is out of file descriptors; its open connections live on, so it is opened again on the
 * same port until that works.
 */
export class Listener {
  #options: ListenerOptions;
  #server: Deno.HttpServer<Deno.NetAddr>;
  #closed = false;
  /** Resolves when the port was given up, though connections may keep `#server` from its end. */
  #ended = Promise.withResolvers<void>();

  /**
   * Opens the port.
   *
   * @throws {Deno.errors.AddrInUse} and what else listening throws.
   */
  constructor(options: ListenerOptions) {
    this.#server = serve(options);
    this.#options = { ...options, port: this.#server.addr.port };
    void this.#keepOpen();
  }

  /** The port that is listened on. */
  get port(): number {
    return this.#options.port;
  }

  /** Listens with another certificate. Requests under way are answered, WebSockets live on or end. */
  renew(certificate: Certificate): void {
    this.#options = { ...this.#options, certificate };
    // Nothing can be swapped while the port is open; given up, it is opened again.
    this.#shutdown().catch(() => {});
  }

  /** Accepts nothing more, and gives requests under way `grace` ms. */
  async close(grace: number): Promise<void> {
    this.#closed = true;
    try {
      await deadline(this.#shutdown(), grace);
    } catch {
      // Whoever is still connected is cut off when the process ends.
    }
  }

  async #shutdown(): Promise<void> {
    const end = this.#server.shutdown();
    this.#ended.resolve();
    await end;
  }

  async #keepOpen(): Promise<void> {
    const { log } = this.#options;
    while (!this.#closed) {
      try {
        await Promise.race([this.#server.finished, this.#ended.promise]);
      } catch (error) {
        log("listener failed", { error: String(error) });
      }
      await this.#reopen();
    }
  }

  async #reopen(): Promise<void> {
    while (!this.#closed) {
      try {
        this.#server = serve(this.#options);
        this.#ended = Promise.withResolvers();
        this.#options.log("listener open again");
        return;
      } catch {
        await delay(REOPEN_MS);
      }
    }
  }
}

function serve(
  { host, port, certificate, handler, log }: ListenerOptions,
): Deno.HttpServer<Deno.NetAddr> {
  return Deno.serve({
    hostname: host,
    port,
    ...certificate,
    onListen: () => {},
    onError: (error) => {
      log("request failed", { error: error instanceof Error ? error.stack ?? "" : String(error) });
      return new Response("Something went wrong here; try again\n", { status: 500 });
    },
  }, handler);
}

import type { Certificate } from "./certificate.ts";
import { CutAnswer } from "./responses.ts";
import { deadline, delay } from "../lib/std.ts";
import type { Logger } from "../lib/logger.ts";
import { stackOf } from "../lib/errors.ts";

/** Pause before a listener is opened again, in ms. */
const REOPEN_MS = 20;

/** Options of a {@linkcode Listener}. */
export interface ListenerOptions {
  host: string;
  /** The port; 0 picks a free one. */
  port: number;
  /** Makes the listener speak https and wss. */
  certificate?: Certificate | undefined;
  handler: Deno.ServeHandler<Deno.NetAddr>;
  log: Logger;
}

/**
 * An HTTP server that keeps listening. `Deno.serve` ends when it can't accept a connection, for example
 * when the process is out of file descriptors. Its open connections stay, so the listener is opened again
 * on the same port until that succeeds.
 */
export class Listener {
  #options: ListenerOptions;
  #server: Deno.HttpServer<Deno.NetAddr>;
  #closed = false;
  /** Resolves when the port was closed, although connections may keep `#server` from finishing. */
  #ended = Promise.withResolvers<void>();

  /**
   * Opens the port.
   *
   * @throws {Deno.errors.AddrInUse} when the port is in use, and whatever else listening throws.
   */
  constructor(options: ListenerOptions) {
    this.#server = serve(options);
    this.#options = { ...options, port: this.#server.addr.port };
    globalThis.addEventListener("unhandledrejection", this.#onRejection);
    void this.#keepOpen();
  }

  /**
   * Handles errors that the runtime's own HTTP server throws where no other code can catch them. Each
   * concerns a single request, but would end the process.
   */
  readonly #onRejection = (event: PromiseRejectionEvent): void => {
    const stack = stackOf(event.reason);
    if (!stack.includes("ext:deno_http/") || stack.includes("file://")) return;
    event.preventDefault();
    this.#options.log("request failed", { error: stack });
  };

  /** The port that it listens on. */
  get port(): number {
    return this.#options.port;
  }

  /** Replaces the certificate. Requests in progress are answered, and WebSockets stay open. */
  renew(certificate: Certificate): void {
    this.#options = { ...this.#options, certificate };
    // The runtime can't replace a certificate while the port is open. Once closed, it is opened again.
    this.#shutdown().catch(() => {});
  }

  /** Stops accepting connections, and gives requests in progress `grace` ms. */
  async close(grace: number): Promise<void> {
    this.#closed = true;
    globalThis.removeEventListener("unhandledrejection", this.#onRejection);
    try {
      await deadline(this.#shutdown(), grace);
    } catch {
      // Remaining connections are cut when the process ends.
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
      if (!(error instanceof CutAnswer)) log("request failed", { error: stackOf(error) });
      return new Response("Internal server error: try again\n", { status: 500 });
    },
  }, handler);
}

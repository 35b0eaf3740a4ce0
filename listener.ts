import { deadline, delay } from "./std.ts";
import type { Logger } from "./logger.ts";

/** How long to wait before a failed listener is opened again, in ms. */
const REOPEN_MS = 100;

/** What a {@linkcode Listener} listens on and answers with. */
export interface ListenerOptions {
  host: string;
  /** 0 picks a free one. */
  port: number;
  handler: Deno.ServeHandler<Deno.NetAddr>;
  log: Logger;
}

/**
 * A listening HTTP server that stays. `Deno.serve` ends when accepting fails, for one when the
 * process is out of file descriptors; its open connections live on, so it is opened again on the
 * same port until that works.
 */
export class Listener {
  readonly #options: ListenerOptions;
  #server: Deno.HttpServer<Deno.NetAddr>;
  #closed = false;

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

  /** Accepts nothing more, and gives requests under way `grace` ms. */
  async close(grace: number): Promise<void> {
    this.#closed = true;
    try {
      await deadline(this.#server.shutdown(), grace);
    } catch {
      // Whoever is still connected is cut off when the process ends.
    }
  }

  async #keepOpen(): Promise<void> {
    const { log } = this.#options;
    while (!this.#closed) {
      try {
        await this.#server.finished;
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
        this.#options.log("listener open again");
        return;
      } catch {
        await delay(REOPEN_MS);
      }
    }
  }
}

function serve({ host, port, handler, log }: ListenerOptions): Deno.HttpServer<Deno.NetAddr> {
  return Deno.serve({
    hostname: host,
    port,
    onListen: () => {},
    onError: (error) => {
      log("request failed", { error: error instanceof Error ? error.stack ?? "" : String(error) });
      return new Response("Something went wrong here; try again\n", { status: 500 });
    },
  }, handler);
}

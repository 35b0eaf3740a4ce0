import type { Assets } from "./assets.ts";
import { Client } from "./client.ts";
import type { Flags } from "./flags.ts";
import { chooseProtocol, judgeHandshake, judgeOrigin, type Refusal } from "./handshake.ts";
import { Hub } from "./hub.ts";
import { Listener } from "./listener.ts";
import type { Logger } from "./logger.ts";
import { nameKey, parseName } from "./protocol.ts";
import { deadline, STATUS_CODE } from "./std.ts";

/** How long the clients have to take what is queued when the server goes away, in ms. */
const DRAIN_MS = 4000;
/** How long requests under way have after that, in ms. */
const CLOSE_MS = 500;

/** The longest path that is looked at, in characters. */
const PATH_LENGTH = 8000;

/** Sent with every answer; the page needs nothing from anywhere else. */
const SECURITY_HEADERS = {
  "content-security-policy": [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self'",
    "font-src 'self'",
    "manifest-src 'self'",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ].join("; "),
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
};

/** What a {@linkcode Server} needs besides its flags. */
export interface ServerOptions {
  flags: Flags;
  assets: Assets;
  log: Logger;
}

/** The chat service: the page, the WebSocket, and the hub behind it. */
export class Server implements AsyncDisposable {
  readonly #flags: Flags;
  readonly #assets: Assets;
  readonly #log: Logger;
  readonly #hub = new Hub();
  readonly #hubEnd: Promise<void>;
  readonly #listener: Listener;
  /** Every socket that is open, also one that left the hub but does not close. */
  readonly #clients = new Map<Client, Promise<void>>();
  /** The names held by those connected. */
  readonly #names = new Set<string>();
  readonly #sweeper: ReturnType<typeof setInterval>;
  #draining = false;

  /**
   * Starts to listen.
   *
   * @throws {Deno.errors.AddrInUse} and what else listening throws.
   */
  constructor({ flags, assets, log }: ServerOptions) {
    this.#flags = flags;
    this.#assets = assets;
    this.#log = log;
    this.#hubEnd = this.#hub.run();
    this.#listener = new Listener({
      host: flags.host,
      port: flags.port,
      handler: (request) => this.#handle(request),
      log,
    });
    this.#sweeper = setInterval(() => this.#sweep(), Math.min(1000, flags["write-wait"] / 4));
  }

  get port(): number {
    return this.#listener.port;
  }

  /** How many clients are registered in the hub, and how many sockets are open. */
  get census(): { registered: number; open: number } {
    return { registered: this.#hub.size, open: this.#clients.size };
  }

  /** Lets nobody in any more, writes what is queued, says 1001 to all, and closes; within 5 s. */
  async drain(): Promise<void> {
    this.#draining = true;
    this.#hub.close();
    await this.#hubEnd;
    try {
      await deadline(Promise.all(this.#clients.values()), DRAIN_MS);
    } catch {
      this.#log("drain cut short", { open: this.#clients.size });
    }
    clearInterval(this.#sweeper);
    await this.#listener.close(CLOSE_MS);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.drain();
  }

  #handle(request: Request): Response {
    const response = this.#route(request);
    // The headers of an upgrade belong to the runtime, and no browser would heed these there.
    if (response.status !== 101) {
      for (const [name, value] of Object.entries(SECURITY_HEADERS)) {
        response.headers.set(name, value);
      }
    }
    return response;
  }

  #route(request: Request): Response {
    const path = rawPath(request);
    if (path.length > PATH_LENGTH) {
      return refuse({
        status: STATUS_CODE.URITooLong,
        message: `A path may have ${PATH_LENGTH} characters`,
      });
    }
    if (path !== "/ws" && path !== "/healthz" && !this.#assets.has(path)) {
      return refuse({ status: STATUS_CODE.NotFound, message: "There is nothing at this address" });
    }
    if (request.method !== "GET" && request.method !== "HEAD") {
      return refuse({
        status: STATUS_CODE.MethodNotAllowed,
        message: `This address takes GET and HEAD, received ${request.method}`,
        headers: { allow: "GET, HEAD" },
      });
    }
    if (path === "/ws") return this.#upgrade(request);
    if (path === "/healthz") return this.#health();
    return this.#assets.respond(path, request) ??
      refuse({ status: STATUS_CODE.NotFound, message: "There is nothing at this address" });
  }

  #health(): Response {
    return this.#draining
      ? Response.json({ status: "draining" }, { status: STATUS_CODE.ServiceUnavailable })
      : Response.json({ status: "ok" });
  }

  #upgrade(request: Request): Response {
    const flags = this.#flags;
    const malformed = judgeHandshake(request);
    if (malformed) return refuse(malformed);
    const protocol = chooseProtocol(request, []);
    if (typeof protocol === "object") return refuse(protocol);
    const name = readName(request);
    if (typeof name === "object") return refuse(name);
    const foreign = judgeOrigin(request, flags.origin);
    if (foreign) return refuse(foreign);
    if (this.#draining || this.#clients.size >= flags["max-clients"]) {
      return refuse({
        status: STATUS_CODE.ServiceUnavailable,
        message: this.#draining ? "Going away: come back soon" : "Full: come back later",
      });
    }
    if (name !== "" && this.#names.has(nameKey(name))) {
      return refuse({
        status: STATUS_CODE.Conflict,
        message: `The name ${JSON.stringify(name)} is in use: choose another`,
      });
    }
    const { socket, response } = Deno.upgradeWebSocket(request, {
      idleTimeout: flags["idle-timeout"] / 1000,
    });
    void this.#serve(socket, name);
    return response;
  }

  async #serve(socket: WebSocket, name: string): Promise<void> {
    const flags = this.#flags;
    const key = name === "" ? undefined : nameKey(name);
    const client = new Client(socket, this.#hub, {
      name,
      maxMessage: flags["max-message"],
      sendBuffer: flags["send-buffer"],
      writeWait: flags["write-wait"],
      onLeave: () => key !== undefined && this.#names.delete(key),
      log: this.#log,
    });
    if (key !== undefined) this.#names.add(key);
    const gone = client.run();
    this.#clients.set(client, gone);
    await gone;
    this.#clients.delete(client);
  }

  #sweep(): void {
    const now = performance.now();
    for (const client of this.#clients.keys()) client.sweep(now);
  }
}

/** The path as it was sent: a parsed URL would have its `..` resolved already. */
function rawPath(request: Request): string {
  const { url } = request;
  const start = url.indexOf("://") + 3;
  const host = request.headers.get("host") ?? "";
  const rest = url.startsWith(host, start)
    ? url.slice(start + host.length)
    : url.slice(url.indexOf("/", start));
  return rest.split("?", 1)[0] ?? "";
}

/** The name in the address, in its normal form; "" for none. */
function readName(request: Request): string | Refusal {
  const given = new URLSearchParams(request.url.split("?", 2)[1] ?? "").get("name") ?? "";
  if (given === "") return "";
  const parsed = parseName(given);
  return "problem" in parsed
    ? { status: STATUS_CODE.BadRequest, message: parsed.problem }
    : parsed.name;
}

function refuse({ status, message, headers }: Refusal): Response {
  return new Response(`${message}\n`, {
    status,
    headers: { "content-type": "text/plain; charset=utf-8", ...headers },
  });
}

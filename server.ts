import type { Assets } from "./assets.ts";
import type { Backend } from "./backend.ts";
import { Client, type PlainOptions } from "./client.ts";
import type { Flags } from "./flags.ts";
import { readBasic, readCookie, readLogin, writeCookie } from "./entrance.ts";
import { chooseProtocol, judgeHandshake, judgeOrigin, type Refusal } from "./handshake.ts";
import { Hub } from "./hub.ts";
import { Listener } from "./listener.ts";
import type { Logger } from "./logger.ts";
import type { Entry, People } from "./people.ts";
import {
  type ErrorLine,
  HISTORY_LIMIT,
  isRoom,
  type NameCommand,
  parseName,
  PROTOCOL,
} from "./protocol.ts";
import { sessionCookieName } from "./session.ts";
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
  backend: Backend;
  /** The program's version. */
  version: string;
  log: Logger;
}

/** The chat service: the page, the WebSocket, and the hub behind it. */
export class Server implements AsyncDisposable {
  readonly #flags: Flags;
  readonly #options: ServerOptions;
  readonly #cookie: string;
  readonly #hub: Hub;
  readonly #hubEnd: Promise<void>;
  readonly #listener: Listener;
  /** Every socket that is open, also one that left the hub but does not close. */
  readonly #clients = new Map<Client, { gone: Promise<void>; session?: string }>();
  /** Requests for a WebSocket whose person is being found out. */
  #entering = 0;
  readonly #sweeper: ReturnType<typeof setInterval>;
  #draining = false;

  /**
   * Starts to listen.
   *
   * @throws {Deno.errors.AddrInUse} and what else listening throws.
   */
  constructor(options: ServerOptions) {
    const { flags, backend, log } = options;
    this.#flags = flags;
    this.#options = options;
    this.#cookie = sessionCookieName(backend.id);
    this.#listener = new Listener({
      host: flags.host,
      port: flags.port,
      handler: (request) => this.#handle(request),
      log,
    });
    this.#hub = new Hub(backend.messages, {
      maxRooms: flags["max-rooms"],
      maxRoomsPerClient: flags["max-rooms-per-client"],
    });
    this.#hubEnd = this.#hub.run();
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
      await deadline(
        Promise.all(this.#clients.values().map(({ gone }) => gone).toArray()),
        DRAIN_MS,
      );
    } catch {
      this.#options.log("drain cut short", { open: this.#clients.size });
    }
    clearInterval(this.#sweeper);
    await this.#listener.close(CLOSE_MS);
    this.#options.backend[Symbol.dispose]();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.drain();
  }

  async #handle(request: Request): Promise<Response> {
    const response = await this.#route(request);
    // The headers of an upgrade belong to the runtime, and no browser would heed these there.
    if (response.status !== 101) {
      for (const [name, value] of Object.entries(SECURITY_HEADERS)) {
        response.headers.set(name, value);
      }
    }
    return response;
  }

  #route(request: Request): Response | Promise<Response> {
    const { assets } = this.#options;
    const path = rawPath(request);
    if (path.length > PATH_LENGTH) {
      return refuse({
        status: STATUS_CODE.URITooLong,
        message: `A path may have ${PATH_LENGTH} characters`,
      });
    }
    const posts = path === "/login" || path === "/logout";
    if (!posts && path !== "/ws" && path !== "/healthz" && !assets.has(path)) {
      return refuse({ status: STATUS_CODE.NotFound, message: "There is nothing at this address" });
    }
    const methods = posts ? ["POST"] : ["GET", "HEAD"];
    if (!methods.includes(request.method)) {
      return refuse({
        status: STATUS_CODE.MethodNotAllowed,
        message: `This address takes ${methods.join(" and ")}, received ${request.method}`,
        headers: { allow: methods.join(", ") },
      });
    }
    switch (path) {
      case "/ws":
        return this.#upgrade(request);
      case "/login":
        return this.#login(request);
      case "/logout":
        return this.#logout(request);
      case "/healthz":
        return this.#health();
      default:
        return assets.respond(path, request);
    }
  }

  #health(): Response {
    const status = this.#draining
      ? "draining"
      : this.#options.backend.messages.healthy
      ? "ok"
      : "the log can't be written";
    return Response.json({ status }, {
      status: status === "ok" ? STATUS_CODE.OK : STATUS_CODE.ServiceUnavailable,
    });
  }

  async #login(request: Request): Promise<Response> {
    const { people } = this.#options.backend;
    const foreign = judgeOrigin(request, this.#flags.origin);
    if (foreign) return refuse(foreign);
    const login = await readLogin(request);
    if ("status" in login) return refuse(login);
    const answer = await people.login(login.form, readCookie(request, this.#cookie));
    if (!answer.ok) return refuse({ status: answer.status, message: answer.reason });
    if (answer.was !== undefined) this.#hub.renamed(answer.person, answer.was);
    const response = login.json
      ? new Response(null, { status: STATUS_CODE.NoContent })
      : new Response(null, { status: STATUS_CODE.SeeOther, headers: { location: "/" } });
    this.#setCookie(response, answer.token);
    return response;
  }

  async #logout(request: Request): Promise<Response> {
    const foreign = judgeOrigin(request, this.#flags.origin);
    if (foreign) return refuse(foreign);
    const session = await this.#options.backend.people.logout(readCookie(request, this.#cookie));
    for (const [client, entry] of this.#clients) {
      if (session !== undefined && entry.session === session) client.logout();
    }
    const response = new Response(null, { status: STATUS_CODE.NoContent });
    this.#setCookie(response);
    return response;
  }

  async #upgrade(request: Request): Promise<Response> {
    const malformed = judgeHandshake(request);
    if (malformed) return refuse(malformed);
    const protocol = chooseProtocol(request, [PROTOCOL]);
    if (typeof protocol === "object") return refuse(protocol);
    const query = new URLSearchParams(request.url.split("?", 2)[1] ?? "");
    const plain = protocol === undefined ? readPlain(query) : undefined;
    if (plain && "status" in plain) return refuse(plain);
    const foreign = judgeOrigin(request, this.#flags.origin);
    if (foreign) return refuse(foreign);

    this.#entering++;
    try {
      const entry = await this.#options.backend.people.enter({
        cookie: readCookie(request, this.#cookie),
        basic: readBasic(request),
        plain: plain && { name: query.get("name") ?? "" },
      });
      const refusal = this.#judgeEntry(request, entry);
      if (refusal || !entry.ok) {
        if (entry.ok) entry[Symbol.dispose]();
        return refuse(refusal ?? INTERNAL);
      }
      return this.#admit(request, { entry, protocol, plain });
    } finally {
      this.#entering--;
    }
  }

  /** Why nobody, or this one, can come in now. */
  #judgeEntry(
    request: Request,
    entry: Awaited<ReturnType<People["enter"]>>,
  ): Refusal | undefined {
    const refusal = entry.ok ? undefined : { status: entry.status, message: entry.reason };
    if (refusal?.status === STATUS_CODE.Unauthorized) {
      // A browser would ask with a window of its own, in front of the page that asks better.
      const challenge = request.headers.has("origin")
        ? undefined
        : { "www-authenticate": 'Basic realm="Hubbub", charset="UTF-8"' };
      return { ...refusal, ...(challenge && { headers: challenge }) };
    }
    // The one that is being judged is among those entering.
    const full = this.#clients.size + this.#entering > this.#flags["max-clients"];
    if (!this.#draining && !full) return refusal;
    return {
      status: STATUS_CODE.ServiceUnavailable,
      message: this.#draining ? "Going away: come back soon" : "Full: come back later",
    };
  }

  #admit(
    request: Request,
    { entry, protocol, plain }: {
      entry: Entry;
      protocol: string | undefined;
      plain: PlainOptions | undefined;
    },
  ): Response {
    let upgrade: Deno.WebSocketUpgrade;
    try {
      upgrade = Deno.upgradeWebSocket(request, {
        idleTimeout: this.#flags["idle-timeout"] / 1000,
        ...(protocol === undefined ? {} : { protocol }),
      });
    } catch {
      // The peer went away while its person was being found out.
      entry[Symbol.dispose]();
      return refuse(INTERNAL);
    }
    if (entry.token !== undefined) this.#setCookie(upgrade.response, entry.token);
    void this.#serve(upgrade.socket, entry, plain);
    return upgrade.response;
  }

  async #serve(socket: WebSocket, entry: Entry, plain: PlainOptions | undefined): Promise<void> {
    const flags = this.#flags;
    const client = new Client(socket, this.#hub, {
      get user() {
        return entry.person;
      },
      ...(plain && { plain }),
      version: this.#options.version,
      maxMessage: flags["max-message"],
      rate: flags.rate,
      sendBuffer: flags["send-buffer"],
      writeWait: flags["write-wait"],
      rename: (command) => this.#rename(entry, command),
      onLeave: () => entry[Symbol.dispose](),
      log: this.#options.log,
    });
    const gone = client.run();
    this.#clients.set(client, {
      gone,
      ...(entry.session === undefined ? {} : { session: entry.session }),
    });
    await gone;
    this.#clients.delete(client);
  }

  async #rename(
    entry: Entry,
    { name, secret }: NameCommand,
  ): Promise<ErrorLine | undefined> {
    try {
      const naming = await this.#options.backend.people.take(entry.person, name, secret);
      if (!naming.ok) {
        const { ok: _, ...error } = naming;
        return { type: "error", ...error };
      }
      this.#hub.renamed(naming.user, naming.was);
    } catch (error) {
      this.#options.log("name not stored", { error: String(error) });
      return { type: "error", code: "storage", message: "The name can't be kept now; try again" };
    }
  }

  #setCookie(response: Response, token?: string): void {
    writeCookie(response.headers, {
      name: this.#cookie,
      ...(token === undefined ? {} : { token }),
      secure: false,
    });
  }

  #sweep(): void {
    const now = performance.now();
    for (const client of this.#clients.keys()) client.sweep(now);
  }
}

const INTERNAL: Refusal = {
  status: STATUS_CODE.InternalServerError,
  message: "Something went wrong here; try again",
};

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

/** What the address of a plain client asks for. */
function readPlain(query: URLSearchParams): PlainOptions | Refusal {
  const room = query.get("room") || "lobby";
  if (!isRoom(room)) {
    return badRequest("room must be 1 to 64 of a-z, 0-9, _ and -", room);
  }
  const history = query.get("history") || "0";
  if (!/^\d{1,3}$/.test(history) || Number(history) > HISTORY_LIMIT) {
    return badRequest(`history must be a number up to ${HISTORY_LIMIT}`, history);
  }
  const name = query.get("name");
  const parsed = name ? parseName(name) : { name: "" };
  if ("problem" in parsed) return { status: STATUS_CODE.BadRequest, message: parsed.problem };
  return { room, history: Number(history) };
}

function badRequest(takes: string, received: string): Refusal {
  return {
    status: STATUS_CODE.BadRequest,
    message: `Cannot connect: ${takes}, received ${JSON.stringify(received.slice(0, 100))}`,
  };
}

function refuse({ status, message, headers }: Refusal): Response {
  return new Response(`${message}\n`, {
    status,
    headers: { "content-type": "text/plain; charset=utf-8", ...headers },
  });
}

import { networkOf, type Peer, readPeer } from "./address.ts";
import type { Assets } from "./assets.ts";
import { type Attempt, Attempts } from "./attempts.ts";
import type { Backend } from "./backend.ts";
import type { Certificate } from "./certificate.ts";
import type { PlainOptions } from "./client.ts";
import { Connections } from "./connections.ts";
import { readBasic, readBearer, readCookie, readLogin, writeCookie } from "./entrance.ts";
import type { Flags } from "./flags.ts";
import { chooseProtocol, judgeHandshake, judgeOrigin, type Refusal } from "./handshake.ts";
import { Hub } from "./hub.ts";
import { Listener } from "./listener.ts";
import type { Logger } from "./logger.ts";
import { MeasuredLog } from "./measured_log.ts";
import type { Metrics } from "./metrics.ts";
import type { Entry, Refusal as Unproven } from "./people.ts";
import { type ErrorLine, type NameCommand, PROTOCOL } from "./protocol.ts";
import { queryOf, rawPath, readPlain } from "./request.ts";
import { INTERNAL, notNow, refuse, secure } from "./responses.ts";
import type { Subscriber } from "./room.ts";
import { sessionCookieName } from "./session.ts";
import { STATUS_CODE } from "./std.ts";
import { type Place, Turnstile } from "./turnstile.ts";

/** How long the clients have to take what is queued when the server goes away, in ms. */
const DRAIN_MS = 4000;
/** How long requests under way have after that, in ms. */
const CLOSE_MS = 500;

/** The longest path that is looked at, in characters. */
const PATH_LENGTH = 8000;

/** What a {@linkcode Server} needs besides its flags. */
export interface ServerOptions {
  flags: Flags;
  assets: Assets;
  backend: Backend;
  /** There for https and wss. */
  certificate?: Certificate | undefined;
  /** The program's version. */
  version: string;
  log: Logger;
}

/** The chat service: the page, the WebSocket, and the hub behind it. */
export class Server implements AsyncDisposable {
  readonly #flags: Flags;
  readonly #options: ServerOptions;
  readonly #cookie: string;
  readonly #messages: MeasuredLog<Subscriber>;
  readonly #hub: Hub;
  readonly #hubEnd: Promise<void>;
  readonly #connections: Connections;
  #metrics: Promise<Metrics> | undefined;
  readonly #turnstile: Turnstile;
  readonly #attempts = new Attempts();
  readonly #listener: Listener;
  readonly #sweeper: ReturnType<typeof setInterval>;
  #draining = false;

  /**
   * Starts to listen.
   *
   * @throws {Deno.errors.AddrInUse} and what else listening throws.
   */
  constructor(options: ServerOptions) {
    const { flags, backend, certificate, version, log } = options;
    this.#flags = flags;
    this.#options = options;
    this.#cookie = sessionCookieName(backend.id);
    this.#listener = new Listener({
      host: flags.host,
      port: flags.port,
      certificate,
      handler: async (request, { remoteAddr }) =>
        secure(await this.#route(request, this.#peer(request, remoteAddr))),
      log,
    });
    this.#messages = new MeasuredLog(backend.messages, log);
    this.#hub = new Hub({
      log: this.#messages,
      presence: backend.presence,
      onRenamed: (user) => backend.people.renamed(user),
      maxRooms: flags["max-rooms"],
      maxRoomsPerClient: flags["max-rooms-per-client"],
    });
    this.#hubEnd = this.#hub.run();
    this.#turnstile = new Turnstile({
      total: flags["max-clients"],
      perAddress: flags["max-clients-per-ip"],
    });
    this.#connections = new Connections({
      hub: this.#hub,
      log,
      client: {
        version,
        maxMessage: flags["max-message"],
        rate: flags.rate,
        sendBuffer: flags["send-buffer"],
        writeWait: flags["write-wait"],
      },
      rename: (entry, command, address) => this.#rename(entry, command, address),
    });
    const sweepMs = Math.min(1000, flags["write-wait"] / 4);
    this.#sweeper = setInterval(() => this.#connections.sweep(), sweepMs);
    log("start", { version, host: flags.host, port: this.port, tls: certificate !== undefined });
  }

  get port(): number {
    return this.#listener.port;
  }

  /** How many clients are registered in the hub, and how many sockets are open. */
  get census(): { registered: number; open: number } {
    return { registered: this.#hub.size, open: this.#connections.census.open };
  }

  /** Takes another certificate. All clients are sent away with 1001, to come back under it. */
  renew(certificate: Certificate): void {
    this.#listener.renew(certificate);
    this.#connections.sendAway();
    this.#options.log("certificate renewed");
  }

  /** Another has the name of a person, who comes back under a new one. */
  nameLost(person: string): void {
    this.#connections.sendAwayPerson(person);
    this.#options.log("name lost", { person });
  }

  /** Lets nobody in any more, writes what is queued, says 1001 to all, and closes; within 5 s. */
  async drain(): Promise<void> {
    this.#draining = true;
    this.#hub.close();
    await this.#hubEnd;
    const open = await this.#connections.closed(DRAIN_MS);
    clearInterval(this.#sweeper);
    await this.#listener.close(CLOSE_MS);
    await this.#options.backend[Symbol.asyncDispose]();
    this.#options.log("stop", { open });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.drain();
  }

  #peer(request: Request, { hostname }: Deno.NetAddr): Peer {
    return readPeer(request, {
      connection: hostname,
      tls: this.#options.certificate !== undefined,
      trustProxy: this.#flags["trust-proxy"],
    });
  }

  #route(request: Request, peer: Peer): Response | Promise<Response> {
    const { assets } = this.#options;
    const path = rawPath(request);
    if (path.length > PATH_LENGTH) {
      return refuse({
        status: STATUS_CODE.URITooLong,
        message: `A path may have ${PATH_LENGTH} characters`,
      });
    }
    const posts = path === "/login" || path === "/logout";
    const gets = path === "/ws" || path === "/healthz" || path === "/metrics" || assets.has(path);
    if (!posts && !gets) {
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
        return this.#upgrade(request, peer);
      case "/login":
        return this.#login(request, peer);
      case "/logout":
        return this.#logout(request, peer);
      case "/healthz":
        return this.#health();
      case "/metrics":
        return this.#tellMetrics(request, peer);
      default:
        return assets.respond(path, request);
    }
  }

  #health(): Response {
    const status = this.#draining
      ? "draining"
      : this.#messages.healthy
      ? "ok"
      : "the log can't be written";
    return Response.json({ status }, {
      status: status === "ok" ? STATUS_CODE.OK : STATUS_CODE.ServiceUnavailable,
    });
  }

  async #tellMetrics(request: Request, { address }: Peer): Promise<Response> {
    const attempt = this.#attempt(address);
    if ("status" in attempt) return refuse(attempt);
    if (!this.#options.backend.people.isPassword(readBearer(request) ?? "")) {
      return refuse({
        status: STATUS_CODE.Unauthorized,
        message: "Cannot tell: send the server's password as Authorization: Bearer PASSWORD",
        headers: { "www-authenticate": 'Bearer realm="Hubbub"' },
      });
    }
    attempt.succeeded();
    const metrics = await (this.#metrics ??= this.#loadMetrics());
    return new Response(await metrics.text(), { headers: { "content-type": metrics.contentType } });
  }

  async #loadMetrics(): Promise<Metrics> {
    // Whoever has nobody who measures never loads what tells of it.
    const { Metrics } = await import("./metrics.ts");
    const { backend, version } = this.#options;
    const [hub, connections, log] = [this.#hub, this.#connections, this.#messages];
    return new Metrics({ hub, connections, log, backend, version });
  }

  async #login(request: Request, peer: Peer): Promise<Response> {
    const { people, presence } = this.#options.backend;
    const foreign = judgeOrigin(request, this.#flags.origin);
    if (foreign) return refuse(foreign);
    const login = await readLogin(request);
    if ("status" in login) return refuse(login);
    const attempt = this.#attempt(peer.address);
    if ("status" in attempt) return refuse(attempt);
    const cookie = readCookie(request, this.#cookie);
    const form = { ...login.form, from: networkOf(peer.address) };
    const answer = await this.#stored(() => people.login(form, cookie));
    // Only what was not proven was a guess; the rest is not free of charge, because it may write.
    if (answer.ok || answer.status !== STATUS_CODE.Unauthorized) attempt.succeeded(1);
    if (!answer.ok) return refuse(refusalOf(answer));
    if (answer.was !== undefined) presence.rename(answer.person, answer.was);
    const response = login.json
      ? new Response(null, { status: STATUS_CODE.NoContent })
      : new Response(null, { status: STATUS_CODE.SeeOther, headers: { location: "/" } });
    this.#setCookie(response, peer, answer.token);
    return response;
  }

  async #logout(request: Request, peer: Peer): Promise<Response> {
    const foreign = judgeOrigin(request, this.#flags.origin);
    if (foreign) return refuse(foreign);
    const { people } = this.#options.backend;
    const session = await this.#stored(() => people.logout(readCookie(request, this.#cookie)));
    if (typeof session === "object") return refuse(refusalOf(session));
    if (session !== undefined) this.#connections.logout(session);
    const response = new Response(null, { status: STATUS_CODE.NoContent });
    this.#setCookie(response, peer);
    return response;
  }

  async #upgrade(request: Request, peer: Peer): Promise<Response> {
    const malformed = judgeHandshake(request);
    if (malformed) return refuse(malformed);
    const protocol = chooseProtocol(request, [PROTOCOL]);
    if (typeof protocol === "object") return refuse(protocol);
    const query = queryOf(request);
    const plain = protocol === undefined ? readPlain(query) : undefined;
    if (plain && "status" in plain) return refuse(plain);
    const foreign = judgeOrigin(request, this.#flags.origin);
    if (foreign) return refuse(foreign);

    const basic = readBasic(request);
    const attempt = basic && this.#attempt(peer.address);
    if (attempt && "status" in attempt) return refuse(attempt);
    using entering = new DisposableStack();
    const place = entering.use(this.#turnstile.enter(peer.address));
    const credentials = {
      cookie: readCookie(request, this.#cookie),
      basic,
      plain: plain && { name: query.get("name") ?? "" },
      from: networkOf(peer.address),
    };
    const entry = await this.#stored(() => this.#options.backend.people.enter(credentials));
    if (entry.ok) entering.use(entry);
    if (entry.ok || entry.status !== STATUS_CODE.Unauthorized) attempt?.succeeded();
    const refusal = this.#judgeEntry(request, entry, place);
    if (refusal || !entry.ok) return refuse(refusal ?? INTERNAL);
    const response = this.#admit(request, { entry, place, peer, protocol, plain });
    if (response.status === STATUS_CODE.SwitchingProtocols) entering.move();
    return response;
  }

  /** Why nobody, or this one, can come in now. */
  #judgeEntry(
    request: Request,
    entry: Entry | Unproven | Unstored,
    { excess }: Place,
  ): Refusal | undefined {
    const refusal = entry.ok ? undefined : refusalOf(entry);
    if (refusal?.status === STATUS_CODE.Unauthorized) {
      // A browser would ask with a window of its own, in front of the page that asks better.
      const challenge = request.headers.has("origin")
        ? undefined
        : { "www-authenticate": 'Basic realm="Hubbub", charset="UTF-8"' };
      return { ...refusal, ...(challenge && { headers: challenge }) };
    }
    if (this.#draining) return unavailable("Going away: come back soon");
    if (excess === "total") return unavailable("Full: come back later");
    if (excess === "address") {
      const status = STATUS_CODE.TooManyRequests;
      return { status, message: "Too many connections from your address: close some" };
    }
    return refusal;
  }

  #admit(
    request: Request,
    { entry, place, peer, protocol, plain }: {
      entry: Entry;
      place: Place;
      peer: Peer;
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
      return refuse(INTERNAL);
    }
    if (entry.token !== undefined) this.#setCookie(upgrade.response, peer, entry.token);
    this.#connections.serve({ socket: upgrade.socket, entry, place, address: peer.address, plain });
    return upgrade.response;
  }

  async #rename(
    entry: Entry,
    { name, secret }: NameCommand,
    address: string,
  ): Promise<ErrorLine | undefined> {
    const { people, presence } = this.#options.backend;
    // To hash a secret is as dear as to check one.
    const attempt = secret === undefined
      ? undefined
      : this.#attempts.begin(address, performance.now());
    if (typeof attempt === "number") {
      return { type: "error", code: "rate_limited", message: TOO_OFTEN, retry: attempt };
    }
    try {
      const naming = await people.take(entry.person, name, secret, networkOf(address));
      attempt?.succeeded(1);
      if (!naming.ok) {
        const { ok: _, ...error } = naming;
        return { type: "error", ...error };
      }
      presence.rename(naming.user, naming.was);
    } catch (error) {
      this.#options.log("name not stored", { error: String(error) });
      return { type: "error", code: "storage", message: "The name can't be kept now; try again" };
    }
  }

  /** Does what needs the people's store. That it fails, its disk being full, say, is nobody's fault. */
  async #stored<T>(run: () => Promise<T>): Promise<T | Unstored> {
    try {
      return await run();
    } catch (error) {
      const { backend, log } = this.#options;
      // That NATS is lost is known and logged; it is no fault of each request.
      if (backend.connected !== false) log("people not stored", { error: String(error) });
      return UNSTORED;
    }
  }

  /** Begins an attempt to prove who one is. */
  #attempt(address: string): Attempt | Refusal {
    const attempt = this.#attempts.begin(address, performance.now());
    return typeof attempt === "number"
      ? notNow(STATUS_CODE.TooManyRequests, TOO_OFTEN, attempt)
      : attempt;
  }

  #setCookie(response: Response, peer: Peer, token?: string): void {
    writeCookie(response.headers, {
      name: this.#cookie,
      ...(token === undefined ? {} : { token }),
      secure: peer.secure,
    });
  }
}

const TOO_OFTEN = "Too many attempts from your address: wait a little";

/** What the people's store did not take. */
type Unstored = Pick<Unproven, "ok" | "reason" | "retry"> & { readonly status: 503 };

const UNSTORED: Unstored = {
  ok: false,
  status: STATUS_CODE.ServiceUnavailable,
  reason: "Who is who can't be stored now; try again in a while",
  retry: 10_000,
};

function refusalOf({ status, reason, retry }: Unproven | Unstored): Refusal {
  return retry === undefined ? { status, message: reason } : notNow(status, reason, retry);
}

function unavailable(message: string): Refusal {
  return { status: STATUS_CODE.ServiceUnavailable, message };
}

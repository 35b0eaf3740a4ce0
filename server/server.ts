import { Accounts } from "./accounts.ts";
import { type Peer, readPeer } from "./peer.ts";
import type { Assets } from "./assets.ts";
import type { Backend } from "./backend.ts";
import type { Certificate } from "./certificate.ts";
import type { PlainOptions } from "../client.ts";
import { Connections } from "./connections.ts";
import type { Flags } from "../cli/flags.ts";
import { chooseProtocol, judgeHandshake, judgeOrigin, type Refusal } from "./handshake.ts";
import { Hub } from "../hub.ts";
import { Listener } from "./listener.ts";
import type { Logger } from "../lib/logger.ts";
import { MeasuredLog } from "./instrumented_log.ts";
import type { Metrics } from "./metrics.ts";
import type { Entry } from "../people/people.ts";
import { PROTOCOL } from "../protocol/mod.ts";
import { queryOf, rawPath, readPlain } from "./request.ts";
import { INTERNAL, refuse, secure } from "./responses.ts";
import type { Subscriber } from "../hub/room.ts";
import { STATUS_CODE } from "../lib/std.ts";
import { type Place, Turnstile } from "./connection_limiter.ts";

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
  readonly #messages: MeasuredLog<Subscriber>;
  readonly #hub: Hub;
  readonly #hubEnd: Promise<void>;
  readonly #connections: Connections;
  #metrics: Promise<Metrics> | undefined;
  readonly #accounts: Accounts;
  readonly #turnstile: Turnstile;
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
    this.#accounts = new Accounts({
      backend,
      origins: flags.origin,
      log,
      onLogout: (session) => this.#connections.logout(session),
    });
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
      rename: (entry, command, address) => this.#accounts.rename(entry, command, address),
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
        return this.#accounts.login(request, peer);
      case "/logout":
        return this.#accounts.logout(request, peer);
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

  async #tellMetrics(request: Request, peer: Peer): Promise<Response> {
    const refusal = this.#accounts.judgePassword(request, peer);
    if (refusal) return refuse(refusal);
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

    using entering = new DisposableStack();
    const place = entering.use(this.#turnstile.enter(peer.address));
    const name = plain && { name: query.get("name") ?? "" };
    const entry = await this.#accounts.enter(request, peer, name);
    if (entry.ok) entering.use(entry);
    else if (entry.unproven) return refuse(entry.refusal);
    const full = this.#judgePlace(place);
    if (full) return refuse(full);
    if (!entry.ok) return refuse(entry.refusal);
    const response = this.#admit(request, { entry, place, peer, protocol, plain });
    if (response.status === STATUS_CODE.SwitchingProtocols) entering.move();
    return response;
  }

  /** Why nobody can come in now, or nobody from there. */
  #judgePlace({ excess }: Place): Refusal | undefined {
    if (this.#draining) return unavailable("Going away: come back soon");
    if (excess === "total") return unavailable("Full: come back later");
    if (excess === "address") {
      const status = STATUS_CODE.TooManyRequests;
      return { status, message: "Too many connections from your address: close some" };
    }
    return undefined;
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
    if (entry.token !== undefined) this.#accounts.setCookie(upgrade.response, peer, entry.token);
    this.#connections.serve({ socket: upgrade.socket, entry, place, address: peer.address, plain });
    return upgrade.response;
  }
}

function unavailable(message: string): Refusal {
  return { status: STATUS_CODE.ServiceUnavailable, message };
}

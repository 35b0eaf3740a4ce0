import { AnswerLimiter } from "./answer_limiter.ts";
import { adviser, PROXY_ADVICE } from "./advice.ts";
import { type Peer, readPeer } from "./peer.ts";
import type { Assets } from "./assets.ts";
import type { Backend } from "./backend.ts";
import type { Certificate } from "./certificate.ts";
import { ServerChat } from "./server_chat.ts";
import { ELSEWHERE } from "../client/close_reasons.ts";
import { judgeOrigin } from "./handshake.ts";
import { oneLine } from "../lib/errors.ts";
import { Listener } from "./listener.ts";
import type { Logger } from "../lib/logger.ts";
import { getOrMake } from "../lib/maps.ts";
import type { Metrics } from "./metrics.ts";
import { routeOf, ROUTES } from "./routes.ts";
import { judgeHeaders } from "./headers.ts";
import { hostOf, judgeTarget, rawPath } from "./request.ts";
import { type Advice, DISCONNECTED, OUTDATED, type Refusal, refuse, secure } from "./responses.ts";
import { serveManifest } from "./manifest.ts";
import { servePicture } from "./pictures.ts";
import { RequestTurns } from "./request_turns.ts";
import type { ServerSettings } from "./settings.ts";
import { delay, STATUS_CODE } from "../lib/std.ts";
import { WebSocketRoute } from "./websocket_route.ts";

/** Time for uploads to end, and for clients to receive what is queued, when the server shuts down, in ms. */
const DRAIN_MS = 3500;
/** Time for requests in progress after that, in ms. */
const CLOSE_MS = 500;
/** The time from the beginning until the data must be closed, in ms: the program then writes its last lines. */
const END_MS = 4500;
/** The requests that begin in a turn of the event loop, and those of them that ask the data who may do what. */
const REQUESTS_AT_ONCE = 4;
const DATA_REQUESTS_AT_ONCE = 2;
/** Between two tries to open the data again, in ms. */
const REOPEN_MS = 1000;

/** Options of a {@linkcode Server}. */
export interface ServerOptions {
  settings: ServerSettings;
  assets: Assets;
  backend: Backend;
  /** Opens the data again when it is unusable. */
  openBackend?: () => Promise<Backend>;
  /** Makes the server speak https and wss. */
  certificate?: Certificate | undefined;
  /** The program's version. */
  version: string;
  log: Logger;
  /** The number of log lines that were dropped because nobody read them in time; by default 0. */
  droppedLogLines?: () => number;
}

/** The chat service: the page, the WebSocket, and the hub behind it. */
export class Server implements AsyncDisposable {
  readonly #settings: ServerSettings;
  readonly #options: ServerOptions;
  /** Undefined while the data is opened again. */
  #chat: ServerChat | undefined;
  /** The chats that some socket is still open of. */
  readonly #chats = new Set<ServerChat>();
  readonly #metrics = new WeakMap<ServerChat, Promise<Metrics>>();
  readonly #answers = new AnswerLimiter();
  readonly #turns = new RequestTurns(REQUESTS_AT_ONCE);
  readonly #dataTurns = new RequestTurns(DATA_REQUESTS_AT_ONCE);
  readonly #webSockets: WebSocketRoute;
  readonly #listener: Listener;
  readonly #sweeper: ReturnType<typeof setInterval>;
  readonly #advise: (advice: Advice) => void;
  #draining = false;
  /** Waits for a link that could not be stored. */
  #onLateClaim: ((token: string) => void) | undefined;

  /**
   * Starts to listen.
   *
   * @throws {Deno.errors.AddrInUse} when the port is in use, and whatever else listening throws.
   */
  constructor(options: ServerOptions) {
    const { settings, backend, certificate, version, log } = options;
    this.#settings = settings;
    this.#options = options;
    this.#advise = adviser(log);
    this.#listener = new Listener({
      host: settings.host,
      port: settings.port,
      certificate,
      handler: (request, info) => this.#answer(request, info),
      log,
    });
    this.#webSockets = new WebSocketRoute({
      settings,
      log,
      advise: this.#advise,
      present: () => this.#chat,
      isDraining: () => this.#draining,
    });
    this.#open(backend);
    const sweepMs = Math.min(1000, settings.client.writeWait / 4);
    this.#sweeper = setInterval(() => this.#sweep(), sweepMs);
    log("start", { version, host: settings.host, port: this.port, tls: certificate !== undefined });
  }

  /** The port that the server listens on. */
  get port(): number {
    return this.#listener.port;
  }

  /** Numbers of clients registered in the hub, and of open sockets. */
  get stats(): { registered: number; open: number } {
    const open = [...this.#chats].reduce((sum, chat) => sum + chat.connections.stats.open, 0);
    return { registered: this.#chat?.hub.size ?? 0, open };
  }

  /**
   * Offers a link by which the first admin is appointed, in place of the former one.
   *
   * @param onLate Called with the token later, if it can't be stored at the moment.
   * @returns The token of its address; undefined if there is, or was, an admin, and if it comes later.
   */
  async offerClaim(onLate: (token: string) => void): Promise<string | undefined> {
    try {
      return await this.#chat?.backend.links.offerClaim();
    } catch (error) {
      this.#options.log("no claim link", { problem: oneLine(error) });
      this.#onLateClaim = onLate;
    }
  }

  /** Offers the link that could not be stored before. */
  async #offerLateClaim(chat: ServerChat): Promise<void> {
    const onLate = this.#onLateClaim;
    if (onLate === undefined || !chat.messages.healthy) return;
    this.#onLateClaim = undefined;
    const token = await this.offerClaim(onLate);
    if (token !== undefined) onLate(token);
  }

  /** Replaces the certificate. All clients are closed with 1001, so that they reconnect under the new one. */
  renew(certificate: Certificate): void {
    this.#listener.renew(certificate);
    this.#chat?.connections.sendAway();
    this.#options.log("certificate renewed");
  }

  /** Closes the connections of a person whose name another person took; they reconnect under a new name. */
  nameLost(person: string): void {
    this.#chat?.connections.sendAwayPerson(person);
    this.#options.log("name lost", { person });
  }

  /** Closes the connections of a session that was ended on another server. */
  readonly sessionEnded = (session: string) => this.#chat?.connections.logout(session);

  /**
   * Looks whether the data is still what it should be. If not, all connections are closed with 1013, so that
   * they go to another server. Unusable data is closed and opened again.
   */
  checkData(): void {
    const chat = this.#chat;
    if (chat === undefined || chat.upToDate || this.#draining) return;
    if (chat.backend.condition === "useless") void this.#reopen(chat);
    else chat.connections.sendAway(ELSEWHERE);
  }

  async #reopen(chat: ServerChat): Promise<void> {
    const { openBackend, log } = this.#options;
    if (openBackend === undefined) return;
    this.#chat = undefined;
    await chat.close(DRAIN_MS, ELSEWHERE);
    await chat[Symbol.asyncDispose]();
    let problem = "";
    while (!this.#draining) {
      try {
        const backend = await openBackend();
        if (this.#draining) return await backend[Symbol.asyncDispose]();
        this.#open(backend);
        return log("data open again", { store: backend.store });
      } catch (error) {
        if (oneLine(error) !== problem) log("data not open", { problem: problem = oneLine(error) });
        await delay(REOPEN_MS);
      }
    }
  }

  #open(backend: Backend): void {
    const { settings, version, log } = this.#options;
    this.#chat = new ServerChat({ settings, backend, version, log, advise: this.#advise });
    this.#chats.add(this.#chat);
  }

  #sweep(): void {
    this.checkData();
    if (this.#chat !== undefined && !this.#draining) void this.#offerLateClaim(this.#chat);
    for (const chat of this.#chats) {
      chat.connections.sweep();
      if (chat !== this.#chat && chat.connections.stats.open === 0) this.#chats.delete(chat);
    }
  }

  /** Shuts down within 5 s: refuses new connections, writes what is queued, and closes all with 1001. */
  async drain(): Promise<void> {
    const end = performance.now() + END_MS;
    this.#draining = true;
    const open = await this.#chat?.close(DRAIN_MS) ?? 0;
    clearInterval(this.#sweeper);
    await this.#listener.close(CLOSE_MS);
    const rest = Math.max(0, end - performance.now());
    // What is not closed then ends as in a crash, which loses nothing.
    await endWithin(this.#chat?.[Symbol.asyncDispose](), rest);
    this.#options.log("stop", { open });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.drain();
  }

  async #answer(
    request: Request,
    { remoteAddr, completed }: Deno.ServeHandlerInfo<Deno.NetAddr>,
  ): Promise<Response> {
    // The address of a connection that was reset before it was accepted is unknown.
    if (remoteAddr.port === 0) return refuse(DISCONNECTED);
    const peer = this.#peer(request, remoteAddr);
    if (peer.claimed !== undefined) {
      this.#advise({ event: "proxy not trusted", fields: { advice: PROXY_ADVICE } });
    }
    const answering = this.#answers.begin(peer.address);
    if (!answering) return this.#answerBriefly(request);
    const finish = () => answering[Symbol.dispose]();
    // Rejects when the peer disconnects.
    completed.then(finish, finish);
    // A signal that is asked for late learns late, or never, that the peer has disconnected before.
    const { signal } = request;
    if (!await this.#turns.next(peer.address, signal)) return refuse(DISCONNECTED);
    const response = await this.#route(request, peer);
    // A WebSocket has a limit of its own.
    if (response.status === STATUS_CODE.SwitchingProtocols) finish();
    // A browser would keep to https at every port of localhost.
    const https = peer.scheme === "https:" && !/^localhost(?::|$)/.test(hostOf(request));
    return secure(response, https);
  }

  /** Answers a network with too many unfinished answers: without a body, which nobody would read, either. */
  #answerBriefly(request: Request): Response {
    const isHealth = rawPath(request) === "/healthz" && request.method !== "POST";
    const { status } = isHealth ? this.#answerHealth() : { status: STATUS_CODE.TooManyRequests };
    return new Response(null, { status });
  }

  #peer(request: Request, { hostname }: Deno.NetAddr): Peer {
    return readPeer(request, {
      connection: hostname,
      tls: this.#options.certificate !== undefined,
      trustProxy: this.#settings.trustProxy,
    });
  }

  #route(request: Request, peer: Peer): Response | Promise<Response> {
    const { assets } = this.#options;
    const tooLong = judgeHeaders(request.headers) ?? judgeTarget(request);
    if (tooLong) return refuse(tooLong);
    const path = rawPath(request);
    const route = routeOf(path);
    if (route === undefined && !assets.has(path)) {
      return refuse({ status: STATUS_CODE.NotFound, message: "Not found" });
    }
    const methods: readonly string[] = route === undefined ? ["GET", "HEAD"] : ROUTES[route];
    if (!methods.includes(request.method)) {
      return refuse({
        status: STATUS_CODE.MethodNotAllowed,
        message: `This address accepts ${methods.join(" and ")}, received ${request.method}`,
        headers: { allow: methods.join(", ") },
      });
    }
    if (!["GET", "HEAD", "OPTIONS"].includes(request.method)) {
      const foreign = judgeOrigin(request, peer.scheme, this.#settings.origins);
      if (foreign) return this.#refuse(foreign);
    }
    if (assets.has(path)) return assets.respond(path, request);
    if (path === "/healthz") return this.#answerHealth();
    const chat = this.#chat;
    if (chat === undefined) return refuse(OUTDATED);
    if (path === "/metrics") return this.#answerMetrics(request, peer, chat);
    if (!chat.upToDate) return refuse(OUTDATED);
    if (route === "/ws") return this.#webSockets.answer(request, peer, chat);
    return this.#dataTurns.next(peer.address, request.signal).then((hasTurn) =>
      hasTurn ? this.#ask(request, { chat, path, peer }) : refuse(DISCONNECTED)
    );
  }

  /** Answers a request that asks the data, or changes it, when it is its turn. */
  #ask(
    request: Request,
    { chat, path, peer }: {
      readonly chat: ServerChat;
      readonly path: string;
      readonly peer: Peer;
    },
  ): Response | Promise<Response> {
    switch (routeOf(path)) {
      case "/login":
        return chat.accounts.login(request, peer);
      case "/link":
        return chat.accounts.describeLink(request, peer);
      case "/logout":
        return chat.accounts.logout(request, peer);
      case "/delete-account":
        return chat.accounts.deleteAccount(request, peer);
      case "/files":
      case "/files/ID":
      case "/files/ID/NAME":
        return chat.files.answer(request, path, peer);
      case "/pictures/ID":
        return servePicture(request, { ...chat, path, peer });
      case "/chat.webmanifest":
        return serveManifest(request, { ...chat, peer, manifest: this.#options.assets.manifest });
      default:
        return this.#webSockets.check(peer, chat);
    }
  }

  #answerHealth(): Response {
    const status = this.#draining
      ? "draining"
      : !this.#chat?.upToDate
      ? "the data is not up to date"
      : this.#chat.messages.healthy
      ? "ok"
      : "messages can't be stored";
    return Response.json({ status }, {
      status: status === "ok" ? STATUS_CODE.OK : STATUS_CODE.ServiceUnavailable,
    });
  }

  async #answerMetrics(request: Request, peer: Peer, chat: ServerChat): Promise<Response> {
    const refusal = await chat.accounts.judgeMonitor(request, peer);
    if (refusal) return refuse(refusal);
    // Of the chat that the request is for: another one may have been opened while it was judged.
    const metrics = await getOrMake(this.#metrics, chat, (chat) => this.#loadMetrics(chat));
    const text = await metrics.text(performance.now());
    return new Response(text, { headers: { "content-type": metrics.contentType } });
  }

  async #loadMetrics(
    { hub, connections, messages, backend, accounts, files }: ServerChat,
  ): Promise<Metrics> {
    // Load the metrics library on the first request: most servers are never asked for metrics.
    const { Metrics } = await import("./metrics.ts");
    const { version, droppedLogLines = () => 0 } = this.#options;
    return new Metrics({
      hub,
      connections,
      upgrades: this.#webSockets.upgrades,
      answers: this.#answers,
      log: messages,
      links: accounts.links,
      droppedLogLines,
      backend,
      files,
      version,
    });
  }

  /** Refuses a request, and logs what to set if a wrong setting may be the cause. */
  #refuse(refusal: Refusal): Response {
    if (refusal.advice) this.#advise(refusal.advice);
    return refuse(refusal);
  }
}

/** Waits for the end of work, at most `ms`. */
async function endWithin(work: Promise<void> | undefined, ms: number): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, ms);
  await Promise.race([work, promise]).finally(() => clearTimeout(timer));
}

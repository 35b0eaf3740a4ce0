import { HELD_ADVICE, LOST_ADVICE, REFUSED_ADVICE } from "./advice.ts";
import type { PlainOptions } from "../client/options.ts";
import { ConnectionLimiter, type Slot } from "./connection_limiter.ts";
import { chooseProtocol, judgeHandshake, judgeOrigin } from "./handshake.ts";
import { nextTurn } from "../lib/event_loop.ts";
import { oneLine } from "../lib/errors.ts";
import type { Logger } from "../lib/logger.ts";
import { delay, STATUS_CODE } from "../lib/std.ts";
import type { Peer } from "./peer.ts";
import type { Admission } from "../people/credentials.ts";
import { PROTOCOL } from "../protocol/mod.ts";
import { queryOf, readPlain } from "./request.ts";
import {
  type Advice,
  DISCONNECTED,
  INTERNAL,
  notNow,
  OUTDATED,
  type Refusal,
  refuse,
  unavailable,
} from "./responses.ts";
import type { ServerChat } from "./server_chat.ts";
import type { ServerSettings } from "./settings.ts";
import { Upgrades } from "./upgrades.ts";

const TOO_MANY_LOST = "Too many connections from your address were reset: try again later";

/** The parts of {@linkcode WebSocketRoute}. */
export interface WebSocketRouteOptions {
  readonly settings: ServerSettings;
  readonly log: Logger;
  /** Logs what to set, if a wrong setting may be the cause of a refusal. */
  readonly advise: (advice: Advice) => void;
  /** Returns the chat that connections enter now; undefined while there is none. */
  readonly present: () => ServerChat | undefined;
  /** Returns true while the server shuts down. */
  readonly isDraining: () => boolean;
}

/** Answers the requests for a WebSocket: who may open one, and as whom. */
export class WebSocketRoute {
  readonly upgrades = new Upgrades();
  readonly #options: WebSocketRouteOptions;
  readonly #settings: ServerSettings;
  readonly #connectionLimiter: ConnectionLimiter;

  constructor(options: WebSocketRouteOptions) {
    const { settings } = options;
    this.#options = options;
    this.#settings = settings;
    this.#connectionLimiter = new ConnectionLimiter({
      total: settings.maxClients,
      perAddress: settings.maxClientsPerAddress,
    });
  }

  /** Answers a page whose WebSocket fails: browsers hide the response to a failed upgrade. */
  async check(peer: Peer, chat: ServerChat): Promise<Response> {
    const kept = await chat.accounts.judgeNetwork(peer);
    if (kept) return refuse(kept);
    const lost = this.#judgeLost(peer);
    if (lost) return this.#refuse(lost);
    using slot = this.#connectionLimiter.enter(peer.address);
    const full = this.#judgeSlot(slot);
    return full ? refuse(full) : new Response(null, { status: STATUS_CODE.NoContent });
  }

  /** Answers a request for a WebSocket. */
  async answer(request: Request, peer: Peer, chat: ServerChat): Promise<Response> {
    const { signal } = request;
    const malformed = judgeHandshake(request);
    if (malformed) return this.#refuse(malformed);
    const protocol = chooseProtocol(request, [PROTOCOL]);
    if (typeof protocol === "object") return refuse(protocol);
    const query = queryOf(request);
    const plain = protocol === undefined ? readPlain(query) : undefined;
    if (plain && "status" in plain) return refuse(plain);
    const foreign = judgeOrigin(request, peer.scheme, this.#settings.origins);
    if (foreign) return this.#refuse(foreign);

    const lost = this.#judgeLost(peer);
    if (lost) return this.#refuse(lost);

    // Returns the slot and the admission on every way out but the last.
    using entering = new DisposableStack();
    const slot = entering.use(this.#connectionLimiter.enter(peer.address));
    const name = plain && { name: query.get("name") ?? "" };
    const admission = await chat.accounts.enter(request, peer, name);
    if (admission.ok) entering.use(admission);
    else if (admission.unproven) return refuse(admission.refusal);
    const full = this.#judgeSlot(slot);
    if (full) return refuse(full);
    if (!admission.ok) return refuse(admission.refusal);
    // Lets the runtime notice that the peer has reset its connection meanwhile.
    await this.#hold(peer);
    if (signal.aborted) return refuse(DISCONNECTED);
    if (chat !== this.#options.present() || !chat.upToDate) return refuse(OUTDATED);
    const response = this.#admit(request, chat, { signal, admission, slot, peer, protocol, plain });
    if (response.status === STATUS_CODE.SwitchingProtocols) entering.move();
    return response;
  }

  /** Refuses a request, and logs what to set if a wrong setting may be the cause. */
  #refuse(refusal: Refusal): Response {
    if (refusal.advice) this.#options.advise(refusal.advice);
    return refuse(refusal);
  }

  /** Reason to refuse a peer of whose handshakes too many were reset. */
  #judgeLost(peer: Peer): Refusal | undefined {
    const wait = this.upgrades.wait(peer, performance.now());
    if (wait === 0) return undefined;
    const fields = { address: peer.claimed ?? peer.address, advice: REFUSED_ADVICE };
    return {
      ...notNow(STATUS_CODE.TooManyRequests, TOO_MANY_LOST, wait),
      advice: { event: "upgrades refused", fields },
    };
  }

  /** Waits a turn of the event loop; longer if many upgrades from there were lost, which is logged. */
  async #hold(peer: Peer): Promise<void> {
    const ms = this.upgrades.hold(peer, performance.now());
    if (ms === 0) return await new Promise<void>(nextTurn);
    const fields = { address: peer.address, advice: HELD_ADVICE };
    this.#options.advise({ event: "upgrades held back", fields });
    await delay(ms);
  }

  /** Reason to refuse any connection now. */
  #judgeSlot({ excess }: Slot): Refusal | undefined {
    if (this.#options.isDraining()) return unavailable("This server is shutting down: reconnect");
    if (excess === "total") return unavailable("This server is full: try again later");
    if (excess === "address") {
      const status = STATUS_CODE.TooManyRequests;
      return { status, message: "Too many connections from your address: close some" };
    }
    return undefined;
  }

  #admit(
    request: Request,
    { accounts, connections }: ServerChat,
    { signal, admission, slot, peer, protocol, plain }: {
      signal: AbortSignal;
      admission: Admission;
      slot: Slot;
      peer: Peer;
      protocol: string | undefined;
      plain: PlainOptions | undefined;
    },
  ): Response {
    let upgrade: Deno.WebSocketUpgrade;
    try {
      upgrade = Deno.upgradeWebSocket(request, { idleTimeout: this.#settings.idleTimeout / 1000 });
    } catch (error) {
      // The runtime knows that the peer has disconnected, or judges the handshake in another way.
      this.#options.log("upgrade failed", { error: oneLine(error), address: peer.address });
      return refuse(INTERNAL);
    }
    const { socket, response } = upgrade;
    const { address, isProxy: isBehindProxy = false } = peer;
    // Set here, since the runtime finds a subprotocol only in a list separated by a comma and one space.
    if (protocol !== undefined) response.headers.set("sec-websocket-protocol", protocol);
    if (admission.token !== undefined) accounts.setCookie(response, peer, admission.token);
    this.upgrades.watch(socket, { peer, signal }, {
      onOpen: () => connections.serve({ socket, admission, slot, address, isBehindProxy, plain }),
      onLost: () => {
        admission[Symbol.dispose]();
        slot[Symbol.dispose]();
        this.#options.advise({ event: "upgrade lost", fields: { address, advice: LOST_ADVICE } });
      },
    });
    return response;
  }
}

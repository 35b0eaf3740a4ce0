/**
 * Clients with a socket, of a hub without a server.
 *
 * @module
 */
import { Client } from "../client.ts";
import type { Ending } from "../client/close_reasons.ts";
import type { PlainOptions } from "../client/options.ts";
import type { User } from "../protocol/mod.ts";
import type { HubOnState } from "./hub_on_state.ts";

const OPTIONS = {
  ...{ version: "1", store: "s1", maxMessage: 16_384, maxFile: 0, rate: 100 },
  ...{ sendBuffer: 100_000, writeWait: 10_000 },
};

/** A client of a hub, at the other end of whose socket somebody listens. */
export class ConnectedClient implements AsyncDisposable {
  /** The client, once it is welcome. */
  readonly client: Promise<Client>;
  /** The drop and close code for the server, and the close frame that arrives. */
  readonly left: Promise<Ending>;
  readonly closed: Promise<Pick<CloseEvent, "code" | "reason">>;
  /** The server's end of the socket. */
  readonly socket: Promise<WebSocket>;
  readonly #server: Deno.HttpServer<Deno.NetAddr>;

  constructor({ hub, store }: HubOnState, user: User, plain?: PlainOptions) {
    const { promise: made, resolve } = Promise.withResolvers<Client>();
    const { promise: left, resolve: onLeave } = Promise.withResolvers<Ending>();
    const { promise: upgraded, resolve: onSocket } = Promise.withResolvers<WebSocket>();
    this.left = left;
    this.socket = upgraded;
    const about = { user, network: "192.0.2.1", isBehindProxy: false, aliases: [] };
    const rename = () => Promise.resolve(undefined);
    const owner = {
      ...about,
      session: undefined,
      proof: undefined,
      plain,
      rename,
      onLeave,
      onGone: () => {},
    };
    this.#server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, (request) => {
      const { socket, response } = Deno.upgradeWebSocket(request);
      const welcome = (person: string) => store.permissions.welcome(person);
      onSocket(socket);
      resolve(new Client(socket, hub, owner, { ...OPTIONS, welcome }));
      return response;
    });
    const socket = new WebSocket(`ws://127.0.0.1:${this.#server.addr.port}`);
    this.closed = new Promise((resolve) => socket.onclose = resolve);
    this.client = new Promise((resolve) => socket.onmessage = () => resolve(made));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.closed;
    await this.#server.shutdown();
  }
}

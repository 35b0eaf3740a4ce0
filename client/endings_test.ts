import { assertEquals } from "../testing/assert.ts";
import { Client } from "../client.ts";
import type { Ending } from "./close_reasons.ts";
import { HubOnState } from "../testing/hub_on_state.ts";
import type { PlainOptions } from "./options.ts";
import type { User } from "../protocol/mod.ts";

/** A client of a hub, at the other end of whose socket somebody listens. */
class ConnectedClient implements AsyncDisposable {
  /** The client, once it is welcome. */
  readonly client: Promise<Client>;
  /** The drop and close code for the server, and the close frame that arrives. */
  readonly left: Promise<Ending>;
  readonly closed: Promise<Pick<CloseEvent, "code" | "reason">>;
  readonly #server: Deno.HttpServer<Deno.NetAddr>;

  constructor({ hub, store }: HubOnState, user: User, plain?: PlainOptions) {
    const { promise: made, resolve } = Promise.withResolvers<Client>();
    const { promise: left, resolve: onLeave } = Promise.withResolvers<Ending>();
    this.left = left;
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

const OPTIONS = {
  ...{ version: "1", store: "s1", maxMessage: 1000, maxFile: 0, rate: 10 },
  ...{ sendBuffer: 100_000, writeWait: 10_000 },
};

Deno.test("Client cuts the reason of its end to what a close frame can hold", async () => {
  await using the = new HubOnState();
  const ann = the.person("ann");
  await using connected = new ConnectedClient(the, ann.user);
  const client = await connected.client;
  client.dismiss({ code: 1008, reason: `a${"é".repeat(100)}` });
  const { code, reason } = await connected.closed;
  assertEquals([code, reason], [1008, `a${"é".repeat(61)}`]);
});

Deno.test("Client of plain lines is refused a room that has become private, also to its members", async () => {
  await using the = new HubOnState();
  const ann = the.person("ann");
  await the.ask(ann, { type: "create", kind: "public", room: "staff", title: "", topic: "" });
  await the.ask(ann, { type: "make_private", room: "staff" });
  await using connected = new ConnectedClient(the, ann.user, { room: "staff", history: 10 });
  assertEquals((await connected.left).drop, "refused");
  assertEquals((await connected.closed).code, 1008);
});

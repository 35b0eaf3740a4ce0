/**
 * The NATS of three servers is emptied, or restored from an older state, while people are connected: in the end
 * everyone shows the messages of the store, and no server is ready with others.
 */
import { assert, assertEquals } from "../testing/assert.ts";
import { launch, noBrowser } from "../testing/browser.ts";
import { basic, ChatClient } from "../testing/chat_client.ts";
import { type Folder, temporaryFolder } from "../testing/folder.ts";
import { freePort } from "../testing/free_port.ts";
import { Hubbub } from "../testing/hubbub.ts";
import { TestNats, withoutNats } from "../testing/nats.ts";
import { Visitor } from "../testing/page.ts";
import { messagesIn } from "../testing/check_stored.ts";
import { exportAll } from "../testing/torture.ts";
import { delay } from "../lib/std.ts";
import { messageOf } from "../lib/errors.ts";
import type { Message } from "../protocol/mod.ts";

/** The library keeps its pipes to the browser open a little longer than a test. */
const options = { sanitizeResources: false, sanitizeOps: false };

const ROOM = "lobby";
const LOOK_MS = 50;
/** The longest that anything may take, in ms: only a failure waits so long. */
const PATIENCE_MS = 120_000;

/** The store of NATS when it is back. */
const WAYS = ["emptied", "restored from an older state"] as const;

for (const way of WAYS) {
  Deno.test({
    ...options,
    name: `Three servers whose NATS is ${way} and everyone there agree on the store's messages`,
    ignore: noBrowser || withoutNats(),
    fn: async () => {
      await using nats = await TestNats.start();
      await using folder = await temporaryFolder();
      await using browser = await launch();
      const flags = ["--nats", nats.url];
      const servers = await Promise.all([0, 1, 2].map((i) => Kept.start(folder, i, flags)));
      await using _servers = disposeAll(servers);
      const [one, two, three] = servers.map(({ port }) => port);
      assert(one && two && three);

      const ann = await Visitor.arrive(browser, `http://127.0.0.1:${one}/`, { name: "Ann" });
      await using bob = new Follower(two);
      await using carl = new Terminal(three);
      const texts = ["bob before", "ann before", "bob late", "ann late"];
      const seenBy = (count: number) =>
        until(async () => {
          const shown = [await ann.texts(), bob.texts, carl.texts];
          return shown.every((seen) => texts.slice(0, count).every((text) => seen.includes(text)));
        });
      await bob.say("bob before");
      await ann.send("ann before");
      await seenBy(2);
      const putBack = await nats.keep();
      await until(() => isReady(servers));
      await bob.say("bob late");
      await ann.send("ann late");
      await seenBy(4);

      await nats.stop();
      await until(async () => (await Promise.all(servers.map(health))).every((it) => it === 503));
      await ann.send("ann pending");
      const pending = bob.say("bob pending");
      await (way === "emptied" ? nats.wipe() : putBack());
      await nats.start();

      const observations = new Observations(servers);
      const looking = observations.run();
      await pending;
      await until(() => isReady(servers));
      await settle(ann);
      await bob.say("after");
      await until(async () => {
        const shown = [await ann.texts(), bob.texts, carl.texts];
        return shown.every((seen) => seen.includes("after"));
      });
      observations.end();
      await looking;

      const stored = messagesIn(await exportAll(flags));
      const expected = stored.map(({ text }) => text);
      for (const who of ["ann", "bob"]) {
        assertEquals(expected.filter((text) => text === `${who} pending`).length, 1, who);
      }
      await until(async () => `${await ann.texts()}` === `${expected}`);
      assertEquals(bob.texts, expected);
      assertEquals(carl.texts, expected);
      for (const port of [one, two, three]) {
        await using late = await ChatClient.open(port);
        assertEquals((await late.join(ROOM)).messages.map(({ text }) => text), expected);
      }
      observations.check(stored);
      await ann.leave();
    },
  });
}

/** A page shows what was pending as sent, or as refused: then its person sends it again. */
async function settle(visitor: Visitor): Promise<void> {
  const again = visitor.page.getByRole("button", { name: "Try again" });
  await until(async () => {
    if (await again.first().isVisible()) await again.first().click();
    return await visitor.page.locator(".log .pending, .log .failed").count() === 0 &&
      (await visitor.texts()).includes("ann pending");
  });
}

/** A server at one port, which a service manager starts again when it ends. */
class Kept implements AsyncDisposable {
  readonly port: number;
  readonly #flags: string[];
  #hubbub: Hubbub;
  #ends = false;
  #running: Promise<void>;

  private constructor(hubbub: Hubbub, flags: string[]) {
    this.port = hubbub.port;
    this.#flags = flags;
    this.#hubbub = hubbub;
    this.#running = this.#keep();
  }

  static async start({ path }: Folder, place: number, flags: string[]): Promise<Kept> {
    const own = [...flags, "--port", `${freePort()}`, "--data", `${path}/copy${place}.db`];
    return new Kept(await Hubbub.start(own), own);
  }

  async #keep(): Promise<void> {
    while (true) {
      await this.#hubbub.status;
      if (this.#ends) return;
      try {
        this.#hubbub = await Hubbub.start(this.#flags);
      } catch (error) {
        assert(messageOf(error).includes("Cannot use NATS"), messageOf(error));
        await delay(LOOK_MS);
      }
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ends = true;
    await this.#hubbub[Symbol.asyncDispose]();
    await this.#running;
  }
}

/** A client of hubbub.v1 that resumes, unless the store is another one, and sends again what is pending. */
class Follower implements AsyncDisposable {
  readonly #port: number;
  readonly #messages = new Map<number, Message>();
  readonly #pending = new Map<string, string>();
  #client: ChatClient | undefined;
  #store = "";
  #ended = false;
  readonly #running: Promise<void>;

  constructor(port: number) {
    this.#port = port;
    this.#running = this.#follow();
  }

  get texts(): string[] {
    return [...this.#messages].sort(([a], [b]) => a - b).map(([, { text }]) => text);
  }

  /** Sends a message; resolves when it is stored. */
  async say(text: string): Promise<void> {
    const id = crypto.randomUUID();
    this.#pending.set(id, text);
    this.#send(id, text);
    await until(() => !this.#pending.has(id));
  }

  #send(id: string, text: string): void {
    this.#client?.send({ type: "send", room: ROOM, id, text });
  }

  async #follow(): Promise<void> {
    while (!this.#ended) {
      try {
        await using client = await ChatClient.open(this.#port, basic("bob:open sesame"));
        if (client.hello.store !== this.#store) this.#messages.clear();
        this.#store = client.hello.store;
        const { messages, more } = await client.join(ROOM, Math.max(0, ...this.#messages.keys()));
        assert(!more);
        for (const message of messages) this.#see(message);
        this.#client = client;
        for (const [id, text] of this.#pending) this.#send(id, text);
        let [seen, closed] = [0, false];
        void client.closed.then(() => closed = true);
        while (!closed && !this.#ended) {
          for (const line of client.lines.slice(seen)) {
            seen++;
            if (line.type === "message") this.#see(line);
            else if (line.type === "error") {
              assertEquals(line.code, "storage");
              void delay(4 * LOOK_MS).then(() => {
                const text = this.#pending.get(line.ref ?? "");
                if (text !== undefined && line.ref !== undefined) this.#send(line.ref, text);
              });
            }
          }
          await delay(LOOK_MS);
        }
      } catch (error) {
        if (error instanceof TypeError || error instanceof RangeError) throw error;
        // The server is away, or not ready.
      }
      this.#client = undefined;
      await delay(LOOK_MS);
    }
  }

  #see(message: Message): void {
    this.#messages.set(message.seq, message);
    this.#pending.delete(message.id);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ended = true;
    await this.#running;
  }
}

/** A terminal with plain lines; it connects again and then shows the last messages anew. */
class Terminal implements AsyncDisposable {
  readonly #url: string;
  #socket: WebSocket | undefined;
  #ended = false;
  /** The texts since it connected last. */
  texts: string[] = [];

  constructor(port: number) {
    this.#url = `ws://127.0.0.1:${port}/ws?room=${ROOM}&history=200`;
    this.#connect();
  }

  #connect(): void {
    if (this.#ended) return;
    const socket = new WebSocket(this.#url);
    this.#socket = socket;
    socket.onopen = () => this.texts = [];
    socket.onmessage = ({ data }) => {
      this.texts.push(...String(data).split("\n").map((line) => line.replace(/^[^:]*: /, "")));
    };
    socket.onerror = () => {};
    socket.onclose = () => setTimeout(() => this.#connect(), LOOK_MS);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ended = true;
    const socket = this.#socket;
    if (socket === undefined || socket.readyState === WebSocket.CLOSED) return;
    await new Promise((resolve) => {
      socket.onclose = resolve;
      socket.close();
    });
  }
}

/** The messages that servers show while they report that they are ready. */
class Observations {
  readonly #servers: readonly Kept[];
  readonly #seen: (readonly Message[])[] = [];
  #ended = false;

  constructor(servers: readonly Kept[]) {
    this.#servers = servers;
  }

  end(): void {
    this.#ended = true;
  }

  async run(): Promise<void> {
    await Promise.all(this.#servers.map(async (server) => {
      while (!this.#ended) {
        try {
          if (await health(server) === 200) {
            await using client = await ChatClient.open(server.port);
            this.#seen.push((await client.join(ROOM)).messages);
          }
        } catch {
          // It ended, or sent its people away, meanwhile.
        }
        await delay(2 * LOOK_MS);
      }
    }));
  }

  check(stored: readonly Message[]): void {
    assert(this.#seen.length > 0);
    for (const messages of this.#seen) {
      assertEquals(messages, stored.slice(0, messages.length), "a ready server showed others");
    }
  }
}

function disposeAll(all: readonly AsyncDisposable[]): AsyncDisposable {
  const stack = new AsyncDisposableStack();
  for (const one of all) stack.use(one);
  return stack;
}

async function health({ port }: Kept): Promise<number> {
  try {
    const answer = await fetch(`http://127.0.0.1:${port}/healthz`);
    await answer.body?.cancel();
    return answer.status;
  } catch {
    return 0;
  }
}

async function isReady(servers: readonly Kept[]): Promise<boolean> {
  return (await Promise.all(servers.map(health))).every((status) => status === 200);
}

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  const end = performance.now() + PATIENCE_MS;
  while (!await condition()) {
    assert(performance.now() < end, `it took too long until ${condition}`);
    await delay(LOOK_MS);
  }
}

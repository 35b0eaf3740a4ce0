/** Several servers behind nginx, started and set up as docs/cluster.md shows. */
import { parseLine, PROTOCOL, type ServerLine } from "../protocol/mod.ts";
import { delay } from "../lib/std.ts";
import { assert, assertEquals } from "../testing/assert.ts";
import { CuttableProxy } from "../testing/cuttable_proxy.ts";
import { cookieIn, range } from "../testing/chat_client.ts";
import { temporaryFolder } from "../testing/folder.ts";
import { Hubbub, ROOT } from "../testing/hubbub.ts";
import { TestNats, withoutNats } from "../testing/nats.ts";
import { startExampleNats } from "../testing/nats_example.ts";
import { noNginx, type Proxy, startNginx } from "../testing/proxy.ts";
import { TestSocket } from "../testing/sockets.ts";

const ignore = [withoutNats(), noNginx].includes(true);

const GUIDE = await Deno.readTextFile(new URL("docs/cluster.md", ROOT));

/** The code of this kind in the guide. */
function blocks(kind: string): string[] {
  const fences = GUIDE.matchAll(new RegExp(`^\`\`\`${kind}\\n([^\`]*)^\`\`\`$`, "gm"));
  return Array.from(fences, ([, block]) => block ?? "");
}

const [natsLine = "", serverLines = ""] = blocks("sh");
const [upstream] = blocks("nginx");

/** Starts a server by a line of the guide, but on a free port. Disposing ends it and its children. */
async function startServer(line: string, natsPort: number): Promise<Hubbub> {
  const words = line.replace(":4222", `:${natsPort}`).split(" ");
  const own = words.indexOf("start") + 1;
  const flags = words.slice(own).map((word, i) => words[own + i - 1] === "--port" ? "0" : word);
  const command = ["setsid", ...words.slice(0, own)];
  return await Hubbub.start(flags, { name: "guide", command });
}

/** Ends a server with SIGKILL, as a machine without power does. */
function kill(server: Hubbub): void {
  try {
    Deno.kill(-server.pid, "SIGKILL");
  } catch {
    // It has ended already.
  }
}

/** Someone who goes through the proxy. */
class Visitor implements AsyncDisposable {
  readonly #socket: TestSocket;

  private constructor(socket: TestSocket) {
    this.#socket = socket;
  }

  static async enter({ origin, client }: Proxy, cookie: string, after?: number): Promise<Visitor> {
    const socket = await TestSocket.open(0, `${origin.replace("http", "ws")}/ws`, {
      client,
      headers: { origin, cookie },
      protocols: [PROTOCOL],
    });
    const visitor = new Visitor(socket);
    visitor.send({ type: "join", room: "lobby", after });
    await visitor.until(() => visitor.lines.some(({ type }) => type === "joined"));
    return visitor;
  }

  get closed(): Promise<{ code: number }> {
    return this.#socket.closed;
  }

  get lines(): ServerLine[] {
    return this.#socket.lines.map(parseLine).filter((line) => line !== undefined);
  }

  /** The messages by `seq`: those in the answer to `join`, and those since. */
  get texts(): [seq: number, text: string][] {
    return this.lines.flatMap((line) =>
      line.type === "joined" ? line.messages : line.type === "message" ? [line] : []
    ).map(({ seq, text }) => [seq, text]);
  }

  send(command: object): void {
    this.#socket.send(JSON.stringify(command));
  }

  say(text: string): void {
    this.send({ type: "send", room: "lobby", id: crypto.randomUUID(), text });
  }

  until(condition: () => boolean): Promise<void> {
    return this.#socket.until(condition);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#socket[Symbol.asyncDispose]();
  }
}

async function login({ origin, client }: Proxy, name: string): Promise<string> {
  const answer = await fetch(`${origin}/login`, {
    client,
    method: "POST",
    headers: { "content-type": "application/json", origin },
    body: JSON.stringify({ name }),
  });
  await answer.body?.cancel();
  return cookieIn(answer).split(";")[0] ?? "";
}

async function clientsOf(server: Hubbub): Promise<number> {
  const text = await (await fetch(server.url("/metrics"))).text();
  return Number(/^hubbub_clients (\d+)$/m.exec(text)?.[1]);
}

Deno.test({
  name: "several servers behind nginx move the people of one that dies to another without a loss",
  ignore,
  async fn() {
    await using folder = await temporaryFolder();
    await using nats = await startExampleNats(["env", ...natsLine.trim().split(" ")]);
    await using stack = new AsyncDisposableStack();
    const servers: Hubbub[] = [];
    for (const line of serverLines.trim().split("\n")) {
      const server = stack.use(await startServer(line, nats.port));
      stack.defer(() => kill(server));
      servers.push(server);
    }
    assertEquals(servers.length, 3);
    await using proxy = await startNginx(folder, servers.map(({ port }) => port), upstream);

    await using ann = await Visitor.enter(proxy, await login(proxy, "ann"));
    const cookie = await login(proxy, "bob");
    // Metrics are collected once a second.
    const clients = async (all: number): Promise<number[]> => {
      while (true) {
        const counts = await Promise.all(servers.map(clientsOf));
        if (counts.reduce((sum, count) => sum + count, 0) === all) return counts;
        await delay(100);
      }
    };
    const before = await clients(1);
    await using bob = await Visitor.enter(proxy, cookie);
    const after = await clients(2);
    assertEquals(after.toSorted(), [0, 1, 1], "nginx put both on one server");
    const home = servers[after.findIndex((count, i) => count > (before[i] ?? 0))];
    assert(home);

    const expected = range(1, 60).map((seq): [number, string] => [seq, `message ${seq}`]);
    for (const [, text] of expected.slice(0, 20)) ann.say(text);
    await bob.until(() => bob.texts.length === 20);
    kill(home);
    for (const [, text] of expected.slice(20, 40)) ann.say(text);
    await bob.closed;
    const seen = bob.texts;
    await using again = await Visitor.enter(proxy, cookie, seen.at(-1)?.[0]);
    assertEquals(again.lines[0]?.type === "hello" && again.lines[0].user.name, "bob");
    for (const [, text] of expected.slice(40)) ann.say(text);
    await again.until(() => again.texts.length + seen.length >= expected.length);
    assertEquals([...seen, ...again.texts], expected);
    again.say("I am back");
    await ann.until(() => ann.texts.length > expected.length);
    assertEquals(ann.texts, [...expected, [61, "I am back"]]);
  },
});

Deno.test({
  name: "nginx skips a server that has lost NATS",
  ignore,
  async fn() {
    await using folder = await temporaryFolder();
    await using nats = await TestNats.start();
    await using link = new CuttableProxy(nats.port);
    await using stack = new AsyncDisposableStack();
    const servers = await Promise.all(
      [nats, nats, link].map(async ({ url }) =>
        stack.use(await Hubbub.start(["--nats", url, "--trust-proxy"]))
      ),
    );
    await using proxy = await startNginx(folder, servers.map(({ port }) => port), upstream);
    link.cut();
    const status = async (url: string, client?: Deno.HttpClient) => {
      const answer = await fetch(url, { ...(client && { client }) });
      await answer.body?.cancel();
      return answer.status;
    };
    while (await status(servers[2]?.url("/healthz") ?? "") !== 503) await delay(20);
    for (let i = 0; i < 12; i++) {
      assertEquals(await status(`${proxy.origin}/healthz`, proxy.client), 200);
    }
  },
});

import { type ClientHttp2Session, connect } from "node:http2";
import { delay } from "../lib/std.ts";
import { assert, assertEquals } from "../testing/assert.ts";
import { residentBytes } from "../testing/proc.ts";
import { Hubbub, ROOT } from "../testing/hubbub.ts";
import { TestSocket } from "../testing/sockets.ts";

/** HTTP/2 connections, and as many requests on each as the runtime takes at once. */
const CONNECTIONS = 6;
const REQUESTS = 190;

/** Path and size of the largest file of the page. */
function largestFile(): { path: string; size: number } {
  const page = new URL("dist/page/", ROOT);
  const [largest] = [...Deno.readDirSync(page)].filter(({ isFile }) => isFile)
    .map(({ name }) => ({ path: `/${name}`, size: Deno.statSync(new URL(name, page)).size }))
    .toSorted((a, b) => b.size - a.size);
  assert(largest !== undefined);
  return largest;
}

/** Connects over HTTP/2, with a window that lets no byte of a body through. */
function connectWithoutReading(hubbub: Hubbub): ClientHttp2Session {
  const session = connect(hubbub.url(), { settings: { initialWindowSize: 0 } });
  return session.on("error", () => {});
}

/** Requests a file many times without accepting a byte of it. Resolves to the statuses when all answers have begun. */
function hoard(
  session: ClientHttp2Session,
  path: string,
  headers: Record<string, string> = {},
): Promise<number[]> {
  return Promise.all(
    Array.from({ length: REQUESTS }, () =>
      new Promise<number>((resolve, reject) => {
        const request = session.request({
          ":path": path,
          "accept-encoding": "identity",
          ...headers,
        });
        request.on("response", (answer) => resolve(Number(answer[":status"])));
        request.on("error", reject);
        request.end();
      })),
  );
}

/** The number of unfinished answers that the server counts, its own answer included. */
async function unfinished(hubbub: Hubbub): Promise<number> {
  const text = await (await fetch(hubbub.url("/metrics"))).text();
  return Number(/^hubbub_unfinished_answers (\d+)$/m.exec(text)?.[1]);
}

Deno.test("the program keeps no copy of a file for each answer that nobody reads", async () => {
  await using hubbub = await Hubbub.start();
  const { path, size } = largestFile();
  const before = residentBytes(hubbub.pid);
  const sessions = Array.from({ length: CONNECTIONS }, () => connectWithoutReading(hubbub));
  await Promise.all(sessions.map((session) => hoard(session, path)));
  const taken = residentBytes(hubbub.pid) - before;
  for (const session of sessions) session.destroy();
  // The runtime keeps about two thirds of that for an answer.
  const copies = CONNECTIONS * REQUESTS * size;
  assert(taken < copies, `${taken} bytes for ${copies} bytes of answers`);
});

Deno.test("the program refuses a network that leaves hundreds of answers unread, and no other", async () => {
  await using hubbub = await Hubbub.start(["--trust-proxy"]);
  const { path } = largestFile();
  const before = residentBytes(hubbub.pid);
  const attacker = { "x-forwarded-for": "192.0.2.1" };
  const sessions = Array.from({ length: 4 }, () => connectWithoutReading(hubbub));
  const statuses = await Promise.all(sessions.map((session) => hoard(session, path, attacker)));
  const served = statuses.flat().filter((status) => status === 200).length;
  assertEquals([served, new Set(statuses.flat())], [512, new Set([200, 429])]);
  const grown = residentBytes(hubbub.pid) - before;
  assert(grown < 256 << 20, `${grown} bytes for ${served} answers`);

  const get = async (from: string, target = path) => {
    const answer = await fetch(hubbub.url(target), { headers: { "x-forwarded-for": from } });
    await answer.body?.cancel();
    return answer.status;
  };
  assertEquals([await get("192.0.2.1"), await get("192.0.2.2")], [429, 200]);
  assertEquals([await get("192.0.2.1", "/healthz"), await hubbub.health()], [200, 200]);
  for (const session of sessions) session.destroy();
  while (await unfinished(hubbub) > 10) await delay(50);
  assertEquals(await get("192.0.2.1"), 200);
});

Deno.test("the program counts no answer that was read, refused, cut or upgraded", async () => {
  await using hubbub = await Hubbub.start();
  const { path } = largestFile();
  const abort = new AbortController();
  const login = (body: BodyInit) =>
    fetch(hubbub.url("/login"), {
      method: "POST",
      headers: { "content-type": "application/json" },
      body,
    });
  for (let i = 0; i < 20; i++) {
    for (const target of ["/", path, "/healthz", "/nothing", "/ws"]) {
      await (await fetch(hubbub.url(target))).body?.cancel();
      await (await fetch(hubbub.url(target), { method: "HEAD" })).body?.cancel();
    }
    await (await login("{}")).body?.cancel();
    await (await login("x".repeat(100_000))).body?.cancel().catch(() => {});
  }
  const cut = Array.from(
    { length: 20 },
    () => fetch(hubbub.url(path), { signal: abort.signal }).catch(() => {}),
  );
  abort.abort();
  await Promise.all(cut);
  const sockets = await Promise.all(
    Array.from({ length: 20 }, () => TestSocket.open(hubbub.port)),
  );
  while (await unfinished(hubbub) > 1) await delay(50);
  for (const socket of sockets) await socket[Symbol.asyncDispose]();
});

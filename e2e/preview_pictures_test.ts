/** Pictures of previews through whole servers: one alone, and two that share a NATS. */
import { backendOptions, serverSettings } from "../cli/settings.ts";
import { parseFlags } from "../cli/flags.ts";
import { get } from "../server/previews/connect.ts";
import type { FetcherOptions } from "../server/previews/fetcher.ts";
import { Assets } from "../server/assets.ts";
import { openBackend } from "../server/backend.ts";
import { Server } from "../server/server.ts";
import { assert, assertEquals } from "../testing/assert.ts";
import { basic, ChatClient } from "../testing/chat_client.ts";
import { temporaryFolder } from "../testing/folder.ts";
import { natsTest } from "../testing/nats.ts";
import { png } from "../testing/sample_files.ts";

const ANN = basic("ann:open sesame");
const BEN = basic("ben:open sesame");

/** A web of one page with a picture, on this machine. */
function web(picture: Uint8Array<ArrayBuffer>) {
  const html = '<title>T</title><meta property="og:image" content="/p.png">';
  const asked: string[] = [];
  const site = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, ({ url }) => {
    const { pathname } = new URL(url);
    asked.push(pathname);
    return pathname === "/p.png"
      ? new Response(picture)
      : new Response(html, { headers: { "content-type": "text/html" } });
  });
  const fetcher: Partial<FetcherOptions> = {
    resolve: () => Promise.resolve(["127.0.0.1"]),
    mayRead: () => true,
    get: (request) => get({ ...request, port: site.addr.port }),
  };
  return { asked, fetcher, [Symbol.asyncDispose]: () => site.shutdown() };
}

/** Starts a server; `turnOn` turns previews on. */
async function start(data: string[], fetcher: Partial<FetcherOptions>, turnOn = false) {
  const folder = await temporaryFolder();
  await folder.write("index.html", "<p>");
  const invocation = parseFlags([...data, "--host", "127.0.0.1", "--port", "0"], () => undefined);
  assert(invocation.run === "serve");
  const backend = await openBackend({ ...backendOptions(invocation.flags), fetcher });
  if (turnOn) {
    await backend.actions.append({
      ...{ type: "name", person: "p1", name: "Root", key: "root", used: 1 },
    });
    await backend.actions.append({ type: "role", person: "p1", role: "admin" });
    await backend.actions.append({ type: "setting", setting: "previews", value: true, by: "p1" });
  }
  const server = new Server({
    settings: serverSettings(invocation.flags),
    backend,
    assets: Assets.load(new URL(`file://${folder.path}/`)),
    version: "test",
    log: () => {},
  });
  return {
    port: server.port,
    [Symbol.asyncDispose]: async () => {
      await server[Symbol.asyncDispose]();
      await folder[Symbol.asyncDispose]();
    },
  };
}

/** Sends a link at one server, and looks at its picture at another, which may be the same. */
async function check(
  one: number,
  two: number,
  { picture, asked }: { picture: Uint8Array<ArrayBuffer>; asked: readonly string[] },
): Promise<void> {
  await using ann = await ChatClient.enter(one, ["lobby"], ANN);
  await using ben = await ChatClient.enter(two, ["lobby"], BEN);
  await ann.say("http://a.example/");
  const { message } = await ben.take("changed", ({ message }) => message.previews !== undefined);
  assertEquals(message.previews?.map(({ title }) => title), ["T"]);
  // Everybody has the same, also who comes later, to whatever server; it was read once.
  const own = await ann.take("changed", ({ message }) => message.previews !== undefined);
  assertEquals(own.message.previews, message.previews);
  for (const port of [one, two]) {
    await using late = await ChatClient.open(port, BEN);
    const { messages } = await late.join("lobby");
    assertEquals(messages.at(-1)?.previews, message.previews);
  }
  const { id, ...size } = message.previews?.[0]?.picture ?? {};
  assertEquals(size, { width: 40, height: 30 });
  const url = `http://127.0.0.1:${two}/files/${id}/preview`;
  const read = async (headers: HeadersInit = {}) => {
    const response = await fetch(url, { headers });
    const bytes = await response.bytes();
    return { status: response.status, type: response.headers.get("content-type"), bytes };
  };
  assertEquals(await read(BEN), { status: 200, type: "image/png", bytes: picture });
  assertEquals((await read()).status, 401);
  assertEquals(asked, ["/", "/p.png"]);
  const { room, seq } = message;
  ann.send({ type: "remove_previews", id: "r", room, seq });
  await ben.take("changed", ({ message }) => message.previews === undefined);
  assertEquals((await read(BEN)).status, 404);
}

Deno.test("a server keeps and serves the picture of a preview until that is removed", async () => {
  const picture = png(40, 30);
  await using the = web(picture);
  await using server = await start(["--data", ":memory:"], the.fetcher, true);
  await check(server.port, server.port, { picture, asked: the.asked });
});

natsTest("a server serves the picture of a preview that another one has made", async (nats) => {
  const picture = png(40, 30);
  await using the = web(picture);
  await using folder = await temporaryFolder();
  const data = (name: string) => ["--nats", nats.url, "--data", `${folder.path}/${name}.db`];
  await using one = await start(data("one"), the.fetcher, true);
  await using two = await start(data("two"), the.fetcher);
  await check(one.port, two.port, { picture, asked: the.asked });
});

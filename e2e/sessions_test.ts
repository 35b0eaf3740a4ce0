/** The sessions of a person: listed, ended one by one or all but one, on one server and on several. */
import { DAY_MS } from "../lib/time.ts";
import { assert, assertEquals } from "../testing/assert.ts";
import { basic, ChatClient, cookieIn, login } from "../testing/chat_client.ts";
import { anyRuntime } from "../testing/executable.ts";
import { temporaryFolder } from "../testing/folder.ts";
import { Hubbub, runHubbub } from "../testing/hubbub.ts";
import { natsTest } from "../testing/nats.ts";

const FORM = { name: "Ann", secret: "open sesame" };
const AGENTS = {
  desk: "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
  phone: "Mozilla/5.0 (Linux; Android 10; K) Chrome/140.0.0.0 Mobile Safari/537.36",
};

/** Logs Ann in on a device. */
async function device(hubbub: Hubbub, agent: keyof typeof AGENTS): Promise<{ cookie: string }> {
  return { cookie: cookieIn(await login(hubbub, FORM, { "user-agent": AGENTS[agent] })) };
}

async function sessionsOf(client: ChatClient) {
  client.send({ type: "sessions" });
  return (await client.take("sessions")).sessions;
}

/** The systems of a person's sessions, the one that asks first. */
async function systemsOf(client: ChatClient): Promise<(string | undefined)[]> {
  return (await sessionsOf(client)).map(({ system }) => system);
}

/** Whether a cookie is still Ann's. */
async function isAnn(hubbub: Hubbub, headers: { cookie: string }): Promise<boolean> {
  await using client = await ChatClient.open(hubbub.port, headers);
  return client.user.name === "Ann";
}

for (const runtime of await anyRuntime()) {
  Deno.test(`a person sees and ends sessions (${runtime.name}), which a restart and an export keep`, async () => {
    await using folder = await temporaryFolder();
    const flags = ["--data", `${folder.path}/chat.db`];
    let headers = { desk: { cookie: "" }, phone: { cookie: "" } };
    {
      await using hubbub = await Hubbub.start(flags, runtime);
      headers = { desk: await device(hubbub, "desk"), phone: await device(hubbub, "phone") };
      await using guest = await ChatClient.open(hubbub.port);
      assertEquals(await sessionsOf(guest), []);
      await using desk = await ChatClient.open(hubbub.port, headers.desk);
      const [own, other] = await sessionsOf(desk);
      assert(own && other && Math.abs(own.since - Date.now()) < DAY_MS);
      assertEquals([own.current, own.browser, own.system], [true, "Firefox", "Linux"]);
      assertEquals([other.current, other.browser, other.system], [undefined, "Chrome", "Android"]);
      assertEquals(own.used % DAY_MS, 0, "nothing finer than the day");
    }
    const exported = await runHubbub(["export", ...flags]);
    const file = `${folder.path}/chat.jsonl`;
    await Deno.writeTextFile(file, exported.stdout);
    const copy = ["--data", `${folder.path}/copy.db`];
    assertEquals((await runHubbub(["import", ...copy, file])).code, 0);
    assertEquals((await runHubbub(["export", ...copy])).stdout, exported.stdout);
    for (const data of [copy, flags]) {
      await using hubbub = await Hubbub.start(data, runtime);
      await using desk = await ChatClient.open(hubbub.port, headers.desk);
      await using phone = await ChatClient.open(hubbub.port, headers.phone);
      assertEquals(await systemsOf(phone), ["Android", "Linux"]);
      const [, ended] = await sessionsOf(phone);
      phone.send({ type: "end_session", session: ended?.id, id: "e1" });
      assertEquals(await desk.closed, { code: 1000, reason: "Logged out" });
      assertEquals(await phone.take("ok"), { type: "ok", id: "e1" });
      assert(!await isAnn(hubbub, headers.desk) && await isAnn(hubbub, headers.phone));
      // A log-out of one's own is the end of a session, too.
      await device(hubbub, "desk");
      const again = await device(hubbub, "desk");
      assertEquals(await systemsOf(phone), ["Android", "Linux", "Linux"]);
      const url = `http://localhost:${hubbub.port}/logout`;
      await (await fetch(url, { method: "POST", headers: again })).body?.cancel();
      assertEquals(await systemsOf(phone), ["Android", "Linux"]);
    }
  });
}

natsTest(
  "the end of other sessions is at once on every server, and the one that asked stays",
  async (nats) => {
    const url = ["--nats", nats.url];
    await using one = await Hubbub.start(url);
    await using two = await Hubbub.start(url);
    await using three = await Hubbub.start(url);
    const here = await device(one, "desk");
    const there = await device(two, "phone");
    await using desk = await ChatClient.enter(one.port, ["lobby"], here);
    await using tab = await ChatClient.enter(three.port, ["lobby"], here);
    await using phone = await ChatClient.enter(two.port, ["lobby"], there);
    await using bot = await ChatClient.enter(three.port, ["lobby"], basic("Ann:open sesame"));
    await using bob = await ChatClient.enter(two.port, ["lobby"], basic("bob:open sesame"));
    assertEquals(await systemsOf(desk), ["Linux", "Android"]);

    const messages = (from: number) =>
      Array.from({ length: 100 }, (_, i) => ({
        ...{ type: "send", room: "lobby", id: `m${from + i}`, text: `${from + i}` },
      }));
    desk.send(...messages(0), { type: "end_other_sessions", id: "end" }, ...messages(100));
    for (const client of [phone, bot]) {
      assertEquals(await client.closed, { code: 1000, reason: "Logged out" });
      const texts = client.lines.flatMap((line) =>
        line.type === "message" ? [Number(line.text)] : []
      );
      assert(texts.every((text) => text < 100), `received ${texts.at(-1)}`);
    }
    await desk.take("ok", ({ id }) => id === "end");
    for (const client of [desk, tab, bob]) {
      await client.until(() =>
        client.lines.some((line) => line.type === "message" && line.text === "199")
      );
    }
    for (const server of [one, two, three]) {
      assert(await isAnn(server, here) && !await isAnn(server, there), `server ${server.port}`);
    }
    assertEquals(await systemsOf(tab), ["Linux"]);

    // One by one, asked of another server than the one that the session is connected to.
    const again = await device(two, "phone");
    await using back = await ChatClient.enter(two.port, ["lobby"], again);
    const [, session] = await sessionsOf(tab);
    tab.send({ type: "end_session", session: session?.id, id: "one" });
    assertEquals(await back.closed, { code: 1000, reason: "Logged out" });
    await tab.take("ok", ({ id }) => id === "one");
    // The first server, which has none of these connections, has it in its turn.
    while ((await systemsOf(desk)).length > 1);
    for (const server of [one, two, three]) {
      assert(await isAnn(server, here) && !await isAnn(server, again), `server ${server.port}`);
    }
  },
);

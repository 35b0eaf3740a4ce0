/**
 * Many servers that are one chat: real processes on a real NATS.
 *
 * @module
 */
import { Nats } from "../nats/connection.ts";
import { delay } from "../lib/std.ts";
import { assert, assertEquals, assertMatch } from "../testing/assert.ts";
import { CuttableProxy } from "../testing/cuttable_proxy.ts";
import {
  basic,
  browser,
  ChatClient,
  cookieIn,
  login,
  post,
  range,
  seqs,
  upgrade,
} from "../testing/chat_client.ts";
import { anyRuntime } from "../testing/executable.ts";
import { Hubbub, runHubbub } from "../testing/hubbub.ts";
import { freePort } from "../testing/free_port.ts";
import { natsTest, TestNats } from "../testing/nats.ts";

for (const runtime of await anyRuntime()) {
  const test = (name: string, fn: (nats: TestNats) => Promise<void>) =>
    natsTest(`several servers (${runtime.name}) ${name}`, fn);
  const start = ({ url }: { url: string }, ...flags: string[]) =>
    Hubbub.start(["--nats", url, ...flags], runtime);

  test("deliver each other's messages in one order with one seq", async (nats) => {
    await using one = await start(nats);
    await using two = await start(nats);
    await using ann = await ChatClient.enter(one.port);
    await using bob = await ChatClient.enter(two.port);
    for (let i = 0; i < 50; i++) {
      for (const client of [ann, bob]) {
        client.send({ type: "send", room: "lobby", id: `m${i}`, text: `message ${i}` });
      }
    }
    const heard = await Promise.all([ann, bob].map(async (client) => {
      const messages = () => client.lines.filter((line) => line.type === "message");
      await client.until(() => messages().length === 100);
      return messages();
    }));
    assertEquals(heard[0], heard[1]);
    assertEquals(seqs(heard[0] ?? []), range(1, 100));
    await using late = await ChatClient.open(one.port);
    assertEquals(seqs((await late.join("lobby", 90)).messages), range(91, 100));
  });

  test("share cookies, names and logouts", async (nats) => {
    await using one = await start(nats);
    await using two = await start(nats);
    const entered = await login(one, { name: "ann", secret: "open sesame" });
    const cookie = cookieIn(entered);
    await using ann = await ChatClient.open(two.port, { cookie });
    assertEquals(ann.user.name, "ann");
    assertEquals((await login(two, { name: "Ann" })).status, 409);
    assertEquals((await login(two, { name: "ann", secret: "open sesame" })).status, 204);
    assertEquals(
      (await upgrade(two.port, {}, { path: "/ws?name=ann", protocol: null })).status,
      409,
    );
    // Also a name that is only held.
    await using bob = await ChatClient.open(one.port, basic("bob:"));
    assertEquals(bob.user.name, "bob");
    assertEquals((await login(two, { name: "bob" })).status, 409);

    await post(one, "/logout", { headers: { cookie } });
    await using nobody = await ChatClient.open(two.port, { cookie });
    assert(nobody.user.id !== ann.user.id, "the session goes on");
  });

  test("close the sessions that a new secret or a logout ends, on every server", async (nats) => {
    await using one = await start(nats);
    await using two = await start(nats);
    const entered = await login(one, { name: "ann", secret: "open sesame" });
    const ann = { cookie: cookieIn(entered) };
    await using changing = await ChatClient.enter(one.port, ["lobby"], ann);
    await using thief = await ChatClient.enter(two.port, ["lobby"], ann);
    changing.send({ type: "name", name: "ann", secret: "close sesame", old: "open sesame" });
    assertEquals((await thief.closed).code, 1000);
    await changing.say("still here");

    const bob = { cookie: cookieIn(await login(one, { name: "bob" })) };
    await using leaving = await ChatClient.open(two.port, bob);
    await using other = await ChatClient.enter(two.port);
    await post(one, "/logout", { headers: bob });
    assertEquals((await leaving.closed).code, 1000);

    const guest = await browser(one.port);
    await using elsewhere = await ChatClient.open(two.port, guest);
    await post(one, "/logout?everywhere=1", { headers: guest });
    assertEquals((await elsewhere.closed).code, 1000);
    await other.say("nobody else was closed");
  });

  test("give a name to one of a hundred people who ask at once", async (nats) => {
    await using one = await start(nats);
    await using two = await start(nats);
    await using stack = new AsyncDisposableStack();
    const clients = await Promise.all(
      range(0, 99).map(async (i) => {
        return stack.use(await ChatClient.open(i % 2 ? one.port : two.port));
      }),
    );
    for (const client of clients) client.send({ type: "name", name: "Ann" });
    const answers = await Promise.all(clients.map(async (client) => {
      const isAnswer = () =>
        client.lines.find(({ type }) => type === "renamed" || type === "error");
      await client.until(() => isAnswer() !== undefined);
      const line = isAnswer();
      return line?.type === "error" ? line.code : line?.type;
    }));
    assertEquals(answers.filter((answer) => answer === "renamed").length, 1, answers.join());
    assertEquals(answers.filter((answer) => answer === "name_taken").length, 99, answers.join());

    const logins = await Promise.all(
      range(0, 19).map((i) => login(i % 2 ? one : two, { name: "bob" })),
    );
    const statuses = logins.map(({ status }) => status).toSorted();
    assertEquals(statuses, [204, ...Array(19).fill(409)]);
  });

  test("share a password, and end every session when it changes", async (nats) => {
    await using one = await start(nats, "--password", "friend");
    await using two = await start(nats, "--password", "friend");
    await using changed = await start(nats, "--password", "foe");
    const cookie = cookieIn(await login(one, { name: "ann", password: "friend" }));
    await using ann = await ChatClient.open(two.port, { cookie });
    assertEquals(ann.user.name, "ann");
    assertEquals((await upgrade(changed.port, { cookie })).status, 401);
    // The name is still hers.
    const again = await login(changed, { name: "ann", password: "foe" }, { cookie });
    assertEquals(again.status, 204);
  });

  test("report a lost NATS in health and to senders, and drop nobody", async (nats) => {
    await using one = await start(nats);
    await using two = await start(nats);
    await using ann = await ChatClient.enter(one.port);
    await using bob = await ChatClient.enter(two.port);
    assertEquals(await metric(one, "hubbub_nats_connected"), "1");
    await ann.say("before");
    assertEquals((await login(two, { name: "dora", secret: "open sesame" })).status, 204);
    await login(one, { name: "dora", secret: "open sesame" });
    await nats.stop();
    for (const server of [one, two]) await health(server, 503);
    // Metrics are collected once a second.
    while (await metric(one, "hubbub_nats_connected") !== "0") await delay(100);
    // Newcomers get in, and history is read from the server's copy.
    await using late = await ChatClient.open(one.port);
    assertEquals((await late.join("lobby")).last, 1);
    assertEquals((await login(one, { name: "dora", secret: "open sesame" })).status, 204);
    assertEquals((await login(one, { name: "carl" })).status, 503);
    assertEquals((await ann.refused({ type: "name", name: "carl" })).code, "storage");
    const refused = { type: "send", room: "lobby", id: "lost", text: "during" };
    assertEquals((await ann.refused(refused)).code, "storage");
    await nats.start();
    for (const server of [one, two]) await health(server, 200);
    assertEquals((await ann.say("after", "lobby", "lost")).seq, 2);
    assertEquals((await bob.take("message", ({ seq }) => seq === 2)).text, "after");
    one.signal("SIGTERM");
    assertEquals((await one.status).code, 0);
    const events = (await one.stderr).trimEnd().split("\n").map((line) => JSON.parse(line).event);
    assertEquals(events.filter((event) => /^NATS/.test(event)), ["NATS lost", "NATS back"]);
  });

  for (const how of ["is there", "is lost", "is halted"]) {
    test(`leave soon when NATS ${how}, and release their names`, async (nats) => {
      await using one = await start(nats);
      await using ann = await ChatClient.enter(one.port, ["lobby"], basic("ann:"));
      await ann.say("hello");
      using _halted = how === "is halted" ? nats.halt() : undefined;
      if (how === "is lost") await nats.stop();
      const since = performance.now();
      one.signal("SIGTERM");
      assertEquals((await ann.closed).code, 1001);
      assertEquals((await one.status).code, 0);
      assert(performance.now() - since < 30_000);
      if (how !== "is there") return;
      await using two = await start(nats);
      assertEquals((await login(two, { name: "ann" })).status, 204);
    });
  }

  test("disconnect a person who lost the name meanwhile, who reconnects without it", async (nats) => {
    await using proxy = new CuttableProxy(nats.port);
    await using one = await start(proxy);
    await using two = await start(nats);
    await using ann = await ChatClient.open(one.port, basic("ann:"));
    assertEquals(ann.user.name, "ann");
    proxy.cut();
    await health(one, 503);
    // A server that is silent for long enough holds no name.
    while ((await login(two, { name: "ann" })).status !== 204) await delay(100);
    proxy.restore();
    assertEquals((await ann.closed).code, 1001);
    await using again = await ChatClient.open(one.port);
    assert(again.user.name !== "ann");
  });

  test("name a NATS that can't be used in one line, exit 1", async (foreign) => {
    await using plain = await TestNats.start({ jetStream: false });
    {
      await using nats = await Nats.connect({ url: foreign.url });
      await nats.manager.streams.add({ name: "jobs", subjects: ["hubbub.>"] });
    }
    const nobody = `nats://ann:precious@127.0.0.1:${freePort()}`;
    for (
      const [url, says] of [
        [nobody, /^Cannot use NATS at 127\.0\.0\.1:\d+: connection refused\n$/],
        [plain.url, /^Cannot use NATS at .*: JetStream is not enabled there; .*\n$/],
        [foreign.url, /^Cannot use this JetStream: its stream jobs receives .*\n$/],
      ] as const
    ) {
      for (const command of [[], ["export"]]) {
        if (command.length > 0 && url === foreign.url) continue;
        const output = await runHubbub([...command, "--nats", url], { runtime });
        assertEquals([output.code, output.stdout], [1, ""], output.stderr);
        assertMatch(output.stderr, says);
      }
    }
    const { code, stderr } = await runHubbub(
      ["--nats", plain.url, "--nats-creds", "/there/is/none"],
      { runtime },
    );
    assertEquals(code, 2);
    assertMatch(stderr, /^Cannot start: cannot read --nats-creds: .*none.*\n$/);
  });
}

/** Resolves when `/healthz` answers with this status. */
async function health(server: Hubbub, status: number): Promise<void> {
  while (true) {
    const answer = await fetch(server.url("/healthz"));
    await answer.body?.cancel();
    if (answer.status === status) return;
    await delay(20);
  }
}

async function metric(server: Hubbub, name: string): Promise<string | undefined> {
  const text = await (await fetch(server.url("/metrics"))).text();
  return new RegExp(`^${name} (\\S+)$`, "m").exec(text)?.[1];
}

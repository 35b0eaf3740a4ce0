/**
 * Many servers that are one chat: real processes on a real NATS.
 *
 * @module
 */
import { Nats } from "../nats/connection.ts";
import { delay } from "../lib/std.ts";
import { assert, assertEquals, assertMatch } from "../testing/assert.ts";
import { Cable } from "../testing/cuttable_proxy.ts";
import {
  basic,
  ChatClient,
  cookieIn,
  knock,
  login,
  post,
  range,
  seqs,
} from "../testing/chat_client.ts";
import { runtimes } from "../testing/executable.ts";
import { Hubbub, runHubbub } from "../testing/hubbub.ts";
import { freePort, natsTest, TestNats } from "../testing/nats.ts";

for (const runtime of await runtimes()) {
  const test = (name: string, fn: (nats: TestNats) => Promise<void>) =>
    natsTest(`Servers (${runtime.name}): ${name}`, fn);
  const start = ({ url }: { url: string }, ...flags: string[]) =>
    Hubbub.start(["--nats", url, ...flags], runtime);

  test("what is said on one is heard on the other, in one order with one seq", async (nats) => {
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

  test("a cookie and a name of one are good on the other, and a logout is for both", async (nats) => {
    await using one = await start(nats);
    await using two = await start(nats);
    const entered = await login(one, { name: "ann", secret: "open sesame" });
    const cookie = cookieIn(entered);
    await using ann = await ChatClient.open(two.port, { cookie });
    assertEquals(ann.user.name, "ann");
    assertEquals((await login(two, { name: "Ann" })).status, 409);
    assertEquals((await login(two, { name: "ann", secret: "open sesame" })).status, 204);
    assertEquals((await knock(two.port, {}, { path: "/ws?name=ann", protocol: null })).status, 409);
    // Also a name that is only held.
    await using bob = await ChatClient.open(one.port, basic("bob:"));
    assertEquals(bob.user.name, "bob");
    assertEquals((await login(two, { name: "bob" })).status, 409);

    await post(one, "/logout", { headers: { cookie } });
    await using nobody = await ChatClient.open(two.port, { cookie });
    assert(nobody.user.id !== ann.user.id, "the session goes on");
  });

  test("a hundred who ask two servers for one name at once: one gets it", async (nats) => {
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

  test("a password is the same for all, and another one ends everybody's entry", async (nats) => {
    await using one = await start(nats, "--password", "friend");
    await using two = await start(nats, "--password", "friend");
    await using changed = await start(nats, "--password", "foe");
    const cookie = cookieIn(await login(one, { name: "ann", password: "friend" }));
    await using ann = await ChatClient.open(two.port, { cookie });
    assertEquals(ann.user.name, "ann");
    assertEquals((await knock(changed.port, { cookie })).status, 401);
    // The name is still hers.
    const again = await login(changed, { name: "ann", password: "foe" }, { cookie });
    assertEquals(again.status, 204);
  });

  test("while NATS is lost health says so, senders are told, nobody is dropped", async (nats) => {
    await using one = await start(nats);
    await using two = await start(nats);
    await using ann = await ChatClient.enter(one.port);
    await using bob = await ChatClient.enter(two.port);
    assertEquals(await metric(one, "hubbub_nats_connected"), "1");
    await ann.say("before");
    await nats.stop();
    for (const server of [one, two]) await health(server, 503);
    assertEquals(await metric(one, "hubbub_nats_connected"), "0");
    assertEquals((await knock(one.port)).status, 503);
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
    test(`a server leaves within 5 s when NATS ${how}, and lets go of its names`, async (nats) => {
      await using one = await start(nats);
      await using ann = await ChatClient.enter(one.port, ["lobby"], basic("ann:"));
      await ann.say("hello");
      using _halted = how === "is halted" ? nats.halt() : undefined;
      if (how === "is lost") await nats.stop();
      const since = performance.now();
      one.signal("SIGTERM");
      assertEquals((await ann.closed).code, 1001);
      assertEquals((await one.status).code, 0);
      assert(performance.now() - since < 5000);
      if (how !== "is there") return;
      await using two = await start(nats);
      assertEquals((await login(two, { name: "ann" })).status, 204);
    });
  }

  test("who lost the name to another meanwhile is sent away, and comes back without it", async (nats) => {
    await using cable = new Cable(nats.port);
    await using one = await start(cable);
    await using two = await start(nats);
    await using ann = await ChatClient.open(one.port, basic("ann:"));
    assertEquals(ann.user.name, "ann");
    cable.cut();
    await health(one, 503);
    {
      // As time does with the sign of life of a server that is silent.
      await using connection = await Nats.connect({ url: nats.url });
      await connection.manager.streams.purge("KV_hubbub_servers");
    }
    while ((await login(two, { name: "ann" })).status !== 204) await delay(100);
    cable.mend();
    assertEquals((await ann.closed).code, 1001);
    await using again = await ChatClient.open(one.port);
    assert(again.user.name !== "ann");
  });

  test("a NATS that can't be used: one line, exit 1", async (foreign) => {
    await using plain = await TestNats.start({ jetStream: false });
    {
      await using nats = await Nats.connect({ url: foreign.url });
      await nats.manager.streams.add({ name: "jobs", subjects: ["hubbub.room.>"] });
    }
    const nobody = `nats://ann:precious@127.0.0.1:${freePort()}`;
    for (
      const [url, says] of [
        [nobody, /^Cannot use NATS at 127\.0\.0\.1:\d+: connection refused\n$/],
        [plain.url, /^Cannot use NATS at .*: JetStream is not enabled there; .*\n$/],
        [foreign.url, /^Cannot use this JetStream: its stream jobs takes .*\n$/],
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
    assertMatch(stderr, /^Cannot start: --nats-creds takes a file that can be read: .*none.*\n$/);
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

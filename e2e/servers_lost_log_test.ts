/**
 * NATS loses what it had while three servers and their clients are connected: in the end everyone has exactly
 * what the store has, and no server is ready with anything else meanwhile.
 */
import { delay } from "../lib/std.ts";
import { assert, assertEquals } from "../testing/assert.ts";
import { ChatClient, cookieIn, login } from "../testing/chat_client.ts";
import { TestCrowd } from "../testing/test_crowd.ts";
import { withoutNats } from "../testing/nats.ts";
import { pick } from "../testing/random.ts";
import { Servers } from "../testing/servers.ts";
import { checkStored } from "../testing/check_stored.ts";
import { exportAll } from "../testing/torture.ts";

const PEOPLE = 8;
const ROOMS = ["red", "green"];
const IN_FLIGHT = 4;
const RETRY_MS = 250;
/** Servers wait for each other for 6 s; longer only when something fails, or the machine is busy. */
const PATIENCE_MS = 120_000;
/** The events that a server logs when its copy is useless. */
const EVENTS = ["log on NATS", "data open again", "data not open"];

Deno.test({
  name:
    "the program restores an emptied NATS from its servers' copies, and loses nothing it acknowledged",
  ignore: withoutNats(),
  fn: async () => {
    await using servers = await Servers.start(3, { events: EVENTS });
    const [nats] = servers.nats;
    await using crowd = new TestCrowd({
      ...{ size: PEOPLE, rooms: ROOMS, random: Math.random, retryMs: RETRY_MS },
      port: () => pick(Math.random, servers.ports),
    });
    await crowd.connect();
    crowd.keepSending(IN_FLIGHT);
    await crowd.until(() => ROOMS.every((room) => crowd.checker.size(room) > 100), PATIENCE_MS);
    await nats.wipe();
    await nats.start();
    // Everyone is sent away, and returns as the same person.
    await crowd.until(
      () => crowd.clients.every(({ closeCodes }) => closeCodes.length > 0),
      PATIENCE_MS,
    );
    await crowd.unbroken(servers.until(200));
    await crowd.caughtUp(PATIENCE_MS);
    crowd.keepSending(0);
    await crowd.until(() => crowd.agreed, PATIENCE_MS);
    await servers.endAll("SIGTERM");
    checkStored(crowd, await exportAll(servers.flags));
  },
});

Deno.test({
  name: "the program follows a NATS that was set back, and names the history anew on every server",
  ignore: withoutNats(),
  fn: async () => {
    await using servers = await Servers.start(3, { events: EVENTS });
    const [nats] = servers.nats;
    const [one = 0] = servers.ports;
    const cookie = cookieIn(
      await login({ url: (path) => `http://127.0.0.1:${one}${path}` }, { name: "ann" }),
    );
    const enter = () =>
      Promise.all(servers.ports.map((port) => ChatClient.enter(port, ["lobby"], { cookie })));
    let store: string | undefined;
    let putBack: () => Promise<void>;
    {
      await using stack = new AsyncDisposableStack();
      const clients = await enter();
      for (const client of clients) stack.use(client);
      const [ann] = clients;
      assert(ann);
      store = ann.hello.store;
      await ann.say("kept");
      putBack = await nats.keep();
      await sayUntilStored(ann, "lost");
      await Promise.all(clients.map((client) => client.take("message", ({ seq }) => seq === 2)));
      await putBack();
      await nats.start();
      const codes = await Promise.all(clients.map(async ({ closed }) => (await closed).code));
      assertEquals(codes, [1013, 1013, 1013]);
    }
    await servers.until(200);
    await using stack = new AsyncDisposableStack();
    const clients = await enter();
    for (const client of clients) stack.use(client);
    const stores = new Set(clients.map(({ hello }) => hello.store));
    assertEquals([stores.size, stores.has(store)], [1, false]);
    assert(clients[0]);
    await sayUntilStored(clients[0], "new");
    for (const port of servers.ports) {
      await using late = await ChatClient.open(port, { cookie });
      assertEquals(late.user.name, "ann");
      const { messages } = await late.join("lobby");
      assertEquals(messages.map(({ seq, text }) => [seq, text]), [[1, "kept"], [2, "new"]]);
    }
    await servers.endAll("SIGTERM");
  },
});

/** Sends a message again and again, as the page does, until it is stored. */
async function sayUntilStored(client: ChatClient, text: string): Promise<void> {
  const isMine = (line: object) =>
    ("id" in line && line.id === text) || ("ref" in line && line.ref === text);
  while (true) {
    const before = client.lines.length;
    client.send({ type: "send", room: "lobby", id: text, text });
    await client.until(() => client.lines.slice(before).some(isMine));
    if (client.lines.slice(before).some((line) => line.type === "message" && isMine(line))) return;
    await delay(RETRY_MS);
  }
}

/**
 * An id is refused for as long as its message is kept, and no clock has a part in it.
 * HUBBUB_RESEND_SECONDS waits for so long before an id is sent again; by default, JetStream's window for
 * duplicates, which does forget, is made so short that it is over.
 */
import { jetstream } from "@nats-io/jetstream";
import { nanos } from "@nats-io/transport-node";
import { Nats } from "../nats/connection.ts";
import { delay } from "../lib/std.ts";
import { assert, assertEquals } from "../testing/assert.ts";
import { browser, ChatClient } from "../testing/chat_client.ts";
import { withoutNats } from "../testing/nats.ts";
import { Servers } from "../testing/servers.ts";

const WAIT_MS = 1000 * Number(Deno.env.get("HUBBUB_RESEND_SECONDS") ?? 0);
/** The shortest that JetStream takes. */
const WINDOW_MS = 100;
const IDS = ["a", "b", "c", "d"];

Deno.test({
  name: WAIT_MS === 0
    ? "three servers store an id that is sent again long after once, also after a restart"
    : `three servers store an id that is sent again after ${
      WAIT_MS / 1000
    } s once, also after a restart`,
  ignore: withoutNats(),
  fn: async () => {
    await using servers = await Servers.start(3);
    const [nats] = servers.nats;
    const ann = await browser(servers.ports[0] ?? 0);
    const bob = await browser(servers.ports[0] ?? 0);
    {
      await using first = await ChatClient.enter(servers.ports[0] ?? 0, ["lobby"], ann);
      for (const id of IDS) await first.say(`first ${id}`, "lobby", id);
    }
    if (WAIT_MS > 0) await delay(WAIT_MS);
    else await endWindow(nats.url);
    for (const restarted of [false, true]) {
      if (restarted) {
        await servers.endAll("SIGKILL");
        await nats.stop();
        await nats.start();
        for (const place of servers.ports.keys()) await servers.start(place);
      }
      await using stack = new AsyncDisposableStack();
      const clients = await Promise.all(
        servers.ports.map((port) => ChatClient.enter(port, ["lobby"], ann)),
      );
      for (const client of clients) stack.use(client);
      await using other = await ChatClient.enter(servers.ports[1] ?? 0, ["lobby"], bob);
      for (const [i, id] of IDS.entries()) {
        const again = await Promise.all(clients.map((client) => client.say("again", "lobby", id)));
        const told = again.map(({ seq, text }) => ({ seq, text }));
        assertEquals(told, Array(3).fill({ seq: i + 1, text: `first ${id}` }));
      }
      // An id belongs to its person: for another person it is new.
      const next = IDS.length + (restarted ? 2 : 1);
      assertEquals((await other.say("mine", "lobby", restarted ? "b" : "a")).seq, next);
      assertEquals(other.lines.filter(({ type }) => type === "message").length, 1);
    }
  },
});

/** Lets the window of the log for duplicates be over, and proves that it is. */
async function endWindow(url: string): Promise<void> {
  await using nats = await Nats.connect({ url });
  const { streams } = nats.manager;
  await streams.update("hubbub_log", { duplicate_window: nanos(WINDOW_MS) });
  const { config } = await streams.info("hubbub_log");
  const subjects = ["window.*"];
  await streams.add({ ...config, name: "window", subjects, republish: undefined });
  const publish = (subject: string) =>
    jetstream(nats.connection).publish(subject, "text", { msgID: "the same" });
  assertEquals((await publish("window.a")).seq, 1);
  assert((await publish("window.b")).duplicate);
  while ((await publish("window.c")).duplicate) await delay(WINDOW_MS);
}

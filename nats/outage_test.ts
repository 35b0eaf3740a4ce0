/**
 * The log on a NATS that is killed, or halted, while it is written to.
 *
 * @module
 */
import type { LogEntry } from "../hub/message_log.ts";
import type { Message } from "../protocol/mod.ts";
import { assert, assertEquals } from "../testing/assert.ts";
import { CuttableProxy } from "../testing/cuttable_proxy.ts";
import { LogServer } from "../testing/jetstream.ts";
import { draft, outcome, query, seqs } from "../testing/message_log_cases.ts";
import { delay } from "../lib/std.ts";
import { natsTest, TestNats, withoutNats } from "../testing/nats.ts";

/** The number of messages that one sender has in flight. */
const WINDOW = 8;
/** The time for which nobody stores anything, in ms. */
const CHOOSING_MS = 4000;

/** A connection's sender, which sends what failed again, under the same id. */
class Sender {
  readonly user: { id: string; name: string };
  /** The `seq` of each acknowledged message. */
  readonly acknowledged = new Map<string, number>();
  readonly failed = new Set<string>();
  #sent = 0;
  #again: string[] = [];

  constructor(readonly server: LogServer, readonly origin: number) {
    this.user = { id: `p${origin}`, name: "" };
  }

  /** Sends as many as it may. */
  send(): void {
    const again = this.#again.splice(0);
    const fresh = WINDOW - (this.#sent - this.acknowledged.size);
    const ids = [...again, ...Array.from({ length: fresh }, () => `m${this.#sent++}`)];
    const { user, origin } = this;
    this.server.log.append(ids.map((id) => draft(id, { user, origin })));
  }

  tell(entry: LogEntry<number>): void {
    if (entry.type === "failed") {
      this.failed.add(entry.draft.id);
      this.#again.push(entry.draft.id);
    } else if ("message" in entry) {
      const { id, seq } = entry.message;
      assert(!this.acknowledged.has(id), "one message was acknowledged twice");
      this.acknowledged.set(id, seq);
    }
  }

  /** The number of messages not yet acknowledged. */
  get open(): number {
    return this.#sent - this.acknowledged.size;
  }
}

natsTest(
  "NATS is killed again and again: no acknowledged message is lost or doubled, in one order",
  async (nats) => {
    await using one = await LogServer.open(nats);
    await using two = await LogServer.open(nats);
    const senders = Array.from({ length: 10 }, (_, i) => new Sender(i % 2 ? one : two, i));
    let sending = true;
    const talks = [one, two].map(async (server) => {
      const own = senders.filter((sender) => sender.server === server);
      let read = 0;
      while (sending || own.some(({ open }) => open > 0)) {
        for (; read < server.told.length; read++) {
          const entry = server.told[read];
          if (entry === undefined || !("draft" in entry || "message" in entry)) continue;
          const origin = "draft" in entry ? entry.draft.origin : entry.origin;
          if (origin !== undefined) senders[origin]?.tell(entry);
        }
        for (const sender of own) if (sending || sender.open > 0) sender.send();
        await new Promise((resolve) => setTimeout(resolve, server.log.healthy ? 2 : 50));
      }
    });

    for (let round = 0; round < 3; round++) {
      const so = one.told.length;
      await one.until((told) => told.length > so + 1000);
      await nats.stop();
      await nats.start();
    }
    const so = one.told.length;
    await one.until((told) => told.length > so + 1000);
    sending = false;
    await Promise.all(talks);

    const messages = ({ told }: LogServer): Message[] =>
      told.flatMap((entry) => entry.type === "message" ? [entry.message] : []);
    const { last } = await one.log.read(query());
    await Promise.all(
      [one, two].map((server) => server.until(() => messages(server).length === last)),
    );
    const all = messages(one);
    const texts = [all, messages(two)].map((messages) => JSON.stringify(messages));
    assert(texts[0] === texts[1], "one order for both");
    assert(all.every(({ seq }, i) => seq === i + 1), "no hole");
    const stored = new Set(all.map(({ user, id }) => `${user.id} ${id}`));
    assertEquals(stored.size, last, "no id is there twice");
    assert(senders.some(({ failed }) => failed.size > 0), "something was under way");
    for (const { user, acknowledged, failed } of senders) {
      for (const [id, seq] of acknowledged) {
        const message = all[seq - 1];
        assert(message?.id === id && message.user.id === user.id, `${id} is where it was told`);
      }
      const kept = all.filter((message) => message.user.id === user.id && !failed.has(message.id));
      const numbers = kept.map(({ id }) => Number(id.slice(1)));
      assert(numbers.every((n, i) => i === 0 || n > (numbers[i - 1] ?? n)), "in order");
    }
  },
);

natsTest(
  "while NATS is away everything fails at once, and what was missed comes when it is back",
  async (nats) => {
    await using one = await LogServer.open(nats);
    await using two = await LogServer.open(nats);
    await one.append(draft("a"));
    await two.until(({ length }) => length === 1);
    await nats.stop();
    while (one.log.healthy) await new Promise((resolve) => setTimeout(resolve, 5));
    assertEquals((await one.append(draft("b"), draft("c"))).map(outcome), ["failed", "failed"]);
    assertEquals(seqs(await one.log.read(query())), [1], "its copy can still be read");
    await nats.start();
    while (!one.log.healthy || !two.log.healthy) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    assertEquals((await one.append(draft("c"), draft("a"))).map(outcome).toSorted(), [
      "duplicate 1",
      "message 2",
    ]);
    await two.until(({ length }) => length === 2);
  },
);

natsTest(
  "a server that was cut off alone receives what the others wrote meanwhile",
  async (nats) => {
    await using one = await LogServer.open(nats);
    await using two = await LogServer.open(nats);
    await one.append(draft("a"));
    await two.until(({ length }) => length === 1);
    const lost = Promise.withResolvers<void>();
    two.nats.onOutage({ lost: lost.resolve, back: () => {} });
    const back = two.nats.connection.reconnect();
    await lost.promise;
    const drafts = Array.from({ length: 500 }, (_, i) => draft(`m${i}`));
    const others = Array.from({ length: 5 }, (_, i) => draft("a", { room: `new${i}` }));
    one.log.append([...drafts, ...others]);
    await back;
    const told = await two.until(({ length }) => length === 506);
    const lobby = told.flatMap((entry) =>
      entry.type === "message" && entry.message.room === "lobby" ? [entry.message.seq] : []
    );
    assertEquals(lobby, Array.from({ length: 501 }, (_, i) => i + 1));
    assertEquals(two.log.roomCount, 6);
  },
);

natsTest(
  "a server that is cut off again while it catches up receives everything once",
  async (nats) => {
    await using proxy = new CuttableProxy(nats.port);
    await using near = await LogServer.open(nats);
    await using far = await LogServer.open(proxy);
    await near.append(draft("first"));
    // Its requests are then never answered; they time out after the client's five seconds.
    let cuts = 0;
    far.nats.onOutage({ lost: () => proxy.restore(), back: () => cuts++ < 1 && proxy.cut() });
    proxy.cut();
    const end = performance.now() + 8000;
    let said = 0;
    while (performance.now() < end || cuts < 2) {
      await near.append(...Array.from({ length: 100 }, () => draft(`m${said++}`)));
    }
    const seen = (told: LogEntry<number>[]) =>
      told.flatMap((entry) => entry.type === "message" ? [entry.message.seq] : []);
    await far.until((told) => seen(told).includes(said + 1));
    // On a busy machine the client may find its connection too slow, and end it once more.
    assert(cuts >= 2);
    assertEquals(seen(far.told).findIndex((seq, i) => seq !== i + 1), -1);
  },
);

natsTest(
  "a NATS that halts lets messages fail while it does; the same id tells what became of them",
  async (nats) => {
    await using the = await LogServer.open(nats);
    await the.append(draft("a"));
    {
      using _halt = nats.halt();
      assertEquals((await the.append(draft("b"))).map(outcome), ["failed"]);
    }
    assert(!the.log.healthy);
    const { told } = the;
    while (!told.some((entry) => "origin" in entry && entry.origin === 7)) {
      // If the client has taken NATS for lost meanwhile, everything fails until it is connected again.
      while (!the.log.healthy) await new Promise((resolve) => setTimeout(resolve, 5));
      // It may have been stored since, and received as somebody else's message.
      await the.append(draft("b", { origin: 7 }));
    }
    const messages = told.filter((entry) => entry.type === "message");
    assertEquals(messages.map(outcome), ["message 1", "message 2"]);
    while (!the.log.healthy) await new Promise((resolve) => setTimeout(resolve, 5));
  },
);

Deno.test({
  name: "a NATS that is back with too small a max_payload stays lost until that is mended",
  ignore: withoutNats(),
  fn: async () => {
    await using nats = await TestNats.start({ config: "max_payload: 1048576" });
    const restart = async (bytes: number) => {
      await nats.stop();
      Deno.writeTextFileSync(`${nats.directory}/nats.conf`, `max_payload: ${bytes}`);
      await nats.start();
    };
    const trouble = Promise.withResolvers<string>();
    await using the = await LogServer.open(nats, { onTrouble: trouble.resolve });
    await the.append(draft("a"));
    await restart(2048);
    assertEquals(
      await trouble.promise,
      "Cannot use this NATS: its max_payload is 2048 bytes: set it to at least 532480, or leave it out",
    );
    // To publish it would end the process.
    const large = draft("b", { text: "x".repeat(5000) });
    assertEquals((await the.append(large)).map(outcome), ["failed"]);
    await restart(1048576);
    while (!the.log.healthy) await new Promise((resolve) => setTimeout(resolve, 5));
    assertEquals((await the.append(large)).map(outcome), ["message 2"]);
  },
});

natsTest("a message is stored as soon as there is somebody to store it again", async (nats) => {
  await using server = await LogServer.open(nats);
  await server.append(draft("a"));
  const { streams } = server.nats.manager;
  const { subjects } = (await streams.info("hubbub_log")).config;
  // As while the servers of NATS choose a leader.
  await streams.update("hubbub_log", { subjects: subjects.slice(0, 1) });
  const [failed] = await server.append(draft("b"));
  assertEquals(failed?.type, "failed");
  await delay(CHOOSING_MS);
  await streams.update("hubbub_log", { subjects });
  const begun = performance.now();
  await server.until((told) => told.some((entry) => outcome(entry) === "message 2"));
  const ms = performance.now() - begun;
  assert(ms < CHOOSING_MS / 2, `it took ${ms} ms`);
});

/** Reading the log. */
import { createInbox, headers } from "@nats-io/transport-node";
import type { ReceivedEntry } from "../state/entry.ts";
import { assert, assertEquals } from "../testing/assert.ts";
import { LogServer } from "../testing/jetstream.ts";
import { draft } from "../testing/message_log_cases.ts";
import { natsTest as test } from "../testing/nats.ts";
import { delay } from "../lib/std.ts";
import { LogReader } from "./log_reader.ts";
import { LogStream } from "./log_stream.ts";
import { EVENTS_AT_ONCE } from "./waiting_entries.ts";

const BATCHES = 300;
const BATCH = 50;

test("LogReader hands a long log over in parts, each entry once and in order", async (nats) => {
  await using server = await LogServer.open(nats);
  for (let i = 0; i < BATCHES; i++) {
    server.log.append(Array.from({ length: BATCH }, (_, k) => draft(`${i}-${k}`)));
  }
  await server.until((told) => told.length === BATCHES * BATCH);
  const { position } = server.cluster.state.progress;
  const received: ReceivedEntry[] = [];
  const parts: number[] = [];
  const { promise: done, resolve } = Promise.withResolvers<void>();
  using _reader = new LogReader(server.nats, await LogStream.open(server.nats, {}), {
    next: () => received.length + 1,
    isSame: () => Promise.resolve(true),
    receive(entries) {
      received.push(...entries);
      parts.push(entries.reduce((sum, { batch }) => sum + (batch?.events.length ?? 0), 0));
      // As slow as a busy disk: what comes meanwhile waits.
      const end = performance.now() + 5;
      while (performance.now() < end);
      if (received.length === position) resolve();
      return true;
    },
  });
  await done;
  assertEquals(received.map((entry) => entry.position), received.map((_, i) => i + 1));
  assert(Math.max(...parts) <= EVENTS_AT_ONCE, `${parts}`);
  assert(Math.max(...parts) > BATCH, "entries that wait are taken together");
});

test("LogReader does not mistake entries lost before a new subscription for a hole", async (nats) => {
  await using server = await LogServer.open(nats);
  for (let i = 0; i < 10; i++) await server.append(draft(`${i}`));
  const { position } = server.cluster.state.progress;
  const { connection } = server.nats;
  let lost = 0;
  const received: number[] = [];
  const { promise: done, resolve } = Promise.withResolvers<void>();
  using _reader = new LogReader(
    {
      connected: true,
      onOutage: (outage) => server.nats.onOutage(outage),
      connection: {
        publish: (...message) => connection.publish(...message),
        // A server of NATS that does not know of a subscription yet delivers nothing to it.
        subscribe: (subject, { callback, ...options } = {}) =>
          connection.subscribe(subject, {
            ...options,
            callback(error, message) {
              if (lost < 3 && message.reply?.startsWith("$JS.ACK.")) lost++;
              else callback?.(error, message);
            },
          }),
      },
    },
    await LogStream.open(server.nats, {}),
    {
      next: () => received.length + 1,
      isSame: () => Promise.resolve(true),
      receive(entries) {
        received.push(...entries.map((entry) => entry.position));
        if (received.at(-1) === position) resolve();
        return true;
      },
    },
  );
  await done;
  assertEquals([lost, received], [3, received.map((_, i) => i + 1)]);
});

test("LogReader waits for answers that come slower than what it reads may", async (nats) => {
  await using server = await LogServer.open(nats);
  await server.append(draft("a"));
  const stream = await LogStream.open(server.nats, {});
  let asked = 0;
  const { promise: decided, resolve } = Promise.withResolvers<void>();
  using _reader = new LogReader(server.nats, stream, {
    next: () => 1,
    async isSame() {
      if (++asked > 1) resolve();
      // Several questions, each as slow as a busy NATS answers.
      for (let i = 0; i < 6; i++) await Promise.all([stream.state(), delay(700)]);
      return true;
    },
    receive() {
      resolve();
      return true;
    },
  });
  await decided;
  assertEquals(asked, 1);
});

test("LogReader answers a heartbeat that says JetStream waits once nothing waits here, and none when it has ended", async (nats) => {
  await using server = await LogServer.open(nats);
  await server.append(draft("a"));
  const { connection } = server.nats;
  const inbox = createInbox();
  const heartbeats = connection.subscribe(inbox, { max: 1 });
  const about = headers(100, "Idle Heartbeat");
  about.set("Nats-Consumer-Stalled", "asked");
  connection.publish(inbox, "", { headers: about });
  const heartbeat = (await heartbeats[Symbol.asyncIterator]().next()).value;
  assert(heartbeat);
  const order: string[] = [];
  const { promise: answered, resolve } = Promise.withResolvers<void>();
  const { promise: read, resolve: hasRead } = Promise.withResolvers<void>();
  let [position, connected] = [0, true];
  using _reader = new LogReader(
    {
      get connected() {
        return connected;
      },
      onOutage: (outage) => server.nats.onOutage(outage),
      connection: {
        publish(subject) {
          if (!connected) throw new Error("The connection is closed");
          order.push(subject);
          resolve();
        },
        subscribe: (subject, { callback, ...options } = {}) =>
          connection.subscribe(subject, {
            ...options,
            callback(error, message) {
              callback?.(error, message);
              if (message.reply?.startsWith("$JS.ACK.")) callback?.(null, heartbeat);
            },
          }),
      },
    },
    await LogStream.open(server.nats, {}),
    {
      next: () => position + 1,
      isSame: () => Promise.resolve(true),
      receive(entries) {
        for (const entry of entries) {
          order.push("entry");
          position = entry.position;
        }
        if (position === 2) hasRead();
        return true;
      },
    },
  );
  await answered;
  assertEquals(order.at(-1), "asked");
  assertEquals(order.indexOf("entry"), 0);
  connected = false;
  await server.append(draft("b"));
  await read;
  // What it would throw, it throws in a turn of its own.
  await delay(10);
  assertEquals(order.at(-1), "entry");
});

import { Outbox } from "./outbox.ts";
import { deadline } from "../lib/std.ts";
import { assert, assertEquals } from "../testing/assert.ts";

const FRAME = { text: "x".repeat(32 * 1024), bytes: 32 * 1024 };
/** 26 MB, four hundred times the limit of the runtime's buffer. */
const FRAMES = 800;
/** One look at the runtime every 100 ms would take longer. */
const CEILING_MS = 30_000;

Deno.test("Outbox keeps up with a peer that reads, however much waits", async () => {
  const opened = Promise.withResolvers<WebSocket>();
  await using server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, (request) => {
    const { socket, response } = Deno.upgradeWebSocket(request);
    socket.onopen = () => opened.resolve(socket);
    return response;
  });
  const client = new WebSocket(`ws://127.0.0.1:${server.addr.port}`);
  const closed = new Promise((resolve) => client.onclose = resolve);
  const socket = await opened.promise;
  const received = new Promise<void>((resolve) => {
    let length = 0;
    client.onmessage = ({ data }) => {
      length += data.length;
      if (length >= FRAMES * FRAME.bytes) resolve();
    };
  });
  const faults: unknown[] = [];
  const owner = {
    network: "192.0.2.1",
    onOverfull: () => {},
    onWritten: () => socket.close(),
    onFault: (error: unknown) => faults.push(error),
  };
  const outbox = new Outbox(socket, 1024 * 1024, owner);
  outbox.offer(Array(FRAMES).fill(FRAME));
  await deadline(received, CEILING_MS);
  outbox.close();
  await closed;
  assertEquals(faults, []);
});

/** A socket whose peer reads nothing until {@linkcode TestSink.drain}. */
class TestSink {
  readonly readyState = WebSocket.OPEN;
  bufferedAmount = 0;
  /** The bytes of all frames. */
  sent = 0;

  send(text: string): void {
    this.bufferedAmount += text.length;
    this.sent += text.length;
  }

  drain(): void {
    this.bufferedAmount = 0;
  }
}

const OWNER = {
  network: "192.0.2.1",
  onWritten: () => {},
  onOverfull: () => {
    throw new Error("Nothing else takes the memory of this network");
  },
  onFault: (error: unknown) => {
    throw error;
  },
};

const CAPACITY = 1024 * 1024;

/** Resolves after this turn of the event loop, and before the outbox looks at the socket again. */
const endOfTurn = () => Promise.resolve().then(() => Promise.resolve());

function frameOfBytes(bytes: number) {
  return { text: "x".repeat(bytes), bytes };
}

/** Ends the timer of an outbox. */
async function close(outbox: Outbox, sink: TestSink): Promise<void> {
  outbox.discard();
  sink.drain();
  outbox.close();
  await outbox.drained();
  await new Promise((resolve) => setTimeout(resolve, 200));
}

Deno.test("Outbox refuses frames of later turns once its capacity is used", async () => {
  const sink = new TestSink();
  const outbox = new Outbox(sink, CAPACITY, OWNER);
  let accepted = 0;
  while (accepted < 1000 && outbox.offer([frameOfBytes(24_600)])) {
    accepted++;
    await endOfTurn();
  }
  assert(outbox.waiting >= CAPACITY && outbox.waiting < CAPACITY + 2 * 24_600, `${accepted}`);
  await close(outbox, sink);
});

Deno.test("Outbox accepts several times its capacity in one turn, but not without limit", async () => {
  const sink = new TestSink();
  const outbox = new Outbox(sink, 64 * 1024, OWNER);
  let accepted = 0;
  while (accepted < 1000 && outbox.offer([frameOfBytes(24_600)])) accepted++;
  assertEquals(accepted, Math.ceil(4 * 1024 * 1024 / 24_600));
  await endOfTurn();
  assertEquals(outbox.offer([frameOfBytes(1)]), false);
  await close(outbox, sink);
});

Deno.test("Outbox.reply never fails for a client that waits until it is drained", async () => {
  const sink = new TestSink();
  const outbox = new Outbox(sink, 64 * 1024, OWNER);
  for (let i = 0; i < 100; i++) {
    assert(outbox.reply(frameOfBytes(264 * 1024)), `reply ${i}`);
    await endOfTurn();
    const drained = outbox.drained();
    sink.drain();
    const pump = setInterval(() => sink.drain(), 1);
    await drained;
    clearInterval(pump);
  }
  await close(outbox, sink);
});

Deno.test("Outbox.reply is bounded for a client that does not wait", async () => {
  const sink = new TestSink();
  const outbox = new Outbox(sink, CAPACITY, OWNER);
  let accepted = 0;
  while (accepted < 1000 && outbox.reply(frameOfBytes(24_600))) {
    accepted++;
    await endOfTurn();
  }
  assert(outbox.waiting < 2 * CAPACITY + 2 * 24_600, `${outbox.waiting} bytes wait`);
  await close(outbox, sink);
});

Deno.test("Outbox is congested while more than a quarter of its capacity waits", async () => {
  const sink = new TestSink();
  const outbox = new Outbox(sink, CAPACITY, OWNER);
  outbox.offer([frameOfBytes(256 * 1024)]);
  assertEquals(outbox.congested, false);
  outbox.offer([frameOfBytes(1)]);
  assertEquals(outbox.congested, true);
  await endOfTurn();
  assertEquals(outbox.congested, true, "the runtime holds it now");
  sink.drain();
  assertEquals(outbox.congested, false);
  await close(outbox, sink);
});

import { NetworkMemory } from "../lib/network_memory.ts";
import { assert, assertEquals } from "../testing/assert.ts";
import { Outbox } from "./outbox.ts";
import { WaitingFrames } from "./waiting_frames.ts";

const KIB = 1024;
const MIB = 1024 * KIB;

function frameOf(character: string, bytes: number) {
  const each = new TextEncoder().encode(character).length;
  return { text: character.repeat(bytes / each), bytes };
}

/** The outbox of a client that reads nothing until {@linkcode Reader.read}. */
class Reader {
  readonly network: string;
  readonly outbox: Outbox;
  readyState: WebSocket["readyState"] = WebSocket.OPEN;
  bufferedAmount = 0;
  isOverfull = false;
  isWritten = false;

  constructor(network: string, memory: WaitingFrames) {
    this.network = network;
    this.outbox = new Outbox(this, MIB, this, memory);
    // What waits in the runtime, which takes no more.
    this.outbox.offer([frameOf("x", 96 * KIB)]);
  }

  send(text: string): void {
    this.bufferedAmount += text.length;
  }

  read(): void {
    this.bufferedAmount = 0;
  }

  onOverfull(): void {
    this.isOverfull = true;
    this.outbox.close();
  }

  onWritten(): void {
    this.isWritten = true;
  }

  onFault(error: unknown): void {
    throw error;
  }
}

/** Resolves after this turn of the event loop, and before an outbox looks at its socket again. */
const endOfTurn = () => Promise.resolve().then(() => Promise.resolve());

/** Lets all read until nothing waits for them. */
async function readAll(readers: readonly Reader[]): Promise<void> {
  while (readers.some(({ outbox }) => outbox.waiting > 0)) {
    for (const reader of readers) reader.read();
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

function make(networks: readonly string[]) {
  const memory = new NetworkMemory(256 * MIB);
  const waiting = new WaitingFrames(memory);
  return { memory, waiting, readers: networks.map((network) => new Reader(network, waiting)) };
}

Deno.test("Outbox takes what waits for slow readers from the memory of their networks", async () => {
  const networks = ["192.0.2.1", "192.0.2.2", "198.51.100.1"];
  const { memory, waiting, readers } = make(
    networks.flatMap((network) => Array(450).fill(network)),
  );
  await endOfTurn();
  // Each in a room of its own, with the same text.
  const { text, bytes } = frameOf("€", 96 * KIB);
  for (let i = 0; i < 8; i++) {
    for (const reader of readers.filter(({ isOverfull }) => !isOverfull)) {
      // A reply takes memory as the others do.
      if (i === 3) reader.outbox.reply({ text, bytes });
      else reader.outbox.offer([{ text, bytes }]);
    }
    await endOfTurn();
  }
  assert(memory.total <= 96 * MIB, `${memory.total / MIB} MiB`);
  assert(memory.total > 64 * MIB, `${memory.total / MIB} MiB`);
  // Somebody else is slow, too.
  const other = new Reader("203.0.113.1", waiting);
  await endOfTurn();
  for (let i = 0; i < 5; i++) other.outbox.offer([frameOf("€", 96 * KIB)]);
  await endOfTurn();
  assert(!other.isOverfull);
  await readAll([...readers, other]);
  assertEquals(memory.total, 0);
});

Deno.test("Outbox takes memory once for what waits for all of a room", async () => {
  const networks = Array.from({ length: 2000 }, (_, i) => `203.0.113.${i % 200}`);
  const { memory, readers } = make([...Array(2000).fill("192.0.2.1"), ...networks]);
  await endOfTurn();
  for (let i = 0; i < 16; i++) {
    const frames = [frameOf("x", 32 * KIB)];
    for (const { outbox } of readers) outbox.offer(frames);
    await endOfTurn();
  }
  assertEquals(readers.filter(({ isOverfull }) => isOverfull), []);
  assert(memory.total < 2 * MIB, `${memory.total / MIB} MiB`);
  await readAll(readers);
  assertEquals(memory.total, 0);
});

Deno.test("Outbox gives memory back when it is discarded, closed, or too much waits", async () => {
  const memory = new NetworkMemory(256 * KIB, 128 * KIB);
  const waiting = new WaitingFrames(memory);
  const fill = async () => {
    const reader = new Reader("192.0.2.1", waiting);
    await endOfTurn();
    reader.outbox.offer([frameOf("x", 40 * KIB), frameOf("x", 40 * KIB)]);
    await endOfTurn();
    assertEquals([memory.total > 80 * KIB, reader.isOverfull], [true, false]);
    return reader;
  };
  const discarded = await fill();
  discarded.outbox.discard();
  assertEquals(memory.total, 0);
  const gone = await fill();
  gone.readyState = WebSocket.CLOSED;
  gone.outbox.close();
  while (!gone.isWritten) await new Promise((resolve) => setTimeout(resolve, 1));
  assertEquals(memory.total, 0);
  const full = await fill();
  full.outbox.offer([frameOf("x", 60 * KIB)]);
  await endOfTurn();
  assertEquals([memory.total, full.isOverfull], [0, true]);
  await readAll([discarded, gone, full]);
});

Deno.test("WaitingFrames charges a frame to each network while it waits for one of its clients", () => {
  const memory = new NetworkMemory(256 * KIB, 128 * KIB);
  const waiting = new WaitingFrames(memory);
  const frame = frameOf("x", 20 * KIB);
  const networks = Array.from({ length: 100 }, (_, i) => `192.0.2.${i}`);
  for (const network of [...networks, ...networks]) assert(waiting.add(frame, network));
  assert(memory.total < 24 * KIB, `${memory.total}`);
  assert(!waiting.add(frameOf("x", 120 * KIB), "192.0.2.0"), "it is charged for the frame");
  for (const network of networks) waiting.remove(frame, network);
  assert(memory.total > 20 * KIB, `${memory.total}`);
  for (const network of networks) waiting.remove(frame, network);
  assertEquals(memory.total, 0);
});

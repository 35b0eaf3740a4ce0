/** A room whose members read late, and somebody who sends as much as the limits allow. */
import { assert, assertEquals } from "../testing/assert.ts";
import { ChatClient } from "../testing/chat_client.ts";
import { Hubbub } from "../testing/hubbub.ts";
import { RawSocket } from "../testing/raw_socket.ts";
import { delay } from "../lib/std.ts";
import { Waiter } from "../testing/waiter.ts";

const READERS = 200;
/** The largest message that a server can be set to allow. */
const LARGEST = 65_536;
/** More messages than a sender can send at once: they would fill the buffers of those who read late. */
const MANY = 20;

/** Members of the lobby that read nothing until they are let. */
class Readers implements Disposable {
  readonly #sockets: RawSocket[] = [];
  readonly #waiter = new Waiter();
  /** The ids of the messages that each has received. */
  readonly #received: Set<string>[] = [];
  #joined = 0;
  #gate: Promise<void> | undefined;
  #open = () => {};

  static async enter(port: number, count: number): Promise<Readers> {
    const readers = new Readers();
    for (let i = 0; i < count; i++) await readers.#enter(port);
    await readers.#waiter.until(() => readers.#joined === count);
    readers.#gate = new Promise((resolve) => readers.#open = resolve);
    return readers;
  }

  async #enter(port: number): Promise<void> {
    const socket = await RawSocket.connect({ port, path: "/ws", protocol: "hubbub.v1" });
    const ids = new Set<string>();
    this.#sockets.push(socket);
    this.#received.push(ids);
    socket.pace = async () => await this.#gate;
    const decoder = new TextDecoder();
    void socket.receive((bytes, from, to) => {
      for (const line of decoder.decode(bytes.subarray(from, to)).split("\n")) {
        if (line.startsWith('{"type":"joined"')) this.#joined++;
        const id = /^\{"type":"message","room":"lobby","seq":\d+,"id":"([^"]+)"/.exec(line)?.[1];
        if (id !== undefined) ids.add(id);
      }
      this.#waiter.check();
    });
    socket.send('{"type":"join","room":"lobby"}');
  }

  /** Lets them read, until each has received messages with these ids. */
  async readUntil(ids: readonly string[]): Promise<void> {
    this.#gate = undefined;
    this.#open();
    await this.#waiter.until(() =>
      this.#received.every((received) => ids.every((id) => received.has(id)))
    );
  }

  [Symbol.dispose](): void {
    this.#open();
    for (const socket of this.#sockets) socket[Symbol.dispose]();
  }
}

/** Sends a text until it is stored, as soon as the server allows. Returns the number of refusals. */
async function insist(client: ChatClient, id: string, text: string): Promise<number> {
  for (let refusals = 0;; refusals++) {
    client.send({ type: "send", room: "lobby", id, text });
    const answer = await Promise.race([
      client.take("message", (line) => line.id === id),
      client.take("error", ({ ref }) => ref === id),
      client.closed,
    ]);
    if (!("type" in answer)) throw new Error(`Closed: ${answer.code} ${answer.reason}`);
    if (answer.type === "message") return refusals;
    assertEquals(answer.code, "rate_limited");
    await delay(answer.retry ?? 0);
  }
}

Deno.test("a sender of the largest messages at the limits disconnects no reader of a room of 200", async () => {
  // A busy machine must not make the readers late for `--write-wait`: here only what waits for them counts.
  const flags = ["--rate", "20", "--max-message", String(LARGEST), "--write-wait", "600"];
  await using hubbub = await Hubbub.start(flags);
  using readers = await Readers.enter(hubbub.port, READERS);
  await using sender = await ChatClient.enter(hubbub.port);
  const { limits } = sender.hello;
  assertEquals([limits.message, limits.frame], [LARGEST, 397_312]);

  const ids: string[] = [];
  const send = (text: string) => {
    const id = `m${ids.length}`;
    ids.push(id);
    return insist(sender, id, text);
  };
  /** Sends a text until it is refused once. Returns the number of times that it was not. */
  const sendAtOnce = async (text: string) => {
    for (let count = 0; count < MANY; count++) if (await send(text) > 0) return count;
    return MANY;
  };
  // As JSON it is six times as long, and counts so. A busy machine may give the sender more time.
  const escaped = await sendAtOnce(`x${"\x01".repeat(LARGEST - 1)}`);
  assert(escaped < MANY, `${escaped} escaped messages at once`);
  const plain = await sendAtOnce("x".repeat(LARGEST));
  assert(plain < MANY, `${plain} messages at once`);
  const metrics = await (await fetch(hubbub.url("/metrics"))).text();
  assert(metrics.includes(`\nhubbub_clients ${READERS + 1}\n`), metrics);
  await readers.readUntil(ids);
});

/** What becomes of connections whose peers read nothing, answer nothing, or only talk. */
import { RawSocket } from "../testing/raw_socket.ts";
import { assert, assertEquals } from "../testing/assert.ts";
import { ChatClient, knock } from "../testing/chat_client.ts";
import { runtimes } from "../testing/executable.ts";
import { Hubbub } from "../testing/hubbub.ts";
import { TestSocket, Watch, Wire } from "../testing/sockets.ts";

/** More than the kernel takes for a peer that reads nothing, in messages of 10 KB. */
const MANY = 700;
const NEWLINE = 10;
const TEXT = "x".repeat(10_000);

/** Polls the metrics until one has a value; how long that took, in ms. */
async function until(hubbub: Hubbub, name: string, value: number): Promise<number> {
  const start = performance.now();
  for (;;) {
    const text = await (await fetch(hubbub.url("/metrics"))).text();
    const took = performance.now() - start;
    if (text.includes(`\n${name} ${value}\n`)) return took;
    assert(took < 20_000, `${name} is not ${value}`);
  }
}

/** Says so much in the lobby that a peer that reads nothing has all that the kernel takes for it. */
async function saySoMuch(port: number, atOnce: number): Promise<void> {
  // Unlike Deno's WebSocket, it does not wait for acknowledgements between the parts of a message.
  using speaker = await RawSocket.connect({ port, path: "/ws" });
  const watch = new Watch();
  let heard = 0;
  void speaker.receive((bytes, from, to) => {
    for (let at = from; (at = bytes.indexOf(NEWLINE, at)) >= 0 && at < to; at++) heard++;
    watch.check();
  });
  for (let said = 0; said < MANY;) {
    for (let i = 0; i < atOnce; i++, said++) speaker.send(TEXT);
    await watch.until(() => heard >= said);
  }
}

for (const runtime of await runtimes()) {
  Deno.test(`Stuck (${runtime.name}): who drains nothing for write-wait is out, its socket counts on`, async () => {
    const flags = "--write-wait 1 --send-buffer 1000000000 --max-message 10000 --max-clients 2";
    await using hubbub = await Hubbub.start(flags.split(" "), runtime);
    using deaf = await Wire.upgrade(hubbub.port);
    await saySoMuch(hubbub.port, 20);
    const took = await until(hubbub, 'hubbub_drops_total{reason="slow"}', 1);
    assert(took < 3000, `it took ${took} ms`);
    await until(hubbub, "hubbub_clients", 0);
    await until(hubbub, "hubbub_stuck_sockets", 1);
    await until(hubbub, "hubbub_sockets", 1);
    await using _only = await TestSocket.open(hubbub.port);
    assertEquals((await knock(hubbub.port)).status, 503);
    deaf[Symbol.dispose]();
    await until(hubbub, "hubbub_stuck_sockets", 0);
    assertEquals((await knock(hubbub.port)).status, 101);
  });

  Deno.test(`Stuck (${runtime.name}): who lets more wait than send-buffer is out before write-wait`, async () => {
    const flags = "--write-wait 600 --send-buffer 65536 --max-message 10000";
    await using hubbub = await Hubbub.start(flags.split(" "), runtime);
    using _deaf = await Wire.upgrade(hubbub.port);
    await saySoMuch(hubbub.port, 3);
    await until(hubbub, 'hubbub_drops_total{reason="slow"}', 1);
    await until(hubbub, "hubbub_clients", 0);
  });

  Deno.test(`Stuck (${runtime.name}): who answers no ping is gone, who does stays`, async () => {
    await using hubbub = await Hubbub.start(["--idle-timeout", "2"], runtime);
    await using quiet = await TestSocket.open(hubbub.port);
    using _mute = await Wire.upgrade(hubbub.port);
    await until(hubbub, 'hubbub_drops_total{reason="idle"}', 1);
    await until(hubbub, "hubbub_sockets", 1);
    quiet.send("still here");
    assertEquals(await quiet.received(1), ["still here"]);
  });

  Deno.test(`Stuck (${runtime.name}): who asks and asks and reads no answer is ended`, async () => {
    await using hubbub = await Hubbub.start(["--rate", "1"], runtime);
    await using client = await ChatClient.open(hubbub.port);
    const commands = Array<object>(3000).fill({ type: "rooms" });
    for (let sent = 0; sent < 2 << 20; sent += 3000 * 17) client.send(...commands);
    await client.closed;
    await until(hubbub, 'hubbub_drops_total{reason="unread"}', 1);
  });

  Deno.test(`Stuck (${runtime.name}): a plain line over the rate ends that connection`, async () => {
    await using hubbub = await Hubbub.start(["--rate", "2"], runtime);
    await using witness = await TestSocket.open(hubbub.port);
    await using hasty = await TestSocket.open(hubbub.port);
    // The burst is three seconds of the rate; what comes after the close would cut it short.
    for (let i = 0; i < 7; i++) hasty.send(`line ${i}`);
    assertEquals(await hasty.closed, { code: 1008, reason: "Too fast: 2 messages a second" });
    assertEquals(
      (await witness.received(6)).slice(0, 6),
      [0, 1, 2, 3, 4, 5].map((i) => `line ${i}`),
    );
  });
}

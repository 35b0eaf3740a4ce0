/** Checks connections whose peers read nothing, answer nothing, or only send. */
import { RawSocket } from "../testing/raw_socket.ts";
import { assert, assertEquals } from "../testing/assert.ts";
import { ChatClient, upgrade } from "../testing/chat_client.ts";
import { runtimes } from "../testing/executable.ts";
import { Hubbub } from "../testing/hubbub.ts";
import { RawConnection, TestSocket } from "../testing/sockets.ts";
import { PATIENCE_MS, Waiter } from "../testing/waiter.ts";

/** More than the kernel takes for a peer that reads nothing, in messages of 10 KB. */
const MANY = 700;
const NEWLINE = 10;
const TEXT = "x".repeat(10_000);

/** Polls the metrics until one has a value. */
async function until(hubbub: Hubbub, name: string, value: number): Promise<void> {
  const start = performance.now();
  for (;;) {
    const text = await (await fetch(hubbub.url("/metrics"))).text();
    if (text.includes(`\n${name} ${value}\n`)) return;
    assert(performance.now() - start < PATIENCE_MS, `${name} is not ${value}`);
  }
}

/** Says so much in the lobby that a peer that reads nothing has all that the kernel takes for it. */
async function saySoMuch(port: number, atOnce: number): Promise<void> {
  // Unlike Deno's WebSocket, it does not wait for acknowledgements between the parts of a message.
  using speaker = await RawSocket.connect({ port, path: "/ws" });
  const watch = new Waiter();
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
  Deno.test(`the program (${runtime.name}) drops a client that drains nothing for write-wait, and counts its socket on`, async () => {
    const flags =
      "--write-wait 1 --idle-timeout 600 --send-buffer 1000000000 --max-message 10000 --max-clients 2";
    await using hubbub = await Hubbub.start(flags.split(" "), runtime);
    using slow = await RawConnection.upgrade(hubbub.port);
    await saySoMuch(hubbub.port, 20);
    await until(hubbub, 'hubbub_drops_total{reason="slow"}', 1);
    await until(hubbub, "hubbub_clients", 0);
    await until(hubbub, "hubbub_stuck_sockets", 1);
    await until(hubbub, "hubbub_sockets", 1);
    await using _only = await TestSocket.open(hubbub.port);
    assertEquals((await upgrade(hubbub.port)).status, 503);
    slow[Symbol.dispose]();
    await until(hubbub, "hubbub_stuck_sockets", 0);
    assertEquals((await upgrade(hubbub.port)).status, 101);
  });

  Deno.test(`the program (${runtime.name}) drops a client with more than send-buffer waiting before write-wait`, async () => {
    const flags = "--write-wait 600 --send-buffer 65536 --max-message 10000";
    await using hubbub = await Hubbub.start(flags.split(" "), runtime);
    using _deaf = await RawConnection.upgrade(hubbub.port);
    await saySoMuch(hubbub.port, 3);
    await until(hubbub, 'hubbub_drops_total{reason="slow"}', 1);
    await until(hubbub, "hubbub_clients", 0);
  });

  Deno.test(`the program (${runtime.name}) drops a client that answers no ping, and keeps one that does`, async () => {
    await using hubbub = await Hubbub.start(["--idle-timeout", "2"], runtime);
    await using quiet = await TestSocket.open(hubbub.port);
    using _mute = await RawConnection.upgrade(hubbub.port);
    await until(hubbub, 'hubbub_drops_total{reason="idle"}', 1);
    await until(hubbub, "hubbub_sockets", 1);
    quiet.send("still here");
    assertEquals(await quiet.received(1), ["still here"]);
  });

  Deno.test(`the program (${runtime.name}) closes a client that keeps asking and reads no answer`, async () => {
    await using hubbub = await Hubbub.start(["--rate", "1"], runtime);
    await using client = await ChatClient.open(hubbub.port);
    const commands = Array<object>(3000).fill({ type: "rooms" });
    for (let sent = 0; sent < 2 << 20; sent += 3000 * 17) client.send(...commands);
    await client.closed;
    await until(hubbub, 'hubbub_drops_total{reason="unread"}', 1);
  });

  Deno.test(`the program (${runtime.name}) closes a connection at a plain line over the rate`, async () => {
    await using hubbub = await Hubbub.start(["--rate", "2"], runtime);
    await using observer = await TestSocket.open(hubbub.port);
    await using hasty = await TestSocket.open(hubbub.port);
    // The burst is three seconds of the rate; what comes after the close would cut it short.
    let [sent, closed] = [0, false];
    void hasty.closed.then(() => closed = true);
    while (!closed) {
      for (let i = 0; i < 7; i++) hasty.send(`line ${sent++}`);
      // A server that was kept waiting may allow all of them.
      await Promise.race([hasty.closed, observer.received(sent)]);
    }
    assertEquals(await hasty.closed, {
      code: 1008,
      reason: "Too fast: the limit is 2 messages per second",
    });
    const received = await observer.received(6);
    assert(received.length < sent);
    assertEquals(received, received.map((_, i) => `line ${i}`));
  });
}

/** Floods of input that says nothing: each costs something, and a client that continues is closed with 1008. */
import { delay } from "../lib/std.ts";
import { clientFrame, handshake, RawConnection, TestSocket } from "../testing/sockets.ts";
import { PATIENCE_MS } from "../testing/waiter.ts";
import { assert } from "../testing/assert.ts";
import { ChatClient } from "../testing/chat_client.ts";
import { Hubbub } from "../testing/hubbub.ts";
import { PROTOCOL } from "../protocol/mod.ts";
import { closeCode } from "../bench/attacks/attack.ts";

/** The bytes of frames that are written at once. */
const WRITE_BYTES = 64 * 1024;

/** The most frames of a flood: a server that never closes the connection fails the test. */
const FRAMES = 200_000;

/** Connects without a WebSocket client, which could not send as fast. */
async function connect(port: number, json: boolean): Promise<RawConnection> {
  if (!json) return await RawConnection.upgrade(port);
  const connection = await RawConnection.connect(port);
  await connection.write(handshake({ "Sec-WebSocket-Protocol": PROTOCOL }));
  await connection.readHead();
  return connection;
}

/** Sends a frame again and again until the server closes; returns the close code, or "open". */
async function flood(connection: RawConnection, payload: string): Promise<string> {
  const frame = clientFrame(payload);
  const copies = Math.max(1, Math.floor(WRITE_BYTES / frame.length));
  const write = new Uint8Array(Array.from({ length: copies }, () => [...frame]).flat());
  let end: string | undefined;
  const reading = connection.readToEnd().then((received) => end = closeCode(received));
  try {
    for (let sent = 0; sent < FRAMES && end === undefined; sent += copies) {
      await connection.write(write);
    }
  } catch {
    // The server has cut the connection.
  }
  if (end === undefined) {
    // Ends the reading in any case, so that a server that allows all this fails the test.
    await connection.write(clientFrame("", 0x88)).catch(() => {});
  }
  return await reading;
}

const FLOODS: [what: string, payload: string, formats: ("json" | "plain")[]][] = [
  ["empty frames", "", ["json", "plain"]],
  ["frames of one newline", "\n", ["json", "plain"]],
  ["frames of newlines only", "\n".repeat(60_000), ["json", "plain"]],
  ["frames of other line ends", "\r\n\r\r\n", ["json", "plain"]],
  ["frames of white space", " \t\u3000\u00a0\ufeff".repeat(1000), ["json", "plain"]],
  ["many empty lines after a command", '{"type":"rooms"}' + "\n".repeat(5000), ["json"]],
];

for (const [what, payload, formats] of FLOODS) {
  for (const format of formats) {
    Deno.test(`the program closes a ${format} client that floods it with ${what}`, async () => {
      // Without a limit on messages, empty lines still have theirs.
      await using hubbub = await Hubbub.start(["--rate", "0"]);
      await using quiet = await ChatClient.enter(hubbub.port);
      using connection = await connect(hubbub.port, format === "json");
      const code = await flood(connection, payload);
      // A peer that continues sending after the close frame may be cut before it reads it.
      assert(["1008", "cut"].includes(code), code);
      const answer = await fetch(hubbub.url("/metrics"));
      const dropped = /^hubbub_drops_total\{reason="(\w+)"\} [1-9]/m.exec(await answer.text());
      assert(["too_fast", "unread"].includes(dropped?.[1] ?? ""), `dropped as ${dropped?.[1]}`);
      await quiet.say("still here");
    });
  }
}

Deno.test("the program keeps a client that sends empty lines at the pace of a person", async () => {
  await using hubbub = await Hubbub.start([]);
  await using ann = await ChatClient.enter(hubbub.port);
  // A client that ends each line with a newline, and a person who holds the Enter key.
  for (let i = 0; i < 50; i++) ann.send(`{"type":"typing","room":"lobby"}\r\n`);
  for (let i = 0; i < 300; i++) ann.send("");
  await ann.say("still here");
});

Deno.test("the program closes a client whose empty frames wait while it reads nothing", async () => {
  await using hubbub = await Hubbub.start(["--rate", "0", "--max-message", "10000"]);
  await using ann = await ChatClient.enter(hubbub.port);
  for (let i = 0; i < 40; i++) await ann.say("x".repeat(9900));
  using slow = await connect(hubbub.port, true);
  const join = '{"type":"join","room":"lobby","after":0}';
  // No reply is read, so that the later commands wait.
  for (let i = 0; i < 200; i++) await slow.write(clientFrame(join));
  const empty = new Uint8Array(Array.from({ length: 1000 }, () => [...clientFrame("")]).flat());
  const dropped = async () =>
    /^hubbub_drops_total\{reason="unread"\} 1/m.test(
      await (await fetch(hubbub.url("/metrics"))).text(),
    );
  try {
    for (let i = 0; i < 60 && !await dropped(); i++) await slow.write(empty);
  } catch {
    // The server has cut the connection.
  }
  // Metrics are collected once a second.
  const end = performance.now() + PATIENCE_MS;
  while (!await dropped()) {
    assert(performance.now() < end, "it is not dropped");
    await delay(100);
  }
  await ann.say("still here");
});

Deno.test("the program delivers messages between requests that arrive without an end", async () => {
  await using hubbub = await Hubbub.start();
  await using ann = await TestSocket.open(hubbub.port);
  const request = "GET /nothing HTTP/1.1\r\nHost: x\r\n\r\n".repeat(100);
  const floods = await Promise.all(
    Array.from({ length: 20 }, async () => {
      const connection = await RawConnection.connect(hubbub.port);
      await connection.write(request.replace(/\r\n$/, "Connection: close\r\n\r\n"));
      return connection;
    }),
  );
  let over = 0;
  const ends = floods.map(async (connection) => {
    await connection.readToEnd();
    over++;
  });
  for (let sent = 1; sent <= 10; sent++) {
    ann.send(`${sent}`);
    await ann.received(sent);
  }
  assert(over === 0, "messages waited for the requests");
  await Promise.all(ends);
  for (const connection of floods) connection[Symbol.dispose]();
});

import { assert, assertEquals, assertRejects } from "./assert.ts";
import { deadline } from "../lib/std.ts";
import { RawSocket } from "./raw_socket.ts";

const CEILING_MS = 60_000;

/** A real WebSocket server on a free port. */
function serve(onSocket: (socket: WebSocket) => void): Deno.HttpServer<Deno.NetAddr> {
  const options = { hostname: "127.0.0.1", port: 0, onListen: () => {} };
  return Deno.serve(options, (request) => {
    const { socket, response } = Deno.upgradeWebSocket(request);
    onSocket(socket);
    return response;
  });
}

function echo(socket: WebSocket): void {
  socket.onmessage = ({ data }) => socket.send(data);
}

/**
 * A server that answers the handshake itself and then does to the connection what the test wants.
 */
function listen(then: (conn: Deno.TcpConn) => Promise<void>) {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const served = (async () => {
    using conn = await listener.accept();
    const request = new TextDecoder().decode(await readSome(conn));
    const key = /^Sec-WebSocket-Key: (.*)\r$/m.exec(request)?.[1];
    const digest = await crypto.subtle.digest(
      "SHA-1",
      new TextEncoder().encode(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`),
    );
    const accept = new Uint8Array(digest).toBase64();
    await conn.write(
      new TextEncoder().encode(
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
          `Sec-WebSocket-Accept: ${accept}\r\n\r\n`,
      ),
    );
    await then(conn);
  })();
  return { port: listener.addr.port, served, [Symbol.dispose]: () => listener.close() };
}

async function readSome(conn: Deno.TcpConn): Promise<Uint8Array> {
  const chunk = new Uint8Array(4096);
  return chunk.slice(0, await conn.read(chunk) ?? 0);
}

/** An unmasked frame, as servers send them. */
function frame(first: number, payload: string): number[] {
  return [first, payload.length, ...new TextEncoder().encode(payload)];
}

/** Reads until `count` messages have come, and how it ended if it did before. */
async function collect(socket: RawSocket, count: number): Promise<string[]> {
  const messages: string[] = [];
  const enough = Promise.withResolvers<void>();
  const ended = socket.receive((bytes, from, to) => {
    const text = new TextDecoder().decode(bytes.subarray(from, to));
    assert(text.endsWith("\n"));
    messages.push(...text.slice(0, -1).split("\n"));
    if (messages.length >= count) enough.resolve();
  });
  await deadline(Promise.race([enough.promise, ended]), CEILING_MS);
  return messages;
}

Deno.test("RawSocket sends a text of any length to a real server and receives it", async () => {
  await using server = serve(echo);
  const texts = [1, 125, 126, 127, 65_535, 65_536, 65_537, 1_000_000]
    .map((length) => `${length}:é`.padEnd(length, "0123456789"));
  using socket = await RawSocket.connect({ port: server.addr.port, path: "/ws" });
  for (const text of texts) socket.send(text);
  const received = await collect(socket, texts.length);
  assertEquals(received.map(({ length }) => length), texts.map(({ length }) => length));
  assert(received.every((text, i) => text === texts[i]));
});

Deno.test("RawSocket keeps the order of many messages, however they fall into reads", async () => {
  await using server = serve(echo);
  using socket = await RawSocket.connect({ port: server.addr.port, path: "/ws" });
  const texts = Array.from({ length: 20_000 }, (_, i) => `${i}`.padEnd(i % 200 + 5, "."));
  for (const text of texts) socket.send(text);
  const received = await collect(socket, texts.length);
  assertEquals(received.length, texts.length);
  assert(received.every((text, i) => text === texts[i]));
});

Deno.test("RawSocket joins fragments, and answers a ping between them", async () => {
  using server = listen(async (conn) => {
    const bytes = [
      ...frame(0x81, "before"),
      ...frame(0x01, "one "),
      ...frame(0x89, "are you there"),
      ...frame(0x00, "message "),
      ...frame(0x80, "in three"),
      ...frame(0x81, "after"),
    ];
    for (const byte of bytes) await conn.write(new Uint8Array([byte]));
    const pong = await readSome(conn);
    assertEquals([pong[0], pong[1]], [0x8a, 0x80 | "are you there".length]);
    const mask = pong.subarray(2, 6);
    const payload = pong.subarray(6).map((byte, i) => byte ^ (mask[i % 4] ?? 0));
    assertEquals(new TextDecoder().decode(payload), "are you there");
  });
  using socket = await RawSocket.connect({ port: server.port, path: "/" });
  assertEquals(await collect(socket, 3), ["before", "one message in three", "after"]);
  await deadline(server.served, CEILING_MS);
});

Deno.test("RawSocket reports the server's close with code and reason, after all messages before it", async () => {
  await using server = serve((socket) => {
    socket.onopen = () => {
      socket.send("last words");
      socket.close(4001, "go away");
    };
  });
  using socket = await RawSocket.connect({ port: server.addr.port, path: "/ws" });
  let received = "";
  const ended = socket.receive((bytes, from, to) => {
    received += new TextDecoder().decode(bytes.subarray(from, to));
  });
  assertEquals(await deadline(ended, CEILING_MS), { code: 4001, reason: "go away" });
  assertEquals(received, "last words\n");
});

Deno.test("RawSocket.close sends its code and ends cleanly", async () => {
  const closed = Promise.withResolvers<number>();
  await using server = serve((socket) => {
    socket.onclose = ({ code }) => closed.resolve(code);
  });
  using socket = await RawSocket.connect({ port: server.addr.port, path: "/ws" });
  const ended = socket.receive(() => {});
  socket.close(4002);
  assertEquals((await deadline(ended, CEILING_MS)).code, 4002);
  assertEquals(await deadline(closed.promise, CEILING_MS), 4002);
});

Deno.test("RawSocket reports 1006 for a connection cut in the middle of a frame, without its message", async () => {
  using server = listen(async (conn) => {
    await conn.write(new Uint8Array([...frame(0x81, "whole"), 0x81, 100, 65, 65]));
  });
  using socket = await RawSocket.connect({ port: server.port, path: "/" });
  const messages: string[] = [];
  const ended = socket.receive((bytes, from, to) => {
    messages.push(new TextDecoder().decode(bytes.subarray(from, to)));
  });
  assertEquals((await deadline(ended, CEILING_MS)).code, 1006);
  assertEquals(messages, ["whole\n"]);
});

Deno.test("RawSocket ends a connection on masked, reserved and unknown frames of a server", async () => {
  for (const bytes of [[0x81, 0x80, 0, 0, 0, 0], [0xc1, 1, 65], [0x83, 0]]) {
    using server = listen(async (conn) => {
      await conn.write(new Uint8Array(bytes));
      await readSome(conn);
    });
    using socket = await RawSocket.connect({ port: server.port, path: "/" });
    const { code } = await deadline(socket.receive(() => {}), CEILING_MS);
    assertEquals(code, 1002);
    await server.served;
  }
});

Deno.test("RawSocket.connect reports the answer of a server that refuses", async () => {
  const options = { hostname: "127.0.0.1", port: 0, onListen: () => {} };
  await using server = Deno.serve(options, () => new Response("no", { status: 403 }));
  await assertRejects(
    () => RawSocket.connect({ port: server.addr.port, path: "/ws" }),
    Error,
    "HTTP/1.1 403",
  );
});

Deno.test("RawSocket.connect asks for a subprotocol", async () => {
  const options = { hostname: "127.0.0.1", port: 0, onListen: () => {} };
  await using server = Deno.serve(options, (request) => {
    const protocol = request.headers.get("sec-websocket-protocol") ?? "none";
    const { socket, response } = Deno.upgradeWebSocket(request, { protocol });
    socket.onopen = () => socket.send(protocol);
    return response;
  });
  using socket = await RawSocket.connect({
    port: server.addr.port,
    path: "/ws",
    protocol: "hubbub.v1",
  });
  assertEquals(await collect(socket, 1), ["hubbub.v1"]);
});

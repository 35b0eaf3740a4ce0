import { Outbox } from "./outbox.ts";
import { deadline } from "../lib/std.ts";
import { assertEquals } from "../testing/assert.ts";

const FRAME = { text: "x".repeat(32 * 1024), bytes: 32 * 1024 };
/** 6.4 MB, a hundred times what may wait in the runtime. */
const FRAMES = 200;
/** One look at the runtime every 100 ms would take longer. */
const CEILING_MS = 5_000;

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

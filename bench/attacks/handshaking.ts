/**
 * Clients that abuse requests: their headers, their end, and pages that take work.
 *
 * @module
 */
import { type ClientHttp2Session, connect as connectHttp2 } from "node:http2";
import { connect } from "node:net";
import { clientFrame, handshake, RawConnection } from "../../testing/sockets.ts";
import { RawSocket } from "../../testing/raw_socket.ts";
import { type Attack, count, repeat } from "./attack.ts";

/** As much as the runtime accepts in the headers of a request, about. */
const PADDING = 60_000;

/** Clients that take names. */
const TAKERS = 50;

/** Headers with long runs of what parsers look for; the value is between two letters. */
const PADDED = [
  ["If-None-Match", `a${" ".repeat(PADDING)}b`],
  ["If-None-Match", `a${'",'.repeat(PADDING / 2)}b`],
  ["Authorization", `Bearer a${" ".repeat(PADDING)}b`],
  ["Authorization", `Basic a${" ".repeat(PADDING)}b`],
  ["Cookie", `a${"; ".repeat(PADDING / 2)}b`],
  ["Accept-Encoding", `a${" ,".repeat(PADDING / 2)}b`],
  ["Sec-WebSocket-Protocol", `a${" ,".repeat(PADDING / 2)}b`],
  ["Origin", `http://xn--${"a".repeat(PADDING)}`],
  ["Connection", `a${",\t".repeat(PADDING / 2)}b`],
] as const;

/** `size` requests, each with a header that a bad parser would take seconds for. */
const paddedHeaders: Attack = {
  size: 2000,
  flags: [],
  async run(port, size) {
    let next = 0;
    return await repeat(size, async () => {
      const [name = "", value = ""] = PADDED[next++ % PADDED.length] ?? [];
      using connection = await RawConnection.connect(port);
      const path = name.startsWith("Sec-") || name === "Origin" ? "/ws" : "/metrics";
      await connection.write(handshake({ [name]: value }, next % 2 === 0 ? path : "/"));
      return (await connection.readHead()).slice(9, 12);
    });
  },
};

/** `size` connections that are reset as soon as their handshake is sent. */
const resets: Attack = {
  size: 28_000,
  flags: [],
  async run(port, size) {
    return await repeat(size, () =>
      new Promise<string>((resolve) => {
        const socket = connect(port, "127.0.0.1", () => {
          socket.write(handshake(), () => socket.resetAndDestroy());
        });
        socket.on("error", () => {});
        socket.on("close", () => resolve("reset"));
      }));
  },
};

/** `size` handshakes with two headers `Upgrade`, which the runtime fails to upgrade. */
const doubleUpgrades: Attack = {
  size: 500,
  flags: [],
  async run(port, size) {
    return await repeat(size, async () => {
      using connection = await RawConnection.connect(port);
      await connection.write(handshake({ Upgrade: "h2c\r\nUpgrade: websocket" }));
      return (await connection.readHead()).slice(9, 12) || "nothing";
    });
  },
};

/** `size` clients that break the protocol, and continue without an answer to the close frame. */
const unclosed: Attack = {
  size: 1000,
  flags: [],
  async run(port, size) {
    return await repeat(size, async () => {
      const connection = await RawConnection.upgrade(port);
      await connection.write(clientFrame("x", 0x82));
      return "held";
    });
  },
};

/** `size` requests for the metrics. */
const metrics: Attack = {
  size: 20_000,
  flags: [],
  async run(port, size) {
    return await repeat(size, async () => {
      const answer = await fetch(`http://127.0.0.1:${port}/metrics`);
      await answer.arrayBuffer();
      return String(answer.status);
    });
  },
};

/** The connections that send requests without waiting for answers, and how many each sends at once. */
const PIPELINES = 20;
const PIPELINED = 50;

/** `size` requests for the page, many of which are always there. */
const pipelined: Attack = {
  size: 20_000,
  flags: [],
  async run(port, size) {
    const request = "GET / HTTP/1.1\r\nHost: x\r\n\r\n".repeat(PIPELINED);
    const statuses = await Promise.all(Array.from({ length: PIPELINES }, async () => {
      const found: string[] = [];
      for (let sent = 0; sent < size / PIPELINES; sent += PIPELINED) {
        using connection = await RawConnection.connect(port);
        await connection.write(request.replace(/\r\n$/, "Connection: close\r\n\r\n"));
        const answers = new TextDecoder().decode(await connection.readToEnd());
        for (const [, status = ""] of answers.matchAll(/HTTP\/1\.1 (\d+) /g)) found.push(status);
      }
      return found;
    }));
    return count(statuses.flat());
  },
};

/** Clients of one address that take `size` names together, as fast as they are answered. */
const names: Attack = {
  size: 3000,
  flags: ["--rate", "0"],
  async run(port, size) {
    const each = size / TAKERS;
    const results = await Promise.all(
      Array.from({ length: TAKERS }, (_, taker) => takeNames(port, taker, each)),
    );
    return count(results.flat());
  },
};

/** Takes some names; resolves to the answers. Several renames may be announced as one. */
async function takeNames(port: number, taker: number, names: number): Promise<string[]> {
  const socket = await RawSocket.connect({ port, path: "/ws", protocol: "hubbub.v1" });
  const results: string[] = [];
  const done = Promise.withResolvers<void>();
  const closed = socket.receive((bytes, from, to) => {
    const text = new TextDecoder().decode(bytes.subarray(from, to));
    for (const [, result = ""] of text.matchAll(/"(?:type":"|code":")(renamed|\w+_\w+)"/g)) {
      results.push(result);
    }
    if (text.includes('"type":"rooms"')) done.resolve();
  });
  for (let i = 0; i < names; i++) {
    socket.send(JSON.stringify({ type: "name", name: `taker ${taker} ${i}` }));
  }
  // Commands are answered in order.
  socket.send('{"type":"rooms"}');
  await Promise.race([done.promise, closed]);
  return results;
}

/** The requests of one HTTP/2 connection: as many as the runtime takes at once, about. */
const REQUESTS_AT_ONCE = 190;

/** `size` requests over HTTP/2 for the page, of whose answers nothing is read. */
const unreadAnswers: Attack = {
  size: 4000,
  flags: [],
  async run(port, size) {
    const statuses: Promise<string>[] = [];
    for (let i = 0; i < size; i++) {
      if (i % REQUESTS_AT_ONCE === 0) {
        session = connectHttp2(`http://127.0.0.1:${port}`, { settings: { initialWindowSize: 0 } });
        session.on("error", () => {});
      }
      const request = session?.request({ ":path": "/", "accept-encoding": "identity" });
      if (request === undefined) continue;
      statuses.push(
        new Promise((resolve) => {
          request.on("response", (answer) => resolve(String(answer[":status"])));
          request.on("error", () => resolve("failed"));
          request.end();
        }),
      );
    }
    return count(await Promise.all(statuses));
  },
};

/** The latest connection of {@linkcode unreadAnswers}. All stay open. */
let session: ClientHttp2Session | undefined;

/** The attacks of this file, by name. */
export const HANDSHAKING = {
  "padded-headers": paddedHeaders,
  resets,
  "double-upgrades": doubleUpgrades,
  unclosed,
  metrics,
  pipelined,
  names,
  "unread-answers": unreadAnswers,
} satisfies Record<string, Attack>;

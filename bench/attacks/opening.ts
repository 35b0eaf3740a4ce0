/**
 * Clients that open too much: connections, requests, sessions and rooms.
 *
 * @module
 */
import { handshake, RawConnection } from "../../testing/sockets.ts";
import { RawSocket } from "../../testing/raw_socket.ts";
import { type Attack, count, repeat } from "./attack.ts";

/** A client that opens `size` connections and keeps them. */
const connections: Attack = {
  size: 1000,
  flags: ["--max-clients", "500"],
  async run(port, size) {
    return await repeat(size, async () => {
      const connection = await RawConnection.connect(port);
      await connection.write(handshake());
      return (await connection.readHead()).slice(9, 12);
    });
  },
};

/** A client that logs in `size` times, with another name each time and sometimes a wrong secret. */
const logins: Attack = {
  size: 10_000,
  flags: [],
  async run(port, size) {
    let next = 0;
    return await repeat(size, async () => {
      const i = next++;
      const answer = await fetch(`http://127.0.0.1:${port}/login`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({
          name: i % 3 === 0 ? "target" : `name ${i}`,
          ...(i % 3 === 2 ? {} : { secret: `guess ${i}` }),
        }),
      });
      await answer.body?.cancel();
      return String(answer.status);
    });
  },
};

/** A client that joins `size` rooms. */
const rooms: Attack = {
  size: 10_000,
  flags: [],
  async run(port, size) {
    const socket = await RawSocket.connect({ port, path: "/ws", protocol: "hubbub.v1" });
    const lines: string[] = [];
    const closed = socket.receive((bytes, from, to) => {
      const text = new TextDecoder().decode(bytes.subarray(from, to));
      for (const [, type = ""] of text.matchAll(/^\{"type":"(joined|error)"/gm)) lines.push(type);
    });
    for (let i = 0; i < size; i++) socket.send(JSON.stringify({ type: "join", room: `room-${i}` }));
    const { code } = await closed;
    return { ...count(lines), ...count([String(code)]) };
  },
};

/** `size` requests that are never sent to their end. */
const halfRequests: Attack = {
  size: 500,
  flags: [],
  async run(port, size) {
    return await repeat(size, async () => {
      const connection = await RawConnection.connect(port);
      await connection.write("GET /ws HTTP/1.1\r\nHost: 127.0.0.1\r\n");
      return "held";
    });
  },
};

/** The attacks of this file, by name. */
export const OPENING = {
  connections,
  logins,
  rooms,
  "half-requests": halfRequests,
} satisfies Record<string, Attack>;

/**
 * Clients that send too much.
 *
 * @module
 */
import { frameBytes } from "../../protocol/mod.ts";
import { clientFrame, RawConnection } from "../../testing/sockets.ts";
import { RawSocket } from "../../testing/raw_socket.ts";
import { type Attack, closeCode, count, repeat } from "./attack.ts";

/** The largest text of a message, in bytes, and the largest frame of such a server. */
const MAX_MESSAGE = 4096;
const FRAME_BYTES = frameBytes(MAX_MESSAGE);

/** Frames in one write. */
const FRAMES_AT_ONCE = 1000;

/** A client that sends `size` tiny frames without a pause. */
const tinyFrames: Attack = {
  size: 1_000_000,
  // More than the pair says.
  flags: ["--rate", "100"],
  async run(port, size) {
    using connection = await RawConnection.upgrade(port);
    const frames = new Uint8Array(
      Array.from({ length: FRAMES_AT_ONCE }, () => [...clientFrame("x")]).flat(),
    );
    let sent = 0;
    try {
      for (; sent < size; sent += FRAMES_AT_ONCE) await connection.write(frames);
    } catch {
      // The server has cut it.
    }
    return { sent, ...count([closeCode(await connection.readToEnd())]) };
  },
};

/** `size` clients that send a message of a byte more than a frame may have. */
const largeFrames: Attack = {
  size: 100,
  flags: ["--max-message", String(MAX_MESSAGE)],
  async run(port, size) {
    return await repeat(size, async () => {
      const socket = await RawSocket.connect({ port, path: "/ws" });
      const closed = socket.receive(() => {});
      socket.send("x".repeat(FRAME_BYTES + 1));
      return String((await closed).code);
    });
  },
};

/** The clients that flood the server with frames that say nothing. */
const FLOODERS = 20;

/** A flood of one frame by 20 clients, each `size` frames, until the server closes the connections. */
function floodOf(payload: string, size: number): Attack {
  return {
    size,
    flags: ["--rate", "100"],
    async run(port, size) {
      const frame = clientFrame(payload);
      const copies = Math.max(1, Math.floor(FRAME_BYTES / frame.length));
      const frames = new Uint8Array(Array.from({ length: copies }, () => [...frame]).flat());
      const codes = await Promise.all(Array.from({ length: FLOODERS }, async () => {
        using connection = await RawConnection.upgrade(port);
        const reading = connection.readToEnd();
        try {
          for (let sent = 0; sent < size; sent += copies) await connection.write(frames);
          await connection.write(clientFrame("", 0x88));
        } catch {
          // The server has cut it.
        }
        return closeCode(await reading);
      }));
      return count(codes);
    },
  };
}

/** The attacks of this file, by name. */
export const SENDING = {
  "tiny-frames": tinyFrames,
  "large-frames": largeFrames,
  "empty-frames": floodOf("", 1_000_000),
  "newline-frames": floodOf("\n".repeat(60_000), 5000),
} satisfies Record<string, Attack>;

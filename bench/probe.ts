/**
 * Asks whether a server still passes on messages.
 *
 * @module
 */
import { enterRoom } from "./entering.ts";
import type { ServerProtocol } from "./formats.ts";

/** The room and the text of the question. */
const ROOM = "probe";
const TEXT = "Does this arrive?";

const decoder = new TextDecoder();

/**
 * Sends a message to a room of its own.
 *
 * @param port Of the server, on 127.0.0.1.
 * @returns Resolves when it has come back; rejects if it can't.
 */
export async function probe(port: number, format: ServerProtocol): Promise<void> {
  const back = Promise.withResolvers<void>();
  // It may be known before somebody waits for it.
  back.promise.catch(() => {});
  using held = new DisposableStack();
  const entering = enterRoom({
    ...{ port, format, room: ROOM, held },
    onActivity: () => {},
    onEnd: ({ code }) => back.reject(new Error(`it ended the connection with ${code}`)),
  });
  const socket = await Promise.race([entering, back.promise.then(() => entering)]);
  socket.onLines = (bytes, from, to) => {
    if (decoder.decode(bytes.subarray(from, to)).includes(TEXT)) back.resolve();
  };
  socket.send(format.message({ room: ROOM, sender: 0, sequence: 0, seq: 1, text: TEXT }));
  await back.promise;
}

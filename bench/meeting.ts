/**
 * Finds out that receivers are in their room, where no line of the server says so.
 *
 * @module
 */
import { delay } from "../lib/std.ts";
import type { RawSocket } from "../testing/raw_socket.ts";

/** The time between two questions, in ms. */
const ASK_MS = 100;
const QUESTION = "Is everyone here? ";

const decoder = new TextDecoder();

/**
 * Asks in a room until everyone hears it.
 *
 * @param sockets The connections of all receivers of the room.
 * @param say Sends a text to the room.
 * @returns Resolves when everyone has heard one question, and the last one: nothing is under way any more.
 */
export async function meet(
  sockets: readonly RawSocket[],
  say: (text: string) => void,
): Promise<void> {
  /** The number of the newest question that each has heard. */
  const heard = sockets.map(() => 0);
  for (const [i, socket] of sockets.entries()) {
    const { onLines } = socket;
    socket.onLines = (bytes, from, to) => {
      onLines(bytes, from, to);
      const last = decoder.decode(bytes.subarray(from, to)).split(QUESTION).at(-1) ?? "";
      heard[i] = parseInt(last) || heard[i] || 0;
    };
  }
  for (let asked = 0; asked === 0 || heard.some((number) => number !== asked);) {
    if (heard.includes(0)) say(`${QUESTION}${++asked}`);
    await delay(ASK_MS);
  }
}

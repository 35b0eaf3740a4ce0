/**
 * The event loop of the runtime: waiting for its next turn, and for the sockets that one turn did not read.
 *
 * @module
 */
import { delay } from "./std.ts";

/**
 * The number of events that marks a turn of the event loop as full. The runtime reads 128 sockets in a
 * turn, and of the remaining ones the newest first. Under load, the same sockets would stay behind again
 * and again, so {@linkcode gatherFullTurns} waits for all of them, up to `GATHERED_EVENTS`.
 */
const FULL_TURN = 125;
const GATHERED_EVENTS = 4096;

/**
 * Waits while turns of the event loop are full, so that the reader of `inbox` finds what all clients have
 * sent. Returns at once if few of them talk.
 */
export async function gatherFullTurns(inbox: { readonly size: number }): Promise<void> {
  for (let seen = 0; inbox.size >= seen + FULL_TURN && seen < GATHERED_EVENTS;) {
    seen = inbox.size;
    // Unlike a message port, a timer lets the runtime look at its sockets: after two at the latest.
    await delay(0);
    await delay(0);
  }
}

const nextTurns = new MessageChannel();
const waiting: (() => void)[] = [];
nextTurns.port1.onmessage = () => {
  for (const reader of waiting.splice(0)) reader();
};

/**
 * Calls `reader` in the next turn of the event loop, after everything that has already arrived. A message
 * port does that sooner than any timer.
 */
export function nextTurn(reader: () => void): void {
  if (waiting.push(reader) === 1) nextTurns.port2.postMessage(undefined);
}

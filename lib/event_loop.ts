import { delay } from "./std.ts";

/**
 * A turn of the event loop that brings this many events was full: the runtime reads 128 sockets in one,
 * and of those left behind the newest first. Under load that would be the same ones again and again,
 * so they are all waited for, up to a bound.
 */
const FULL_TURN = 125;
const GATHERED_EVENTS = 4096;

/**
 * Waits while turns of the event loop are full, so that whoever reads `inbox` then finds what everyone
 * has sent. Where few talk it returns at once.
 */
export async function gatherFullTurns(inbox: { readonly weight: number }): Promise<void> {
  for (let seen = 0; inbox.weight >= seen + FULL_TURN && seen < GATHERED_EVENTS;) {
    seen = inbox.weight;
    // Unlike message ports, timers let the runtime look at its sockets: at the latest, between two.
    await delay(0);
    await delay(0);
  }
}

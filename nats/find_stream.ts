import type { StreamInfo } from "@nats-io/jetstream";
import type { Nats } from "./connection.ts";
import { NO_STREAM, orUndefined } from "./errors.ts";
import { delay } from "../lib/std.ts";

/** The number of times to look at a stream that is being made, and the pause between them, in ms. */
const LOOKS = 250;
const AGAIN_MS = 20;

/**
 * The stream of a name, once it can be asked for what it has.
 *
 * A stream that another server makes at this moment is found before it has a store. Whoever asks nats-server 2.9 for a
 * message or the subjects of such a stream ends it: "nil pointer dereference".
 *
 * @throws {JetStreamApiError} if there is none
 */
export async function wholeStream(nats: Nats, name: string): Promise<StreamInfo> {
  for (let look = 1;; look++) {
    const found = await nats.ask(() => nats.manager.streams.info(name));
    if (isWhole(found) || look === LOOKS) return found;
    await delay(AGAIN_MS);
  }
}

/** The same; undefined if there is none. */
export async function findStream(nats: Nats, name: string): Promise<StreamInfo | undefined> {
  return await orUndefined(wholeStream(nats, name), NO_STREAM);
}

/** Whether a stream has its store, which it gets together with the time at which it was made. */
export function isWhole({ created }: Pick<StreamInfo, "created">): boolean {
  return !created.startsWith("0001-");
}

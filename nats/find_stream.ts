import type { StreamInfo } from "@nats-io/jetstream";
import type { Nats } from "./connection.ts";
import { NO_STREAM, orUndefined } from "./errors.ts";
import { delay } from "../lib/std.ts";

/** The number of times to look at a stream that is being made, and the pause between them, in ms. */
const LOOKS = 250;
const AGAIN_MS = 20;

/**
 * The stream of a name, once it can be asked for what it has; undefined if there is none.
 *
 * A stream that another server makes at this moment is found before it has a store. Whoever asks nats-server 2.9 for a
 * message or the subjects of such a stream ends it: "nil pointer dereference".
 */
export async function findStream(nats: Nats, name: string): Promise<StreamInfo | undefined> {
  const { streams } = nats.manager;
  for (let look = 1;; look++) {
    const found = await nats.ask(() => orUndefined(streams.info(name), NO_STREAM));
    if (found === undefined || isWhole(found) || look === LOOKS) return found;
    await delay(AGAIN_MS);
  }
}

/** Whether a stream has its store, which it gets together with the time at which it was made. */
export function isWhole({ created }: Pick<StreamInfo, "created">): boolean {
  return !created.startsWith("0001-");
}

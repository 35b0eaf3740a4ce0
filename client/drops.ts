import { stackOf } from "../lib/errors.ts";
import { DROPS, type Ending } from "./close_reasons.ts";

/** Returns the ending of a client that the server drops. */
export function dropFor(drop: keyof typeof DROPS, reason: string): Ending {
  return { drop, code: DROPS[drop], reason };
}

/** Returns the ending of a client that meets a fault of the server. */
export function dropForFault(error: unknown): Ending {
  return { ...dropFor("fault", "Internal error: reconnect and resume"), fault: stackOf(error) };
}

/** The ending of a client that reads too slowly. */
export const SLOW = dropFor("slow", "Too slow: reconnect and resume");

/** The ending of one that is behind while too much waits for its network. */
export const BACKLOG = dropFor("backlog", "Too much waits for your network: reconnect and resume");

import type { Logger } from "../lib/logger.ts";
import type { Advice } from "./responses.ts";

/** Time between two lines about the same event, in ms: everyone who can't connect tries again and again. */
const REPEAT_MS = 60_000;

/** For an upgrade that was lost. */
export const LOST_ADVICE =
  "a peer reset its connection during the handshake, which costs a file descriptor until the " +
  "server restarts; restart it when hubbub_lost_upgrades_total nears the limit on open files";

/** For a network whose upgrades are refused. */
export const REFUSED_ADVICE =
  "too many connections from there were reset during the handshake; if it is a proxy, let it pass " +
  "on X-Forwarded-For, and start the server with --trust-proxy";

/** For a proxy on this machine, whose upgrades are held back. */
export const HELD_ADVICE =
  "many connections from this machine were reset during the handshake, so that each is held back for " +
  "half a second; if it is a proxy, let it set X-Forwarded-For to the client's address, and start the " +
  "server with --host 127.0.0.1 --trust-proxy: then only the client that resets is limited";

/** For a proxy that names its clients and is not trusted. */
export const PROXY_ADVICE =
  "a proxy on this machine names its clients, but counts as the only one; start the server with " +
  "--host 127.0.0.1 --trust-proxy, so that limits apply to each client";

/**
 * Makes a function that logs what to set, each event at most once in a minute.
 *
 * @param now The time, in ms; by default that of the process.
 */
export function adviser(
  log: Logger,
  now: () => number = () => performance.now(),
): (advice: Advice) => void {
  const logged = new Map<string, number>();
  return ({ event, fields }) => {
    const last = logged.get(event);
    if (last !== undefined && now() - last < REPEAT_MS) return;
    logged.set(event, now());
    log(event, fields);
  };
}

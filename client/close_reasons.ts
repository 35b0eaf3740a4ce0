/** The close codes of RFC 6455, section 7.4.1, that this server sends. */
export const CLOSE = {
  normal: 1000,
  goingAway: 1001,
  unsupportedData: 1003,
  policyViolation: 1008,
  tooBig: 1009,
  internalError: 1011,
  tryAgainLater: 1013,
} as const;

/** The reasons for which the server drops a client, with the close code of each. */
export const DROPS = {
  slow: CLOSE.tryAgainLater,
  backlog: CLOSE.tryAgainLater,
  busy: CLOSE.tryAgainLater,
  storage: CLOSE.tryAgainLater,
  binary: CLOSE.unsupportedData,
  too_big: CLOSE.tooBig,
  too_fast: CLOSE.policyViolation,
  errors: CLOSE.policyViolation,
  unread: CLOSE.policyViolation,
  refused: CLOSE.policyViolation,
  fault: CLOSE.internalError,
} as const;

/** The reason why a client was dropped. The runtime detects `idle` and `broken`. */
export type DropReason = keyof typeof DROPS | "idle" | "broken";

/** Every {@linkcode DropReason}. */
export const DROP_REASONS: readonly DropReason[] = [
  // The cast is safe: an object literal has no other keys.
  ...Object.keys(DROPS) as (keyof typeof DROPS)[],
  "idle",
  "broken",
];

/** The end of a connection. */
export interface Ending {
  /** The reason, if the server dropped the client; absent if the client left or was sent away. */
  drop?: DropReason;
  /** The close code, or 0 if there was none. */
  code: number;
  /** An explanation from this server; empty if the client left. */
  reason: string;
  /** The stack of the error, if it was a fault of the server. */
  fault?: string;
}

/** The reason that the runtime gives for a peer that has not answered its ping. */
const IDLE = "No response from ping frame.";

/** The ending of a connection that nothing but itself has ended. */
export const NORMAL: Ending = { code: CLOSE.normal, reason: "" };

/** The ending of a client that is to reconnect soon, perhaps to another server. */
export const GOING_AWAY: Ending = {
  code: CLOSE.goingAway,
  reason: "Going away: reconnect and resume",
};

/** The ending of a client that is to reconnect to another server, because this one is not up to date. */
export const ELSEWHERE: Ending = {
  code: CLOSE.tryAgainLater,
  reason: "Not up to date: reconnect and resume",
};

/**
 * Returns the ending of a connection that the runtime reports as closed. A reason that the client may have
 * sent is left out.
 *
 * @param code The code of the `close` event; 0 if the connection broke.
 * @param reason The reason of the `close` event.
 */
export function endingOf(code: number, reason: string): Ending {
  if (code === 0) return { drop: "broken", code, reason };
  if (code === CLOSE.goingAway && reason === IDLE) return { drop: "idle", code, reason };
  return { code, reason: "" };
}

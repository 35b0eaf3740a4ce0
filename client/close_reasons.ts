/** Close codes of RFC 6455, section 7.4.1, that this server sends. */
export const CLOSE = {
  normal: 1000,
  goingAway: 1001,
  unsupportedData: 1003,
  policyViolation: 1008,
  tooBig: 1009,
  internalError: 1011,
  tryAgainLater: 1013,
} as const;

/** Why a client is dropped, and the code its connection is closed with. */
export const DROPS = {
  slow: CLOSE.tryAgainLater,
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

/** Why a client was dropped. `idle` and `broken` are what the runtime found. */
export type DropReason = keyof typeof DROPS | "idle" | "broken";

/** Every {@linkcode DropReason}. */
export const DROP_REASONS: readonly DropReason[] = [
  // What an object literal of this file lists is all it has.
  ...Object.keys(DROPS) as (keyof typeof DROPS)[],
  "idle",
  "broken",
];

/** How a connection ended. */
export interface Leaving {
  /** Why, when the server dropped it; else it left, or was sent away. */
  drop?: DropReason;
  /** The close code, 0 when there was none. */
  code: number;
  /** In words of this server; empty when the client left. */
  reason: string;
  /** What went wrong, and where, when it was this server's fault. */
  fault?: string;
}

/** How the runtime says that a peer has not answered its ping. */
const IDLE = "No response from ping frame.";

/** Sent away, to come back soon, maybe to another server. */
export const GOING_AWAY: Leaving = {
  code: CLOSE.goingAway,
  reason: "Going away: come back and resume",
};

/**
 * How a connection ended that the runtime says is closed. Words that the client may have sent are
 * left out.
 */
export function endingOf(code: number, reason: string): Leaving {
  if (code === 0) return { drop: "broken", code, reason };
  if (code === CLOSE.goingAway && reason === IDLE) return { drop: "idle", code, reason };
  return { code, reason: "" };
}

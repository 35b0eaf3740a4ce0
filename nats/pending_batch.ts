import type { EventOutcome } from "../state/outcome.ts";

/** A batch that has not come back from the log. */
export interface PendingBatch {
  /** Another one in a new run. */
  number: number;
  /** Its events, as JSON. */
  readonly events: readonly string[];
  /** When it is too late to be known to be stored, by `performance.now()`. */
  readonly deadline: number;
  /** When it was published first, by `performance.now()`. */
  readonly published: number;
  /** Undefined once it was called with an error: the batch may still come back. */
  done: ((result: readonly EventOutcome[] | Error) => void) | undefined;
}

/** Reports to the caller that a batch is not known to be stored. */
export function fail(pending: PendingBatch, error: Error): void {
  const { done } = pending;
  pending.done = undefined;
  done?.(error);
}

/**
 * The errors of JetStream that are answers.
 *
 * @module
 */
import { JetStreamApiError } from "@nats-io/jetstream";
import type { Msg } from "@nats-io/transport-node";

/** JetStream's codes for a missing message and for a missing stream. */
export const NO_MESSAGE = 10037;
export const NO_STREAM = 10059;
/** JetStream's codes for a stream of which the name, or a subject, is that of another. */
export const TAKEN_NAME = 10058;
export const OVERLAPPING = 10065;
/** JetStream's code for an entry that expected another one before it. */
export const OTHER_SEQUENCE = 10071;
/** JetStream's code for a message that it did not store, for a reason that only its text names. */
export const NOT_STORED = 10077;
/** JetStream's codes for a lack of room: of the account, the server, and its disk. */
export const NO_ROOM: readonly unknown[] = [10002, 10023, 10047];

/** JetStream's answer to a message that it was to store. */
export interface StoreAnswer {
  readonly seq?: unknown;
  readonly error?: { readonly err_code?: unknown; readonly description?: unknown };
}

/** Returns the error in JetStream's answer to such a message; undefined in anything else. */
export function errorIn(answer: Pick<Msg, "json">): StoreAnswer["error"] {
  try {
    return answer.json<StoreAnswer>().error;
  } catch {
    // It is no answer of JetStream's.
    return undefined;
  }
}

/** JetStream can't store more. */
export class FullError extends Error {
  override name = "FullError";
}

/** Resolves to the answer of JetStream, or to undefined if it is an error with one of these codes. */
export async function orUndefined<T>(
  asked: Promise<T>,
  ...codes: number[]
): Promise<T | undefined> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof JetStreamApiError && codes.includes(error.code)) return undefined;
    throw error;
  }
}

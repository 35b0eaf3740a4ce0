/**
 * The errors of JetStream that are answers.
 *
 * @module
 */
import { JetStreamApiError } from "@nats-io/jetstream";

/** What JetStream calls a message that its stream does not have, and a stream that it does not have. */
export const NO_MESSAGE = 10037;
export const NO_STREAM = 10059;

/** Whether what was published reached no stream. The client has a class for it, which it does not export. */
export function nobodyListened(error: unknown): boolean {
  return error instanceof Error && error.name === "JetStreamNotEnabled";
}

/** What was asked of JetStream, or undefined if the answer was one of the errors with these codes. */
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

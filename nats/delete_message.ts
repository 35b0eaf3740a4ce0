import { JetStreamApiError } from "@nats-io/jetstream";
import type { Nats } from "./connection.ts";
import { NO_MESSAGE, NO_STREAM, orUndefined } from "./errors.ts";

/** A message of a stream that must be deleted. */
export interface StreamMessage {
  readonly stream: string;
  readonly seq: number;
  /** True to overwrite its bytes. */
  readonly isErased: boolean;
}

/** Deletes a message. One that is not there is fine: another server may have been quicker. */
export async function deleteMessage(
  nats: Nats,
  { stream, seq, isErased }: StreamMessage,
): Promise<void> {
  const { streams } = nats.manager;
  try {
    await nats.ask(() => streams.deleteMessage(stream, seq, isErased));
  } catch (error) {
    if (!(error instanceof JetStreamApiError)) throw error;
    // JetStream has several codes for that, of which one also says that it could not delete it.
    const found = await nats.ask(() =>
      orUndefined(streams.getMessage(stream, { seq }), NO_MESSAGE, NO_STREAM)
    );
    if (found) throw error;
  }
}

import type { Nats } from "./connection.ts";
import { findStream } from "./find_stream.ts";

/** What JetStream stores of everything that counts together. */
export interface Usage {
  /** For each copy of a stream: of one with three copies, JetStream counts each message three times. */
  readonly bytes: number;
  /** Another text when there may be another limit. */
  readonly limits: string;
}

/** Returns what JetStream stores, for each copy that a stream has. */
export async function usageOf(nats: Nats, stream: string): Promise<Usage> {
  const { manager, connection } = nats;
  const { storage, limits, tiers = {} } = await nats.ask(() => manager.getAccountInfo());
  const copies = (await findStream(nats, stream))?.config.num_replicas ?? 1;
  const ofTiers = Object.entries(tiers).map(([tier, its]) => [tier, its?.limits]);
  return {
    bytes: storage / copies,
    // Its own limit a server does not tell. That changes with a start, which gives it another id.
    limits: JSON.stringify([connection.info?.server_id, limits, ofTiers]),
  };
}

/**
 * Streams of JetStream that several servers may make at the same moment.
 *
 * @module
 */
import { DiscardPolicy, RetentionPolicy, type StreamConfig } from "@nats-io/jetstream";
import type { Nats } from "./connection.ts";
import { orUndefined, OVERLAPPING, TAKEN_NAME } from "./errors.ts";
import { findStream, isWhole } from "./find_stream.ts";
import { delay } from "../lib/std.ts";
import { UserError } from "../lib/user_error.ts";

/** The copies of what a stream has. */
export interface StreamCopies {
  /** The number of NATS servers that store a copy; by default 1. A stream that is there keeps more. */
  readonly replicas?: number;
  /** Called with the number of copies of a stream that is there and has more. */
  readonly onMoreReplicas?: ((found: number) => void) | undefined;
}

/** The number of times to look for another server's stream, and the pause between them, in ms. */
const LOOKS = 20;
const AGAIN_MS = 100;
/** The number of times to look for a leader: choosing one takes up to ten seconds. */
const LEADER_LOOKS = 100;

/**
 * Makes a stream, or waits for that of another server: while JetStream makes one, it refuses the same one to others, as
 * one that overlaps with it.
 *
 * @throws {JetStreamApiError} when it can't be made, as if another stream receives its subjects
 */
export async function makeStream(
  nats: Nats,
  config: Partial<StreamConfig> & Pick<StreamConfig, "name">,
): Promise<void> {
  const { streams } = nats.manager;
  for (let look = 1; look < LOOKS; look++) {
    const made = await orUndefined(streams.add(config), OVERLAPPING, TAKEN_NAME);
    if (made !== undefined && isWhole(made) || await findStream(nats, config.name)) return;
    await delay(AGAIN_MS);
  }
  if (!isWhole(await streams.add(config))) await findStream(nats, config.name);
}

/**
 * Uses a stream that is there, with at least as many copies as are asked for. More stay: another server may have asked for
 * them, and what only one NATS server has is lost with it.
 *
 * @throws {UserError} when JetStream deletes something of it by itself, as somebody may have set it
 */
export async function adoptStream(
  { manager: { streams } }: Nats,
  { name, ...config }: StreamConfig,
  { replicas = 1, onMoreReplicas = () => {} }: StreamCopies,
): Promise<void> {
  const setting = lossOf(config);
  if (setting !== undefined) {
    throw new UserError(
      `Cannot use this JetStream: its stream ${name} deletes what it should keep: set ${setting}`,
    );
  }
  if (config.num_replicas > replicas) onMoreReplicas(config.num_replicas);
  if (config.num_replicas >= replicas) return;
  await streams.update(name, { num_replicas: replicas });
  // Until the servers that have a copy have chosen a leader, nobody answers for the stream.
  for (let look = 1; look < LEADER_LOOKS; look++) {
    const { cluster } = await streams.info(name);
    if (cluster === undefined || cluster.leader) return;
    await delay(AGAIN_MS);
  }
}

/** Returns how to set what has JetStream delete something. */
function lossOf(config: Omit<StreamConfig, "name">): string | undefined {
  if (config.retention !== RetentionPolicy.Limits) return "retention to limits";
  if (config.max_age > 0) return "max_age to 0";
  if (config.discard !== DiscardPolicy.New) return "discard to new";
  // All entries of the log have one subject. What a limit for each one keeps, it may refuse, but not replace.
  if (config.max_msgs_per_subject > 0 && !config.discard_new_per_subject) {
    return "max_msgs_per_subject to -1, or discard_new_per_subject";
  }
  return undefined;
}

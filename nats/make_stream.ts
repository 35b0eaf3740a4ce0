/**
 * Streams of JetStream that several servers may make at the same moment.
 *
 * @module
 */
import { DiscardPolicy, RetentionPolicy, type StreamConfig } from "@nats-io/jetstream";
import type { Nats } from "./connection.ts";
import { NO_STREAM, orUndefined, OVERLAPPING, TAKEN_NAME } from "./errors.ts";
import { delay } from "../lib/std.ts";
import { UserError } from "../lib/user_error.ts";

/** The number of times to look for another server's stream, and the pause between them, in ms. */
const LOOKS = 20;
const AGAIN_MS = 100;

/**
 * Makes a stream, or waits for that of another server: while JetStream makes one, it refuses the same one to others, as
 * one that overlaps with it.
 *
 * @throws {JetStreamApiError} when it can't be made, as if another stream receives its subjects
 */
export async function makeStream(
  { manager: { streams } }: Nats,
  config: Partial<StreamConfig> & Pick<StreamConfig, "name">,
): Promise<void> {
  for (let look = 1; look < LOOKS; look++) {
    if (await orUndefined(streams.add(config), OVERLAPPING, TAKEN_NAME)) return;
    if (await orUndefined(streams.info(config.name), NO_STREAM)) return;
    await delay(AGAIN_MS);
  }
  await streams.add(config);
}

/**
 * Checks that JetStream deletes nothing of a stream by itself, as somebody may have set it.
 *
 * @throws {UserError} when it does
 */
export function refuseLoss({ name, ...config }: StreamConfig): void {
  const setting = config.retention !== RetentionPolicy.Limits
    ? "retention to limits"
    : config.max_age > 0
    ? "max_age to 0"
    : config.discard !== DiscardPolicy.New
    ? "discard to new"
    : undefined;
  if (setting === undefined) return;
  throw new UserError(
    `Cannot use this JetStream: its stream ${name} deletes what it should keep: set ${setting}`,
  );
}

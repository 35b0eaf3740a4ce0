import type { ClusterOptions } from "../nats/cluster.ts";
import { oneLine } from "../lib/errors.ts";
import { readTextFile } from "../lib/text_file.ts";
import { usageError } from "../lib/user_error.ts";
import type { Flags } from "./flags.ts";

/** The flags that name a NATS. */
export type NatsFlags = Pick<Flags, "nats" | "nats-creds" | "nats-replicas">;

/**
 * The NATS that the flags name; undefined when a file keeps the data.
 *
 * @throws {UserError} when the file with the credentials can't be read.
 */
export function readNats(
  flags: NatsFlags,
): Pick<ClusterOptions, "url" | "creds" | "replicas"> | undefined {
  if (flags.nats === "") return undefined;
  return {
    url: flags.nats,
    replicas: flags["nats-replicas"],
    ...(flags["nats-creds"] !== "" && { creds: readCredentials(flags["nats-creds"]) }),
  };
}

function readCredentials(path: string): Uint8Array {
  try {
    return new TextEncoder().encode(readTextFile(path));
  } catch (error) {
    throw usageError(`Cannot start: cannot read --nats-creds: ${oneLine(error)}`);
  }
}

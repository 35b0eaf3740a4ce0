import type { ClusterOptions } from "../nats/cluster.ts";
import { FlagError, type Flags } from "./flags.ts";

/** The flags that say which NATS. */
export type NatsFlags = Pick<Flags, "nats" | "nats-creds" | "nats-replicas">;

/** The NATS that the flags name; undefined when the data is in a file. */
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
    return Deno.readFileSync(path);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new FlagError(`Cannot start: --nats-creds takes a file that can be read: ${reason}`);
  }
}

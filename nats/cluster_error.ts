/** Why NATS can't be used, in one line for the person who started the program. */
export class ClusterError extends Error {
  override name = "ClusterError";
}

/** Said of what an import has left. */
export const HALF_IMPORTED =
  "Cannot use NATS: an import into it is under way, or was cut off; then import again";

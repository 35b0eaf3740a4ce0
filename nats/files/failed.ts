import { FullError } from "../errors.ts";
import { oneLine } from "../../lib/errors.ts";
import { ContentsError } from "../../state/contents.ts";

/** Returns what failed in NATS as an error of contents. */
export function failed(error: unknown): ContentsError {
  if (error instanceof ContentsError) return error;
  const problem = error instanceof FullError ? "full" : "failed";
  return new ContentsError(problem, `Cannot use the files in NATS: ${oneLine(error)}`, {
    cause: error,
  });
}

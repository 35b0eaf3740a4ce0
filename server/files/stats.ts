import type { BodyProblem } from "./upload_body.ts";
import type { LimitReason } from "./upload_limits.ts";

/** Why uploads are refused or end early: the words of the metric. */
export const REFUSAL_REASONS = [
  "protocol",
  "size",
  "gone",
  "offset",
  "forbidden",
  "total",
  "day",
  "disk",
  "failed",
  "rate",
  "open",
  "bytes",
  "bodies",
  "idle",
  "slow",
  "pieces",
  "long",
  "interrupted",
  "broken",
  "unknown",
] as const;

/** One of {@linkcode REFUSAL_REASONS}. */
export type RefusalReason = (typeof REFUSAL_REASONS)[number] & (BodyProblem | LimitReason | string);

/** Counts what happens to files, since the start of the server. */
export class FileStats {
  /** Uploads that were begun, became files, and were removed because nobody continued them. */
  readonly uploads = { begun: 0, finished: 0, abandoned: 0 };
  /** Bytes of uploads and of downloads. */
  received = 0;
  served = 0;
  // A metric is there before the first one is counted.
  readonly #refusals = new Map<RefusalReason, number>(REFUSAL_REASONS.map((reason) => [reason, 0]));

  /** The numbers of refusals, by reason. */
  get refusals(): ReadonlyMap<RefusalReason, number> {
    return this.#refusals;
  }

  /** Counts a refusal. */
  refuse(reason: RefusalReason): void {
    this.#refusals.set(reason, (this.#refusals.get(reason) ?? 0) + 1);
  }
}

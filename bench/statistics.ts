/**
 * The little statistics the bench needs.
 *
 * @module
 */

/** The middle of `values`, the mean of the two middle ones if their number is even; NaN of none. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  const low = sorted[Math.ceil(middle) - 1] ?? NaN;
  const high = sorted[Math.floor(middle)] ?? NaN;
  return (low + high) / 2;
}

/** How far `values` lie apart: largest minus smallest, as a share of the median. */
export function spread(values: readonly number[]): number {
  return (Math.max(...values) - Math.min(...values)) / median(values);
}

/** Below this everything counts as one; in milliseconds. */
const SMALLEST_MS = 0.001;
const BUCKETS_PER_E = 100;

/**
 * Counts durations in buckets of one per cent, so that a long run takes no
 * more memory than a short one.
 */
export class Histogram {
  readonly #counts: number[] = [];
  #total = 0;

  /** Counts a duration in milliseconds. */
  record(ms: number): void {
    const bucket = Math.floor(Math.log(Math.max(ms, SMALLEST_MS) / SMALLEST_MS) * BUCKETS_PER_E);
    while (this.#counts.length <= bucket) this.#counts.push(0);
    this.#counts[bucket] = (this.#counts[bucket] ?? 0) + 1;
    this.#total++;
  }

  /** The duration in milliseconds that `share` (0–1) of those counted do not exceed; NaN of none. */
  percentile(share: number): number {
    let left = this.#total * share;
    for (const [bucket, count] of this.#counts.entries()) {
      left -= count;
      if (count > 0 && left <= 0) return SMALLEST_MS * Math.exp((bucket + 0.5) / BUCKETS_PER_E);
    }
    return NaN;
  }
}

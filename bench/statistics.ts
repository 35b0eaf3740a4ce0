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

/** The spread of `values`: largest minus smallest, as a share of the median. */
export function spread(values: readonly number[]): number {
  return (Math.max(...values) - Math.min(...values)) / median(values);
}

/** The share of cases in which the interval of {@linkcode intervalOfMedian} may miss the median. */
const MISSES = 0.05;

/**
 * Finds an interval that holds the median of the distribution behind `values` in 95 % of all cases,
 * whatever that distribution is: between the k-th smallest and the k-th largest value, where fewer
 * than k of so many coins show heads in at most 2.5 % of cases.
 *
 * @returns NaN, NaN for fewer than six values, which are too few.
 */
export function intervalOfMedian(values: readonly number[]): readonly [low: number, high: number] {
  const sorted = values.toSorted((a, b) => a - b);
  let k = 0;
  // The probability of exactly k heads, and that of at most k.
  let exactly = 0.5 ** sorted.length;
  for (let atMost = exactly; atMost <= MISSES / 2; atMost += exactly) {
    k++;
    exactly *= (sorted.length - k + 1) / k;
  }
  return [sorted[k - 1] ?? NaN, k === 0 ? NaN : sorted.at(-k) ?? NaN];
}

/** Below this everything counts as one; in milliseconds. */
const SMALLEST_MS = 0.001;
const BUCKETS_PER_E = 100;

/**
 * Counts durations in buckets of one per cent, so that a long run takes no
 * more memory than a short one.
 */
export class LatencyHistogram {
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

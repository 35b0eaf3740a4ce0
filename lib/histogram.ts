/**
 * A Prometheus-style histogram: counts of values in buckets, kept in plain numbers. Recording is cheap
 * enough for every turn of the hub.
 */
export class Histogram {
  /** The upper bounds of the buckets, ascending. A value equal to a bound belongs below it. */
  readonly bounds: readonly number[];
  /** The number of values in each bucket. The last bucket has no upper bound. */
  readonly counts: number[];
  #sum = 0;

  /**
   * @param bounds The upper bounds of all buckets but the last.
   * @throws {RangeError} The bounds do not ascend.
   */
  constructor(bounds: readonly number[]) {
    if (!bounds.every((bound, i) => bound > (bounds[i - 1] ?? -Infinity))) {
      throw new RangeError(`Cannot make a histogram: bounds must ascend, received ${bounds}`);
    }
    this.bounds = bounds;
    this.counts = Array(bounds.length + 1).fill(0);
  }

  /** The sum of all values. */
  get sum(): number {
    return this.#sum;
  }

  /** Adds a value. */
  record(value: number): void {
    let bucket = 0;
    while (value > (this.bounds[bucket] ?? Infinity)) bucket++;
    this.counts[bucket] = (this.counts[bucket] ?? 0) + 1;
    this.#sum += value;
  }
}

/**
 * Counts values in buckets, as a Prometheus histogram does, with plain numbers: cheap enough for
 * every turn of the hub.
 */
export class Tally {
  /** The upper bounds of the buckets, ascending. */
  readonly bounds: readonly number[];
  /** How many values were in each bucket; the last one has no bound. */
  readonly counts: number[];
  #sum = 0;

  constructor(bounds: readonly number[]) {
    this.bounds = bounds;
    this.counts = Array(bounds.length + 1).fill(0);
  }

  /** The sum of all values. */
  get sum(): number {
    return this.#sum;
  }

  record(value: number): void {
    let bucket = 0;
    while (value > (this.bounds[bucket] ?? Infinity)) bucket++;
    this.counts[bucket] = (this.counts[bucket] ?? 0) + 1;
    this.#sum += value;
  }
}

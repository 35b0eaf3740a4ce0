/** The heights and positions of a long list's rows, measured or, until then, estimated; in CSS pixels. */
export class Heights {
  /** The height of each row by its key, measured at some time. */
  readonly #measured = new Map<string, number>();
  #keys: readonly string[] = [];
  #hidden: ReadonlySet<string> = new Set();
  #index = new Map<string, number>();
  /** `#tops[i]` is where row `i` begins, right up to `#valid`; one more entry than rows. */
  #tops = new Float64Array(1);
  #valid = 0;
  #sum = 0;
  #estimate: number;

  /** @param estimate of a row's height while none is measured */
  constructor(estimate: number) {
    this.#estimate = estimate;
  }

  /**
   * The rows in their order; what was measured stays with its key.
   *
   * @param hidden the keys of those that are not drawn, and have no height
   */
  setKeys(keys: readonly string[], hidden = this.#hidden): void {
    if (hidden !== this.#hidden) this.#valid = 0;
    this.#hidden = hidden;
    let same = 0;
    const shorter = Math.min(keys.length, this.#keys.length);
    while (same < shorter && keys[same] === this.#keys[same]) same++;
    if (same === keys.length && same === this.#keys.length) return;
    for (let i = same; i < this.#keys.length; i++) this.#index.delete(this.#keys[i] ?? "");
    for (let i = same; i < keys.length; i++) this.#index.set(keys[i] ?? "", i);
    if (this.#tops.length < keys.length + 1) {
      const tops = new Float64Array(keys.length * 2 + 1);
      tops.set(this.#tops);
      this.#tops = tops;
    }
    this.#keys = keys;
    this.#valid = Math.min(this.#valid, same);
  }

  /** The number of rows. */
  get length(): number {
    return this.#keys.length;
  }

  /** The place of a row, or -1. */
  indexOf(key: string): number {
    return this.#index.get(key) ?? -1;
  }

  keyAt(index: number): string | undefined {
    return this.#keys[index];
  }

  /** Notes the height of a row. Returns whether it differs from the one before. */
  measure(key: string, height: number): boolean {
    const before = this.#measured.get(key);
    if (before === height) return false;
    this.#measured.set(key, height);
    this.#sum += height - (before ?? 0);
    // A moving estimate would move rows that were never seen, for nothing; a few rows are enough.
    if (this.#measured.size === 20) {
      this.#estimate = Math.round(this.#sum / 20);
      this.#valid = 0;
    }
    const index = this.#index.get(key);
    if (index !== undefined) this.#valid = Math.min(this.#valid, index);
    return true;
  }

  /** The position of a row's top; with an index beyond the last, the list's end. */
  top(index: number): number {
    const wanted = Math.max(0, Math.min(index, this.#keys.length));
    for (let i = this.#valid; i < wanted; i++) {
      const key = this.#keys[i] ?? "";
      const height = this.#hidden.has(key) ? 0 : this.#measured.get(key) ?? this.#estimate;
      this.#tops[i + 1] = (this.#tops[i] ?? 0) + height;
    }
    this.#valid = Math.max(this.#valid, wanted);
    return this.#tops[wanted] ?? 0;
  }

  /** The height of the list. */
  get total(): number {
    return this.top(this.#keys.length);
  }

  /** The row at a distance from the list's beginning: the first or last if it lies outside. */
  indexAt(y: number): number {
    let low = 0;
    let high = Math.max(0, this.#keys.length - 1);
    this.top(this.#keys.length);
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#tops[middle] ?? 0) <= y) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  /** The rows that touch a stretch, as a half-open range of indices. */
  range(from: number, to: number): { start: number; end: number } {
    if (this.#keys.length === 0) return { start: 0, end: 0 };
    return { start: this.indexAt(from), end: this.indexAt(to) + 1 };
  }
}

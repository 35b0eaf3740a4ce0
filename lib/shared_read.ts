/**
 * A read of something remote that many ask for at once: there is one read at a time, and each caller gets the result of
 * one that began after its call.
 */
export class SharedRead<T> {
  readonly #read: () => Promise<T>;
  #present: Promise<T> | undefined;
  #next: Promise<T> | undefined;

  constructor(read: () => Promise<T>) {
    this.#read = read;
  }

  /** Reads; rejects if that fails. */
  get(): Promise<T> {
    if (this.#present === undefined) return this.#begin();
    // The one under way may know nothing of what its caller has seen. The next one is for all who come meanwhile.
    return this.#next ??= this.#present.then(() => {}, () => {}).then(() => {
      this.#next = undefined;
      return this.#begin();
    });
  }

  #begin(): Promise<T> {
    const present = this.#read().finally(() => this.#present = undefined);
    this.#present = present;
    return present;
  }
}

/**
 * The last `rev` up to which all changes of a room's messages are known here. A change that arrives
 * live, beyond a gap, counts only when the gap has been closed.
 */
export class ChangesCursor {
  #rev = 0;
  /** The newest change that was received or announced by the server. */
  #newest = 0;
  #isComplete = true;

  /** The `rev` up to which all changes are here. */
  get rev(): number {
    return this.#rev;
  }

  /** Whether nothing is known to be missing. */
  get isComplete(): boolean {
    return this.#isComplete;
  }

  /** Begins anew: all messages here are in the state of a `rev`. */
  reset(rev: number): void {
    this.#rev = this.#newest = rev;
    this.#isComplete = true;
  }

  /**
   * Takes the answer to a `join` that resumed.
   *
   * @param rev the room's newest change, after which all come live
   * @param reached the last of the changes that came with the answer; `undefined` if these are all
   */
  resume(rev: number, reached: number | undefined): void {
    this.#newest = rev;
    this.#rev = Math.max(this.#rev, reached ?? rev);
    this.#isComplete = reached === undefined;
  }

  /** Takes the part of the missed changes up to a `rev`; with `more` others remain. */
  extend(rev: number, more: boolean): void {
    this.#isComplete = !more;
    this.#rev = Math.max(this.#rev, more ? rev : Math.max(rev, this.#newest));
  }

  /** Takes the word that all changes up to a `rev` were sent live. */
  live(rev: number): void {
    this.#newest = Math.max(this.#newest, rev);
    if (this.#isComplete) this.#rev = Math.max(this.#rev, this.#newest);
  }
}

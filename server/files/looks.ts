/** Between two looks, while bytes pass, at whether they still may, in ms, or in bytes, whichever is less. */
const LOOK_MS = 250;
const LOOK_BYTES = 1024 * 1024;

/** Says when to look again whether bytes may pass: for each piece it would cost too much. */
export class Looks {
  #looked = performance.now();
  #unlooked = 0;

  /** Adds the bytes of a piece; returns whether a look is due, which counts as done then. */
  areDue(bytes: number): boolean {
    const now = performance.now();
    this.#unlooked += bytes;
    if (now - this.#looked < LOOK_MS && this.#unlooked < LOOK_BYTES) return false;
    [this.#looked, this.#unlooked] = [now, 0];
    return true;
  }
}

/**
 * Gives turns to read to the receivers that nothing waits for. A read costs
 * the generator about as much as a `send` costs a server; done for each frame,
 * reading would be what the bench measures. What has not been read yet waits
 * in the kernel, which takes it from the server all the same.
 */
export class Pacer implements Disposable {
  /** With `READS_PER_TICK` a fifth of a core, and every 50 ms for each of 1000 receivers. */
  static readonly #TICK_MS = 1;
  static readonly #READS_PER_TICK = 20;

  #waiting: (() => void)[] = [];
  readonly #timer = setInterval(() => {
    for (const read of this.#waiting.splice(0, Pacer.#READS_PER_TICK)) read();
  }, Pacer.#TICK_MS);

  /** Resolves when it is the caller's turn; turns are given in the order asked for. */
  turn(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    for (const read of this.#waiting.splice(0)) read();
  }
}

/** The part of a stream that {@linkcode LineWriter} writes to, such as `Deno.stderr`. */
export interface LineSink {
  /** Writes some of the bytes. Resolves to their number. */
  write(bytes: Uint8Array): Promise<number>;
}

/** Options of a {@linkcode LineWriter}. */
export interface LineWriterOptions {
  /** The stream. */
  sink: LineSink;
  /** The length of lines that may wait, in characters. */
  capacity: number;
}

/**
 * Writes lines to a stream whose reader may be slow, or stopped: a terminal, a pipe, a log collector. A line
 * never waits for the reader. If too much waits, further lines are dropped and counted.
 */
export class LineWriter {
  /** Called with the number of lines that were dropped, once lines can be written again. */
  onResume: (dropped: number) => void = () => {};
  readonly #options: LineWriterOptions;
  readonly #encoder = new TextEncoder();
  #waiting: string[] = [];
  #length = 0;
  #dropped = 0;
  #reported = 0;
  #writing: Promise<void> | undefined;

  constructor(options: LineWriterOptions) {
    this.#options = options;
  }

  /** The number of lines dropped so far. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Writes a line, its end included, or drops it. */
  write(line: string): void {
    if (this.#length + line.length > this.#options.capacity) {
      this.#dropped++;
      return;
    }
    this.#waiting.push(line);
    this.#length += line.length;
    this.#writing ??= this.#writeAll();
  }

  /** Waits until every line is written, at most `ms`. */
  async flushed(ms: number): Promise<void> {
    const { promise: late, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, ms);
    await Promise.race([late, this.#writing]);
    clearTimeout(timer);
  }

  async #writeAll(): Promise<void> {
    while (this.#waiting.length > 0) {
      const lines = this.#waiting;
      this.#waiting = [];
      try {
        await this.#writeBytes(this.#encoder.encode(lines.join("")));
      } catch {
        // Nobody can read the stream any more, such as a closed pipe.
        this.#dropped += lines.length;
        this.#reported += lines.length;
      }
      this.#length -= lines.reduce((sum, line) => sum + line.length, 0);
      // Only then there is room for what the report says.
      if (this.#waiting.length === 0) this.#report();
    }
    this.#writing = undefined;
  }

  /** Reports lines that were dropped because too much waited. */
  #report(): void {
    const dropped = this.#dropped - this.#reported;
    if (dropped === 0) return;
    this.#reported = this.#dropped;
    this.onResume(dropped);
  }

  async #writeBytes(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length;) at += await this.#options.sink.write(bytes.subarray(at));
  }
}

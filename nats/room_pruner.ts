import type { RoomState, RoomStreams } from "./room_streams.ts";

/** Between two looks at all rooms. */
const INTERVAL_MS = 60 * 60 * 1000;
const DAY_MS = 24 * 60 * 60 * 1000;

/**
 * Deletes messages that were sent longer ago than they are to be kept, at once and every hour.
 * JetStream does so by itself, but counts from when they were stored: of those of an import, that is
 * too late.
 */
export class RoomPruner implements Disposable {
  readonly #streams: RoomStreams;
  readonly #keepMs: number;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #closed = false;

  /** @param keepDays above 0. */
  constructor(streams: RoomStreams, keepDays: number) {
    this.#streams = streams;
    this.#keepMs = keepDays * DAY_MS;
    void this.#run();
  }

  async #run(): Promise<void> {
    try {
      for await (const room of this.#streams.list()) {
        if (this.#closed) return;
        await this.#prune(room, Date.now() - this.#keepMs);
      }
    } catch {
      // NATS is lost: the next run does it.
    }
    if (!this.#closed) this.#timer = setTimeout(() => void this.#run(), INTERVAL_MS);
  }

  /** Finds the first message that is young enough; those after it are taken to be younger still. */
  async #prune({ room, first, last }: RoomState, cutoff: number): Promise<void> {
    if (first > last || await this.#isYoung(room, first, cutoff)) return;
    let [old, young] = [first, last + 1];
    while (young - old > 1) {
      const middle = Math.floor((old + young) / 2);
      if (await this.#isYoung(room, middle, cutoff)) young = middle;
      else old = middle;
    }
    await this.#streams.begin(room, young);
  }

  async #isYoung(room: string, seq: number, cutoff: number): Promise<boolean> {
    const message = await this.#streams.get(room, seq);
    return message !== undefined && message.at >= cutoff;
  }

  [Symbol.dispose](): void {
    this.#closed = true;
    clearTimeout(this.#timer);
  }
}

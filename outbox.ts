import { Channel } from "./channel.ts";
import type { Frame } from "./formats.ts";

/** What may wait in the runtime, in bytes; the rest waits in the outbox, where it can be let go. */
const RUNTIME_BYTES = 64 * 1024;

/** How often a full runtime buffer is looked at, in ms: it has no event for being drained. */
const POLL_MIN = 4;
const POLL_MAX = 100;

/** The part of a WebSocket that an outbox writes to. */
export type Sink = Pick<WebSocket, "bufferedAmount" | "readyState" | "send">;

/**
 * The frames that wait for one client, bounded together with what waits in the runtime. The
 * runtime takes all it is given and never says when it is drained, so it is given little.
 */
export class Outbox {
  readonly #sink: Sink;
  readonly #capacity: number;
  readonly #frames = new Channel<Frame>({ capacity: Infinity, weigh: (frame) => frame.bytes });
  /** Bytes of replies that came on top of the capacity since all was drained last. */
  #allowance = 0;
  /** Bytes handed to the runtime so far. */
  #sent = 0;
  /** What the peer had taken when it was last seen to take something, and when, in ms. */
  #taken = 0;
  #takenAt: number | undefined;

  /** `capacity` in bytes. */
  constructor(sink: Sink, capacity: number) {
    this.#sink = sink;
    this.#capacity = capacity;
  }

  /** Bytes that wait, here and in the runtime. */
  get waiting(): number {
    return this.#frames.weight + this.#sink.bufferedAmount;
  }

  /** Queues a frame; false when it is full or closed. */
  offer(frame: Frame): boolean {
    return this.#queue(frame, 0);
  }

  /** Queues what the client asked for, whose size is not counted against it. */
  reply(frame: Frame): boolean {
    return this.#queue(frame, frame.bytes);
  }

  #queue(frame: Frame, allowance: number): boolean {
    const { waiting } = this;
    this.#allowance = (waiting === 0 ? 0 : this.#allowance) + allowance;
    if (waiting + frame.bytes > this.#capacity + this.#allowance) return false;
    return this.#frames.trySend(frame);
  }

  /** Takes no more; {@linkcode pump} writes what waits and ends. */
  close(): void {
    this.#frames.close();
  }

  /** Lets go of what waits here. */
  discard(): void {
    this.#frames.take();
  }

  /** Writes to the sink until closed, all that waits as one frame. */
  async pump(): Promise<void> {
    while (await this.#frames.wait()) {
      await this.drained();
      const frames = this.#frames.take(RUNTIME_BYTES);
      if (frames.length > 0) this.#write(frames);
    }
  }

  /** Resolves when little waits in the runtime, or the connection is over. */
  async drained(): Promise<void> {
    let poll = POLL_MIN;
    while (this.#sink.bufferedAmount > RUNTIME_BYTES && this.#sink.readyState === WebSocket.OPEN) {
      await new Promise((resolve) => setTimeout(resolve, poll));
      poll = Math.min(poll * 2, POLL_MAX);
    }
  }

  /** For how long the peer has drained nothing although something waits, in ms; `now` in ms. */
  stuckFor(now: number): number {
    const buffered = this.#sink.bufferedAmount;
    const taken = this.#sent - buffered;
    if (buffered === 0 || taken > this.#taken || this.#takenAt === undefined) {
      this.#taken = taken;
      this.#takenAt = now;
    }
    return now - this.#takenAt;
  }

  #write(frames: Frame[]): void {
    if (this.#sink.readyState !== WebSocket.OPEN) return;
    const [first, ...rest] = frames;
    // The hub builds one frame a turn, so that most of the time there is nothing to join.
    if (first !== undefined && rest.length === 0) this.#sink.send(first.text);
    else this.#sink.send(frames.map((frame) => frame.text).join("\n"));
    this.#sent += frames.reduce((sum, frame) => sum + frame.bytes + 1, -1);
  }
}

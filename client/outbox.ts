import type { Frame } from "../hub/frames.ts";

/** What may wait in the runtime, in bytes; the rest waits in the outbox, where it can be let go. */
const RUNTIME_BYTES = 64 * 1024;

/** The most that is joined into one frame, in bytes; frames are handed over whole. */
const JOINED_BYTES = 32 * 1024;

/** How often a full runtime buffer is looked at, in ms: it has no event for being drained. */
const POLL_MIN = 4;
const POLL_MAX = 100;

/** The part of a WebSocket that an outbox writes to. */
export type Sink = Pick<WebSocket, "bufferedAmount" | "readyState" | "send">;

/** Who is told of an outbox. */
export interface OutboxOwner {
  /** It is closed and all is written, or let go; may come again. */
  onWritten(): void;
  /** The sink has failed, or {@linkcode onWritten}. */
  onFault(error: unknown): void;
}

/**
 * The frames that wait for one client, bounded together with what waits in the runtime. The
 * runtime takes all it is given and never says when it is drained, so it is given little.
 *
 * All outboxes that were given something in a turn of the event loop are written to at its end, one
 * after the other: what a client gets in a turn is one frame, and a thousand clients cost no more
 * than a thousand sends.
 */
export class Outbox {
  /** Those with something to write at the end of this turn. */
  static #due: Outbox[] = [];

  readonly #sink: Sink;
  readonly #capacity: number;
  readonly #owner: OutboxOwner;
  #frames: Frame[] = [];
  /** Bytes of the frames. */
  #weight = 0;
  #closed = false;
  /** Whether a write is due, at the end of this turn or when the runtime has drained. */
  #scheduled = false;
  /** Bytes of replies that came on top of the capacity since all was drained last. */
  #allowance = 0;
  /** Bytes handed to the runtime so far. */
  #sent = 0;
  /** What of them the runtime had written when it was last asked, which is costlier than counting. */
  #drained = 0;
  /** What the peer had taken when it was last seen to take something, and when, in ms. */
  #taken = 0;
  #takenAt: number | undefined;

  /** `capacity` in bytes. */
  constructor(sink: Sink, capacity: number, owner: OutboxOwner) {
    this.#sink = sink;
    this.#capacity = capacity;
    this.#owner = owner;
  }

  /** Bytes that wait, here and in the runtime. */
  get waiting(): number {
    return this.#weight + this.#buffered();
  }

  /**
   * Queues the frames of one turn; false when it is full or closed. What comes in one turn comes
   * faster than anyone could drain it, so that only what waited before is held against the client.
   */
  offer(frames: readonly Frame[]): boolean {
    if (this.#closed || this.#overflows()) return false;
    for (const frame of frames) {
      this.#frames.push(frame);
      this.#weight += frame.bytes;
    }
    this.#schedule();
    return true;
  }

  /** Queues what the client asked for, whose size is not counted against it; false when it is full. */
  reply(frame: Frame): boolean {
    if (!this.offer([frame])) return false;
    this.#allowance += frame.bytes;
    return true;
  }

  #overflows(): boolean {
    // What has been handed over since the runtime was asked is the most that can wait in it.
    if (this.#weight + this.#sent - this.#drained <= this.#capacity && this.#allowance === 0) {
      return false;
    }
    const { waiting } = this;
    if (waiting === 0) this.#allowance = 0;
    return waiting > this.#capacity + this.#allowance;
  }

  /** Takes no more; what waits is still written. */
  close(): void {
    this.#closed = true;
    this.#schedule();
  }

  /** Lets go of what waits here. */
  discard(): void {
    this.#frames = [];
    this.#weight = 0;
  }

  /** Resolves when little waits in the runtime, or the connection is over. */
  async drained(): Promise<void> {
    let poll = POLL_MIN;
    while (this.#full()) {
      await new Promise((resolve) => setTimeout(resolve, poll));
      poll = Math.min(poll * 2, POLL_MAX);
    }
  }

  /** For how long the peer has drained nothing although something waits, in ms; `now` in ms. */
  stuckFor(now: number): number {
    // Of an idle client nothing need be asked: what it was sent was seen to be written.
    const buffered = this.#sent === this.#drained ? 0 : this.#buffered();
    if (buffered === 0) {
      this.#takenAt = undefined;
      return 0;
    }
    const taken = this.#sent - buffered;
    if (taken > this.#taken || this.#takenAt === undefined) {
      this.#taken = taken;
      this.#takenAt = now;
    }
    return now - this.#takenAt;
  }

  #buffered(): number {
    const buffered = this.#sink.bufferedAmount;
    this.#drained = this.#sent - buffered;
    return buffered;
  }

  #full(): boolean {
    return this.#sent - this.#drained > RUNTIME_BYTES && this.#buffered() > RUNTIME_BYTES &&
      this.#sink.readyState === WebSocket.OPEN;
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    if (Outbox.#due.push(this) === 1) queueMicrotask(Outbox.#writeDue);
  }

  static #writeDue(): void {
    const due = Outbox.#due;
    Outbox.#due = [];
    for (const outbox of due) outbox.#write();
  }

  /** Writes what the runtime may have; `poll` is how long was waited for it to drain, in ms. */
  #write(poll = POLL_MIN): void {
    try {
      // Whoever takes what it is given gets more soon: waiting longer would be what holds it up.
      const again = this.#full() ? Math.min(poll * 2, POLL_MAX) : POLL_MIN;
      while (this.#frames.length > 0 && !this.#full()) this.#send(this.#take());
      if (this.#frames.length > 0) {
        setTimeout(() => this.#write(again), again);
        return;
      }
      this.#scheduled = false;
      if (this.#closed) this.#owner.onWritten();
    } catch (error) {
      this.#owner.onFault(error);
    }
  }

  /** The first frames that wait, as many as may be joined, but at least one. */
  #take(): Frame[] {
    if (this.#weight <= JOINED_BYTES) {
      const all = this.#frames;
      this.discard();
      return all;
    }
    let count = 0;
    let weight = 0;
    for (const { bytes } of this.#frames) {
      if (count > 0 && weight + bytes > JOINED_BYTES) break;
      weight += bytes;
      count++;
    }
    this.#weight -= weight;
    return this.#frames.splice(0, count);
  }

  #send(frames: Frame[]): void {
    if (this.#sink.readyState !== WebSocket.OPEN) return;
    const [first] = frames;
    // The hub builds one frame a turn, so that most of the time there is nothing to join.
    if (first !== undefined && frames.length === 1) {
      this.#sink.send(first.text);
      this.#sent += first.bytes;
    } else {
      this.#sink.send(frames.map((frame) => frame.text).join("\n"));
      this.#sent += frames.reduce((sum, frame) => sum + frame.bytes + 1, -1);
    }
  }
}

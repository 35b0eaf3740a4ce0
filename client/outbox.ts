import type { Frame } from "../protocol/frame.ts";
import { WAITING, type WaitingFrames } from "./waiting_frames.ts";

/** The most that may wait in the runtime, in bytes. The rest waits in the outbox, where it can be discarded. */
const RUNTIME_BYTES = 64 * 1024;

/** The most bytes that are joined into one frame. The runtime takes a frame whole. */
const JOINED_BYTES = 32 * 1024;

/** The most that one turn of the event loop may queue, in bytes. */
const TURN_BYTES = 4 * 1024 * 1024;

/**
 * The most that replies may add to the capacity, in bytes. A client requests one large reply at a time, once
 * most of the former one is written.
 */
const ALLOWANCE_BYTES = 1024 * 1024;

/** The times between two looks at a full runtime buffer, in ms: there is no event for its drain. */
const POLL_MIN = 4;
const POLL_MAX = 100;

/** The part of a WebSocket that an outbox uses. */
export type Sink = Pick<WebSocket, "bufferedAmount" | "readyState" | "send">;

/** The owner of an outbox. */
export interface OutboxOwner {
  /** The network whose memory the frames take. */
  readonly network: string;
  /** Called when the outbox is closed and empty; may be called again. */
  onWritten(): void;
  /** Called when its network has no memory left for what waits, which was discarded. */
  onOverfull(): void;
  /** Called when the sink or {@linkcode onWritten} throws; what waited was discarded. */
  onFault(error: unknown): void;
}

/**
 * The frames that wait for one client, bounded together with those that wait in the runtime. The runtime
 * accepts everything and never reports that it is drained, so it receives little at a time.
 *
 * What still waits at the end of a turn takes memory of its network; see {@linkcode WaitingFrames}.
 *
 * Outboxes that receive frames in a turn of the event loop write at its end, one after the other. So a client
 * receives one frame for each turn, and a thousand clients cost no more than a thousand sends.
 */
export class Outbox {
  /** The outboxes that write at the end of this turn. */
  static #due: Outbox[] = [];
  /** The number of the present turn of the event loop, and whether its end is scheduled. */
  static #currentTurn = 0;
  static #turnEnds = false;

  readonly #sink: Sink;
  readonly #capacity: number;
  readonly #owner: OutboxOwner;
  readonly #memory: WaitingFrames;
  #frames: Frame[] = [];
  /** The bytes of the frames. */
  #weight = 0;
  /** The number of the first frames that take memory of the network. */
  #charged = 0;
  #closed = false;
  /** True if a write is due at the end of this turn. */
  #scheduled = false;
  /** True if one is due when the runtime has drained. */
  #polls = false;
  /** The turn in which frames were last queued, and the bytes of the frames that waited before it. */
  #turn = -1;
  #weightBefore = 0;
  /** The bytes of replies, allowed on top of the capacity, since everything was last drained. */
  #allowance = 0;
  /** The bytes handed to the runtime so far. */
  #sent = 0;
  /** The part of them that the runtime had written when last asked. Asking costs more than counting. */
  #drained = 0;
  /** The bytes written when the peer was last seen to read, and the time of that, in ms. */
  #taken = 0;
  #takenAt: number | undefined;

  /** @param capacity The most bytes that may wait. */
  constructor(sink: Sink, capacity: number, owner: OutboxOwner, memory = WAITING) {
    this.#sink = sink;
    this.#memory = memory;
    this.#capacity = capacity;
    this.#owner = owner;
  }

  /** The bytes that wait, here and in the runtime. */
  get waiting(): number {
    return this.#weight + this.#buffered();
  }

  /**
   * Queues frames. Frames of one turn of the event loop arrive faster than any peer could drain them, so only
   * those that waited before the turn count against the capacity.
   *
   * @returns False if the outbox is full. One that is closed takes nothing.
   */
  offer(frames: readonly Frame[]): boolean {
    if (this.#turn !== Outbox.#currentTurn) {
      this.#turn = Outbox.#currentTurn;
      this.#weightBefore = this.#weight;
    }
    // A client that has left misses nothing, and is not dropped for it: what it sent before is still to be handled.
    if (this.#closed) return true;
    if (this.#overflows()) return false;
    for (const frame of frames) {
      this.#frames.push(frame);
      this.#weight += frame.bytes;
    }
    this.#schedule();
    return true;
  }

  /**
   * Queues the large reply to a request, whose size does not count against the capacity. The next request
   * waits for {@linkcode drained}.
   *
   * @returns False if the outbox is full.
   */
  reply(frame: Frame): boolean {
    if (!this.offer([frame])) return false;
    this.#allowance = Math.min(this.#allowance + frame.bytes, ALLOWANCE_BYTES);
    return true;
  }

  #overflows(): boolean {
    // No more can wait in the runtime than was handed over since it was last asked.
    if (this.#weight + this.#sent - this.#drained <= this.#capacity && this.#allowance === 0) {
      return false;
    }
    const { waiting } = this;
    if (waiting === 0) this.#allowance = 0;
    const queued = this.#weight - this.#weightBefore;
    return waiting - queued > this.#capacity + this.#allowance ||
      queued > Math.max(this.#capacity, TURN_BYTES);
  }

  /** Accepts no more frames; those that wait are still written. */
  close(): void {
    this.#closed = true;
    this.#schedule();
  }

  /** Discards the frames that wait here. */
  discard(): void {
    if (this.#charged > 0) this.#giveBack(this.#charged);
    this.#frames = [];
    this.#weight = 0;
  }

  /** True if a quarter of the capacity waits: then the peer should not send more. */
  get congested(): boolean {
    return this.#exceeds(Math.max(this.#capacity / 4, RUNTIME_BYTES));
  }

  /** Resolves when little waits, here and in the runtime, or the connection has ended. */
  async drained(): Promise<void> {
    let poll = POLL_MIN;
    while (this.#exceeds(RUNTIME_BYTES)) {
      await new Promise((resolve) => setTimeout(resolve, poll));
      poll = Math.min(poll * 2, POLL_MAX);
    }
  }

  /** Returns the time in ms for which the peer has drained nothing although something waits; `now` in ms. */
  stuckFor(now: number): number {
    // An idle client needs no look at its socket: everything it was sent is known to be written.
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

  /** True if more than `bytes` wait, here and in the runtime, and the connection is open. */
  #exceeds(bytes: number): boolean {
    return this.#weight + this.#sent - this.#drained > bytes && this.waiting > bytes &&
      this.#sink.readyState === WebSocket.OPEN;
  }

  #buffered(): number {
    const buffered = this.#sink.bufferedAmount;
    this.#drained = this.#sent - buffered;
    return buffered;
  }

  /** True if the runtime holds as much as it may, and the connection is open. */
  #full(): boolean {
    return this.#sent - this.#drained > RUNTIME_BYTES && this.#buffered() > RUNTIME_BYTES &&
      this.#sink.readyState === WebSocket.OPEN;
  }

  #schedule(): void {
    if (!Outbox.#turnEnds) {
      Outbox.#turnEnds = true;
      queueMicrotask(Outbox.#endTurn);
    }
    if (this.#scheduled) return;
    this.#scheduled = true;
    Outbox.#due.push(this);
  }

  static #endTurn(): void {
    Outbox.#turnEnds = false;
    Outbox.#currentTurn++;
    const due = Outbox.#due;
    Outbox.#due = [];
    for (const outbox of due) {
      outbox.#scheduled = false;
      outbox.#settle();
    }
  }

  /** Writes, or only charges what waits if it polls; `poll` is the last wait for the runtime to drain, in ms. */
  #settle(poll = POLL_MIN): void {
    try {
      if (this.#polls) this.#charge();
      else this.#write(poll);
    } catch (error) {
      this.discard();
      this.#owner.onFault(error);
    }
  }

  /** Writes as much as the runtime may hold. */
  #write(poll: number): void {
    // A peer that reads is written to again soon: a longer wait would itself hold it up.
    const again = this.#full() ? Math.min(poll * 2, POLL_MAX) : POLL_MIN;
    while (this.#frames.length > 0 && !this.#full()) this.#send(this.#take());
    if (this.#frames.length > 0) this.#charge();
    if (this.#frames.length > 0) {
      this.#polls = true;
      setTimeout(() => {
        this.#polls = false;
        this.#settle(again);
      }, again);
      return;
    }
    if (this.#closed) this.#owner.onWritten();
  }

  /** Takes the first frames that wait: as many as may be joined, but at least one. */
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
    this.#giveBack(count);
    return this.#frames.splice(0, count);
  }

  /**
   * Takes memory of the network for the frames that have none yet, or discards all if there is not enough. Once closed, it
   * takes no more frames.
   */
  #charge(): void {
    if (this.#closed) return;
    for (let frame; (frame = this.#frames[this.#charged]) !== undefined; this.#charged++) {
      if (this.#memory.add(frame, this.#owner.network)) continue;
      this.discard();
      return this.#owner.onOverfull();
    }
  }

  /** Gives back the memory of the first frames, which are to leave. */
  #giveBack(count: number): void {
    const charged = Math.min(count, this.#charged);
    for (let i = 0; i < charged; i++) {
      const frame = this.#frames[i];
      if (frame !== undefined) this.#memory.remove(frame, this.#owner.network);
    }
    this.#charged -= charged;
  }

  #send(frames: Frame[]): void {
    if (this.#sink.readyState !== WebSocket.OPEN) return;
    const [first] = frames;
    // The hub makes one frame a turn, so there is rarely anything to join.
    if (first !== undefined && frames.length === 1) {
      this.#sink.send(first.text);
      this.#sent += first.bytes;
    } else {
      this.#sink.send(frames.map((frame) => frame.text).join("\n"));
      this.#sent += frames.reduce((sum, frame) => sum + frame.bytes + 1, -1);
    }
  }
}

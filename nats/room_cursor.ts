/**
 * The place in a room up to which its messages have come out of the log.
 *
 * @module
 */
import type { Message } from "../protocol/mod.ts";

/** What a {@linkcode RoomCursor} needs from outside. */
export interface CursorOptions {
  /** The first `seq` to come out. */
  readonly next: number;
  /** Takes the messages as they come out: each once, in order, without a gap. */
  readonly emit: (message: Message) => void;
  /**
   * Gets a message that was missed; if it is not kept any more, the `seq` of what may follow it. Rejects
   * or gives none if the room has not come that far, as far as can be seen.
   */
  readonly fetch: (seq: number) => Promise<Message | number | undefined>;
}

/** How many messages that were missed are asked for at once. */
const FETCH_MESSAGES = 128;
/** What was announced has this long to arrive by itself before it is fetched. */
const PATIENCE_MS = 100;
/** Between two tries to fetch. */
const RETRY_MS = 500;

/**
 * Puts the messages of one room into order. They arrive as they may: late, twice, or not at all. What
 * is missing it fetches.
 */
export class RoomCursor {
  readonly #emit: CursorOptions["emit"];
  readonly #fetch: CursorOptions["fetch"];
  /** What has arrived and has to wait; undefined stands for what is no message of Hubbub's. */
  readonly #early = new Map<number, Message | undefined>();
  readonly #waiting: { seq: number; resolve: () => void }[] = [];
  #next: number;
  /** The highest `seq` that is known to have been given. */
  #known: number;
  /** What is missing below this one is not kept any more. */
  #gone = 0;
  #paused = false;
  #fetching = false;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor({ next, emit, fetch }: CursorOptions) {
    this.#next = next;
    this.#known = next - 1;
    this.#emit = emit;
    this.#fetch = fetch;
  }

  /** The newest `seq` that has come out, or was there before. */
  get last(): number {
    return this.#next - 1;
  }

  /** A message has arrived, or something that is none. */
  deliver(seq: number, message: Message | undefined): void {
    if (!this.#paused && seq < this.#next) return;
    this.#known = Math.max(this.#known, seq);
    this.#early.set(seq, message);
    this.#advance();
    if (this.#next <= this.#known) void this.#catchUp();
  }

  /** The room is known to have a message with this `seq`: should it not arrive, it is fetched. */
  expect(seq: number): void {
    this.#known = Math.max(this.#known, seq);
    if (this.#next <= this.#known) this.#later(PATIENCE_MS);
  }

  /** Resolves once `seq` has come out. */
  reached(seq: number): Promise<void> {
    if (seq < this.#next) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push({ seq, resolve }));
  }

  /** Nothing comes out until {@linkcode resume}: where the room stands is not known. */
  pause(): void {
    this.#paused = true;
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  /**
   * Goes on. A room that has lost messages, as a NATS without replicas can when the power fails, goes
   * on where it stands now: its next messages are new ones, although they have old numbers. One that
   * went on already may be ahead of what was asked about it, and loses nothing.
   *
   * @param last the newest `seq` of the room.
   * @returns how many messages the room has lost.
   */
  resume(last: number): number {
    const lost = this.#paused ? Math.max(0, this.#next - 1 - last) : 0;
    if (lost > 0) {
      this.#next = last + 1;
      this.#gone = 0;
      for (const seq of this.#early.keys()) this.#next = Math.min(this.#next, seq);
      this.#known = last;
    }
    this.#known = Math.max(this.#known, last);
    this.#start();
    return lost;
  }

  /** Begins after `last`: what was before is history. */
  begin(last: number): void {
    this.#next = last + 1;
    this.#known = Math.max(this.#known, last);
    this.#start();
  }

  #start(): void {
    this.#paused = false;
    for (const seq of this.#early.keys()) if (seq < this.#next) this.#early.delete(seq);
    this.#advance();
    if (this.#next <= this.#known) void this.#catchUp();
  }

  /** Ends all waiting. */
  close(): void {
    this.pause();
    for (const { resolve } of this.#waiting.splice(0)) resolve();
  }

  #advance(): void {
    if (this.#paused) return;
    while (this.#early.has(this.#next) || this.#next < this.#gone) {
      const message = this.#early.get(this.#next);
      this.#early.delete(this.#next++);
      if (message) this.#emit(message);
    }
    if (this.#waiting.length === 0) return;
    const done = this.#waiting.filter(({ seq }) => seq < this.#next);
    for (const waiter of done) this.#waiting.splice(this.#waiting.indexOf(waiter), 1);
    for (const { resolve } of done) resolve();
  }

  #later(ms: number): void {
    if (this.#paused || this.#timer !== undefined) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      void this.#catchUp();
    }, ms);
  }

  async #catchUp(): Promise<void> {
    if (this.#fetching) return;
    this.#fetching = true;
    let failed = false;
    while (!this.#paused && this.#next <= this.#known && !failed) {
      const missing: number[] = [];
      for (let seq = this.#next; seq <= this.#known && missing.length < FETCH_MESSAGES; seq++) {
        if (!this.#early.has(seq)) missing.push(seq);
      }
      const fetched = await Promise.allSettled(missing.map((seq) => this.#fetch(seq)));
      if (this.#paused) break;
      fetched.forEach((outcome, i) => {
        const seq = missing[i] ?? 0;
        if (outcome.status === "rejected" || outcome.value === undefined) failed = true;
        else if (typeof outcome.value === "number") {
          this.#gone = Math.max(this.#gone, outcome.value);
        } else if (seq >= this.#next) this.#early.set(seq, outcome.value);
      });
      this.#advance();
    }
    this.#fetching = false;
    if (this.#next <= this.#known) this.#later(RETRY_MS);
  }
}

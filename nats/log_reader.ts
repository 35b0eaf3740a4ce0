import { createInbox } from "@nats-io/transport-node";
import type { Msg, Subscription } from "@nats-io/transport-node";
import type { ConsumerInfo } from "@nats-io/jetstream";
import type { Nats } from "./connection.ts";
import { HEARTBEAT_MS, type LogStream } from "./log_stream.ts";
import { parseEntry } from "./batches.ts";
import type { ReceivedEntry } from "../state/entry.ts";
import { WaitingEntries } from "./waiting_entries.ts";
import { nextTurn } from "../lib/event_loop.ts";

/** The part of {@linkcode Nats} that a {@linkcode LogReader} uses. */
export interface LogReaderNats extends Pick<Nats, "connected" | "onOutage"> {
  readonly connection: Pick<Nats["connection"], "publish" | "subscribe">;
}

/** The receiver of the entries of a {@linkcode LogReader}. */
export interface LogReaderOptions {
  /** The position of the next entry that is wanted. */
  readonly next: () => number;
  /** Whether the log is still the one that was read so far; if not, reading ends. */
  readonly isSame: () => Promise<boolean>;
  /**
   * Receives entries in order, without gaps. When it returns false, it could not take them: they are
   * read again after a pause.
   *
   * @param last the last position that the log is known to have
   */
  readonly receive: (entries: ReceivedEntry[], last: number) => boolean;
  /** Receives NATS's time, in ms since 1970, and when it was asked for, by `performance.now()`. */
  readonly onTime?: (at: number, asked: number) => void;
}

/** The pause after a failed attempt to read, in ms. */
const RETRY_MS = 250;
/** The pause when the entries could not be applied, in ms. */
const REFUSED_MS = 1000;

/**
 * Reads the log in order, as long as it is open. JetStream pushes the entries; whenever one is missing,
 * the connection was lost or nothing was received for too long, reading starts again after the last
 * one that was applied.
 */
export class LogReader implements Disposable {
  readonly #nats: LogReaderNats;
  readonly #stream: LogStream;
  readonly #options: LogReaderOptions;
  readonly #watch: Disposable;
  #consumer: ConsumerInfo | undefined;
  #subscription: Subscription | undefined;
  readonly #waiting = new WaitingEntries();
  /** The subjects on which JetStream waits for an answer before it sends more. */
  readonly #flowReplies = new Set<string>();
  /** The last position that the log is known to have. */
  #last = 0;
  #expected = 0;
  /** Whether nothing was delivered since reading began. */
  #first = true;
  /** When something was last heard of JetStream, by `performance.now()`; `Infinity` while that is not due. */
  #heard = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #watchdog: ReturnType<typeof setInterval>;
  /** Counts the starts: what an earlier one still delivers is ignored. */
  #era = 0;
  #closed = false;

  constructor(nats: LogReaderNats, stream: LogStream, options: LogReaderOptions) {
    this.#nats = nats;
    this.#stream = stream;
    this.#options = options;
    this.#watch = nats.onOutage({ lost: () => this.#stop(), back: () => void this.#begin() });
    this.#watchdog = setInterval(() => {
      if (performance.now() - this.#heard > 3 * HEARTBEAT_MS) this.#beginIn(0);
    }, HEARTBEAT_MS);
    void this.#begin();
  }

  #beginIn(ms: number): void {
    this.#stop();
    this.#heard = performance.now();
    if (!this.#closed) this.#timer = setTimeout(() => void this.#begin(), ms);
  }

  #stop(): void {
    clearTimeout(this.#timer);
    this.#era++;
    this.#subscription?.unsubscribe();
    this.#subscription = undefined;
    this.#waiting.clear();
    this.#flowReplies.clear();
    const consumer = this.#consumer;
    this.#consumer = undefined;
    // JetStream removes a consumer that nobody subscribes to.
    if (consumer && this.#nats.connected) this.#stream.release(consumer).catch(() => {});
  }

  async #begin(): Promise<void> {
    this.#stop();
    if (this.#closed || !this.#nats.connected) return;
    const era = this.#era;
    const inbox = createInbox();
    // Nothing is to be heard yet, and each question has a limit of its own.
    this.#heard = Infinity;
    try {
      const isSame = await this.#options.isSame();
      if (era !== this.#era) return;
      if (!isSame) return this[Symbol.dispose]();
    } catch {
      if (era === this.#era) this.#beginIn(RETRY_MS);
      return;
    }
    this.#first = true;
    this.#expected = this.#options.next();
    this.#subscription = this.#nats.connection.subscribe(inbox, {
      callback: (error, message) => {
        if (!error && era === this.#era) this.#hear(message);
      },
    });
    try {
      const asked = performance.now();
      const consumer = await this.#stream.consume(this.#expected, inbox);
      this.#options.onTime?.(Date.parse(consumer.created), asked);
      if (era !== this.#era) return await this.#stream.release(consumer);
      this.#heard = performance.now();
      this.#consumer = consumer;
      if (consumer.num_pending === 0 && this.#waiting.isEmpty) {
        this.#options.receive([], this.#expected - 1);
      }
    } catch {
      if (era === this.#era) this.#beginIn(RETRY_MS);
    }
  }

  #hear(message: Msg): void {
    this.#heard = performance.now();
    if (message.headers?.code === 100) {
      // A heartbeat repeats the subject of a question that was not answered yet, or was lost.
      const asked = message.reply || message.headers.get("Nats-Consumer-Stalled");
      if (asked) this.#flowReplies.add(asked);
      // A heartbeat says what was delivered last: if that has not come, it was lost on the way.
      const last = Number(message.headers.get("Nats-Last-Stream") || 0);
      if (last >= this.#expected) return this.#beginIn(0);
      return this.#schedule();
    }
    const delivery = parseDelivery(message.reply ?? "");
    if (delivery === undefined) return;
    const { position, count, at, pending } = delivery;
    // JetStream does not have the first of the requested entries: the receiver reports that. But what was delivered
    // before a server of NATS knew of this subscription was only lost on the way.
    const hole = this.#first && count === 1 && position > this.#expected;
    if (position !== this.#expected && !hole) {
      // Some of what came before is taken, so that each beginning gets further.
      this.#deliver();
      return this.#beginIn(0);
    }
    this.#first = false;
    this.#expected = position + 1;
    this.#last = position + pending;
    this.#waiting.add(parseEntry(position, at, message.data));
    this.#schedule();
  }

  #scheduled = false;

  #schedule(later: (run: () => void) => unknown = nextTurn): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    later(() => {
      this.#scheduled = false;
      this.#deliver();
    });
  }

  #deliver(): void {
    const entries = this.#waiting.take();
    if (entries.length > 0) {
      const begun = performance.now();
      const isTaken = this.#options.receive(entries, this.#last);
      this.#waiting.took(performance.now() - begun);
      if (!isTaken) return this.#beginIn(REFUSED_MS);
    }
    // A timer lets the runtime look at its sockets, which `nextTurn` does not.
    if (!this.#waiting.isEmpty) return this.#schedule((run) => setTimeout(run, 0));
    // JetStream sends on when it is answered: so what waits here is bounded.
    const { connected, connection } = this.#nats;
    if (connected) { for (const subject of this.#flowReplies) connection.publish(subject); }
    this.#flowReplies.clear();
  }

  [Symbol.dispose](): void {
    this.#closed = true;
    this.#watch[Symbol.dispose]();
    clearInterval(this.#watchdog);
    this.#stop();
  }
}

/** The facts in the reply subject of a delivered message; `count` is how many this consumer has delivered with it. */
function parseDelivery(
  reply: string,
): { position: number; count: number; at: number; pending: number } | undefined {
  const tokens = reply.split(".");
  if (tokens[0] !== "$JS" || tokens[1] !== "ACK") return undefined;
  // Newer servers put a domain and an account before the stream's name.
  const from = tokens.length === 9 ? 2 : 4;
  const [position, count, nanoseconds, pending] = tokens.slice(from + 3, from + 7);
  if (!position || !count || !nanoseconds || !pending) return undefined;
  const at = Number(BigInt(nanoseconds) / 1_000_000n);
  return { position: Number(position), count: Number(count), at, pending: Number(pending) };
}

/**
 * The connections of a run: senders and receivers, and the check that every receiver received the
 * same.
 *
 * @module
 */
import { deadline } from "../lib/std.ts";
import {
  type FormatName,
  formats,
  type ServerProtocol,
  stampedText,
  visitStamps,
} from "./formats.ts";
import { meet } from "./meeting.ts";
import { Pacer } from "./pacer.ts";
import { enterRoom } from "./entering.ts";
import { describeLacks, Received, type Sent } from "./received.ts";
import { probe } from "./probe.ts";
import { cpuSeconds } from "../testing/proc.ts";
import { Schedule } from "./schedule.ts";
import { type Closure, RawSocket } from "../testing/raw_socket.ts";
import { messageOf } from "../lib/errors.ts";
import { LatencyHistogram } from "./statistics.ts";

/** The load to make, and the server to make it against. */
export interface LoadOptions {
  /** Of the server, on 127.0.0.1. */
  port: number;
  /** Of further servers of the same chat: in their order, with the first, the connections take turns. */
  otherPorts?: readonly number[];
  /** Of the server's process, to read its CPU time and memory. */
  pid: number;
  format: FormatName;
  /** Rooms, each with its own receivers and senders. */
  rooms: number;
  /** Connections in each room, which get each message of it. */
  receivers: number;
  /** The number of receivers of a room that also send, the first ones. */
  senders: number;
  /**
   * Closed loop: messages that each sender has under way; it sends the next when one of its own
   * comes back. 0 with a rate.
   */
  inFlight: number;
  /**
   * Open loop: messages a second of all senders together, sent when they are due, whatever has come
   * back. 0 for a closed loop.
   */
  rate: number;
  /** Bytes of each message's text. */
  size: number;
  /** Seconds of load before the measured ones. */
  warmup: number;
  /** Seconds that are measured. */
  seconds: number;
}

/** A server that did not deliver every message once, to everyone, in one order. */
export class DeliveryError extends Error {
  override name = "DeliveryError";
}

const CONNECT_AT_ONCE = 50;
const ENTER_CEILING_MS = 20_000;
/**
 * Joining is over when no presence arrived for this long, and longer for each member of the room,
 * as Hubbub waits before it sends presence. In a crowd on several servers each server sends it at
 * its own time, and presence among the messages would not be in the same place for every receiver.
 */
const QUIET_MS = 500;
const QUIET_MS_PER_RECEIVER = 1;
const QUIET_CEILING_MS = 10_000;
/** After this long without a byte, it is time to ask whether the server still passes on anything. */
const SILENCE_MS = 1_500;
/** The time between two looks at what has arrived, and the most that counts as silence from one to the next, in ms. */
const LOOK_MS = 10;
const LONGEST_LOOK_MS = 50;
const PROBE_CEILING_MS = 30_000;
/** Time for duplicates to show after everything has arrived. */
const SETTLE_MS = 50;
/** Lines this short may be a heartbeat rather than messages. */
const LONGEST_HEARTBEAT_BYTES = 8;
/** Of a room, beside senders and the last; of the others only the bytes are counted. */
const CHECKED_RECEIVERS = 8;
/**
 * The time between two looks of an open loop at what is due, in ms; latencies count from when it
 * was due all the same.
 */
const DUE_TICK_MS = 1;
const LOOKS_PER_SECOND = 1000 / DUE_TICK_MS;

const decoder = new TextDecoder();

/** The counters of a moment: its time in milliseconds, what all have received, CPU seconds. */
export interface Snapshot {
  at: number;
  frames: number;
  bytes: number;
  serverCpu: number;
  loadCpu: number;
}

/** All connections of a run, and what they saw. */
export class LoadGenerator implements Disposable {
  /** Whether latencies count now. */
  measuring = false;
  readonly own = new LatencyHistogram();
  readonly last = new LatencyHistogram();
  /** The delays of the generator itself, for something due at each millisecond. */
  readonly late = new LatencyHistogram();

  readonly #options: LoadOptions;
  readonly #format: ServerProtocol;
  readonly #sockets: RawSocket[] = [];
  readonly #received: Received[] = [];
  readonly #sent: Sent[] = [];
  /** Messages sent in each room. */
  readonly #seqs: number[] = [];
  readonly #failed = Promise.withResolvers<never>();
  readonly #held = new DisposableStack();
  readonly #pacer = this.#held.use(new Pacer());
  #sending = false;
  #leaving = false;
  #lastActivity = 0;

  constructor(options: LoadOptions) {
    this.#options = options;
    this.#format = formats[options.format];
    // A failure may come when nothing waits for it yet; it is raced later.
    this.#failed.promise.catch(() => {});
  }

  /** Messages sent in all. */
  get messages(): number {
    return this.#sent.reduce((sum, sent) => sum + sent.length, 0);
  }

  /** Connects all clients and waits until no presence arrives any more. */
  async enter(): Promise<void> {
    const { rooms, receivers } = this.#options;
    const total = rooms * receivers;
    while (this.#sockets.length < total) {
      const count = Math.min(CONNECT_AT_ONCE, total - this.#sockets.length);
      const first = this.#sockets.length;
      const entering = Array.from({ length: count }, (_, i) => this.#enterOne(first + i));
      this.#sockets.push(...await deadline(Promise.all(entering), ENTER_CEILING_MS));
    }
    await this.#meet();
    this.#lastActivity = performance.now();
    await this.settle(QUIET_MS + receivers * QUIET_MS_PER_RECEIVER, QUIET_CEILING_MS);
  }

  /** Waits until everyone is in, where the server does not say so: a busy one takes its time after the handshake. */
  async #meet(): Promise<void> {
    const { rooms, receivers } = this.#options;
    if (this.#format.enter("").length > 0) return;
    const meetings = Array.from({ length: rooms }, (_, room) => {
      const sockets = this.#sockets.slice(room * receivers, (room + 1) * receivers);
      const about = { room: this.#roomName(room), sender: 0, sequence: 0, seq: 1 };
      return meet(sockets, (text) => sockets[0]?.send(this.#format.message({ ...about, text })));
    });
    const met = deadline(Promise.all(meetings), ENTER_CEILING_MS);
    await Promise.race([met, this.#failed.promise]);
  }

  /**
   * Waits, before {@linkcode start}, until nothing arrived for `quiet` ms, at most `ceiling` ms.
   */
  async settle(quiet: number, ceiling: number): Promise<void> {
    const latest = performance.now() + ceiling;
    while (performance.now() < Math.min(this.#lastActivity + quiet, latest)) {
      await this.runFor(QUIET_MS / 1000);
    }
  }

  /** Begins to send, and to check what is received. */
  start(): void {
    const { rooms, receivers, senders, inFlight, rate } = this.#options;
    this.#sending = true;
    for (let sender = 0; sender < rooms * senders; sender++) this.#sent.push([]);
    const last = this.#sockets.length - 1;
    for (const [index, socket] of this.#sockets.entries()) {
      const place = index % receivers;
      const room = this.#roomOf(index);
      const firstSender = room * senders;
      const own = place < senders ? firstSender + place : undefined;
      const isChecked = own !== undefined || place === receivers - 1 ||
        place % Math.ceil(receivers / CHECKED_RECEIVERS) === 0;
      const received = new Received({
        ...{ receiver: index, room: this.#roomName(room), firstSender, isChecked },
        sent: this.#sent.slice(firstSender, firstSender + senders),
      });
      this.#received.push(received);
      if (!isChecked) {
        socket.count = { above: LONGEST_HEARTBEAT_BYTES, add: (bytes) => received.bytes += bytes };
      }
      // Only who answers or is timed must be read at once.
      if (own === undefined && index !== last) socket.pace = () => this.#pacer.turn();
      socket.onLines = (bytes, from, to) => {
        if (to - from <= LONGEST_HEARTBEAT_BYTES && this.#answer(socket, bytes, from, to)) return;
        if (!isChecked) received.bytes += to - from;
        else received.add(bytes.subarray(from, to), this.#watch(received, own, bytes, from, to));
      };
    }
    this.#seqs.push(...Array(rooms).fill(0));
    const now = performance.now();
    this.#whenDue(LOOKS_PER_SECOND, now, (due, now) => {
      if (this.measuring) this.late.record(now - due);
    });
    if (rate > 0) {
      let next = 0;
      return this.#whenDue(rate, now, (due) => {
        if (this.#sending) this.#send(next++ % this.#sent.length, due);
      });
    }
    for (let i = 0; i < inFlight; i++) {
      for (const sender of this.#sent.keys()) this.#send(sender, now);
    }
  }

  /**
   * Calls `rate` times a second with the time when the call was due and the time when it is, in ms.
   */
  #whenDue(rate: number, start: number, act: (due: number, now: number) => void): void {
    const schedule = new Schedule(rate, start);
    const timer = setInterval(() => {
      const now = performance.now();
      for (const due of schedule.takeDue(now)) act(due, now);
    }, DUE_TICK_MS);
    this.#held.defer(() => clearInterval(timer));
  }

  /** Waits `seconds`; throws at once when anything goes wrong. */
  async runFor(seconds: number): Promise<void> {
    const over = Promise.withResolvers<void>();
    const timer = setTimeout(over.resolve, seconds * 1000);
    try {
      await Promise.race([this.#failed.promise, over.promise]);
    } finally {
      clearTimeout(timer);
    }
  }

  /** Reads the counters. */
  snapshot(): Snapshot {
    return {
      at: performance.now(),
      frames: this.#sockets.reduce((sum, { frames }) => sum + frames, 0),
      bytes: this.#bytes,
      serverCpu: cpuSeconds(this.#options.pid),
      loadCpu: cpuSeconds(Deno.pid),
    };
  }

  /** Sends no more, waits until everything has arrived everywhere, and compares. */
  async drain(): Promise<void> {
    this.#sending = false;
    if (!await this.#arrive()) {
      // A machine that is halted is silent, too. Only who passes on what is sent now has lost what was sent before.
      await this.#probe();
      await this.#arrive();
    }
    await this.runFor(SETTLE_MS / 1000);

    const lacks = describeLacks(this.#received);
    if (lacks !== "") throw new DeliveryError(`Cannot trust the server: ${lacks}`);
    for (const { receiver, bytes, checksum, isChecked } of this.#received) {
      const reference = this.#referenceOf(receiver);
      const same = !isChecked || checksum === reference.checksum;
      if (bytes === reference.bytes && same) continue;
      const difference = bytes === reference.bytes
        ? "the same number of bytes, but other ones or in another order"
        : `${bytes} bytes and not ${reference.bytes}`;
      throw new DeliveryError(
        `Cannot trust the server: receiver ${receiver} got other messages than the last one, ${difference}`,
      );
    }
  }

  /**
   * Waits until everything has arrived everywhere, or nothing has come for a while. The time for which this process
   * itself was halted does not count.
   *
   * @returns Whether everything has arrived.
   */
  async #arrive(): Promise<boolean> {
    let [silent, before, looked] = [0, -1, performance.now()];
    while (!this.#allArrived() && silent < SILENCE_MS) {
      await this.runFor(LOOK_MS / 1000);
      const [bytes, now] = [this.#bytes, performance.now()];
      silent = bytes === before ? silent + Math.min(now - looked, LONGEST_LOOK_MS) : 0;
      [before, looked] = [bytes, now];
    }
    return this.#allArrived();
  }

  /** Waits until each server has passed on a message of now. */
  async #probe(): Promise<void> {
    const probes = Promise.all(this.#ports.map((port) => probe(port, this.#format)));
    try {
      await Promise.race([deadline(probes, PROBE_CEILING_MS), this.#failed.promise]);
    } catch (error) {
      if (error instanceof DeliveryError) throw error;
      throw new DeliveryError(
        `Cannot trust the server: it passes on nothing any more (${messageOf(error)}): ` +
          describeLacks(this.#received),
      );
    }
  }

  /** The mean length of a message on its way out, its newline included. */
  bytesPerMessage(): number {
    return this.#bytes / this.#options.receivers / this.messages;
  }

  /** Cuts all connections. */
  [Symbol.dispose](): void {
    this.#leaving = true;
    this.#held.dispose();
  }

  get #ports(): readonly number[] {
    const { port, otherPorts = [] } = this.#options;
    return [port, ...otherPorts];
  }

  get #bytes(): number {
    return this.#received.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  #enterOne(index: number): Promise<RawSocket> {
    const port = this.#ports[index % this.#ports.length] ?? this.#options.port;
    const entering = enterRoom({
      ...{ port, format: this.#format, room: this.#roomName(this.#roomOf(index)) },
      held: this.#held,
      onActivity: () => this.#lastActivity = performance.now(),
      onEnd: (ending) => this.#onEnd(index, ending),
    });
    return Promise.race([entering, this.#failed.promise]);
  }

  #roomOf(index: number): number {
    return Math.floor(index / this.#options.receivers);
  }

  #roomName(room: number): string {
    return this.#options.rooms === 1 ? "lobby" : `room-${room}`;
  }

  #send(sender: number, due: number): void {
    // There are entries for each sender and room before anything is sent.
    const sent = this.#sent[sender]!;
    const { senders, receivers, size } = this.#options;
    const room = Math.floor(sender / senders);
    const seq = this.#seqs[room]! + 1;
    this.#seqs[room] = seq;
    const sequence = sent.push(due) - 1;
    const text = stampedText(sender, sequence, size);
    const message = { room: this.#roomName(room), sender, sequence, seq, text };
    this.#sockets[room * receivers + sender % senders]?.send(this.#format.message(message));
  }

  /** Looks at the messages of a read; `own` is the sender that the receiver is. Returns whether there are some. */
  #watch(
    received: Received,
    own: number | undefined,
    bytes: Uint8Array,
    from: number,
    to: number,
  ): boolean {
    const now = performance.now();
    const { size, rate } = this.#options;
    const isTimed = this.measuring && received.receiver === this.#sockets.length - 1;
    let isMessage = false;
    visitStamps(bytes, from, to, size, (sender, sequence) => {
      isMessage = true;
      const wrong = received.take(sender, sequence);
      if (wrong !== undefined) return this.#fail(wrong);
      if (isTimed) this.last.record(now - (this.#sent[sender]?.[sequence] ?? NaN));
      if (sender !== own) return;
      if (this.measuring) this.own.record(now - (this.#sent[sender]?.[sequence] ?? NaN));
      if (this.#sending && rate === 0) this.#send(own, now);
    });
    return isMessage;
  }

  #answer(socket: RawSocket, bytes: Uint8Array, from: number, to: number): boolean {
    if (!this.#format.answers) return false;
    const answer = this.#format.answers[decoder.decode(bytes.subarray(from, to - 1))];
    if (answer !== undefined) socket.send(answer);
    return answer !== undefined;
  }

  #allArrived(): boolean {
    return this.#received.every((received) =>
      received.isComplete && received.bytes >= this.#referenceOf(received.receiver).bytes
    );
  }

  /** The state of the last receiver of the same room. */
  #referenceOf(index: number): Received {
    const { receivers } = this.#options;
    // There is one for each connection.
    return this.#received[(this.#roomOf(index) + 1) * receivers - 1]!;
  }

  #onEnd(index: number, { code, reason }: Closure): void {
    if (!this.#leaving) this.#fail(`it ended receiver ${index} with ${code} ${reason}`);
  }

  #fail(why: string): void {
    this.#failed.reject(new DeliveryError(`Cannot trust the server: ${why}`));
  }
}

/**
 * The connections of a run: senders and receivers, and the check that every receiver received the
 * same.
 *
 * @module
 */
import { crc32 } from "node:zlib";
import { deadline } from "../lib/std.ts";
import {
  type FormatName,
  formats,
  type ServerProtocol,
  stampedText,
  visitStamps,
} from "./formats.ts";
import { Pacer } from "./pacer.ts";
import { cpuSeconds } from "../testing/proc.ts";
import { Schedule } from "./schedule.ts";
import { type Closure, RawSocket } from "../testing/raw_socket.ts";
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
/** After this long without a byte, what is missing will not come. */
const DRAIN_SILENCE_MS = 3_000;
/** Time for duplicates to show after everything has arrived. */
const SETTLE_MS = 50;
/** Lines this short may be a heartbeat rather than messages. */
const LONGEST_HEARTBEAT_BYTES = 8;
/** Of a room, beside senders and the last; of the others only the bytes are counted. */
const CHECKED_RECEIVERS = 16;
/**
 * The time between two looks of an open loop at what is due, in ms; latencies count from when it
 * was due all the same.
 */
const DUE_TICK_MS = 1;
const LOOKS_PER_SECOND = 1000 / DUE_TICK_MS;

const decoder = new TextDecoder();

/** The messages that one connection has received since the start. */
interface Received {
  bytes: number;
  /** Stands for what came and in which order; undefined where only bytes are counted. */
  checksum: number | undefined;
}

/** The counters of a moment: its time in milliseconds, what all have received, CPU seconds. */
export interface Snapshot {
  at: number;
  frames: number;
  bytes: number;
  serverCpu: number;
  loadCpu: number;
}

/** The messages that one sender has sent, by sequence. */
interface Sent {
  /** When each message was due, in milliseconds: with a closed loop, when it was written. */
  at: number[];
  /** The number that have come back to the sender. */
  returned: number;
  /** The number that have arrived at the last receiver of the room. */
  arrived: number;
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
    return this.#sent.reduce((sum, sent) => sum + sent.at.length, 0);
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
    this.#lastActivity = performance.now();
    await this.settle(QUIET_MS + receivers * QUIET_MS_PER_RECEIVER, QUIET_CEILING_MS);
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
    const last = this.#sockets.length - 1;
    for (const [index, socket] of this.#sockets.entries()) {
      const received: Received = { bytes: 0, checksum: 0 };
      this.#received.push(received);
      const place = index % receivers;
      const own = place < senders ? this.#roomOf(index) * senders + place : undefined;
      const checked = place % Math.ceil(receivers / CHECKED_RECEIVERS) === 0;
      if (!checked && own === undefined && place < receivers - 1) {
        received.checksum = undefined;
        socket.count = { above: LONGEST_HEARTBEAT_BYTES, add: (bytes) => received.bytes += bytes };
      }
      // Only who answers or is timed must be read at once.
      if (own === undefined && index !== last) socket.pace = () => this.#pacer.turn();
      socket.onLines = (bytes, from, to) => {
        if (to - from <= LONGEST_HEARTBEAT_BYTES && this.#answer(socket, bytes, from, to)) return;
        received.bytes += to - from;
        received.checksum = crc32(bytes.subarray(from, to), received.checksum);
        if (place === receivers - 1) this.#watchAll(index, bytes, from, to);
        if (own !== undefined) this.#watchOwn(index, own, bytes, from, to);
      };
    }
    this.#seqs.push(...Array(rooms).fill(0));
    for (let sender = 0; sender < rooms * senders; sender++) {
      this.#sent.push({ at: [], returned: 0, arrived: 0 });
    }
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
      bytes: this.#received.reduce((sum, { bytes }) => sum + bytes, 0),
      serverCpu: cpuSeconds(this.#options.pid),
      loadCpu: cpuSeconds(Deno.pid),
    };
  }

  /** Sends no more, waits until everything has arrived everywhere, and compares. */
  async drain(): Promise<void> {
    this.#sending = false;
    let heard = performance.now();
    for (let before = -1; !this.#allArrived() && performance.now() < heard + DRAIN_SILENCE_MS;) {
      const { bytes } = this.snapshot();
      if (bytes !== before) heard = performance.now();
      before = bytes;
      await this.runFor(0.01);
    }
    await this.runFor(SETTLE_MS / 1000);

    for (const [sender, { at, arrived }] of this.#sent.entries()) {
      if (arrived === at.length) continue;
      throw new DeliveryError(
        `Cannot trust the server: of ${at.length} messages of sender ${sender} ` +
          `only ${arrived} arrived at the last receiver`,
      );
    }
    for (const [index, { bytes, checksum }] of this.#received.entries()) {
      const reference = this.#referenceOf(index);
      const same = checksum === undefined || checksum === reference.checksum;
      if (bytes === reference.bytes && same) continue;
      const difference = bytes === reference.bytes
        ? "the same number of bytes, but other ones or in another order"
        : `${bytes} bytes and not ${reference.bytes}`;
      throw new DeliveryError(
        `Cannot trust the server: receiver ${index} got other messages than the last one, ${difference}`,
      );
    }
  }

  /** The mean length of a message on its way out, its newline included. */
  bytesPerMessage(): number {
    const bytes = this.#received.reduce((sum, { bytes }) => sum + bytes, 0);
    return bytes / this.#options.receivers / this.messages;
  }

  /** Cuts all connections. */
  [Symbol.dispose](): void {
    this.#leaving = true;
    this.#held.dispose();
  }

  async #enterOne(index: number): Promise<RawSocket> {
    const room = this.#roomName(this.#roomOf(index));
    const { protocol } = this.#format;
    const path = this.#format.path(room);
    const { port, otherPorts = [] } = this.#options;
    const ports = [port, ...otherPorts];
    const at = ports[index % ports.length] ?? port;
    const socket = await RawSocket.connect({ port: at, path, protocol });
    this.#held.use(socket);
    const entered = Promise.withResolvers<void>();
    const steps = [...this.#format.enter(room)];
    const goOn = () => {
      for (let step = steps[0]; step && "send" in step; step = steps[0]) {
        socket.send(step.send);
        steps.shift();
      }
      if (steps.length > 0) return;
      socket.onLines = () => this.#lastActivity = performance.now();
      entered.resolve();
    };
    const ended = socket.receive((bytes, from, to) => {
      this.#lastActivity = performance.now();
      for (const line of decoder.decode(bytes.subarray(from, to)).split("\n")) {
        const step = steps[0];
        if (!step || !("expect" in step) || !line.startsWith(step.expect)) continue;
        steps.shift();
        goOn();
      }
    });
    ended.then((ending) => this.#onEnd(index, ending));
    goOn();
    await Promise.race([entered.promise, this.#failed.promise]);
    return socket;
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
    const sequence = sent.at.push(due) - 1;
    const text = stampedText(sender, sequence, size);
    const message = { room: this.#roomName(room), sender, sequence, seq, text };
    this.#sockets[room * receivers + sender % senders]?.send(this.#format.message(message));
  }

  #watchOwn(index: number, own: number, bytes: Uint8Array, from: number, to: number): void {
    const now = performance.now();
    const sent = this.#sent[own]!; // as in #send
    visitStamps(bytes, from, to, this.#options.size, (sender, sequence) => {
      if (sender !== own) return;
      if (sequence !== sent.returned++) this.#failOrder(index, own, sequence, sent.returned - 1);
      if (this.measuring) this.own.record(now - (sent.at[sequence] ?? NaN));
      if (this.#sending && this.#options.rate === 0) this.#send(own, now);
    });
  }

  #watchAll(index: number, bytes: Uint8Array, from: number, to: number): void {
    const now = performance.now();
    const timed = this.measuring && index === this.#sockets.length - 1;
    visitStamps(bytes, from, to, this.#options.size, (sender, sequence) => {
      const sent = this.#sent[sender];
      if (!sent) return this.#fail(`a message of sender ${sender}, who does not exist, arrived`);
      if (sequence !== sent.arrived++) this.#failOrder(index, sender, sequence, sent.arrived - 1);
      if (timed) this.last.record(now - (sent.at[sequence] ?? NaN));
    });
  }

  #answer(socket: RawSocket, bytes: Uint8Array, from: number, to: number): boolean {
    if (!this.#format.answers) return false;
    const answer = this.#format.answers[decoder.decode(bytes.subarray(from, to - 1))];
    if (answer !== undefined) socket.send(answer);
    return answer !== undefined;
  }

  #allArrived(): boolean {
    return this.#sent.every(({ at, arrived }) => arrived === at.length) &&
      this.#received.every(({ bytes }, index) => bytes >= this.#referenceOf(index).bytes);
  }

  /** The state of the last receiver of the same room. */
  #referenceOf(index: number): Received {
    const { receivers } = this.#options;
    return this.#received[(this.#roomOf(index) + 1) * receivers - 1] ?? { bytes: 0, checksum: 0 };
  }

  #onEnd(index: number, { code, reason }: Closure): void {
    if (!this.#leaving) this.#fail(`it ended receiver ${index} with ${code} ${reason}`);
  }

  #failOrder(receiver: number, sender: number, sequence: number, expected: number): void {
    this.#fail(
      `receiver ${receiver} got message ${sequence} of sender ${sender} where ${expected} was due`,
    );
  }

  #fail(why: string): void {
    this.#failed.reject(new DeliveryError(`Cannot trust the server: ${why}`));
  }
}

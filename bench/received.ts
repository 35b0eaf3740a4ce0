/**
 * What each connection of a load has received, and what it lacks.
 *
 * @module
 */
import { crc32 } from "node:zlib";

/** When each message of one sender was due, in milliseconds, by sequence: with a closed loop, when it was written. */
export type Sent = number[];

/** The characters of a line that an error shows. */
const SHOWN = 300;
/** The receivers that an error names. */
const NAMED = 5;

const decoder = new TextDecoder();

/** The connection of a {@linkcode Received}. */
export interface ReceiverOptions {
  /** Its index among all connections. */
  readonly receiver: number;
  readonly room: string;
  /** The index of the first sender of its room among all senders. */
  readonly firstSender: number;
  /** What each sender of its room has sent; it grows. */
  readonly sent: readonly Sent[];
  /** Whether its messages are looked at, or only the bytes are counted. */
  readonly isChecked: boolean;
}

/** The messages that one connection has received since the start. */
export class Received {
  readonly receiver: number;
  readonly isChecked: boolean;
  bytes = 0;
  /** Stands for what came and in which order. */
  checksum = 0;
  readonly #room: string;
  readonly #firstSender: number;
  readonly #sent: readonly Sent[];
  /** The number of messages from each sender. */
  readonly #counts: number[];
  /** What came last that was no message, such as an error. */
  #other = "";

  constructor({ receiver, room, firstSender, sent, isChecked }: ReceiverOptions) {
    this.receiver = receiver;
    this.isChecked = isChecked;
    this.#room = room;
    this.#firstSender = firstSender;
    this.#sent = sent;
    this.#counts = sent.map(() => 0);
  }

  /** Notes a message. Returns what is wrong with it, if something is. */
  take(sender: number, sequence: number): string | undefined {
    const due = this.#counts[sender - this.#firstSender];
    if (due === undefined) {
      return `receiver ${this.receiver} got a message of sender ${sender} of another room`;
    }
    this.#counts[sender - this.#firstSender] = due + 1;
    if (sequence === due) return undefined;
    return `receiver ${this.receiver} got message ${sequence} of sender ${sender} where ${due} was due`;
  }

  /** Notes a read; `isMessage` if a message was found in it. */
  add(read: Uint8Array<ArrayBuffer>, isMessage: boolean): void {
    this.bytes += read.length;
    this.checksum = crc32(read, this.checksum);
    if (!isMessage) this.#other = decoder.decode(read.subarray(0, SHOWN)).trim();
  }

  /** Whether it has received every message, as far as they are looked at. */
  get isComplete(): boolean {
    return !this.isChecked || this.#sent.every(({ length }, i) => this.#counts[i] === length);
  }

  /** Names the messages that it lacks. */
  get lack(): string {
    const missing = this.#sent.flatMap(({ length }, i) => {
      const count = this.#counts[i] ?? 0;
      if (count === length) return [];
      const which = count === length - 1
        ? `message ${count}`
        : `messages ${count} to ${length - 1}`;
      return [`${which} of sender ${this.#firstSender + i}`];
    });
    const other = this.#other === "" ? "" : `, and got last, beside messages, ${this.#other}`;
    return `receiver ${this.receiver} in ${this.#room} lacks ${missing.join(" and ")}${other}`;
  }
}

/** Names the messages that are missing, and who lacks them; empty if there are none. */
export function describeLacks(all: readonly Received[]): string {
  const lacking = all.filter(({ isComplete }) => !isComplete);
  const more = lacking.length > NAMED ? [`${lacking.length - NAMED} more lack some`] : [];
  return [...lacking.slice(0, NAMED).map(({ lack }) => lack), ...more].join("; ");
}

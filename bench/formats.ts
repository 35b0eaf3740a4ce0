/**
 * The protocol of each kind of server. It says how to join a room and what a message to the server
 * looks like; a message from the server need not be parsed, because the texts are found by their
 * stamps.
 *
 * @module
 */

/** One step of entering: something to send, or the beginning of a line to wait for. */
export type EnterStep = { send: string } | { expect: string };

/** The parts of a message. */
export interface Outgoing {
  room: string;
  sender: number;
  /** Of the sender, from 0. */
  sequence: number;
  /** The number that Hubbub would give it in its room, from 1. */
  seq: number;
  text: string;
}

/** The protocol of a server as far as the load generator needs it. */
export interface ServerProtocol {
  /** Path and query of the upgrade request of who wants to be in `room`. */
  path(room: string): string;
  /** The subprotocol to ask for. */
  protocol?: string;
  /** Done by each connection in this order before it counts as entered. */
  enter(room: string): readonly EnterStep[];
  /** The frame that sends a message. */
  message(message: Outgoing): string;
  /** Lines that are not messages and want an answer, each with its answer. */
  answers?: Readonly<Record<string, string>>;
}

const path = (room: string) => `/ws?room=${room}`;

/** Plain lines: what goes in comes out. Hubbub without a name, and the peers that repeat frames. */
const plain: ServerProtocol = {
  path,
  enter: () => [],
  message: ({ text }) => text,
};

/** Hubbub's JSON lines. */
const hubbubV1: ServerProtocol = {
  path: () => "/ws",
  protocol: "hubbub.v1",
  enter: (room) => [
    { expect: '{"type":"hello"' },
    { send: `{"type":"join","room":"${room}"}` },
    { expect: '{"type":"joined"' },
  ],
  message: ({ room, sender, sequence, text }) =>
    `{"type":"send","room":"${room}","id":"${messageId(sender, sequence)}","text":"${text}"}`,
};

/** The line that Hubbub sends for a message in `hubbub.v1`, made by the client, for peers that only repeat. */
const repeatedV1: ServerProtocol = {
  path,
  enter: () => [],
  message: lineV1,
};

/** As the page makes them: they begin with the time. */
function messageId(sender: number, sequence: number): string {
  return `${Date.now().toString(36)}-${sender}-${sequence}`;
}

function lineV1({ room, sender, sequence, seq, text }: Outgoing): string {
  const person = String(sender).padStart(SENDER_DIGITS, "0");
  return `{"type":"message","room":"${room}","seq":${seq},"id":"${messageId(sender, sequence)}",` +
    `"user":{"id":"mfuhy4jttpb9muav${person}","name":"guest-${person}"},` +
    `"text":"${text}","at":${Date.now()}}`;
}

/** Socket.IO 4 over WebSocket: Engine.IO's packet type, Socket.IO's, then an event as a JSON array. */
function socketIo(event: (message: Outgoing) => string): ServerProtocol {
  return {
    path: (room) => `/socket.io/?EIO=4&transport=websocket&room=${room}`,
    enter: () => [{ expect: "0{" }, { send: "40" }, { expect: "40" }],
    message: (message) => `42["m",${event(message)}]`,
    answers: { "2": "3" },
  };
}

/** Every format by its name. */
export const formats = {
  "plain": plain,
  "hubbub.v1": hubbubV1,
  "repeated hubbub.v1": repeatedV1,
  "socket.io": socketIo(({ text }) => `"${text}"`),
  "socket.io hubbub.v1": socketIo(lineV1),
} as const satisfies Record<string, ServerProtocol>;

/** The name of a format. */
export type FormatName = keyof typeof formats;

/** Whether `name` is a format's. */
export function isFormatName(name: string): name is FormatName {
  return Object.hasOwn(formats, name);
}

/** Begins every stamp; nothing else in a line of any format is this character. */
const MARK = "~".charCodeAt(0);
const ZERO = "0".charCodeAt(0);
const SENDER_DIGITS = 4;
const SEQUENCE_DIGITS = 10;
/** Bytes that a stamp takes at the start of a text. */
export const STAMP_BYTES = 1 + SENDER_DIGITS + SEQUENCE_DIGITS;

/** Makes a text of `bytes` bytes (at least `STAMP_BYTES`) with its sender and sequence. */
export function stampedText(sender: number, sequence: number, bytes: number): string {
  const stamp = "~" + String(sender).padStart(SENDER_DIGITS, "0") +
    String(sequence).padStart(SEQUENCE_DIGITS, "0");
  return stamp.padEnd(bytes, "x");
}

/**
 * Calls `visit` with the stamp of each message in `bytes` from `from` to
 * before `to`, in order; `textBytes` is the length of every text.
 */
export function visitStamps(
  bytes: Uint8Array,
  from: number,
  to: number,
  textBytes: number,
  visit: (sender: number, sequence: number) => void,
): void {
  for (let at = from; to - at >= textBytes; at += textBytes) {
    // In plain lines the next stamp is here or one further; to search is ten times the work.
    if (bytes[at] !== MARK && bytes[++at] !== MARK) {
      at = bytes.indexOf(MARK, at);
      if (at < 0) return;
    }
    if (to - at < textBytes) return;
    const sequenceAt = at + 1 + SENDER_DIGITS;
    visit(
      parseDigits(bytes, at + 1, sequenceAt),
      parseDigits(bytes, sequenceAt, at + STAMP_BYTES),
    );
  }
}

function parseDigits(bytes: Uint8Array, from: number, to: number): number {
  let value = 0;
  // The caller has compared `to` with the length.
  for (let at = from; at < to; at++) value = value * 10 + bytes[at]! - ZERO;
  return value;
}

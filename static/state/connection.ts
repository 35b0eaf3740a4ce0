import { signal } from "@preact/signals";
import {
  type Command,
  frameLines,
  parseLine,
  PROTOCOL,
  type ServerLine,
} from "../../protocol/mod.ts";
import { printLine } from "../../protocol/mod.ts";

/** Where the connection stands. */
export type ConnectionState =
  /** The first try of this page is under way. */
  | { readonly kind: "connecting" }
  /** `hello` was received. */
  | { readonly kind: "open" }
  /** It ended, or never came about; the next try is under way or waits for its time. */
  | { readonly kind: "closed"; readonly offline: boolean }
  /** Nothing is tried until {@linkcode Connection.connect}. */
  | { readonly kind: "stopped" };

/** The first wait before connecting again, in ms: it doubles with each try. */
const RETRY_MIN = 400;
/** The longest wait, in ms. */
const RETRY_MAX = 20_000;
/** A connection that lasts this long, in ms, was a success: the next wait is short again. */
const PROVEN_MS = 5_000;
/** How long `hello` and any answer may take, in ms, before the connection counts as dead. */
const ANSWER_MS = 8_000;
/** The same for the question put when the page wakes up: a dead connection is likely then. */
const PROBE_MS = 3_000;

/** What a {@linkcode Connection} needs. */
export interface ConnectionOptions {
  /** The address of the WebSocket. */
  readonly url: string;
  /** Takes the lines of one frame; those not known here are left out. */
  readonly onLines: (lines: ServerLine[]) => void;
  /** A connection ended; with `early` it did so before `hello`. */
  readonly onEnd?: (end: { readonly early: boolean }) => void;
  /** Whether the browser believes to be online. */
  readonly online?: () => boolean;
  /** From 0 to 1: spreads the waits, so that not all come back at once. */
  readonly random?: () => number;
}

/**
 * A connection that comes back by itself, at growing intervals with some chance in them. A WebSocket does
 * not tell that its network is gone: what should be answered and is not for too long ends it, too.
 */
export class Connection {
  readonly state = signal<ConnectionState>({ kind: "connecting" });
  readonly #options: ConnectionOptions;
  #socket: WebSocket | undefined;
  #attempts = 0;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #patience: ReturnType<typeof setTimeout> | undefined;
  #proven: ReturnType<typeof setTimeout> | undefined;

  constructor(options: ConnectionOptions) {
    this.#options = options;
  }

  /** Connects now, and afresh if there is a connection already. */
  connect(): void {
    clearTimeout(this.#retry);
    this.#drop();
    if (this.state.value.kind === "stopped") this.state.value = { kind: "connecting" };
    const socket = new WebSocket(this.#options.url, PROTOCOL);
    this.#socket = socket;
    socket.onmessage = ({ data }) => this.#receive(String(data));
    socket.onerror = () => {};
    socket.onclose = () => this.#ended();
    this.#expect(ANSWER_MS);
  }

  /** Ends the connection and tries nothing until {@linkcode connect}. */
  stop(): void {
    clearTimeout(this.#retry);
    this.#drop();
    this.state.value = { kind: "stopped" };
  }

  /** Sends a line; `false` if there is no open connection. */
  send(command: Command): boolean {
    if (this.state.value.kind !== "open" || this.#socket?.readyState !== WebSocket.OPEN) {
      return false;
    }
    this.#socket.send(printLine(command));
    // These two are the ones the server need not answer.
    if (command.type !== "typing" && command.type !== "leave") this.#expect(ANSWER_MS);
    return true;
  }

  /** The network or the page came back: connects at once, or asks whether the connection still lives. */
  wake(): void {
    const { kind } = this.state.value;
    if (kind === "open") {
      if (this.send({ type: "rooms" })) this.#expect(PROBE_MS);
    } else if (kind === "closed") {
      this.#attempts = 0;
      this.connect();
    }
  }

  /** The network went away: what is sent from here on would be lost without a word. */
  sleep(): void {
    if (this.#socket) this.#ended();
  }

  #receive(frame: string): void {
    clearTimeout(this.#patience);
    this.#patience = undefined;
    const lines = frameLines(frame).map(parseLine).filter((line) => line !== undefined);
    if (lines.some((line) => line.type === "hello")) {
      this.#proven = setTimeout(() => this.#attempts = 0, PROVEN_MS);
      this.state.value = { kind: "open" };
    }
    this.#options.onLines(lines);
  }

  #expect(ms: number): void {
    if (this.#patience !== undefined && ms === ANSWER_MS) return;
    clearTimeout(this.#patience);
    this.#patience = setTimeout(() => this.#ended(), ms);
  }

  #ended(): void {
    const early = this.state.value.kind !== "open";
    this.#drop();
    const { random = Math.random, online = () => true, onEnd } = this.#options;
    this.state.value = { kind: "closed", offline: !online() };
    const longest = Math.min(RETRY_MAX, RETRY_MIN * 2 ** this.#attempts++);
    this.#retry = setTimeout(() => this.connect(), longest * (0.5 + random() / 2));
    onEnd?.({ early });
  }

  /** Lets go of the socket without waiting for its end, which may never be told. */
  #drop(): void {
    clearTimeout(this.#patience);
    clearTimeout(this.#proven);
    this.#patience = undefined;
    const socket = this.#socket;
    if (!socket) return;
    this.#socket = undefined;
    socket.onmessage = socket.onclose = null;
    socket.close();
  }
}

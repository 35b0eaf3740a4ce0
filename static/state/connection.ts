import { signal } from "@preact/signals";
import {
  type Command,
  frameLines,
  parseLine,
  PROTOCOL,
  type ServerLine,
} from "../../protocol/mod.ts";
import { printLine } from "../../protocol/mod.ts";

/** The state of the connection. */
export type ConnectionState =
  /** The first attempt of this page is in progress. */
  | { readonly kind: "connecting" }
  /** `hello` was received. */
  | { readonly kind: "open" }
  /** It ended, or never opened; the next attempt is in progress or scheduled. */
  | { readonly kind: "closed"; readonly offline: boolean }
  /** Nothing is tried until {@linkcode Connection.connect}. */
  | { readonly kind: "stopped" }
  /** The server does not accept this person, so nothing is tried either. */
  | { readonly kind: "banned" };

/** The code and the reason with which the server closes the connections of a banned person. */
const BANNED = { code: 1008, reason: "Banned" };

/** The same of a session that was ended. */
const LOGGED_OUT = { code: 1000, reason: "Logged out" };

/** The same of a person whose account was deleted. */
const ACCOUNT_DELETED = { code: 1000, reason: "Account deleted" };

/** The first wait before connecting again, in ms: it doubles with each try. */
const RETRY_MIN = 400;
/** The longest wait, in ms. */
const RETRY_MAX = 20_000;
/** A connection that lasts this long, in ms, was a success: the next wait is short again. */
const PROVEN_MS = 5_000;
/** The longest time, in ms, until `hello` or any answer; then the connection counts as dead. */
const ANSWER_MS = 8_000;
/** The same for a password, in ms: a busy server hashes one after the other, and each takes it a while. */
const HASH_MS = 30_000;
/** The time without anything received, in ms, after which the page requests something that must be answered. */
const QUIET_MS = 27_000;
/** The time for the answer when the page wakes up, in ms: a dead connection is likely then. */
const PROBE_MS = 3_000;

/** Times in ms that a test may shorten. */
export interface Timing {
  /** The time without anything received after which the page requests something. */
  readonly quietMs?: number;
  /** The longest time until an answer. */
  readonly answerMs?: number;
}

/** The needs of a {@linkcode Connection}. */
export interface ConnectionOptions {
  /** The address of the WebSocket. */
  readonly url: string;
  /** Takes the lines of one frame; those not known here are left out. */
  readonly onLines: (lines: ServerLine[]) => void;
  /** A connection ended; with `early` it did so before `hello`, with `loggedOut` because its session was ended. */
  readonly onEnd?: (end: { readonly early: boolean; readonly loggedOut?: boolean }) => void;
  /** Called when the account of the person was deleted; nothing is tried any more then. */
  readonly onDeleted?: () => void;
  /** Whether the browser believes to be online. */
  readonly online?: () => boolean;
  /** Requests something that the server answers; `false` if it can't. */
  readonly onQuiet?: () => boolean;
  readonly timing?: Timing;
  /** From 0 to 1: spreads the waits, so that not all clients reconnect at once. */
  readonly random?: () => number;
}

/**
 * A connection that reconnects automatically, at growing and partly random intervals. A WebSocket does not
 * report that its network is gone: a request that is not answered in time ends it, too.
 */
export class Connection {
  readonly state = signal<ConnectionState>({ kind: "connecting" });
  readonly #options: ConnectionOptions;
  #socket: WebSocket | undefined;
  #attempts = 0;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #patience: ReturnType<typeof setTimeout> | undefined;
  #proven: ReturnType<typeof setTimeout> | undefined;
  #quiet: ReturnType<typeof setTimeout> | undefined;
  #receivedAt = 0;

  constructor(options: ConnectionOptions) {
    this.#options = options;
  }

  /** Connects now, and afresh if there is a connection already. */
  connect(): void {
    clearTimeout(this.#retry);
    const wasOpen = this.#socket !== undefined && this.state.value.kind === "open";
    this.#drop();
    if (wasOpen) this.#options.onEnd?.({ early: false });
    if (["stopped", "banned"].includes(this.state.value.kind)) {
      this.state.value = { kind: "connecting" };
    }
    const socket = new WebSocket(this.#options.url, PROTOCOL);
    this.#socket = socket;
    socket.onmessage = ({ data }) => this.#receive(String(data));
    socket.onerror = () => {};
    socket.onclose = ({ code, reason }) => {
      const { onDeleted } = this.#options;
      if (code === BANNED.code && reason === BANNED.reason) this.ban();
      else if (code === ACCOUNT_DELETED.code && reason === ACCOUNT_DELETED.reason && onDeleted) {
        this.stop();
        onDeleted();
      } else this.#ended(code === LOGGED_OUT.code && reason === LOGGED_OUT.reason);
    };
    this.#expect(ANSWER_MS);
  }

  /** Ends the connection and tries nothing until {@linkcode connect}. */
  stop(): void {
    clearTimeout(this.#retry);
    this.#drop();
    this.state.value = { kind: "stopped" };
  }

  /** Ends the connection because the person is banned, and tries nothing until {@linkcode connect}. */
  ban(): void {
    clearTimeout(this.#retry);
    this.#drop();
    this.state.value = { kind: "banned" };
    this.#options.onEnd?.({ early: false });
  }

  /** Sends a line; `false` if there is no open connection. */
  send(command: Command): boolean {
    if (this.state.value.kind !== "open" || this.#socket?.readyState !== WebSocket.OPEN) {
      return false;
    }
    this.#socket.send(printLine(command));
    // These two are the ones the server need not answer.
    if (command.type === "typing" || command.type === "leave") return true;
    const isHashed = command.type === "name" && command.secret !== undefined;
    this.#expect(isHashed ? HASH_MS : ANSWER_MS);
    return true;
  }

  /** Called when the network or the page is back: connects at once, or checks whether the connection is alive. */
  wake(): void {
    const { kind } = this.state.value;
    if (kind === "open") {
      if (this.send({ type: "rooms" })) this.#expect(PROBE_MS);
    } else if (kind === "closed") {
      this.#attempts = 0;
      this.connect();
    }
  }

  /** Called when the network is gone: all that is sent from here on would be lost silently. */
  sleep(): void {
    if (this.#socket) this.#ended();
  }

  /** Ends a connection that does not work, and connects again. */
  giveUp(): void {
    if (this.state.value.kind === "open") this.#ended();
  }

  /** Requests something when nothing was received for a while, which detects that the network is gone. */
  #watch(): void {
    const { timing: { quietMs = QUIET_MS } = {}, onQuiet } = this.#options;
    const rest = this.#receivedAt + quietMs - performance.now();
    this.#quiet = setTimeout(() => this.#watch(), rest > 0 ? rest : quietMs);
    if (rest > 0) return;
    this.#receivedAt = performance.now();
    // An answer is expected to either.
    if (!onQuiet?.()) this.send({ type: "rooms" });
  }

  #receive(frame: string): void {
    this.#receivedAt = performance.now();
    clearTimeout(this.#patience);
    this.#patience = undefined;
    const lines = frameLines(frame).map(parseLine).filter((line) => line !== undefined);
    if (lines.some((line) => line.type === "hello")) {
      clearTimeout(this.#proven);
      this.#proven = setTimeout(() => this.#attempts = 0, PROVEN_MS);
      clearTimeout(this.#quiet);
      this.#watch();
      this.state.value = { kind: "open" };
    }
    this.#options.onLines(lines);
  }

  #expect(ms: number): void {
    if (this.#patience !== undefined && ms >= ANSWER_MS) return;
    const { answerMs = ANSWER_MS } = this.#options.timing ?? {};
    clearTimeout(this.#patience);
    const longest = ms > ANSWER_MS ? ms : Math.min(ms, answerMs);
    this.#patience = setTimeout(() => this.#ended(), longest);
  }

  #ended(loggedOut = false): void {
    const early = this.state.value.kind !== "open";
    this.#drop();
    const { random = Math.random, online = () => true, onEnd } = this.#options;
    this.state.value = { kind: "closed", offline: !online() };
    const longest = Math.min(RETRY_MAX, RETRY_MIN * 2 ** this.#attempts++);
    this.#retry = setTimeout(() => this.connect(), longest * (0.5 + random() / 2));
    onEnd?.({ early, loggedOut });
  }

  /** Abandons the socket without waiting for its end, which may never be reported. */
  #drop(): void {
    clearTimeout(this.#patience);
    clearTimeout(this.#proven);
    clearTimeout(this.#quiet);
    this.#patience = undefined;
    const socket = this.#socket;
    if (!socket) return;
    this.#socket = undefined;
    socket.onmessage = socket.onclose = null;
    socket.close();
  }
}

import type { ErrorCode, Limits, SendCommand } from "../../protocol/mod.ts";
import type { Outbox } from "./outbox.ts";

/** How long to wait, in ms, each time the server could not store; after the last it is given up. */
const STORAGE_WAITS = [1_000, 2_000, 4_000, 8_000, 8_000];
/** How long to wait, in ms, when the server does not say. */
const RATE_WAIT = 1_000;

/** What a {@linkcode Sender} needs. */
export interface SenderOptions {
  readonly outbox: Outbox;
  /** Sends a line, if there is a connection. */
  readonly send: (command: SendCommand) => void;
  /** Whether a room can be sent to now. */
  readonly isLive: (room: string) => boolean;
}

/** Sends what is in the outbox, one by one, and does about refusals what their code asks for. */
export class Sender {
  readonly #options: SenderOptions;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #storageFailures = 0;

  constructor(options: SenderOptions) {
    this.#options = options;
  }

  /** A connection began. */
  start(limits: Limits): void {
    this.#storageFailures = 0;
    this.#options.outbox.restart(limits);
  }

  /** The connection ended. */
  stop(): void {
    clearTimeout(this.#timer);
    this.#options.outbox.halt();
  }

  /** The server has sent some messages back. */
  acknowledged(): void {
    this.#storageFailures = 0;
    this.flush();
  }

  /** The server refused a message that is in the outbox; `retry` in ms. */
  refused(id: string, code: ErrorCode, retry?: number): void {
    const { outbox } = this.#options;
    const wait = code === "rate_limited"
      ? RATE_WAIT
      : code === "not_joined"
      ? 0
      : code === "storage"
      ? STORAGE_WAITS[this.#storageFailures++]
      : undefined;
    if (wait === undefined) outbox.fail(id, code);
    else outbox.postpone(id, retry ?? wait);
    this.flush();
  }

  /** Sends what can be sent now, and comes back by itself for what can be sent later. */
  flush(): void {
    clearTimeout(this.#timer);
    const { outbox, send, isLive } = this.#options;
    const next = outbox.next(isLive);
    if (next === undefined) return;
    if (typeof next === "number") this.#timer = setTimeout(() => this.flush(), next);
    else send({ type: "send", room: next.room, id: next.id, text: next.text });
  }
}

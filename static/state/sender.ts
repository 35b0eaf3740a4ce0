import type { ErrorCode, Limits, SendCommand } from "../../protocol/mod.ts";
import type { Outbox } from "./outbox.ts";

/** The waits, in ms, each time the server could not store; after the last one the message has failed. */
export const STORAGE_WAITS = [1_000, 2_000, 4_000, 8_000, 8_000];
/** The wait, in ms, when the server gives none. */
export const RATE_WAIT = 1_000;

/** The longest time, in ms, until a message is acknowledged or refused: the connection may be broken. */
export const ANSWER_MS = 15_000;

/** The needs of a {@linkcode Sender}. */
export interface SenderOptions {
  readonly outbox: Outbox;
  /** Sends a line, if there is a connection. */
  readonly send: (command: SendCommand) => void;
  /** Whether a room can be sent to now. */
  readonly isLive: (room: string) => boolean;
  /** Whether a room lets people write only now and then. */
  readonly isSlow?: (room: string) => boolean;
  /** The ids on the server of the files of a message, by their keys. */
  readonly fileIds?: (keys: readonly string[]) => readonly string[] | undefined;
  /** Called when a message was not answered for too long. */
  readonly onUnanswered: () => void;
}

/** Sends the messages of the outbox one by one, and waits or gives up according to the code of a refusal. */
export class Sender {
  readonly #options: SenderOptions;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #patience: ReturnType<typeof setTimeout> | undefined;
  #storageFailures = 0;

  constructor(options: SenderOptions) {
    this.#options = options;
  }

  /** Called when a connection is open. */
  start(limits: Limits): void {
    this.#storageFailures = 0;
    this.#options.outbox.restart(limits);
  }

  /** Called when the connection has ended. */
  stop(): void {
    clearTimeout(this.#timer);
    clearTimeout(this.#patience);
    this.#options.outbox.halt();
  }

  /** Called when the server has acknowledged some messages. */
  acknowledged(): void {
    this.#storageFailures = 0;
    clearTimeout(this.#patience);
    this.flush();
  }

  /** Called when the server refused a message that is in the outbox; `retry` in ms. */
  refused(id: string, code: ErrorCode, retry?: number): void {
    const { outbox, isSlow } = this.#options;
    const room = outbox.find(id)?.room;
    if (code === "rate_limited" && retry !== undefined && room !== undefined && isSlow?.(room)) {
      clearTimeout(this.#patience);
      outbox.postpone(id, 0);
      outbox.pause(room, retry);
      return this.flush();
    }
    const wait = code === "rate_limited"
      ? RATE_WAIT
      : code === "not_joined"
      ? 0
      : code === "storage"
      ? STORAGE_WAITS[this.#storageFailures++]
      : undefined;
    clearTimeout(this.#patience);
    if (wait === undefined) outbox.fail(id, code);
    else outbox.postpone(id, retry ?? wait);
    this.flush();
  }

  /** Sends the message that can be sent now, and sets a timer for one that can be sent later. */
  flush(): void {
    clearTimeout(this.#timer);
    const { outbox, send, isLive, fileIds, onUnanswered } = this.#options;
    const next = outbox.next(isLive);
    if (next === undefined) return;
    if (typeof next === "number") this.#timer = setTimeout(() => this.flush(), next);
    else {
      clearTimeout(this.#patience);
      this.#patience = setTimeout(onUnanswered, ANSWER_MS);
      const { room, id, text, re, files: keys } = outbox.handOver(next.id) ?? next;
      const files = keys && fileIds?.(keys);
      send({
        ...{ type: "send", room, id, text },
        ...(re !== undefined && { re }),
        ...(files && { files }),
      });
    }
  }
}

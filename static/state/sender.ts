import type { ErrorCode, Limits, SendCommand } from "../../protocol/mod.ts";
import type { Outbox } from "./outbox.ts";
import { SenderWaits } from "./sender_waits.ts";

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
  readonly #waits: SenderWaits;

  constructor(options: SenderOptions) {
    this.#options = options;
    this.#waits = new SenderWaits(() => this.flush(), options.onUnanswered);
  }

  /** Called when a connection is open. */
  start(limits: Limits): void {
    this.#options.outbox.restart(limits);
  }

  /** Called when the connection has ended. */
  stop(): void {
    this.#waits.stop();
    this.#options.outbox.halt();
  }

  /** Called when the server has acknowledged some messages. */
  acknowledged(): void {
    this.#waits.succeeded();
    this.flush();
  }

  /** Called when the server refused a message that is in the outbox; `retry` in ms. */
  refused(id: string, code: ErrorCode, retry?: number): void {
    const { outbox, isSlow } = this.#options;
    const room = outbox.find(id)?.room;
    const wait = this.#waits.refused(code, retry);
    if (code === "rate_limited" && retry !== undefined && room !== undefined && isSlow?.(room)) {
      outbox.postpone(id, 0);
      outbox.pause(room, retry);
    } else if (wait === undefined) outbox.fail(id, code);
    else outbox.postpone(id, wait);
    this.flush();
  }

  /** Sends the message that can be sent now, and sets a timer for one that can be sent later. */
  flush(): void {
    this.#waits.cancelAttempt();
    const { outbox, send, isLive, fileIds } = this.#options;
    const next = outbox.next(isLive);
    if (next === undefined) return;
    if (typeof next === "number") this.#waits.flushLater(next);
    else {
      this.#waits.expectAnswer();
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

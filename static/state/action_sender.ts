import type { ChangeCommand, ErrorCode } from "../../protocol/mod.ts";
import type { ActionQueue, ReadyAction } from "./action_queue.ts";
import { SenderWaits } from "./sender_waits.ts";

/** The needs of an {@linkcode ActionSender}. */
export interface ActionSenderOptions {
  readonly queue: ActionQueue;
  /** Sends a line; whether there is a connection. */
  readonly send: (command: ChangeCommand) => boolean;
  /** Whether a room can be sent to now. */
  readonly isLive: (room: string) => boolean;
  /** Called when an action was not answered for too long. */
  readonly onUnanswered: () => void;
}

/** Sends the changes of the queue one by one, and waits or gives up according to the code of a refusal. */
export class ActionSender {
  readonly #options: ActionSenderOptions;
  readonly #waits: SenderWaits;

  constructor(options: ActionSenderOptions) {
    this.#options = options;
    this.#waits = new SenderWaits(() => this.flush(), options.onUnanswered);
  }

  /** Called when the connection has ended. */
  stop(): void {
    this.#waits.stop();
    this.#options.queue.halt();
  }

  /** Called when the server has confirmed the action under way. */
  confirmed(): void {
    this.#waits.succeeded();
    this.flush();
  }

  /** Called when the server refused an action; `retry` in ms. Returns whether it is refused permanently. */
  refused(id: string, code: ErrorCode, retry?: number): boolean {
    const wait = this.#waits.refused(code, retry);
    if (wait !== undefined) this.#options.queue.postpone(id, wait);
    return wait === undefined;
  }

  /** Sends the action that can be sent now, and sets a timer for one that can be sent later. */
  flush(): void {
    this.#waits.cancelAttempt();
    const { queue, send, isLive } = this.#options;
    const next = queue.next(isLive);
    if (next === undefined) return;
    if (typeof next === "number") this.#waits.flushLater(next);
    else {
      queue.handOver(next.id);
      this.#waits.expectAnswer();
      if (!send(commandOf(next))) this.stop();
    }
  }
}

function commandOf({ id, room, seq, wish }: ReadyAction): ChangeCommand {
  switch (wish.kind) {
    case "edit":
      return { type: "edit", room, seq, id, text: wish.text };
    case "delete":
      return { type: "delete", room, seq, id };
    case "react":
      return { type: "react", room, seq, id, emoji: wish.emoji, on: wish.on };
    case "pin":
      return { type: "pin", room, seq, id, on: wish.on };
  }
}

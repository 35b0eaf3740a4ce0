import type { ChangeCommand, ErrorCode } from "../../protocol/mod.ts";
import type { ActionQueue, ReadyAction } from "./action_queue.ts";
import { ANSWER_MS, RATE_WAIT, STORAGE_WAITS } from "./sender.ts";

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

/** Sends the wishes of the queue one by one, and waits or gives up according to the code of a refusal. */
export class ActionSender {
  readonly #options: ActionSenderOptions;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #patience: ReturnType<typeof setTimeout> | undefined;
  #storageFailures = 0;

  constructor(options: ActionSenderOptions) {
    this.#options = options;
  }

  /** Called when the connection has ended. */
  stop(): void {
    clearTimeout(this.#timer);
    clearTimeout(this.#patience);
    this.#storageFailures = 0;
    this.#options.queue.halt();
  }

  /** Called when the server has confirmed the action under way. */
  confirmed(): void {
    this.#storageFailures = 0;
    clearTimeout(this.#patience);
    this.flush();
  }

  /** Called when the server refused an action; `retry` in ms. Returns whether it is refused permanently. */
  refused(id: string, code: ErrorCode, retry?: number): boolean {
    clearTimeout(this.#patience);
    const wait = code === "rate_limited"
      ? RATE_WAIT
      : code === "not_joined"
      ? 0
      : code === "storage"
      ? STORAGE_WAITS[this.#storageFailures++]
      : undefined;
    if (wait !== undefined) this.#options.queue.postpone(id, retry ?? wait);
    return wait === undefined;
  }

  /** Sends the action that can be sent now, and sets a timer for one that can be sent later. */
  flush(): void {
    clearTimeout(this.#timer);
    const { queue, send, isLive, onUnanswered } = this.#options;
    const next = queue.next(isLive);
    if (next === undefined) return;
    if (typeof next === "number") this.#timer = setTimeout(() => this.flush(), next);
    else {
      queue.handOver(next.id);
      clearTimeout(this.#patience);
      this.#patience = setTimeout(onUnanswered, ANSWER_MS);
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

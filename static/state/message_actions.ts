import { signal } from "@preact/signals";
import type { ChangeCommand, ChangedLine, ErrorCode, Message } from "../../protocol/mod.ts";
import { ActionQueue, type ActionTarget, type MessageAction, type Wish } from "./action_queue.ts";
import { ActionSender } from "./action_sender.ts";
import type { Handover, Outbox } from "./outbox.ts";
import type { OwnerChange } from "./personal_store.ts";
import { type ShownMessage, showWishes } from "./shown_message.ts";
import type { TextStore } from "./storage.ts";

/** The needs of {@linkcode MessageActions}. */
export interface MessageActionsOptions {
  readonly store: TextStore;
  readonly outbox: Outbox;
  /** Sends a line; whether there is a connection. */
  readonly send: (command: ChangeCommand) => boolean;
  /** Whether a room can be sent to now. */
  readonly isLive: (room: string) => boolean;
  /** The id of this person. */
  readonly me: () => string;
  /** The message of a room, in the state that the server has sent last. */
  readonly messageAt: (room: string, seq: number) => Message | undefined;
  /** Something of a room's rows is drawn in another way. */
  readonly onShown: (room: string) => void;
  /** Called when the server refused an action permanently. */
  readonly onRefused?: (action: MessageAction, code: ErrorCode) => void;
  /** Called when an action was not answered for too long. */
  readonly onUnanswered: () => void;
}

/**
 * Edits, deletions, reactions and pins of this person: shown at once, kept until the server confirms them, and taken
 * back with the reason when it refuses.
 */
export class MessageActions {
  /** Rises when a reaction of this person became known that no message names. */
  readonly revision = signal(0);
  readonly #options: MessageActionsOptions;
  readonly #queue: ActionQueue;
  readonly #sender: ActionSender;
  /** The reactions of this person, by room, `seq` and emoji: a message names only some of the people. */
  readonly #own = new Map<string, boolean>();

  constructor(options: MessageActionsOptions) {
    this.#options = options;
    this.#queue = new ActionQueue(options.store);
    const { send, isLive, onUnanswered } = options;
    this.#sender = new ActionSender({ queue: this.#queue, send, isLive, onUnanswered });
  }

  /** Gives a message of this person another text. */
  edit(target: ActionTarget, text: string): void {
    // Until it was handed to a socket nobody else can have it.
    if (target.seq === undefined && this.#options.outbox.rewrite(target.message, text)) {
      return this.#options.onShown(target.room);
    }
    this.#wish(target, { kind: "edit", text });
  }

  /** Deletes a message. */
  delete(target: ActionTarget): void {
    const { outbox, onShown } = this.#options;
    if (target.seq === undefined && outbox.isFresh(target.message)) {
      outbox.remove(target.message);
      return onShown(target.room);
    }
    this.#wish(target, { kind: "delete" });
  }

  /** Adds or removes a reaction. */
  react(target: ActionTarget, emoji: string, on: boolean): void {
    this.#wish(target, { kind: "react", emoji, on });
  }

  /** Pins a message, or undoes that. */
  pin(target: ActionTarget, on: boolean): void {
    this.#wish(target, { kind: "pin", on });
  }

  /** Tries a refused action again. */
  retry({ id, room }: MessageAction): void {
    this.#queue.retry(id);
    this.#options.onShown(room);
    this.flush();
  }

  /** Gives a refused action up. */
  discard({ id, room }: MessageAction): void {
    this.#queue.remove(id);
    this.#options.onShown(room);
  }

  /** A message as it is shown, with what this person wants of it. */
  shown(message: Message): ShownMessage {
    return showWishes(message, this.#queue.about(targetOf(message)), this.#options.me());
  }

  /** The wishes about a message that the server has not acknowledged yet. */
  about(target: ActionTarget): readonly MessageAction[] {
    return this.#queue.about(target);
  }

  /** Whether this person has reacted to a message with an emoji. */
  hasReacted(
    { room, seq }: Pick<Message, "room" | "seq">,
    { emoji, users, count }: Reacted,
  ): boolean {
    if (users.includes(this.#options.me())) return true;
    return count > users.length && this.#own.get(reactionKey(room, seq, emoji)) === true;
  }

  /** Sends what can be sent now. */
  flush(): void {
    this.#sender.flush();
  }

  /** The connection has ended. */
  stop(): void {
    this.#sender.stop();
  }

  /** The server has acknowledged messages of this person. */
  resolve(messages: readonly Message[]): void {
    const me = this.#options.me();
    this.#queue.resolve(messages.filter(({ user }) => user.id === me));
    this.flush();
  }

  /** The server has refused a message permanently: what was wished of it becomes its own. */
  messageFailed(message: string): void {
    const { outbox } = this.#options;
    for (const { id, wish } of this.#waitingFor(message)) {
      this.#queue.remove(id);
      if (wish.kind === "edit") outbox.rewrite(message, wish.text, { force: true });
      else if (wish.kind === "delete") outbox.remove(message);
    }
  }

  /** A message that waited was discarded. */
  messageDiscarded(message: string): void {
    for (const { id } of this.#waitingFor(message)) this.#queue.remove(id);
  }

  /** Takes a change that may be what an action wanted. */
  changed({ by, id }: ChangedLine): void {
    if (by === this.#options.me() && id !== undefined) this.confirmed(id);
  }

  /** The action of an id, if it waits for its answer. */
  find(id: string): MessageAction | undefined {
    return this.#queue.find(id);
  }

  /** Whether an action with this id waits for its answer. */
  has(id: string | undefined): id is string {
    return id !== undefined && this.find(id) !== undefined;
  }

  /** The server has done what an action wanted, or it was so already. */
  confirmed(id: string): void {
    const action = this.#queue.remove(id);
    if (!action) return;
    const { room, seq, wish } = action;
    if (wish.kind === "react" && seq !== undefined) {
      this.#own.set(reactionKey(room, seq, wish.emoji), wish.on);
      this.revision.value++;
    }
    this.#options.onShown(room);
    this.#sender.confirmed();
  }

  /** The server has refused an action; `retry` in ms. */
  refused(id: string, code: ErrorCode, retry?: number): void {
    const { onRefused, onShown } = this.#options;
    const action = this.#queue.find(id);
    if (!action) return;
    if (this.#sender.refused(id, code, retry)) {
      // So the server says that there is no such message, or not any more.
      const isGone = code === "bad_value";
      // Only an edit has something in it that would be lost.
      if (action.wish.kind !== "edit") this.#queue.remove(id);
      else if (isGone) this.#giveUp(action, "gone");
      else this.#queue.fail(id, code);
      onRefused?.(action, isGone ? "no_message" : code);
      onShown(action.room);
    }
    this.flush();
  }

  /** Another tab of this browser changed something in the store. */
  changedElsewhere(key: string, value: string): void {
    const gone = this.#queue.changedElsewhere(key, value);
    if (!gone) return;
    this.#options.onShown(gone.room);
    this.flush();
  }

  /** Follows the store to another owner: what was to change is not there. Texts are kept to be seen. */
  follow(change: Exclude<OwnerChange, "none" | "first">, { isLeft, moved }: Handover): void {
    const before = this.#queue.follow();
    const code = change === "person" ? "other_person" : "other_store";
    for (const action of isLeft ? this.#queue.among(moved) : before) this.#giveUp(action, code);
  }

  /** Takes the actions of a room along to another address of it. */
  move(room: string, to: string): void {
    this.#queue.move(room, to);
  }

  /** This person is not in a room any more. Texts are kept to be seen. */
  leave(room: string): void {
    for (const action of this.#queue.all) {
      if (action.room === room) this.#giveUp(action, "removed");
    }
  }

  /** The actions that wait for a message to be acknowledged. */
  #waitingFor(id: string): readonly MessageAction[] {
    return this.#queue.all.filter(({ message, seq }) => seq === undefined && message === id);
  }

  #giveUp(action: MessageAction, code: string): void {
    const { id, room, wish } = action;
    this.#queue.remove(id);
    // The id of an edit can't be that of a message.
    if (wish.kind === "edit") this.#options.outbox.keep(room, wish.text, code, `${id}-e`);
  }

  #wish(target: ActionTarget, wish: Wish): void {
    const { messageAt, onShown } = this.#options;
    const message = target.seq === undefined ? undefined : messageAt(target.room, target.seq);
    this.#queue.add(target, wish, { isSo: message !== undefined && this.#isSo(message, wish) });
    onShown(target.room);
    this.flush();
  }

  #isSo(message: Message, wish: Wish): boolean {
    switch (wish.kind) {
      case "edit":
        return message.text === wish.text;
      case "delete":
        return message.deleted !== undefined;
      case "pin":
        return (message.pinned === true) === wish.on;
      case "react": {
        const reaction = message.reactions?.find(({ emoji }) => emoji === wish.emoji);
        return (reaction !== undefined && this.hasReacted(message, reaction)) === wish.on;
      }
    }
  }
}

/** The people of a reaction. */
interface Reacted {
  readonly emoji: string;
  readonly users: readonly string[];
  readonly count: number;
}

/** The target of what is done with a message; the `seq` of one that waits to be acknowledged is 0. */
export function targetOf({ room, id, seq }: Message): ActionTarget {
  return { room, message: id, ...(seq > 0 && { seq }) };
}

function reactionKey(room: string, seq: number, emoji: string): string {
  return `${room}/${seq}/${emoji}`;
}

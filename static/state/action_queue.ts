import { isMessageId, isRoom, type Message } from "../../protocol/mod.ts";
import { messageId } from "./outbox.ts";
import { isMoment, isRecord, readJson, type TextStore } from "./storage.ts";

/** Something that a person wants to do with a message. */
export type Wish =
  | { readonly kind: "edit"; readonly text: string }
  | { readonly kind: "delete" }
  | { readonly kind: "react"; readonly emoji: string; readonly on: boolean }
  | { readonly kind: "pin"; readonly on: boolean };

/** The message of a wish: its sender's id tells it apart from one of the same `seq` in another history. */
export interface ActionTarget {
  readonly room: string;
  /** The id that its sender chose. */
  readonly message: string;
  /** Absent until the server has acknowledged the message. */
  readonly seq?: number;
}

/** A wish that the server has not confirmed yet. */
export interface MessageAction extends ActionTarget {
  readonly id: string;
  readonly wish: Wish;
  /** When it was wished, in milliseconds since 1970. */
  readonly at: number;
  /** Whether it was once handed to a socket, so that the server may have it. */
  readonly sent?: true;
  /** Why it was refused; it is not sent again automatically. */
  readonly failed?: string;
}

/** An action that can be sent: the place of its message is known. */
export type ReadyAction = MessageAction & { readonly seq: number };

const KEY = "action.";

/**
 * The wishes on their way out, in their order. Like the messages of the outbox, each is kept under a key of its own,
 * and one at a time is under way. A newer wish takes the place of an older one about the same thing, so that of ten
 * clicks made offline one is sent.
 */
export class ActionQueue {
  readonly #store: TextStore;
  readonly #now: () => number;
  #actions: readonly MessageAction[];
  #underWay: string | undefined;
  #pausedUntil = 0;

  /** @param now milliseconds since 1970 */
  constructor(store: TextStore, now: () => number = Date.now) {
    this.#store = store;
    this.#now = now;
    this.#actions = this.#stored();
  }

  /** All of them, oldest first. */
  get all(): readonly MessageAction[] {
    return this.#actions;
  }

  /** Those about one message, oldest first. */
  about({ room, message, seq }: ActionTarget): readonly MessageAction[] {
    return this.#actions.filter((action) =>
      action.room === room && action.message === message &&
      (action.seq === undefined || seq === undefined || action.seq === seq)
    );
  }

  find(id: string): MessageAction | undefined {
    return this.#actions.find((action) => action.id === id);
  }

  /**
   * Adds a wish, in the place of older ones about the same thing.
   *
   * @param isSo whether the message is already as wished, as far as the server has said
   */
  add(target: ActionTarget, wish: Wish, { isSo = false } = {}): void {
    const older = this.about(target);
    const replaced = older.filter(({ id, wish: before }) =>
      id !== this.#underWay && replaces(wish, before)
    );
    for (const { id } of replaced) this.remove(id);
    const rest = older.filter((action) => !replaced.includes(action));
    const mayBeElse = [...replaced, ...rest].some((action) =>
      replaces(wish, action.wish) &&
      (action.sent || action.id === this.#underWay)
    );
    if (isSo && !mayBeElse) return;
    // The time orders them after a reload, so no two may have the same.
    const at = Math.max(this.#now(), (this.#actions.at(-1)?.at ?? 0) + 1);
    const { room, message, seq } = target;
    const id = messageId(at);
    this.#put({ room, message, ...(seq !== undefined && { seq }), id, wish, at });
  }

  /** It was confirmed, or given up. Returns it. */
  remove(id: string): MessageAction | undefined {
    if (this.#underWay === id) this.#underWay = undefined;
    const removed = this.find(id);
    if (!removed) return undefined;
    this.#actions = this.#actions.filter((action) => action !== removed);
    this.#store.remove(KEY + id);
    return removed;
  }

  /** Keeps one that the server refused permanently, so that it is seen. */
  fail(id: string, failed: string): void {
    if (this.#underWay === id) this.#underWay = undefined;
    const action = this.find(id);
    if (action) this.#put({ ...action, failed });
  }

  /** Tries a refused change again. */
  retry(id: string): void {
    const action = this.remove(id);
    if (!action) return;
    const { failed: _, sent: __, ...wished } = action;
    // Refused under this id, the server might answer as before.
    this.#put({ ...wished, id: messageId(action.at) });
  }

  /** The server has acknowledged some messages of this person: what waited for them can go. */
  resolve(messages: readonly Message[]): void {
    if (!this.#actions.some(({ seq }) => seq === undefined)) return;
    for (const { room, id: message, seq } of messages) {
      for (const action of this.about({ room, message })) {
        if (action.seq === undefined) this.#put({ ...action, seq });
      }
    }
  }

  /** Notes that one is handed to a socket. */
  handOver(id: string): void {
    this.#underWay = id;
    const action = this.find(id);
    if (action && !action.sent) this.#put({ ...action, sent: true });
  }

  /** A new connection begins, or the connection has ended: nothing is under way. */
  halt(): void {
    this.#underWay = undefined;
    this.#pausedUntil = 0;
  }

  /** The one under way was refused for now: nothing is sent before `ms` milliseconds have passed. */
  postpone(id: string, ms: number): void {
    if (this.#underWay === id) this.#underWay = undefined;
    this.#pausedUntil = this.#now() + ms;
  }

  /**
   * The next action to send; or after how many milliseconds to ask again; or `undefined` when there is nothing to
   * do before something else happens.
   *
   * @param isLive whether a room can be sent to now
   */
  next(isLive: (room: string) => boolean): ReadyAction | number | undefined {
    if (this.#underWay !== undefined) return undefined;
    // Another tab may have replaced it.
    for (const { id } of this.#actions) {
      if (this.#store.get(KEY + id) === undefined) this.remove(id);
    }
    const next = this.#actions.find((action): action is ReadyAction =>
      action.failed === undefined && action.seq !== undefined && isLive(action.room)
    );
    if (!next) return undefined;
    const wait = this.#pausedUntil - this.#now();
    return wait > 0 ? wait : next;
  }

  /**
   * Follows another tab of this browser, which changed something in the store. Returns the action that was confirmed
   * or replaced there.
   *
   * @param key what it changed
   * @param value what it is now
   */
  changedElsewhere(key: string, value: string): MessageAction | undefined {
    return value === "" && key.startsWith(KEY) ? this.remove(key.slice(KEY.length)) : undefined;
  }

  /** Those of some keys of the store. */
  among(keys: readonly string[]): readonly MessageAction[] {
    return this.#actions.filter(({ id }) => keys.includes(KEY + id));
  }

  /** Follows the store to another owner: takes the actions there. Returns those that were here. */
  follow(): readonly MessageAction[] {
    const here = this.#actions;
    this.#underWay = undefined;
    this.#actions = this.#stored();
    return here;
  }

  /** Takes those of a room along to another address of it. */
  move(room: string, to: string): void {
    for (const action of this.#actions) {
      if (action.room === room) this.#put({ ...action, room: to });
    }
  }

  #put(action: MessageAction): void {
    const index = this.#actions.findIndex(({ id }) => id === action.id);
    this.#actions = index < 0
      ? [...this.#actions, action].sort((a, b) => a.at - b.at)
      : this.#actions.with(index, action);
    this.#store.set(KEY + action.id, JSON.stringify(action));
  }

  #stored(): readonly MessageAction[] {
    return this.#store.keys(KEY)
      .map((key) => readJson(this.#store, key, isAction))
      .filter((action) => action !== undefined)
      .sort((a, b) => a.at - b.at);
  }
}

/** Whether a wish makes an earlier one about the same message pointless. */
function replaces(wish: Wish, before: Wish): boolean {
  if (wish.kind === "delete") return true;
  if (wish.kind === "react") return before.kind === "react" && before.emoji === wish.emoji;
  return wish.kind === before.kind;
}

function isAction(value: unknown): value is MessageAction {
  return isRecord(value) && isRoom(value.room) && isMessageId(value.message) &&
    isMessageId(value.id) && isMoment(value.at) && isWish(value.wish) &&
    (value.seq === undefined || typeof value.seq === "number") &&
    (value.sent === undefined || value.sent === true) &&
    (value.failed === undefined || typeof value.failed === "string");
}

function isWish(value: unknown): value is Wish {
  if (!isRecord(value)) return false;
  switch (value.kind) {
    case "edit":
      return typeof value.text === "string";
    case "delete":
      return true;
    case "react":
      return typeof value.emoji === "string" && typeof value.on === "boolean";
    case "pin":
      return typeof value.on === "boolean";
    default:
      return false;
  }
}

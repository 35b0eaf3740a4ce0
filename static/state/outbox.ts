import { countedMessages, isMessageId, isRoom, type Limits } from "../../protocol/mod.ts";
import { randomId } from "./random_id.ts";
import { isMoment, isRecord, readJson, type TextStore } from "./storage.ts";

/** A message that the server has not sent back yet. */
export interface Pending {
  readonly room: string;
  readonly id: string;
  readonly text: string;
  /** When it was written, in milliseconds since 1970. */
  readonly at: number;
  /** The `seq` of the message that it answers. */
  readonly re?: number;
  /** The keys of its files, which are on their way, too: see {@linkcode OwnFile}. */
  readonly files?: readonly string[];
  /** Present until it is handed to a socket: nobody else can have it. */
  readonly fresh?: true;
  /** Why it was refused; it is not sent again automatically. */
  readonly failed?: string;
}

const KEY = "outbox.";

/** How what waits to be sent passes to another owner of the store. */
export interface Handover {
  /** Whether all is left to the former owner but what has come along in the store. */
  readonly isLeft: boolean;
  /** The keys of what has come along. */
  readonly moved: readonly string[];
}

/** Dependencies of an {@linkcode Outbox}, besides its store. */
export interface OutboxOptions {
  /** Milliseconds since 1970. */
  readonly now?: () => number;
  /** Whether the files of a message are on the server. */
  readonly hasFiles?: (keys: readonly string[]) => boolean;
  /** Whether these files are on their way from this tab; else nothing waits behind their message. */
  readonly isUploading?: (keys: readonly string[]) => boolean;
  /** Called when messages were added, removed, refused or tried again. */
  readonly onChange?: () => void;
}

/**
 * The messages on their way out, in the order they were written. Each is kept under a key of its own, so
 * that several tabs don't overwrite each other; a reload, or another tab, sends on what is found. That is safe
 * because the server stores an id once.
 *
 * One at a time is in flight, so the order stays even when one of them is refused for a while; a token bucket
 * like the server's own limits the rate.
 */
export class Outbox {
  readonly #store: TextStore;
  readonly #now: () => number;
  readonly #options: OutboxOptions;
  #pending: Pending[];
  #underWay: string | undefined;
  #tokens = Infinity;
  #filledAt = 0;
  #pausedUntil = 0;
  /** By room, the time before which nothing is sent there. */
  readonly #roomPauses = new Map<string, number>();

  constructor(store: TextStore, options: OutboxOptions = {}) {
    this.#store = store;
    this.#now = options.now ?? Date.now;
    this.#options = options;
    this.#pending = this.#stored();
  }

  /** All of them, oldest first. */
  get pending(): readonly Pending[] {
    return this.#pending;
  }

  /** The rooms to be in for them, not those that let this person in no more. */
  get rooms(): string[] {
    return this.#pending
      .filter(({ failed }) => failed === undefined || failed.startsWith("other_"))
      .map(({ room }) => room);
  }

  /** Those of one room, oldest first. */
  of(room: string): Pending[] {
    return this.#pending.filter((pending) => pending.room === room);
  }

  /**
   * Writes a message to be sent.
   *
   * @param re the `seq` of the message that it answers
   * @param files the keys of its files
   */
  add(
    room: string,
    text: string,
    { re, files = [] }: { re?: number | undefined; files?: readonly string[] } = {},
  ): Pending {
    return this.#add({
      ...{ room, text, fresh: true },
      ...(re !== undefined && { re }),
      ...(files.length > 0 && { files }),
    });
  }

  /**
   * Keeps a text that can't be sent, so that it is seen.
   *
   * @param id the same in all tabs, which may keep it at once
   */
  keep(room: string, text: string, failed: string, id: string): void {
    if (!this.find(id)) this.#add({ room, text, failed }, id);
  }

  #add(
    written: Pick<Pending, "room" | "text" | "re" | "files" | "fresh" | "failed">,
    id?: string,
  ): Pending {
    // The time orders them after a reload, so no two may have the same.
    const at = Math.max(this.#now(), (this.#pending.at(-1)?.at ?? 0) + 1);
    const pending = { ...written, id: id ?? messageId(at), at };
    this.#pending = [...this.#pending, pending];
    this.#save(pending);
    this.#options.onChange?.();
    return pending;
  }

  /** Whether a message was never handed to a socket, in whatever tab. */
  isFresh(id: string): boolean {
    return this.find(id)?.fresh === true &&
      readJson(this.#store, KEY + id, isPending)?.fresh === true;
  }

  /**
   * Gives a message another text, if nobody else can have it yet. Returns whether it has.
   *
   * @param force whether the server has refused it, so that nobody has it either
   */
  rewrite(id: string, text: string, { force = false } = {}): boolean {
    if (!force && !this.isFresh(id)) return false;
    this.#change(id, (pending) => ({ ...pending, text }));
    return true;
  }

  /** Notes that a message is handed to a socket, and returns it in the form to send. */
  handOver(id: string): Pending | undefined {
    // Another tab may have changed its text meanwhile.
    const { text } = readJson(this.#store, KEY + id, isPending) ?? this.find(id) ?? {};
    this.#change(id, ({ fresh: _, ...pending }) => ({ ...pending, text: text ?? pending.text }));
    return this.find(id);
  }

  /** The server sent it back, or it is given up. Whether it was here. */
  remove(id: string): boolean {
    if (this.#underWay === id) this.#underWay = undefined;
    if (!this.#pending.some((pending) => pending.id === id)) return false;
    this.#pending = this.#pending.filter((pending) => pending.id !== id);
    this.#store.remove(KEY + id);
    this.#options.onChange?.();
    return true;
  }

  /**
   * Follows another tab of this browser, which changed something in the store. Returns the message that was sent,
   * changed, discarded or kept there.
   *
   * @param key what it changed
   * @param value what it is now
   */
  changedElsewhere(key: string, value: string): Pending | undefined {
    const pending = this.find(key.slice(KEY.length));
    const changed = readJson(this.#store, key, isPending);
    if (!pending) {
      // It may have been begun here: of the tabs of a room that is taken away the first keeps what is in all.
      if (changed?.failed !== undefined) this.#insert([changed]);
      return this.find(key.slice(KEY.length));
    }
    if (value === "") this.remove(pending.id);
    else {
      if (!changed || pending.failed !== undefined) return undefined;
      this.#pending = this.#pending.map((each) => each === pending ? changed : each);
    }
    return pending;
  }

  /** Marks a message that the server refused permanently. */
  fail(id: string, failed: string): void {
    if (this.#underWay === id) this.#underWay = undefined;
    this.#change(id, (pending) => ({ ...pending, failed }));
  }

  /**
   * Follows the store to another owner: takes the messages there.
   *
   * @param failed marks the messages here, which stay to be seen, so that they aren't sent
   */
  follow(failed?: string, { isLeft = false, moved = [] }: Partial<Handover> = {}): void {
    const before = failed === undefined ? [] : this.#pending;
    this.#underWay = undefined;
    this.#pending = this.#stored();
    const here = isLeft ? this.#pending.filter(({ id }) => moved.includes(KEY + id)) : before;
    for (const pending of here) this.remove(pending.id);
    this.#pending = [
      ...this.#pending,
      ...here.map((pending) => ({ ...pending, failed: failed ?? "" })),
    ]
      .sort((a, b) => a.at - b.at);
    for (const { id } of here) {
      const pending = this.find(id);
      if (pending) this.#save(pending);
    }
  }

  /** Forgets which messages are answered: their numbers mean others now. */
  forgetAnswered(): void {
    for (const { id } of this.#pending) this.#change(id, ({ re: _, ...pending }) => pending);
  }

  /** Takes the messages of a room along to another address of it. */
  move(room: string, to: string): void {
    for (const { id } of this.of(room)) this.#change(id, (pending) => ({ ...pending, room: to }));
  }

  /** Pauses one room: none of its messages is sent before `ms` milliseconds have passed. */
  pause(room: string, ms: number): void {
    this.#roomPauses.set(room, this.#now() + ms);
  }

  /** Tries a refused message again, under the same id. */
  retry(id: string): void {
    this.#change(id, ({ failed: _, ...pending }) => pending);
  }

  /** Takes back messages that were removed before they were sent. */
  restore(removed: readonly Pending[]): void {
    const missing = removed.filter(({ id }) => !this.find(id));
    for (const pending of missing) this.#save(pending);
    this.#insert(missing);
  }

  #insert(missing: readonly Pending[]): void {
    this.#pending = [...this.#pending, ...missing].sort((a, b) => a.at - b.at);
    this.#options.onChange?.();
  }

  /** The one of an id. */
  find(id: string): Pending | undefined {
    return this.#pending.find((pending) => pending.id === id);
  }

  /** Whether a message waits here or in another tab. */
  isWaiting(id: string): boolean {
    return this.find(id) !== undefined || this.#store.get(KEY + id) !== undefined;
  }

  /** A new connection: nothing is under way, and the pace is the server's. What a closed tab has left is sent, too. */
  restart({ rate, burst }: Pick<Limits, "rate" | "burst">): void {
    this.#underWay = undefined;
    const left = this.#stored().filter(({ id }) => !this.find(id));
    // Not saved: their tab may have sent them meanwhile.
    if (left.length > 0) this.#insert(left);
    this.#limits = { rate, burst };
    this.#tokens = rate === 0 ? Infinity : Math.max(1, burst);
    this.#filledAt = this.#now();
    this.#pausedUntil = 0;
  }
  #limits: Pick<Limits, "rate" | "burst"> = { rate: 0, burst: 0 };

  /** Called when the connection has ended. */
  halt(): void {
    this.#underWay = undefined;
  }

  /** The one under way was refused for now: it will be the next again, after `ms` milliseconds. */
  postpone(id: string, ms: number): void {
    if (this.#underWay === id) this.#underWay = undefined;
    this.#tokens = Math.min(this.#tokens, 1);
    this.#pausedUntil = this.#now() + ms;
  }

  /**
   * The next message to send, which then counts as under way; or after how many milliseconds to ask
   * again; or `undefined` when there is nothing to do before something else happens. Behind a message whose files are
   * not on the server yet, the others of its room wait, unless another tab uploads them.
   *
   * @param isLive whether a room can be sent to now
   */
  next(isLive: (room: string) => boolean): Pending | number | undefined {
    if (this.#underWay !== undefined) return undefined;
    // Another tab may have sent it, and not told a page that was asleep.
    for (const { id } of this.#store.isKept ? this.#pending : []) {
      if (this.#store.get(KEY + id) === undefined) this.remove(id);
    }
    const now = this.#now();
    const { hasFiles, isUploading } = this.#options;
    const late = new Set<string>();
    const ready = this.#pending.filter(({ failed, room, files }) => {
      if (failed !== undefined || !isLive(room) || late.has(room)) return false;
      if (!files || !hasFiles || hasFiles(files)) return true;
      if (isUploading?.(files)) late.add(room);
      return false;
    });
    const pending = ready.find(({ room }) => (this.#roomPauses.get(room) ?? 0) <= now);
    if (!pending) return this.#untilRoom(ready, now);
    if (now < this.#pausedUntil) return this.#pausedUntil - now;
    const { rate, burst } = this.#limits;
    if (rate > 0) {
      const filled = this.#tokens + (now - this.#filledAt) / 1000 * rate;
      this.#tokens = Math.min(Math.max(1, burst), filled);
      this.#filledAt = now;
      if (this.#tokens < 1) return Math.ceil((1 - this.#tokens) / rate * 1000);
      this.#tokens -= countedMessages(pending.text, pending.files?.length);
    }
    this.#underWay = pending.id;
    return pending;
  }

  /** The time until the first of these rooms may be sent to, in ms. */
  #untilRoom(ready: readonly Pending[], now: number): number | undefined {
    if (ready.length === 0) return undefined;
    return Math.min(...ready.map(({ room }) => (this.#roomPauses.get(room) ?? now) - now));
  }

  #stored(): Pending[] {
    return this.#store.keys(KEY)
      .map((key) => readJson(this.#store, key, isPending))
      .filter((pending) => pending !== undefined)
      .sort((a, b) => a.at - b.at);
  }

  #change(id: string, change: (pending: Pending) => Pending): void {
    this.#pending = this.#pending.map((pending) => {
      if (pending.id !== id) return pending;
      const changed = change(pending);
      this.#save(changed);
      return changed;
    });
    this.#options.onChange?.();
  }

  #save(pending: Pending): void {
    this.#store.set(KEY + pending.id, JSON.stringify(pending));
  }
}

function isPending(value: unknown): value is Pending {
  return isRecord(value) && isRoom(value.room) && isMessageId(value.id) &&
    typeof value.text === "string" && isMoment(value.at) &&
    (value.re === undefined || typeof value.re === "number") &&
    (value.files === undefined ||
      Array.isArray(value.files) && value.files.every((key) => typeof key === "string")) &&
    (value.fresh === undefined || value.fresh === true) &&
    (value.failed === undefined || typeof value.failed === "string");
}

/**
 * A new id for a message written at `at`. It begins with the time, which the server's index likes: where
 * it grows is at its end.
 */
export function messageId(at: number): string {
  return `${at.toString(36)}-${randomId()}`;
}

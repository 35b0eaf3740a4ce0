import { isMessageId, isRoom, type Limits } from "../../protocol/mod.ts";
import { isRecord, readJson, type TextStore } from "./storage.ts";

/** A message that the server has not sent back yet. */
export interface Pending {
  readonly room: string;
  readonly id: string;
  readonly text: string;
  /** When it was written, in milliseconds since 1970. */
  readonly at: number;
  /** Why it was refused; it is not tried again by itself. */
  readonly failed?: string;
}

const KEY = "outbox.";

/**
 * The messages on their way out, in the order they were written. Each is kept under a key of its own, so
 * that several tabs don't overwrite each other; a reload, or another tab, sends on what is found. That is safe
 * because the server stores an id once.
 *
 * One at a time is under way, so the order stays also when one of them is refused for a while; a bucket as
 * the server's own holds the pace.
 */
export class Outbox {
  readonly #store: TextStore;
  readonly #now: () => number;
  #pending: Pending[];
  #underWay: string | undefined;
  #tokens = Infinity;
  #filledAt = 0;
  #pausedUntil = 0;

  /** @param now milliseconds since 1970 */
  constructor(store: TextStore, now: () => number = Date.now) {
    this.#store = store;
    this.#now = now;
    this.#pending = store.keys(KEY)
      .map((key) => readJson(store, key, isPending))
      .filter((pending) => pending !== undefined)
      .sort((a, b) => a.at - b.at);
  }

  /** All of them, oldest first. */
  get pending(): readonly Pending[] {
    return this.#pending;
  }

  /** Those of one room, oldest first. */
  of(room: string): Pending[] {
    return this.#pending.filter((pending) => pending.room === room);
  }

  /** Writes a message to be sent. */
  add(room: string, text: string): Pending {
    // The time orders them after a reload, so no two may have the same.
    const at = Math.max(this.#now(), (this.#pending.at(-1)?.at ?? 0) + 1);
    const pending = { room, id: messageId(at), text, at };
    this.#pending = [...this.#pending, pending];
    this.#save(pending);
    return pending;
  }

  /** The server sent it back, or it is given up. Whether it was here. */
  remove(id: string): boolean {
    if (this.#underWay === id) this.#underWay = undefined;
    if (!this.#pending.some((pending) => pending.id === id)) return false;
    this.#pending = this.#pending.filter((pending) => pending.id !== id);
    this.#store.remove(KEY + id);
    return true;
  }

  /** The server refused it for good. */
  fail(id: string, failed: string): void {
    if (this.#underWay === id) this.#underWay = undefined;
    this.#change(id, (pending) => ({ ...pending, failed }));
  }

  /** A refused one shall be tried again, under the same id. */
  retry(id: string): void {
    this.#change(id, ({ failed: _, ...pending }) => pending);
  }

  /** The one of an id. */
  find(id: string): Pending | undefined {
    return this.#pending.find((pending) => pending.id === id);
  }

  /** A new connection: nothing is under way, and the pace is the server's. */
  restart({ rate, burst }: Pick<Limits, "rate" | "burst">): void {
    this.#underWay = undefined;
    this.#limits = { rate, burst };
    this.#tokens = rate === 0 ? Infinity : Math.max(1, burst);
    this.#filledAt = this.#now();
    this.#pausedUntil = 0;
  }
  #limits: Pick<Limits, "rate" | "burst"> = { rate: 0, burst: 0 };

  /** The connection ended. */
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
   * again; or `undefined` when there is nothing to do before something else happens.
   *
   * @param isLive whether a room can be sent to now
   */
  next(isLive: (room: string) => boolean): Pending | number | undefined {
    if (this.#underWay !== undefined) return undefined;
    const pending = this.#pending.find(({ failed, room }) => failed === undefined && isLive(room));
    if (!pending) return undefined;
    const now = this.#now();
    if (now < this.#pausedUntil) return this.#pausedUntil - now;
    const { rate, burst } = this.#limits;
    if (rate > 0) {
      const filled = this.#tokens + (now - this.#filledAt) / 1000 * rate;
      this.#tokens = Math.min(Math.max(1, burst), filled);
      this.#filledAt = now;
      if (this.#tokens < 1) return Math.ceil((1 - this.#tokens) / rate * 1000);
      this.#tokens -= 1;
    }
    this.#underWay = pending.id;
    return pending;
  }

  #change(id: string, change: (pending: Pending) => Pending): void {
    this.#pending = this.#pending.map((pending) => {
      if (pending.id !== id) return pending;
      const changed = change(pending);
      this.#save(changed);
      return changed;
    });
  }

  #save(pending: Pending): void {
    this.#store.set(KEY + pending.id, JSON.stringify(pending));
  }
}

function isPending(value: unknown): value is Pending {
  return isRecord(value) && isRoom(value.room) && isMessageId(value.id) &&
    typeof value.text === "string" && typeof value.at === "number" &&
    (value.failed === undefined || typeof value.failed === "string");
}

/**
 * A new id for a message written at `at`. It begins with the time, which the server's index likes: where
 * it grows is at its end.
 */
function messageId(at: number): string {
  return `${at.toString(36)}-${crypto.randomUUID().slice(0, 18)}`;
}

import { computed, signal } from "@preact/signals";
import type { JoinedLine, Message, PresenceLine, User } from "../../protocol/mod.ts";
import { Timeline } from "./timeline.ts";

/** Something that happened besides the messages; nobody keeps it. */
export interface Notice {
  readonly kind: "joined" | "left" | "renamed";
  readonly user: User;
  /** The former name of someone renamed. */
  readonly was?: string;
  /** The `seq` of the message below which it stands. */
  readonly after: number;
}

/** More of them would be noise. */
const NOTICES = 40;
/** In a room with more people than this nobody wants to hear of every door. */
const QUIET_ABOVE = 50;
/** A typing person who says nothing of it for this long, in ms, has stopped. */
const TYPING_MS = 6_000;
/** Who was here before the connection ended comes back without a word within this time, in ms. */
const RETURN_MS = 30_000;

/** A room this person is in: its messages, its people, and what of it was read. */
export class Room {
  readonly name: string;
  readonly timeline = new Timeline();
  /** The keys of the rows for {@linkcode Timeline.messages}, in their order. */
  #keys: string[] = [];

  /** Rises with every change of the timeline or of the pending messages. */
  readonly revision = signal(0);
  /** Whether the server has let us in on this connection. */
  readonly live = signal(false);
  /** Whether the room was ever entered since the page began. */
  readonly known = signal(false);
  readonly members = signal<ReadonlyMap<string, User>>(new Map());
  readonly count = signal(0);
  readonly typing = signal<readonly User[]>([]);
  readonly notices = signal<readonly Notice[]>([]);
  /** The oldest `seq` that is kept of the room, here or not. */
  readonly first = signal(1);
  /** The newest `seq` of the room, here or not. */
  readonly last = signal(0);
  /** The newest `seq` that was read; `undefined` before the room was ever entered. */
  readonly read = signal<number | undefined>(undefined);
  /** The `seq` below which the line of the first unread message stands. */
  readonly line = signal<number | undefined>(undefined);
  readonly mentioned = signal(false);
  readonly unread = computed(() => Math.max(0, this.last.value - (this.read.value ?? Infinity)));

  /** What the last `join` asked for: messages behind a `seq`, or the newest. */
  askedAfter: number | undefined;
  /** The request for history that is under way. */
  request: "older" | "newer" | undefined;
  /** The `seq` that older messages are asked for until it is here. */
  sought: number | undefined;
  readonly #typingTimers = new Map<string, ReturnType<typeof setTimeout>>();
  #returning = new Set<string>();
  #returnTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(name: string, read: number | undefined) {
    this.name = name;
    this.read.value = read;
  }

  /** The row's key of each message. */
  get keys(): readonly string[] {
    return this.#keys;
  }

  /** Something of the rows changed. */
  touch(): void {
    this.revision.value++;
  }

  /** Begins anew with a stretch of messages. */
  replace(messages: readonly Message[], hasOlder: boolean, me: string): void {
    this.timeline.replace(messages, hasOlder);
    this.#keys = this.timeline.messages.map((message) => rowKey(message, me));
    this.touch();
  }

  /** Takes newer messages; gives those that now stand at the end. */
  append(messages: readonly Message[], me: string): Message[] {
    const added = this.timeline.append(messages);
    for (const message of added) this.#keys.push(rowKey(message, me));
    if (added.length > 0) this.touch();
    return added;
  }

  prepend(messages: readonly Message[], hasOlder: boolean, me: string): void {
    const added = this.timeline.prepend(messages, hasOlder);
    const keys = this.timeline.messages.slice(0, added).map((message) => rowKey(message, me));
    this.#keys = keys.concat(this.#keys);
    this.touch();
  }

  /** The connection ended. */
  lost(): void {
    this.live.value = false;
    this.request = undefined;
    this.sought = undefined;
    this.#setTyping([]);
    clearTimeout(this.#returnTimer);
    this.#returning = new Set(this.members.value.keys());
  }

  enter({ members, count, first, last }: JoinedLine): void {
    this.live.value = true;
    this.known.value = true;
    this.members.value = new Map(members.map((user) => [user.id, user]));
    this.count.value = count;
    this.first.value = first;
    this.last.value = last;
    const read = this.read.value;
    // What is no longer kept can't be unread.
    this.read.value = Math.min(last, Math.max(read ?? last, first - 1));
    clearTimeout(this.#returnTimer);
    this.#returnTimer = setTimeout(() => this.#returning.clear(), RETURN_MS);
  }

  presence({ joined, left, count }: PresenceLine, me: string): void {
    const members = new Map(this.members.value);
    const notices = [...this.notices.value];
    const after = this.timeline.last ?? 0;
    /** Takes back what was noted of somebody since the last message. Whether there was such a notice. */
    function takeBack(noted: Notice["kind"], id: string): boolean {
      const index = notices.findLastIndex(({ kind, user }) => kind === noted && user.id === id);
      return notices[index]?.after === after && notices.splice(index, 1).length > 0;
    }
    for (const user of left) {
      members.delete(user.id);
      this.stoppedTyping(user.id);
      if (user.id !== me && !takeBack("joined", user.id)) {
        notices.push({ kind: "left", user, after });
      }
    }
    for (const user of joined) {
      members.set(user.id, user);
      if (user.id === me || this.#returning.has(user.id) || takeBack("left", user.id)) continue;
      notices.push({ kind: "joined", user, after });
    }
    this.members.value = members;
    this.count.value = count;
    if (count <= QUIET_ABOVE) this.notices.value = notices.slice(-NOTICES);
  }

  renamed(user: User, was: string, me: string): void {
    if (!this.members.value.has(user.id)) return;
    this.members.value = new Map(this.members.value).set(user.id, user);
    if (user.id === me) return;
    const after = this.timeline.last ?? 0;
    const { value: notices } = this.notices;
    const arrival = notices.findLastIndex(({ kind, user: { id } }) =>
      kind === "joined" && id === user.id
    );
    // Who has just come in comes in under the new name.
    this.notices.value = notices[arrival]?.after === after
      ? notices.with(arrival, { kind: "joined", user, after })
      : [...notices, { kind: "renamed" as const, user, was, after }].slice(-NOTICES);
  }

  isTyping(user: User): void {
    clearTimeout(this.#typingTimers.get(user.id));
    this.#typingTimers.set(user.id, setTimeout(() => this.stoppedTyping(user.id), TYPING_MS));
    if (this.typing.value.some(({ id }) => id === user.id)) return;
    this.#setTyping([...this.typing.value, user]);
  }

  stoppedTyping(id: string): void {
    clearTimeout(this.#typingTimers.get(id));
    this.#typingTimers.delete(id);
    if (this.typing.value.some((user) => user.id === id)) {
      this.#setTyping(this.typing.value.filter((user) => user.id !== id));
    }
  }

  #setTyping(users: readonly User[]): void {
    this.typing.value = users;
    if (users.length > 0) return;
    for (const timer of this.#typingTimers.values()) clearTimeout(timer);
    this.#typingTimers.clear();
  }
}

/**
 * The key of a message's row. One's own keeps the key that it had while it was on its way, so its row stays
 * the same one. An id of another's might be the same as one of ours, a `#` is in none.
 */
export function rowKey({ user, id, seq }: Message, me: string): string {
  return user.id === me ? id : `#${seq}`;
}

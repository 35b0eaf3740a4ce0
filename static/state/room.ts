import { computed, signal } from "@preact/signals";
import {
  isHiddenRoom,
  type JoinedLine,
  type MemberLine,
  type Message,
  NEW_ROOM,
  type PresenceLine,
  type RoomInfo,
  type RoomRole,
  type User,
} from "../../protocol/mod.ts";
import type { Level, RoomState } from "../../protocol/memberships.ts";
import { ChangesCursor } from "./changes_cursor.ts";
import { isGuest } from "./guests.ts";
import { RoomMessages } from "./room_messages.ts";

/** An event besides the messages; it isn't stored. */
export interface Notice {
  readonly kind: "joined" | "left" | "renamed" | "added" | "removed" | "moderator";
  readonly user: User;
  /** The former name of someone renamed. */
  readonly was?: string;
  /** The `seq` of the message below which it stands. */
  readonly after: number;
}

/** The change of a message's text that is being written. */
export interface Editing {
  /** Its `seq` is 0 until it is acknowledged. */
  readonly message: Message;
  /** The text so far. */
  readonly text: string;
}

/** More of them would be noise. */
const NOTICES = 40;
/** In a room with more people than this, arrivals and departures are noise. */
const QUIET_ABOVE = 20;
/** Someone of whose typing nothing was received for this long, in ms, has stopped. */
const TYPING_MS = 6_000;
/** The return of someone who was here before the connection ended isn't shown within this time, in ms. */
const RETURN_MS = 30_000;

/** A room this person is in: its messages, its people, and what of it was read. */
export class Room extends RoomMessages {
  readonly name: string;
  /** The message that is being answered. */
  readonly replyTo = signal<Message | undefined>(undefined);
  /** The message whose text is being changed. */
  readonly editing = signal<Editing | undefined>(undefined);
  /** Tracks which changes of messages are here. */
  readonly changes = new ChangesCursor();
  /** Whether the server has let this person in on this connection. */
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
  /** The number of unread messages that mention this person, or reply, as far as they are known. */
  readonly mentions = signal(0);
  /**
   * The number of unread messages of others: that of the server, and those that have arrived since. Infinite where
   * the server keeps no marker.
   */
  readonly counted = signal(Infinity);
  /** Unread messages that are here of people whom this person ignores, ascending. */
  readonly #ignored = signal<{ readonly seqs: number[] }>({ seqs: [] });
  readonly unread = computed(() => {
    const { value: read = Infinity } = this.read;
    const { seqs } = this.#ignored.value;
    const ignored = seqs.length - placeAfter(seqs, read);
    // Of a member's room the server counts, and leaves these out.
    return Math.max(0, Math.min(this.counted.value, this.last.value - read - ignored));
  });
  /** Whether it was marked as unread and stays so until it is opened again. */
  readonly held = signal(false);

  /** The settings; those of a new room until the server has sent them. */
  readonly info = signal<RoomInfo>(NEW_ROOM);
  /** This person's role; `undefined` for who is not a member. */
  readonly role = signal<RoomRole | undefined>(undefined);
  /** The members of a direct room. */
  readonly people = signal<readonly User[]>([]);
  readonly level = signal<Level>("all");
  /** The place in the person's order of rooms. */
  readonly order = signal(Infinity);
  /** The time of the server, in ms since 1970, before which slow mode lets this person write nothing. */
  readonly slowUntil = signal(0);
  /** Whether the server has said that there is no such room. */
  readonly missing = signal(false);
  /** Rises when somebody becomes a member, a moderator, or neither. */
  readonly memberRevision = signal(0);

  /** Whether it is shown in the place of one that was taken away, so that nobody has chosen to write here. */
  isSubstitute = false;
  /** Whether something was unread before the server's list came, which counts what was missed. */
  wasUnread: boolean | undefined;
  /** The number of times that the person was in it no more, or is to join it again. */
  losses = 0;
  /** The `seq` behind which the last `join` asked for messages; `undefined` if it asked for the newest. */
  askedAfter: number | undefined;
  /** The `seq` that older messages are asked for until it is here. */
  sought: number | undefined;
  readonly #typingTimers = new Map<string, ReturnType<typeof setTimeout>>();
  #returning = new Set<string>();
  #returnTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(name: string, read: number | undefined) {
    super();
    this.name = name;
    this.read.value = read;
  }

  /** Whether it is private or direct. */
  get isHidden(): boolean {
    return isHiddenRoom(this.name);
  }

  /** Notes the messages of people whom this person ignores, which count as read. */
  noteIgnored(seqs: readonly number[]): void {
    if (seqs.length === 0) return;
    const { seqs: known } = this.#ignored.peek();
    const read = this.read.peek() ?? 0;
    for (const seq of seqs) {
      const place = placeAfter(known, seq);
      if (known[place - 1] !== seq) known.splice(place, 0, seq);
    }
    known.splice(0, placeAfter(known, read));
    // In place: there may be very many that nobody reads.
    this.#ignored.value = { seqs: known };
  }

  /**
   * Forgets all of the room, whose server or reader is another one now.
   *
   * @param read the newest `seq` that the reader has read
   */
  forget(read: number | undefined): void {
    this.lost();
    this.#returning.clear();
    this.askedAfter = undefined;
    this.wanted = undefined;
    this.replyTo.value = undefined;
    this.editing.value = undefined;
    this.target.value = undefined;
    this.closePlace();
    this.changes.reset(0);
    this.known.value = false;
    this.members.value = new Map();
    this.notices.value = [];
    this.last.value = 0;
    this.read.value = read;
    this.line.value = undefined;
    this.mentions.value = 0;
    this.counted.value = Infinity;
    this.#ignored.value = { seqs: [] };
    this.held.value = false;
    this.missing.value = false;
    this.role.value = undefined;
    this.level.value = "all";
    this.order.value = Infinity;
    this.slowUntil.value = 0;
    this.info.value = NEW_ROOM;
    this.people.value = [];
    this.timeline.forgetChanges();
    this.wantedQuotes.clear();
    this.replace([], false, "");
  }

  /** Called when the connection has ended, or the person has left. */
  lost(): void {
    this.losses++;
    this.live.value = false;
    this.request = undefined;
    this.sought = undefined;
    this.#setTyping([]);
    clearTimeout(this.#returnTimer);
    this.#returning = new Set(this.members.value.keys());
  }

  /** Takes the person's membership, as the server keeps it. */
  follow(state: RoomState): void {
    const { last, read, unread, mentions, level, order, role } = state;
    const { kind = "public", title = "", archived = false, people } = state;
    // The rest comes with `joined`.
    this.info.value = { ...this.info.value, kind, title, archived };
    if (people) this.people.value = people;
    const before = this.read.value;
    // Somewhere the person has marked it as unread.
    if (before !== undefined && read < before) this.held.value = true;
    this.last.value = Math.max(last, this.last.value);
    this.read.value = read;
    this.counted.value = unread;
    this.mentions.value = mentions;
    this.level.value = level;
    this.order.value = order;
    this.role.value = role ?? "member";
  }

  enter({ members, count, first, last, info, role }: JoinedLine): void {
    this.live.value = true;
    this.known.value = true;
    this.missing.value = false;
    this.info.value = info ?? this.info.value;
    this.role.value = role;
    // Messages written since the server counted.
    this.counted.value += Math.max(0, last - this.last.value);
    this.members.value = new Map(members.map((user) => [user.id, user]));
    this.count.value = count;
    this.first.value = first;
    this.last.value = last;
    const read = this.read.value;
    // A message that is no longer kept can't be unread.
    this.read.value = Math.min(last, Math.max(read ?? last, first - 1));
    clearTimeout(this.#returnTimer);
    this.#returnTimer = setTimeout(() => this.#returning.clear(), RETURN_MS);
  }

  presence({ joined, left, count }: PresenceLine, me: string): void {
    const members = new Map(this.members.value);
    const notices = [...this.notices.value];
    const after = this.timeline.last ?? 0;
    /** Removes the notice of someone since the last message. Returns whether there was one. */
    function takeBack(noted: Notice["kind"], id: string): boolean {
      const index = notices.findLastIndex(({ kind, user }) => kind === noted && user.id === id);
      return notices[index]?.after === after && notices.splice(index, 1).length > 0;
    }
    for (const user of left) {
      members.delete(user.id);
      this.stoppedTyping(user.id);
      if (user.id !== me && !isGuest(user.name) && !takeBack("joined", user.id)) {
        notices.push({ kind: "left", user, after });
      }
    }
    for (const user of joined) {
      members.set(user.id, user);
      if (user.id === me || isGuest(user.name) || this.#returning.has(user.id)) continue;
      if (takeBack("left", user.id)) continue;
      notices.push({ kind: "joined", user, after });
    }
    this.members.value = members;
    this.count.value = count;
    if (count <= QUIET_ABOVE) this.notices.value = notices.slice(-NOTICES);
  }

  /** Takes what somebody else has made of a person in this room. */
  member({ user, role, by }: MemberLine, me: string): void {
    this.memberRevision.value++;
    if (user.id === me) this.role.value = role === "none" ? undefined : role;
    if (role === "none") this.people.value = this.people.value.filter(({ id }) => id !== user.id);
    if (by === undefined || by === user.id) return;
    const kind = role === "none" ? "removed" : role === "moderator" ? "moderator" : "added";
    const notice: Notice = { kind, user, after: this.timeline.last ?? 0 };
    this.notices.value = [...this.notices.value, notice].slice(-NOTICES);
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
    const joined: Notice = { kind: "joined", user, after };
    // A guest who takes a name, or somebody who has just joined, joins under that name.
    if (notices[arrival]?.after === after) this.notices.value = notices.with(arrival, joined);
    else if (this.count.value <= QUIET_ABOVE) {
      const renamed: Notice = { kind: "renamed", user, was, after };
      this.notices.value = [...notices, isGuest(was) ? joined : renamed].slice(-NOTICES);
    }
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

/** The place among ascending numbers behind all that are not greater than one. */
function placeAfter(numbers: readonly number[], number: number): number {
  let low = 0;
  let high = numbers.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((numbers[middle] ?? 0) > number) high = middle;
    else low = middle + 1;
  }
  return low;
}

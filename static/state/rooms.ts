import { batch, computed, type ReadonlySignal, type Signal, signal } from "@preact/signals";
import { foldRoom, isRoom } from "../../protocol/mod.ts";
import type { RoomState } from "../../protocol/memberships.ts";
import { Room } from "./room.ts";
import { readJson, type TextStore } from "./storage.ts";

/** The room everyone begins in. */
export const FIRST_ROOM = "lobby";

/** Twice what a server normally lets a person be in; a longer list in the store is junk. */
const KEPT = 200;
/** The last read `seq` of a room is stored under this and its name. */
const READ = "read.";
/**
 * The names of the rooms in a list that the server keeps of which it knows nothing: they were opened here, and nobody
 * has written there yet. The first message makes their person a member.
 */
const OPENED = "opened";

/** The needs of {@linkcode Rooms}. */
export interface RoomsOptions {
  readonly store: TextStore;
  /** Rooms to be in besides those in the store. */
  readonly besides: readonly string[];
  /** Called when a room should be joined. */
  readonly onEnter: (room: Room) => void;
  /** A room was left in another tab, or was only looked at and is no longer shown. */
  readonly onLeft: (room: Room) => void;
  /** The marker of a room was raised. */
  readonly onRead: (room: Room) => void;
}

/** The state of a room that was left, to restore it. */
export interface LeftRoom {
  readonly name: string;
  /** Its place in the list. */
  readonly index: number;
  readonly read: number | undefined;
}

/**
 * The rooms a person is in, which of them is shown, and how far each was read. For a person with a name the server
 * keeps them, and the browser only remembers what it was; for a guest the browser does.
 */
export class Rooms {
  readonly list: ReadonlySignal<readonly Room[]>;
  readonly active: ReadonlySignal<Room>;
  /**
   * Whether the room that is shown is none of {@linkcode list}: an address named it, and nobody knows yet
   * whether there is such a room. It joins the list when there is, or when somebody creates it.
   */
  readonly visiting: ReadonlySignal<boolean>;
  /** The number of unread messages in all of them. */
  readonly unread: ReadonlySignal<number>;
  readonly #list = signal<readonly Room[]>([]);
  readonly #active: Signal<Room>;
  readonly #options: RoomsOptions;
  readonly #store: TextStore;
  /** Whether the server keeps the list. */
  isKept = false;
  /** Whether the server has sent anything of the list since the page began. */
  #isFollowing = false;

  constructor(options: RoomsOptions) {
    this.#options = options;
    this.#store = options.store;
    this.#list.value = this.#stored(options.besides).map((name) => this.#newRoom(name));
    this.list = this.#list;
    const shown = this.#listed(this.#store.get("room") ?? FIRST_ROOM) ?? this.#list.value[0];
    this.#active = signal(shown ?? this.#newRoom(FIRST_ROOM));
    this.active = this.#active;
    this.visiting = computed(() => !this.#list.value.includes(this.#active.value));
    this.unread = computed(() => this.#list.value.reduce((sum, room) => sum + urgentOf(room), 0));
  }

  get(name: string): Room | undefined {
    const { value: active } = this.#active;
    return this.#listed(name) ?? (active.name === name ? active : undefined);
  }

  /**
   * Shows a room, entering it first if need be. Whether its name can be one.
   *
   * @param create whether to be in it even if there is no such room yet
   */
  open(name: string, { create = false } = {}): boolean {
    if (!isRoom(name)) return false;
    batch(() => {
      const known = this.get(name);
      const room = known ?? this.#newRoom(name);
      const before = this.#active.value;
      const wasVisiting = this.visiting.value;
      if (create || name === FIRST_ROOM) this.add(room);
      this.#show(room);
      if (!known || (create && room.missing.peek())) this.#options.onEnter(room);
      if (before === room || !wasVisiting) return;
      before.lost();
      if (!before.missing.peek()) this.#options.onLeft(before);
    });
    return true;
  }

  /** Puts a room in the list, if it is not there. */
  add(room: Room): void {
    if (this.#list.value.includes(room)) return;
    this.#list.value = [...this.#list.value, room];
    if (this.#active.value === room) this.#store.set("room", room.name);
    this.#save();
  }

  /**
   * Follows the store to another owner, or the server to another history: forgets all messages and takes the
   * list that is in the store. The room that is shown stays so.
   */
  reload(besides: readonly string[]): void {
    batch(() => {
      const all = this.#stored(besides);
      const known = new Map(
        [this.#active.value, ...this.#list.value].map((room) => [room.name, room]),
      );
      for (const room of known.values()) room.forget(this.#readOf(room.name));
      this.#list.value = all.map((name) => known.get(name) ?? this.#newRoom(name));
    });
  }

  /**
   * Follows the server's list.
   *
   * @param keepOthers whether the rooms that are not in it stay, because they are being handed over
   * @returns the rooms that this person is not in any more
   */
  follow(states: readonly RoomState[], { keepOthers = false } = {}): readonly Room[] {
    return batch(() => {
      const { value: active } = this.#active;
      const wasListed = !this.visiting.value;
      const listed = states.map((state) => {
        const room = this.get(state.room) ?? this.#newRoom(state.room);
        room.wasUnread = room.unread.peek() > 0;
        room.follow(state);
        return room;
      });
      const others = this.#list.value.filter((room) => !listed.includes(room));
      const kept = others.filter((room) => keepOthers ? !room.isHidden : this.#isOpenedHere(room));
      const gone = others.filter((room) => !kept.includes(room));
      for (const room of gone) this.#forget(room);
      this.#list.value = [...inOrder(listed), ...kept];
      const isGone = wasListed && this.visiting.value;
      // A person who opens the page at the address of a room left on another device wants to see it.
      if (isGone && (this.#isFollowing || active.isHidden)) this.#showSubstitute();
      else if (this.#list.value.length === 0) this.#showSubstitute();
      this.#isFollowing = true;
      this.#save();
      return gone;
    });
  }

  /** The server has all memberships of a person who was a guest before. */
  handedOver(): void {
    this.#isFollowing = true;
    this.#save();
  }

  /** Follows the server's word about one room. */
  update(state: RoomState): void {
    batch(() => {
      this.#isFollowing = true;
      const known = this.get(state.room);
      const room = known ?? this.#newRoom(state.room);
      room.follow(state);
      const others = this.#list.value.filter((each) => each !== room);
      this.#list.value = inOrder([...others, room]);
      if (this.#active.value === room) this.#store.set("room", room.name);
      this.#save();
      if (!known) this.#options.onEnter(room);
    });
  }

  /** Takes a room away that the person may not see any more, and shows another. Returns what it was. */
  gone(name: string): Room | undefined {
    const room = this.get(name);
    if (!room) return undefined;
    batch(() => {
      this.#forget(room);
      if (this.#active.value === room) this.#showSubstitute();
      this.#save();
    });
    return room;
  }

  /** Follows a room to another address. */
  move(name: string, to: string): void {
    const room = this.get(name);
    if (!room) return;
    batch(() => {
      const read = room.read.peek();
      if (read !== undefined) this.#store.set(READ + to, String(read));
      const moved = this.get(to) ?? this.#newRoom(to);
      moved.info.value = { ...room.info.peek(), kind: "private" };
      moved.role.value = room.role.peek();
      moved.level.value = room.level.peek();
      moved.order.value = room.order.peek();
      const index = this.#list.value.indexOf(room);
      this.#forget(room);
      if (index >= 0 && !this.#listed(to)) {
        this.#list.value = this.#list.value.toSpliced(index, 0, moved);
      }
      if (this.#active.value === room) this.#show(moved);
      this.#save();
      this.#options.onEnter(moved);
    });
  }

  /** Leaves a room; the last one is only left for the first. What {@linkcode restore} takes. */
  leave(room: Room): LeftRoom {
    const { value: list } = this.#list;
    const left = { name: room.name, index: list.indexOf(room), read: room.read.peek() };
    batch(() => {
      this.#forget(room);
      if (this.#active.value === room || this.#list.value.length === 0) this.#showNext();
      this.#save();
    });
    return left;
  }

  /** Enters a room again that was left, and shows it. */
  restore({ name, index, read }: LeftRoom): void {
    batch(() => {
      if (!this.#listed(name)) {
        if (read !== undefined) this.#store.set(READ + name, String(read));
        const room = this.#newRoom(name);
        this.#list.value = this.#list.value.toSpliced(index, 0, room);
        this.#save();
        this.#options.onEnter(room);
      }
      this.open(name);
    });
  }

  /** Everything of a room up to a `seq`, by default all that is here, was seen by somebody. */
  markRead(room: Room, seq?: number): void {
    // A room marked as unread stays so until the person opens it again or writes.
    if (seq === undefined && room.held.peek()) return;
    // A reader at an older place, or on the way there, does not see the newest messages.
    if (seq === undefined && (room.place.peek() ?? room.wanted) !== undefined) return;
    const upTo = seq ?? room.timeline.last;
    const read = room.read.peek();
    if (upTo === undefined || read === undefined || upTo <= read) return;
    batch(() => {
      room.held.value = false;
      room.read.value = upTo;
      if (upTo >= room.last.peek()) room.mentions.value = 0;
    });
    this.saveRead(room);
    this.#options.onRead(room);
  }

  /** Keeps how far a room was read. */
  saveRead({ name, read }: Room): void {
    this.#store.set(READ + name, String(read.peek()));
  }

  /**
   * Follows another tab of this browser, which changed something in the store.
   *
   * @param key what it changed
   * @param value what it is now
   */
  changedElsewhere(key: string, value: string): void {
    // The server tells every tab.
    if (this.isKept) return;
    if (key === "rooms") {
      const names = readJson(this.#store, key, isRooms);
      if (names) this.#followTab(names);
    } else if (key.startsWith(READ)) {
      const room = this.get(key.slice(READ.length));
      const seq = Number(value);
      if (!room || !(seq > (room.read.peek() ?? -1))) return;
      room.read.value = seq;
      if (seq >= room.last.peek()) room.mentions.value = 0;
    }
  }

  #followTab(names: readonly string[]): void {
    batch(() => {
      const wasVisiting = this.visiting.value;
      for (const room of this.#list.value) {
        if (names.includes(room.name)) continue;
        this.#options.onLeft(room);
        this.#drop(room);
      }
      const added = names.filter((name) => !this.#listed(name)).map((name) => {
        const visited = this.get(name);
        const room = visited ?? this.#newRoom(name);
        return { room, isNew: visited === undefined };
      });
      this.#list.value = [...this.#list.value, ...added.map(({ room }) => room)];
      for (const { room, isNew } of added) if (isNew) this.#options.onEnter(room);
      if (!wasVisiting && this.visiting.value) this.#showSubstitute();
    });
  }

  /** Whether a room was opened here where nobody has written yet: the server makes no membership of that. */
  #isOpenedHere({ name, role }: Room): boolean {
    return this.#isFollowing ? role.peek() === undefined : this.#opened.includes(name);
  }

  get #opened(): readonly string[] {
    return readJson(this.#store, OPENED, isRooms) ?? [];
  }

  /** The names of the rooms in the store, and of some others. */
  #stored(besides: readonly string[]): string[] {
    const names = readJson(this.#store, "rooms", isRooms) ?? [FIRST_ROOM];
    return [...new Set([...[...names, ...this.#opened].slice(0, KEPT), ...besides])];
  }

  /** Shows the first room of the list, or the room that everyone begins in. */
  #showNext(): void {
    const [next] = this.#list.value;
    if (next) this.#show(next);
    else this.#enterFirst();
  }

  #showSubstitute(): void {
    this.#showNext();
    this.#active.value.isSubstitute = true;
  }

  #enterFirst(): void {
    const room = this.#newRoom(FIRST_ROOM);
    this.#list.value = [room];
    this.#show(room);
    this.#options.onEnter(room);
  }

  #listed(name: string): Room | undefined {
    return this.#list.value.find((room) => room.name === name);
  }

  #show(room: Room): void {
    const before = this.#active.value;
    room.isSubstitute = false;
    if (before === room) return;
    before.line.value = undefined;
    this.#active.value = room;
    if (!this.visiting.value) this.#store.set("room", room.name);
    room.held.value = false;
    if (room.unread.value > 0) room.line.value = room.read.value;
  }

  /** Takes a room off the list, and all that the browser keeps of it. */
  #forget(room: Room): void {
    this.#drop(room);
    this.#store.remove(READ + room.name);
    this.#setOpened(this.#opened.filter((name) => name !== room.name));
  }

  #drop(room: Room): void {
    room.lost();
    this.#list.value = this.#list.value.filter((each) => each !== room);
  }

  #newRoom(name: string): Room {
    return new Room(name, this.#readOf(name));
  }

  #readOf(name: string): number | undefined {
    const read = Number.parseInt(this.#store.get(READ + name) ?? "", 10);
    return Number.isSafeInteger(read) ? read : undefined;
  }

  #save(): void {
    this.#store.set("rooms", JSON.stringify(this.#list.value.map(({ name }) => name)));
    // Before that nobody knows which of them are memberships.
    if (!this.isKept || !this.#isFollowing) return;
    // Another tab may have opened some that are not in this one's list.
    const elsewhere = this.#opened.filter((name) => !this.#listed(name));
    const here = this.#list.value
      .filter(({ role, isHidden }) => role.peek() === undefined && !isHidden);
    this.#setOpened([...elsewhere, ...here.map(({ name }) => name)].slice(-KEPT));
  }

  #setOpened(names: readonly string[]): void {
    if (names.length > 0) this.#store.set(OPENED, JSON.stringify(names));
    else this.#store.remove(OPENED);
  }
}

/** The most likely room for a typed name: `Garden Party` is `garden-party`. */
export function likelyRoom(typed: string): string {
  return foldRoom(typed.trim().replace(/^#/, ""));
}

/** The number of messages of a room that its person wants to know of. */
function urgentOf({ level, mentions, unread }: Room): number {
  return level.value === "all" ? unread.value : level.value === "mentions" ? mentions.value : 0;
}

/** Rooms in the order of the person. */
function inOrder(rooms: readonly Room[]): Room[] {
  return [...rooms].sort((a, b) => {
    const [one, other] = [a.order.peek(), b.order.peek()];
    return one === other ? 0 : one - other;
  });
}

function isRooms(value: unknown): value is string[] {
  return Array.isArray(value) && value.length > 0 && value.every(isRoom);
}

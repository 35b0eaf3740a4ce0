import { batch, computed, type ReadonlySignal, signal } from "@preact/signals";
import { isRoom } from "../../protocol/mod.ts";
import { Room } from "./room.ts";
import { readJson, type TextStore } from "./storage.ts";

/** The room everyone begins in. */
export const FIRST_ROOM = "lobby";

/** Twice what a server normally lets a person be in; a longer list in the store is junk. */
const KEPT = 200;
/** How far a room was read is kept under this and its name. */
const READ = "read.";

/** What {@linkcode Rooms} need. */
export interface RoomsOptions {
  readonly store: TextStore;
  /** Rooms to be in besides those in the store. */
  readonly besides: readonly string[];
  /** A room is to be entered. */
  readonly onEnter: (room: Room) => void;
  /** A room was left in another tab. */
  readonly onLeftElsewhere: (room: Room) => void;
}

/** The rooms a person is in, which of them is shown, and how far each was read: kept in the browser. */
export class Rooms {
  readonly list: ReadonlySignal<readonly Room[]>;
  readonly active: ReadonlySignal<Room>;
  /** How many messages are unread in all of them. */
  readonly unread: ReadonlySignal<number>;
  readonly #list = signal<readonly Room[]>([]);
  readonly #active = signal<Room>(new Room(FIRST_ROOM, undefined));
  readonly #options: RoomsOptions;
  readonly #store: TextStore;

  constructor(options: RoomsOptions) {
    this.#options = options;
    this.#store = options.store;
    this.list = this.#list;
    this.active = this.#active;
    this.unread = computed(() =>
      this.#list.value.reduce((sum, room) => sum + room.unread.value, 0)
    );
    const names = readJson(this.#store, "rooms", isRooms) ?? [FIRST_ROOM];
    const all = [...new Set([...names.slice(0, KEPT), ...options.besides])];
    this.#list.value = all.map((name) => this.#newRoom(name));
    this.open(this.#store.get("room") ?? FIRST_ROOM);
  }

  get(name: string): Room | undefined {
    return this.#list.value.find((room) => room.name === name);
  }

  /** Shows a room, entering it first if need be. Whether its name can be one. */
  open(name: string): boolean {
    if (!isRoom(name)) return false;
    batch(() => {
      const room = this.get(name) ?? this.#enter(name);
      const before = this.#active.value;
      if (before === room) return;
      before.line.value = undefined;
      this.#active.value = room;
      this.#store.set("room", name);
      if (room.unread.value > 0) room.line.value = room.read.value;
    });
    return true;
  }

  /** Leaves a room; the last one is only left for the first. */
  leave(room: Room): void {
    batch(() => {
      this.#drop(room);
      this.#store.remove(READ + room.name);
      if (this.#active.value === room) this.open(this.#list.value[0]?.name ?? FIRST_ROOM);
      this.#save();
    });
  }

  /** Everything of a room that is here was seen by somebody. */
  markRead(room: Room): void {
    const { last } = room.timeline;
    const read = room.read.peek();
    if (last === undefined || read === undefined || last <= read) return;
    batch(() => {
      room.read.value = last;
      if (last >= room.last.peek()) room.mentioned.value = false;
    });
    this.saveRead(room);
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
    if (key === "rooms") {
      const names = readJson(this.#store, key, isRooms);
      if (names) this.#follow(names);
    } else if (key.startsWith(READ)) {
      const room = this.get(key.slice(READ.length));
      const seq = Number(value);
      if (!room || !(seq > (room.read.peek() ?? -1))) return;
      room.read.value = seq;
      if (seq >= room.last.peek()) room.mentioned.value = false;
    }
  }

  #follow(names: readonly string[]): void {
    batch(() => {
      for (const room of this.#list.value) {
        if (names.includes(room.name)) continue;
        this.#options.onLeftElsewhere(room);
        this.#drop(room);
      }
      for (const name of names) if (!this.get(name)) this.#enter(name, { save: false });
      const { name } = this.#active.value;
      if (!this.get(name)) this.open(names[0] ?? FIRST_ROOM);
    });
  }

  #enter(name: string, { save = true } = {}): Room {
    const room = this.#newRoom(name);
    this.#list.value = [...this.#list.value, room];
    if (save) this.#save();
    this.#options.onEnter(room);
    return room;
  }

  #drop(room: Room): void {
    room.lost();
    this.#list.value = this.#list.value.filter((each) => each !== room);
  }

  #newRoom(name: string): Room {
    const read = Number.parseInt(this.#store.get(READ + name) ?? "", 10);
    return new Room(name, Number.isSafeInteger(read) ? read : undefined);
  }

  #save(): void {
    this.#store.set("rooms", JSON.stringify(this.#list.value.map(({ name }) => name)));
  }
}

/** What somebody most likely means by a room's name: `Garden Party` is `garden-party`. */
export function likelyRoom(typed: string): string {
  return typed.trim().toLowerCase().replace(/^#/, "").replace(/\s+/g, "-");
}

function isRooms(value: unknown): value is string[] {
  return Array.isArray(value) && value.length > 0 && value.every(isRoom);
}

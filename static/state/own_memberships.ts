import { batch } from "@preact/signals";
import { type ActionCommand, DEFAULT_ROOM, type Role } from "../../protocol/mod.ts";
import type { Level, RoomState, StateLine } from "../../protocol/memberships.ts";
import type { PersonalStore } from "./personal_store.ts";
import type { Answer } from "./requests.ts";
import type { Room } from "./room.ts";
import type { Rooms } from "./rooms.ts";

/** The time between two markers of a room, in ms: in a lively room each message would else send one. */
const MARKER_MS = 1_000;
/** The time after the answer to a marker in which the server may still send the one before, in ms. */
const SETTLED_MS = 3_000;
/** The errors that pass: what was refused with them is sent again. */
const PASSING: readonly string[] = ["rate_limited", "storage"];
/** The time after which a marker that was refused is sent again, in ms: about that in which a storage recovers. */
const AGAIN_MS = 5_000;
/** Set once the server has taken what this browser kept. */
const HANDED_OVER = "handedOver";

/** The needs of {@linkcode OwnMemberships}. */
export interface OwnMembershipsOptions {
  readonly store: PersonalStore;
  readonly rooms: Rooms;
  readonly ask: (command: ActionCommand) => Promise<Answer>;
  /** Called with the rooms that the person is not in any more since the last connection. */
  readonly onGone: (rooms: readonly Room[]) => void;
}

/**
 * The rooms of a person with a name, which the server keeps: the list, its order, the markers and the levels are
 * the same on all devices. What a guest's browser has kept is handed over once.
 */
export class OwnMemberships implements Disposable {
  readonly #options: OwnMembershipsOptions;
  /** The rooms of the `state` lines so far, of which more follow. */
  #states: RoomState[] = [];
  /** By room, the marker that the server may not have yet. */
  readonly #markers = new Map<string, number>();
  /** By room, the timer before which no further marker is sent. */
  readonly #timers = new Map<string, ReturnType<typeof setTimeout>>();
  /** The timers of markers that were answered. */
  readonly #settling = new Set<ReturnType<typeof setTimeout>>();
  #isHandingOver = false;
  /** By room, the marker that a guest's browser kept and that is being handed over. */
  readonly #handed = new Map<string, number>();

  constructor(options: OwnMembershipsOptions) {
    this.#options = options;
  }

  /** Takes the role of the person on a new connection, or a new one. Returns whether `state` lines follow a `hello`. */
  begin(role: Role): boolean {
    const { rooms, store } = this.#options;
    this.#states = [];
    const isKept = role !== "guest";
    rooms.isKept = isKept;
    this.#isHandingOver = isKept && store.get(HANDED_OVER) === undefined;
    for (const { name, isHidden, read } of this.#isHandingOver ? rooms.list.peek() : []) {
      const seq = read.peek();
      if (!isHidden && seq !== undefined) this.#handed.set(name, seq);
    }
    return isKept;
  }

  /** Takes a line with all or some of the rooms. Returns whether it was the last. */
  take({ rooms: states, more }: StateLine): boolean {
    this.#states.push(...states);
    if (more) return false;
    for (const { room } of this.#states) {
      const seq = this.#handed.get(room);
      // Messages read on any device count as read.
      if (seq !== undefined) this.#markers.set(room, seq);
      this.#handed.delete(room);
    }
    const all = this.#states.map((state) => this.#withMarker(state));
    this.#states = [];
    const gone = this.#options.rooms.follow(all, { keepOthers: this.#isHandingOver });
    this.#options.onGone(gone);
    for (const { room } of all) this.#send(room);
    return true;
  }

  /** Takes a membership that has begun or changed. */
  update(state: RoomState): void {
    const seq = this.#handed.get(state.room) ?? this.#readWithout(state.room);
    this.#handed.delete(state.room);
    // A new membership has read everything, and its person not.
    if (seq !== undefined && seq < state.read) return this.#startAt(state, seq);
    if (seq !== undefined && seq > state.read) this.#markers.set(state.room, seq);
    const isBehind = (this.#markers.get(state.room) ?? 0) > state.read;
    this.#options.rooms.update(this.#withMarker(state));
    if (isBehind) this.#send(state.room);
    void this.loadPeople(this.#options.rooms.get(state.room));
  }

  /** The `seq` up to which a person who was no member has read a room here. */
  #readWithout(name: string): number | undefined {
    const room = this.#options.rooms.get(name);
    return room?.known.peek() && room.role.peek() === undefined ? room.read.peek() : undefined;
  }

  /** Sets the marker of a new membership to where a guest's was. */
  #startAt(state: RoomState, seq: number): void {
    const { ask, rooms } = this.#options;
    rooms.update({ ...state, read: seq, unread: state.last - seq });
    void ask({ type: "read", room: state.room, seq, back: true });
  }

  /**
   * Hands over what this browser kept while the person was a guest, once all rooms have been joined on this
   * connection: the server has made them memberships then, whose markers follow with its `room` lines.
   */
  async handOver(): Promise<void> {
    const { ask, rooms, store } = this.#options;
    if (!this.#isHandingOver) return;
    this.#isHandingOver = false;
    // Its answer shows that the server has taken all that was sent before.
    const answer = await ask({ type: "members", room: DEFAULT_ROOM });
    if (!answer.ok && answer.code === "offline") return;
    store.set(HANDED_OVER, "yes");
    rooms.handedOver();
  }

  /** Sends how far a room was read. */
  read({ name, role, read }: Room): void {
    const seq = read.peek();
    if (role.peek() === undefined || seq === undefined) return;
    this.#markers.set(name, seq);
    this.#send(name);
  }

  /** Sends the markers that wait for their turn at once: the page may be about to end. */
  sendWaiting(): void {
    for (const name of this.#timers.keys()) {
      const seq = this.#markers.get(name);
      if (seq !== undefined) void this.#options.ask({ type: "read", room: name, seq });
    }
  }

  /** Marks a message and all that follow it as unread, on all devices. */
  markUnread(room: Room, seq: number): Promise<Answer> {
    const read = Math.max(0, seq - 1);
    this.#markers.delete(room.name);
    batch(() => {
      room.held.value = true;
      room.read.value = read;
      room.counted.value = Infinity;
    });
    this.#options.rooms.saveRead(room);
    return this.#options.ask({ type: "read", room: room.name, seq: read, back: true });
  }

  /** Marks everything in all rooms as read. */
  readAll(): Promise<Answer> {
    batch(() => {
      for (const room of this.#options.rooms.list.peek()) {
        if (room.known.peek() || room.role.peek() !== undefined) {
          room.held.value = false;
          this.#options.rooms.markRead(room, room.last.peek());
        }
      }
    });
    return this.#options.ask({ type: "all_read" });
  }

  setLevel(room: Room, level: Level): Promise<Answer> {
    room.level.value = level;
    return this.#options.ask({ type: "level", room: room.name, level });
  }

  /** Moves a room up or down among those that stand together in the list. */
  move(room: Room, step: 1 | -1): Promise<Answer> {
    const neighbours = this.neighbours(room);
    // The room that it comes before: the one above, or the second below.
    const before = step === -1 ? neighbours.above : neighbours.secondBelow;
    return this.#options.ask({
      type: "order",
      room: room.name,
      ...(before !== undefined && { before: before.name }),
    });
  }

  /** The rooms around one among those that stand together in the list: direct ones stand by themselves. */
  neighbours(room: Room): Partial<Record<"above" | "below" | "secondBelow", Room>> {
    const isDirect = (each: Room) => each.info.value.kind === "direct";
    const list = this.#options.rooms.list.value.filter((each) => isDirect(each) === isDirect(room));
    const at = list.indexOf(room);
    const [above, below, secondBelow] = [list[at - 1], list[at + 1], list[at + 2]];
    return {
      ...(at > 0 && above && { above }),
      ...(below && { below }),
      ...(secondBelow && { secondBelow }),
    };
  }

  /** Loads whom a direct room is with. */
  async loadPeople(room: Room | undefined): Promise<void> {
    // Before the first message it is that of its maker alone.
    if (room?.info.peek().kind !== "direct" || room.people.peek().length > 1) return;
    const answer = await this.#options.ask({ type: "members", room: room.name });
    if (!answer.ok || answer.line.type !== "members") return;
    const people = answer.line.members.map(({ id, name }) => ({ id, name }));
    if (people.length > room.people.peek().length) room.people.value = people;
  }

  /** Forgets a room of which the person is no member any more. */
  forget(name: string): void {
    this.#markers.delete(name);
    this.#endTimer(name);
  }

  /** Forgets how far everything was read: another person has read something else, and another history has other numbers. */
  clear(): void {
    for (const timer of [...this.#timers.values(), ...this.#settling]) clearTimeout(timer);
    for (const each of [this.#timers, this.#settling, this.#markers, this.#handed]) each.clear();
  }

  [Symbol.dispose](): void {
    this.clear();
  }

  #endTimer(name: string): void {
    clearTimeout(this.#timers.get(name));
    this.#timers.delete(name);
  }

  /** A state that the server has sent before it received this browser's marker. */
  #withMarker(state: RoomState): RoomState {
    const seq = this.#markers.get(state.room) ?? 0;
    if (seq <= state.read) return state;
    const unread = Math.min(state.unread, Math.max(0, state.last - seq));
    return { ...state, read: seq, unread, ...(unread === 0 && { mentions: 0 }) };
  }

  #send(name: string): void {
    const seq = this.#markers.get(name);
    if (seq === undefined || this.#timers.has(name)) return;
    this.#timers.set(
      name,
      setTimeout(() => {
        this.#timers.delete(name);
        if (this.#markers.get(name) !== seq) this.#send(name);
      }, MARKER_MS),
    );
    void this.#options.ask({ type: "read", room: name, seq }).then((answer) => {
      // Without a connection it is sent after the next `state`.
      if (!answer.ok && answer.code === "offline") return this.#endTimer(name);
      if (!answer.ok && PASSING.includes(answer.code)) return this.#sendAgain(name);
      const timer = setTimeout(() => {
        this.#settling.delete(timer);
        if (this.#markers.get(name) === seq) this.#markers.delete(name);
      }, SETTLED_MS);
      this.#settling.add(timer);
    });
  }

  /** Sends the marker of a room again after a while. */
  #sendAgain(name: string): void {
    this.#endTimer(name);
    this.#timers.set(
      name,
      setTimeout(() => {
        this.#timers.delete(name);
        this.#send(name);
      }, AGAIN_MS),
    );
  }
}

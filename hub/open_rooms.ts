import { getOrMake } from "../lib/maps.ts";
import { DEFAULT_ROOM, type ServerLine } from "../protocol/mod.ts";
import type { MessageResult } from "./message_log.ts";
import { type MessageEntry, Room, type Subscriber } from "./room.ts";
import { type QuotaOwner, RoomQuota } from "./room_quota.ts";
import type { SharedPresence } from "./shared_presence.ts";

/** The parts and limits of {@linkcode OpenRooms}. */
export interface OpenRoomsOptions {
  presence: SharedPresence;
  /** The most occupied rooms without a message, and the most rooms with one. */
  maxRooms: number;
  /** Called when it is time to send a room the changes of its members. */
  onChanges(room: Room): void;
}

/**
 * The occupied rooms, by name, and the quotas for new rooms. A new room is one without messages. It is charged
 * to the person and the network of the client that opens it, until it closes or receives a message, and then
 * to its first author. The default room and rooms with messages are charged to nobody and never refused.
 */
export class OpenRooms {
  readonly #options: OpenRoomsOptions;
  readonly #open = new Map<string, Room>();
  readonly #openers = new Map<Room, QuotaOwner>();
  /** The rooms whose first message is on its way into the log: to whom each is charged, and the drafts for it. */
  readonly #storing = new Map<string, { readonly owner: QuotaOwner; drafts: number }>();
  /** The rooms that clients make, until the answer: by the ids of the commands. */
  readonly #making = new Map<
    Subscriber,
    { readonly id: string | undefined; readonly owner: QuotaOwner }[]
  >();
  readonly #emptyQuota: RoomQuota;
  readonly #storedQuota: RoomQuota;

  constructor(options: OpenRoomsOptions) {
    this.#options = options;
    this.#emptyQuota = new RoomQuota(options.maxRooms);
    this.#storedQuota = new RoomQuota(options.maxRooms);
  }

  /** The occupied rooms, by name. */
  get open(): ReadonlyMap<string, Room> {
    return this.#open;
  }

  /** Returns true if the client may open a room that may have no messages. */
  mayOpen(name: string, client: Subscriber): boolean {
    return name === DEFAULT_ROOM || this.#emptyQuota.allows(ownerOf(client), this.#openers.size);
  }

  /**
   * Charges a room without messages to the client that sends one, until its outcome is given to
   * {@linkcode settleCharge}. Returns false, and charges nothing, if the client may not have another room.
   *
   * @param used The rooms in the log.
   */
  store(name: string, client: Subscriber, used: number): boolean {
    if (name === DEFAULT_ROOM) return true;
    const storing = this.#storing.get(name);
    if (storing !== undefined) {
      storing.drafts++;
      return true;
    }
    const owner = ownerOf(client);
    if (!this.#storedQuota.allows(owner, used + this.#storing.size)) return false;
    this.#storedQuota.add(owner);
    this.#storing.set(name, { owner, drafts: 1 });
    return true;
  }

  /**
   * Charges a room that a client makes without a message, by a command of this id, until its answer is given to
   * {@linkcode settleMade}. Returns false, and charges nothing, if the client may not have another room.
   *
   * @param used The rooms in the log.
   * @param now The time by `performance.now()`.
   */
  make(client: Subscriber, id: string | undefined, used: number, now: number): boolean {
    this.#storedQuota.age(now);
    const owner = ownerOf(client);
    if (!this.#storedQuota.allows(owner, used + this.#storing.size)) return false;
    this.#storedQuota.add(owner);
    getOrMake(this.#making, client, () => []).push({ id, owner });
    return true;
  }

  /** Ends the charge of {@linkcode make} if the answer to a client is that there is no new room; else the charge stays. */
  settleMade(client: Subscriber, line: ServerLine): void {
    const making = this.#making.get(client);
    if (making === undefined || (line.type !== "created" && line.type !== "error")) return;
    const id = line.type === "error" ? line.ref : line.id;
    const at = making.findIndex((each) => each.id === id);
    const [made] = at < 0 ? [] : making.splice(at, 1);
    if (making.length === 0) this.#making.delete(client);
    if (made !== undefined && line.type === "error") this.#storedQuota.remove(made.owner);
  }

  /** Ends the charge of {@linkcode store} when the room is in the log, or no message for it is on its way any more. */
  settleCharge(entry: MessageResult<Subscriber>): void {
    const { room } = "draft" in entry ? entry.draft : entry.message;
    const storing = this.#storing.get(room);
    if (storing === undefined || ("draft" in entry && --storing.drafts > 0)) return;
    this.#storing.delete(room);
    this.#storedQuota.remove(storing.owner);
  }

  /**
   * Returns the room of a name; opens it if it is not occupied.
   *
   * @param opener The client that a new room is charged to. Without it the room is known to have messages.
   */
  getOrOpen(name: string, opener?: Subscriber): Room {
    const { presence, onChanges } = this.#options;
    let room = this.#open.get(name);
    if (room !== undefined) return room;
    room = new Room(name, presence, onChanges);
    this.#open.set(name, room);
    if (opener !== undefined && name !== DEFAULT_ROOM) {
      const owner = ownerOf(opener);
      this.#openers.set(room, owner);
      this.#emptyQuota.add(owner);
    }
    return room;
  }

  /** Records that a room has messages. */
  settle(room: Room): void {
    const opener = this.#openers.get(room);
    if (opener === undefined) return;
    this.#openers.delete(room);
    this.#emptyQuota.remove(opener);
  }

  /** Charges a room to the author of its first message; `now` by `performance.now()`. */
  charge({ message, origin }: MessageEntry, now: number): void {
    if (message.seq !== 1 || origin === undefined || message.room === DEFAULT_ROOM) return;
    this.#storedQuota.age(now);
    this.#storedQuota.add(ownerOf(origin));
  }

  /** Removes a member from a room, and closes the room if it was the last one. */
  vacate(room: Room, client: Subscriber): void {
    try {
      room.remove(client);
    } finally {
      if (room.size === 0 && this.#open.get(room.name) === room) this.#close(room);
    }
  }

  #close(room: Room): void {
    room.close();
    this.settle(room);
    this.#open.delete(room.name);
  }

  /** Closes all rooms. */
  close(): void {
    for (const room of this.#open.values()) room.close();
    this.#open.clear();
    this.#openers.clear();
  }
}

function ownerOf({ user, network }: Subscriber): QuotaOwner {
  return { person: user.id, network };
}

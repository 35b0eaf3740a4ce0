import type { Clients } from "./clients.ts";
import { type LostClients, type Room, sendLine, type SentLine } from "./room.ts";
import type { RenamedChange, SharedPresence, SharedPresenceChange } from "./shared_presence.ts";
import { getOrMake } from "../lib/maps.ts";
import { TokenBucket } from "../lib/token_bucket.ts";

/**
 * The bytes of presence, typing and rename lines that may be sent per second to all members of all rooms together, and at once.
 * A line of 200 people to a room of 1,500 is 18 MB and takes 25 ms. Without a limit, 1,500 clients that join
 * a hundred rooms made the server send 11 GB in 30 s, while everyone else waited.
 */
const BYTES_PER_SECOND = 32 * 1024 * 1024;
const BURST_BYTES = 4 * 1024 * 1024;

/** The cost of looking at one member of a room for a rename, in bytes that take as long. */
const MEMBERSHIP_BYTES = 32;

type JoinedChange = Extract<SharedPresenceChange, { readonly type: "joined" }>;

/** The parts of a {@linkcode PresenceSender}. */
export interface PresenceSenderOptions {
  presence: SharedPresence;
  clients: Clients;
  /** The occupied rooms, by name. */
  rooms: ReadonlyMap<string, Room>;
  /**
   * Returns whether a person may be in a room, as far as this server knows: presence comes from other servers another
   * way than the state, and may be ahead of it.
   */
  mayBeIn(person: string, room: string): boolean;
  /** Runs what the members of a room receive. If that throws, they end: they may have missed it without knowing it. */
  contain(room: string, work: () => void): void;
  /** Ends clients that could not take a line. */
  drop(lost: LostClients): void;
  /** Returns the ms since some moment. */
  now?(): number;
}

/**
 * Sends the changes of who is where. Under load, presence lines are sent later and so contain more changes;
 * those of small rooms go first. Renames are sent later, too, one for each person; typing is not sent at all.
 */
export class PresenceSender {
  readonly #options: PresenceSenderOptions;
  readonly #now: () => number;
  readonly #budget = new TokenBucket({ rate: BYTES_PER_SECOND, burst: BURST_BYTES });
  /** The rooms whose line is due. */
  readonly #due = new Set<Room>();
  /** The renames that are due, by person. */
  readonly #renames = new Map<string, RenamedChange>();
  /** The people who are in rooms where this server does not know them as members yet, by room and id. */
  readonly #withheld = new Map<string, Map<string, JoinedChange>>();
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(options: PresenceSenderOptions) {
    this.#options = options;
    this.#now = options.now ?? (() => performance.now());
  }

  /**
   * Applies the changes that wait. The hub calls it when there are some, and before it sends anybody a list
   * of members or changes, so that nobody sees a change before it is announced.
   */
  apply(): void {
    // Dropping a client whose buffer is full makes it leave, which is another change.
    for (let changes; (changes = this.#options.presence.changes.take()).length > 0;) {
      for (const change of changes) {
        if (change.type === "renamed") this.#rename(change);
        else this.#options.contain(change.room, () => this.#apply(change));
      }
    }
  }

  /** Shows a person who is in a room, and a member of it since now. */
  admit(person: string, room: string): void {
    const change = this.#withheld.get(room)?.get(person);
    if (change === undefined || !this.#options.mayBeIn(person, room)) return;
    this.#release(change);
    this.#options.rooms.get(room)?.apply(change);
  }

  /** Whether typing is sent at the moment: the budget is not used up. */
  get sendsTyping(): boolean {
    return this.#budget.take(this.#now(), 0) === 0;
  }

  /** Returns the number of people who are shown as being in a room. */
  countIn({ name, count }: Room): number {
    return count - (this.#withheld.get(name)?.size ?? 0);
  }

  /** Sends a room its presence line as soon as the budget allows. */
  send(room: Room): void {
    this.#due.add(room);
    if (this.#timer === undefined) this.#sendDue();
  }

  /** Cancels the lines that are due. */
  close(): void {
    clearTimeout(this.#timer);
    this.#due.clear();
    this.#renames.clear();
  }

  #sendDue(): void {
    this.apply();
    if (!this.#sendRenames()) return;
    for (const room of [...this.#due].sort((a, b) => a.size - b.size)) {
      if (!this.#mayContinue()) return;
      this.#due.delete(room);
      if (this.#options.rooms.get(room.name) !== room) continue;
      const line = room.takeChanges();
      if (line === undefined) continue;
      this.#charge(room.send({ ...line, count: this.countIn(room) }));
    }
  }

  /** Returns true if the budget is not used up; otherwise continues when it is not. */
  #mayContinue(): boolean {
    const wait = this.#budget.take(this.#now());
    if (wait === 0) return true;
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#sendDue();
    }, wait);
    return false;
  }

  #charge({ bytes, lost }: SentLine): void {
    this.#budget.charge(bytes);
    this.#options.drop(lost);
  }

  #apply(change: Exclude<SharedPresenceChange, RenamedChange>): void {
    const { user } = change;
    const room = this.#options.rooms.get(change.room);
    if (change.type === "left") {
      if (!this.#release(change)) room?.apply(change);
    } else if (!this.#options.mayBeIn(user.id, change.room)) {
      if (change.type !== "joined" || !room) return;
      getOrMake(this.#withheld, room.name, () => new Map<string, JoinedChange>())
        .set(user.id, change);
    } else if (change.type === "joined") room?.apply(change);
    else if (room && this.#budget.take(this.#now()) === 0) {
      this.#charge(room.send(change, user));
    }
  }

  /** Ends the withholding of a person. Returns false if there was none. */
  #release({ room, user: { id } }: Pick<JoinedChange, "room" | "user">): boolean {
    const people = this.#withheld.get(room);
    if (!people?.delete(id)) return false;
    if (people.size === 0) this.#withheld.delete(room);
    return true;
  }

  #rename(change: RenamedChange): void {
    const { id } = change.user;
    const former = this.#renames.get(id);
    // Rooms that the person has left meanwhile saw the former name, too.
    const rooms = [...new Set([...former?.rooms ?? [], ...change.rooms])];
    this.#renames.set(id, former ? { ...change, was: former.was, rooms } : change);
    if (this.#timer === undefined) this.#sendRenames();
  }

  /**
   * Announces new names to all who share a room with the person, and to the person's own clients.
   *
   * @returns False if the budget is used up before all are sent.
   */
  #sendRenames(): boolean {
    for (const [id, { user, was, rooms }] of this.#renames) {
      if (!this.#mayContinue()) return false;
      this.#renames.delete(id);
      const receivers = new Set(this.#options.clients.clientsOf(id));
      let memberships = 0;
      for (const name of rooms) {
        const room = this.#options.rooms.get(name);
        memberships += room?.size ?? 0;
        for (const member of room?.members() ?? []) receivers.add(member);
      }
      this.#budget.charge(memberships * MEMBERSHIP_BYTES);
      this.#charge(sendLine(receivers, { type: "renamed", user, was }));
    }
    return true;
  }
}

import type { DatabaseSync } from "node:sqlite";
import type { LeaveFailures, Memberships } from "../hub/memberships.ts";
import {
  type IgnoredLine,
  REPLY_BYTES,
  type RoomState,
  type RoomStateLine,
  type StateLine,
  type User,
} from "../protocol/mod.ts";
import type { TurnTaker } from "../lib/fair_turns.ts";
import { HOUR_MS } from "../lib/time.ts";
import { IgnoredTable } from "./ignored_table.ts";
import type { MarkerGatherer } from "./markers.ts";
import { MembershipTable, type StoredMembership } from "./membership_table.ts";
import type { JoinEvent } from "./kinds/join.ts";
import type { LeaveEvent } from "./kinds/leave.ts";
import type { EventOutcome } from "./outcome.ts";
import { PersonPace } from "./person_pace.ts";
import type { Guard, Permissions } from "./permissions.ts";
import { RoomPeople } from "./room_people.ts";
import type { SmallEvents } from "./small_events.ts";
import { type Reader, UnreadCounter } from "./unread.ts";

/** The parts that {@linkcode StateMemberships} works with. */
export interface StateMembershipsOptions {
  readonly db: DatabaseSync;
  readonly permissions: Permissions;
  readonly events: SmallEvents;
  readonly markers: MarkerGatherer;
  /** Runs each read. */
  readonly guard: Guard;
}

/** The bytes of a room's state in a line, at most: eight people with long names. */
const STATE_BYTES = 2048;

/** The rooms of one `state` line. */
const ROOMS_PER_LINE = Math.floor(REPLY_BYTES / STATE_BYTES);

/** The memberships of the state: read from its tables, changed by events. */
export class StateMemberships implements Memberships {
  readonly #table: MembershipTable;
  readonly #people: RoomPeople;
  readonly #unread: UnreadCounter;
  readonly #ignored: IgnoredTable;
  readonly #permissions: Permissions;
  readonly #events: SmallEvents;
  readonly #markers: MarkerGatherer;
  readonly #guard: Guard;
  /** The present hour, in hours since 1970, and who was seen in it. */
  #hour = 0;
  readonly #seen = new Set<string>();
  /** The memberships that begin or end at this moment, as `person room`. */
  readonly #joining = new Set<string>();
  readonly #leaving = new Map<string, Promise<EventOutcome>>();
  readonly #pace = new PersonPace();

  constructor({ db, permissions, events, markers, guard }: StateMembershipsOptions) {
    this.#table = new MembershipTable(db);
    this.#people = new RoomPeople(db);
    this.#unread = new UnreadCounter(db);
    this.#ignored = new IgnoredTable(db);
    this.#permissions = permissions;
    this.#events = events;
    this.#markers = markers;
    this.#guard = guard;
  }

  join(by: TurnTaker, room: string): void {
    const { person } = by;
    const key = `${person} ${room}`;
    if (this.#joining.has(key)) return;
    try {
      if (!this.#permissions.mayBecomeMember(person)) return;
      // One that is about to end begins again.
      if (!this.#leaving.has(key) && this.#find(person, room) !== undefined) return;
    } catch {
      // The disk can't be read: the next join tries again.
      return;
    }
    this.#joining.add(key);
    this.#append({ type: "join", person, room }, by)
      .catch(() => {})
      .finally(() => this.#joining.delete(key));
  }

  leave(by: TurnTaker, room: string, { onFailure, onNone }: LeaveFailures): boolean {
    const { person } = by;
    const key = `${person} ${room}`;
    // A join that is under way comes before it in the log: events of one person keep their order.
    if (!this.#joining.has(key) && this.#find(person, room) === undefined) return false;
    let leaving = this.#leaving.get(key);
    if (leaving === undefined) {
      leaving = this.#append({ type: "leave", person, room }, by)
        .finally(() => this.#leaving.delete(key));
      this.#leaving.set(key, leaving);
    }
    leaving.then(({ type }) => type === "changed" || onNone(), onFailure);
    return true;
  }

  see(person: string): void {
    const hour = Math.floor(Date.now() / HOUR_MS);
    if (hour !== this.#hour) {
      this.#hour = hour;
      this.#seen.clear();
    }
    if (this.#seen.has(person)) return;
    try {
      if (!this.#permissions.mayBecomeMember(person)) return;
    } catch {
      // The disk can't be read: the next time tries again.
      return;
    }
    this.#seen.add(person);
    this.#markers.see(person);
  }

  /** Appends an event of a person, when it is its turn. */
  async #append(event: JoinEvent | LeaveEvent, by: TurnTaker): Promise<EventOutcome> {
    const turn = this.#pace.turn(event.person);
    if (turn !== undefined) await turn;
    return await this.#events.append(event, by);
  }

  read(person: string, room: string): RoomStateLine | undefined {
    return this.reading(person)(room);
  }

  reading(person: string): (room: string) => RoomStateLine | undefined {
    let reader: Reader | undefined;
    return (room) => {
      const membership = this.#find(person, room);
      if (membership === undefined) return undefined;
      reader ??= this.#guard(() => this.#unread.readerOf(person));
      return { type: "room", ...this.#stateOf(membership, reader) };
    };
  }

  readIgnored(person: string): IgnoredLine | undefined {
    if (!this.#permissions.mayBecomeMember(person)) return undefined;
    const ignored = this.#guard(() => this.#ignored.of(person));
    if (ignored.length === 0) return undefined;
    const people = ignored.map((id) => ({ id, name: this.#permissions.shownName(id) }));
    return { type: "ignored", people };
  }

  readAll(person: string): StateLine[] {
    if (!this.#permissions.mayBecomeMember(person)) return [];
    const reader = this.#guard(() => this.#unread.readerOf(person));
    const rooms = this.#guard(() => this.#table.listed(person))
      .map((membership) => this.#stateOf(membership, reader));
    const lines: StateLine[] = [];
    for (let i = 0; i === 0 || i < rooms.length; i += ROOMS_PER_LINE) {
      const end = i + ROOMS_PER_LINE;
      lines.push({ type: "state", rooms: rooms.slice(i, end), more: end < rooms.length });
    }
    return lines;
  }

  #find(person: string, room: string): StoredMembership | undefined {
    return this.#guard(() => this.#table.of(person, room));
  }

  #userOf(person: string): User {
    return this.#guard(() => this.#people.user(person)) ??
      (this.#permissions.isDeleted(person)
        ? { id: person, name: "", deleted: true }
        : { id: person, name: "" });
  }

  #stateOf(stored: StoredMembership, reader: Reader): RoomState {
    const newest = this.#markers.newest(stored.person, stored.room, stored.read);
    const membership = { ...stored, read: Math.min(newest, stored.last) };
    const { room, last, read, level, place, since, from, role, about } = membership;
    const { people, ...shown } = about;
    return {
      ...{ room, last, read, ...this.#guard(() => this.#unread.count(membership, reader)), level },
      ...{ order: place, since },
      ...(from > 1 && { from }),
      ...(role === "moderator" && { role }),
      ...shown,
      ...(people !== undefined && { people: people.map((person) => this.#userOf(person)) }),
    };
  }
}

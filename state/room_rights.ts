import type { DatabaseSync } from "node:sqlite";
import type { Role } from "../protocol/mod.ts";
import { MembershipTable } from "./membership_table.ts";
import { type EventOutcome, NO_ROOM, refused } from "./outcome.ts";
import type { StoredRoom } from "./room_table.ts";

/** What the rights in rooms depend on besides the rooms. */
interface PersonRights {
  role(person: string): Role;
  mayBecomeMember(person: string): boolean;
}

/** Decides who may write in a room, by the room's settings and people. */
export class RoomRights {
  readonly #people: PersonRights;
  readonly #memberships: MembershipTable;

  constructor(db: DatabaseSync, people: PersonRights) {
    this.#people = people;
    this.#memberships = new MembershipTable(db);
  }

  /** Returns why a person may not write in a room, whatever its pace; undefined if the person may. */
  refusalOf(room: StoredRoom, person: string): EventOutcome | undefined {
    const { kind, archived, posting, guests } = room.info;
    const isIn = kind === "direct"
      ? room.people.includes(person)
      : kind === "public" || this.#memberships.of(person, room.room) !== undefined;
    if (!isIn) return refused(...NO_ROOM);
    if (archived) return refused("archived", "the room is archived");
    if (kind === "direct") {
      const isAlone = room.people.length > 1 && this.present(room).length < 2;
      return isAlone ? refused("forbidden", "there is nobody else left in this room") : undefined;
    }
    if ((posting === "all" && guests) || this.isFree(room, person)) return undefined;
    if (posting === "moderators") return refused("forbidden", "only moderators may write here");
    return this.#people.role(person) === "guest"
      ? refused("forbidden", "guests may not write here: take a name first")
      : undefined;
  }

  /** Returns whether the rules of a room don't bind a person: its moderators, and in a public one admins. */
  isFree({ room, info }: StoredRoom, person: string): boolean {
    return this.#memberships.of(person, room)?.role === "moderator" ||
      (info.kind === "public" && this.#people.role(person) === "admin");
  }

  /** Returns the people of a direct room who can write. */
  present({ people }: StoredRoom): string[] {
    return people.filter((person) => this.#people.mayBecomeMember(person));
  }
}

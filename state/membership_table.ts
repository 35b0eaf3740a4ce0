import type { DatabaseSync, StatementSync } from "node:sqlite";
import { statementsOf } from "./lazy_statements.ts";
import { type Level, LEVELS } from "../protocol/memberships.ts";
import { EVERYONE_MEMBERS } from "../protocol/types.ts";
import { type DatabaseRow, integer, string } from "./rows.ts";

/** A person's membership in a room. */
export interface Membership {
  /** The id of the person. */
  readonly person: string;
  /** The name of the room. */
  readonly room: string;
  /** The first `seq` that the person may see. */
  readonly from: number;
  readonly role: "moderator" | "member";
  readonly level: Level;
  /** The marker: the newest `seq` that the person has read. */
  readonly read: number;
  /** The place in the person's order of rooms, ascending; two rooms may have the same. */
  readonly place: number;
  /** The time at which it began, in ms since 1970. */
  readonly since: number;
}

/** A membership as it is read, with what its room has at that moment. */
export interface StoredMembership extends Membership {
  /** The room's row. */
  readonly roomId: number;
  /** The oldest `seq` kept in the room; `last` + 1 if none is. */
  readonly first: number;
  /** The newest `seq` of the room, or 0. */
  readonly last: number;
  /** The number of times that messages of the room were edited or deleted. */
  readonly edits: number;
  /** The properties of the room that clients show in a list. */
  readonly about: RoomAbout;
}

/** Properties of a room to show in a list; most rooms have none of them. */
export interface RoomAbout {
  readonly kind?: "private" | "direct";
  readonly title?: string;
  readonly archived?: true;
  /** The ids of the people of a direct room. */
  readonly people?: readonly string[];
}

/** A place in a person's order of rooms: of two rooms at the same number, the older one comes first. */
export type Place = Pick<StoredMembership, "place" | "roomId">;

/** A membership that begins. */
export interface NewMembership {
  readonly person: string;
  /** The room's row. */
  readonly roomId: number;
  /** The first `seq` that the person may see; by default all. */
  readonly from?: number;
  /** By default a member. */
  readonly role?: Membership["role"];
  /** The marker: what is there is no news. */
  readonly read: number;
  /** The time of the event, in ms since 1970. */
  readonly at: number;
  /** The last place in the person's order so far, if it is known: to find it takes as long as to count the rooms. */
  readonly end?: number;
}

/** The most rooms that a person can be a member of, besides direct ones, which others may open. */
export const MEMBERSHIPS_LIMIT = 200;

/** The rooms of a person, of any kind, with which one more direct room hides others. */
export const ROOMS_LIMIT = 450;

/** The distance between two places, so that a room can be moved between others. */
export const PLACE_GAP = 1 << 20;

const COLUMNS = `
  membership.*, room.name as name, room.first as first, room.last as last, room.edits as edits,
  room.kind as kind, room.title as title, room.archived as archived, room.people as people
`;

/** An order of direct rooms. One is as new as its newest message, or as its place in the list if it has appeared since. */
export const LIVELIEST =
  "max(coalesce(room.newest, 0), membership.since) desc, membership.since, room.id";

/** Every statement. Exported for the test that checks that each of them uses an index. */
export const MEMBERSHIP_SQL = {
  of: `
    select ${COLUMNS} from room join membership on membership.room = room.id
    where room.name = ?2 and person = ?1
  `,
  all: `
    select ${COLUMNS} from membership join room on membership.room = room.id where person = ?
  `,
  listed: `
    select ${COLUMNS} from membership join room on membership.room = room.id
    where person = ?1 and room.kind <> 'direct'
    union all select * from (
      select ${COLUMNS} from membership join room on membership.room = room.id
      where person = ?1 and room.kind = 'direct' order by ${LIVELIEST} limit ${ROOMS_LIMIT}
    )
  `,
  unread: `
    select ${COLUMNS} from membership join room on membership.room = room.id
    where person = ? and membership.read <> room.last
  `,
  precedingPlace: `
    select max(place) as place from membership
    where person = ?1 and room <> ?2 and (place, room) < (?3, ?4)
  `,
  precedingRoom: `
    select max(room) as room from membership
    where person = ?1 and room <> ?2 and (place, room) < (?3, ?4) and place = ?5
  `,
  count: `
    select count(*) as count from membership join room on room.id = membership.room
    where person = ? and room.kind <> 'direct'
  `,
  add: `
    insert into membership (person, room, visible_from, role, level, read, place, since)
    values (?1, ?2, ?3, ?4, 'all', ?5,
      coalesce(?7, (select max(place) from membership where person = ?1), 0) + ${PLACE_GAP}, ?6)
  `,
  restore: `
    insert into membership (person, room, visible_from, role, level, read, place, since)
    values (?1, (select id from room where name = ?2), ?3, ?4, ?5, ?6, ?7, ?8)
  `,
  some: "select count(*) as count from (select 1 from membership where room = ? limit ?)",
  mark: "update membership set read = ? where person = ? and room = ?",
  setLevel: "update membership set level = ? where person = ? and room = ?",
  setPlace: "update membership set place = ? where person = ? and room = ?",
  remove: "delete from membership where person = ? and room = ?",
  removeAll: "delete from membership where person = ?",
};

/** The memberships of all people: those who have a name and are no guests. */
export class MembershipTable {
  readonly #sql: { readonly [Name in keyof typeof MEMBERSHIP_SQL]: StatementSync };

  constructor(db: DatabaseSync) {
    this.#sql = statementsOf(db, MEMBERSHIP_SQL);
  }

  /** Returns the membership of a person in a room, or undefined. */
  of(person: string, room: string): StoredMembership | undefined {
    const row = this.#sql.of.get(person, room);
    return row && toMembership(row);
  }

  /** Returns all memberships of a person, in the person's order. */
  all(person: string): StoredMembership[] {
    return this.#sql.all.all(person).map(toMembership).sort(comparePlaces);
  }

  /**
   * Returns the memberships that a person's clients are sent, in the person's order: all, except the quietest direct ones of
   * a file in which they have grown beyond what is hidden today.
   */
  listed(person: string): StoredMembership[] {
    return this.#sql.listed.all(person).map(toMembership).sort(comparePlaces);
  }

  /** Returns the memberships of a person whose marker is not at the newest message, in the person's order. */
  unread(person: string): StoredMembership[] {
    return this.#sql.unread.all(person).map(toMembership).sort(comparePlaces);
  }

  /** Returns the place that comes last before another one, or before the end, among the other rooms of a person. */
  preceding({ person, roomId }: StoredMembership, next?: Place): Place | undefined {
    const { place: end, roomId: endRoom } = next ?? END;
    const place = this.#sql.precedingPlace.get(person, roomId, end, endRoom)?.place;
    if (typeof place !== "number") return undefined;
    const row = this.#sql.precedingRoom.get(person, roomId, end, endRoom, place);
    return { place, roomId: integer(row?.room) };
  }

  /** Returns the number of rooms that a person is a member of, without direct ones. */
  count(person: string): number {
    return integer(this.#sql.count.get(person)?.count);
  }

  /** Returns whether a room has more than {@linkcode EVERYONE_MEMBERS} members. */
  isLarge(roomId: number): boolean {
    return integer(this.#sql.some.get(roomId, EVERYONE_MEMBERS + 1)?.count) > EVERYONE_MEMBERS;
  }

  /** Adds a membership that is not there yet, at the end of the person's order. */
  add({ person, roomId, from = 1, role, read, at, end }: NewMembership): void {
    const stored = role === "moderator" ? role : null;
    this.#sql.add.run(person, roomId, from, stored, read, at, end ?? null);
  }

  /** Adds a membership with all that it had, to a room that is there. */
  restore({ person, room, from, role, level, read, place, since }: Membership): void {
    const stored = role === "moderator" ? role : null;
    this.#sql.restore.run(person, room, from, stored, level, read, place, since);
  }

  /** Sets the marker of a membership. */
  mark({ person, roomId }: StoredMembership, read: number): void {
    this.#sql.mark.run(read, person, roomId);
  }

  /** Sets the level of a membership. */
  setLevel({ person, roomId }: StoredMembership, level: Level): void {
    this.#sql.setLevel.run(level, person, roomId);
  }

  /** Sets the place of a membership in the person's order. */
  setPlace({ person, roomId }: StoredMembership, place: number): void {
    this.#sql.setPlace.run(place, person, roomId);
  }

  /** Removes a membership. Returns false if there was none. */
  remove(person: string, roomId: number): boolean {
    return this.#sql.remove.run(person, roomId).changes > 0;
  }

  /** Removes all memberships of a person. */
  removeAll(person: string): void {
    this.#sql.removeAll.run(person);
  }
}

/** Returns a number below 0 if a place comes before another. */
export function comparePlaces(a: Place, b: Place): number {
  return a.place - b.place || a.roomId - b.roomId;
}

const END: Place = { place: Number.MAX_SAFE_INTEGER, roomId: Number.MAX_SAFE_INTEGER };

/** Returns the membership in a row. */
function toMembership(row: DatabaseRow): StoredMembership {
  return {
    person: string(row.person),
    room: string(row.name),
    roomId: integer(row.room),
    from: integer(row.visible_from),
    role: row.role === "moderator" ? row.role : "member",
    level: LEVELS.find((level) => level === row.level) ?? "all",
    read: integer(row.read),
    place: integer(row.place),
    since: integer(row.since),
    first: integer(row.first),
    last: integer(row.last),
    edits: integer(row.edits),
    about: toAbout(row),
  };
}

function toAbout({ kind, title, archived, people }: DatabaseRow): RoomAbout {
  return {
    ...((kind === "private" || kind === "direct") && { kind }),
    ...(title !== "" && { title: string(title) }),
    ...(archived === 1 && { archived: true }),
    ...(people !== null && { people: string(people).split(" ") }),
  };
}

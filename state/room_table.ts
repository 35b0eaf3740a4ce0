import type { DatabaseSync, StatementSync } from "node:sqlite";
import { statementsOf } from "./lazy_statements.ts";
import {
  HISTORIES,
  NEW_ROOM,
  POSTING,
  ROOM_KINDS,
  type RoomInfo,
  type RoomSetting,
} from "../protocol/room_settings.ts";
import { type DatabaseRow, integer, string } from "./rows.ts";

/** A room that somebody makes. */
export interface NewRoom {
  /** The address. */
  readonly room: string;
  readonly kind: RoomInfo["kind"];
  readonly title: string;
  readonly topic: string;
  readonly history: RoomInfo["history"];
  /** The id of the person who makes it. */
  readonly by: string;
  /** The people of a direct room; see {@linkcode peopleKey}. */
  readonly people?: string;
  /** The time of the event, in ms since 1970. */
  readonly at: number;
}

/** Properties of a room that a room made by its first message does not have. */
export interface RoomDetails {
  readonly info?: RoomInfo;
  /** The id of the person who made it. */
  readonly creator?: string;
  /** The time of that, in ms since 1970. */
  readonly created?: number;
  /** The ids of the people of a direct room. */
  readonly people?: readonly string[];
}

/** A room as it is stored. */
export interface StoredRoom {
  /** The room's row. */
  readonly id: number;
  readonly room: string;
  readonly info: RoomInfo;
  /** The newest `seq`; 0 before the first message. */
  readonly last: number;
  /** The ids of the people of a direct room; empty for other rooms. */
  readonly people: readonly string[];
}

/** Every statement. Exported for the test that checks that each of them uses an index. */
export const ROOM_SQL = {
  room: "select * from room where name = ?",
  byId: "select * from room where id = ?",
  byPeople: "select name from room where people = ?",
  oldAddress: "select room from old_address where name = ?",
  reserve: "insert into old_address (name, room) values (?, ?)",
  retire: `
    insert into old_address (name, creator, created)
    select name, creator, created from room where id = ?
  `,
  unreserve: "update old_address set room = null where room = ?",
  add: `
    insert into room (name, kind, title, topic, history, creator, created, people)
    values (?, ?, ?, ?, ?, ?, ?, ?)
  `,
  newRooms: `
    select (
      select count(*) from room where creator = ?1 and created > ?2 and (kind = 'direct') = ?3
    ) + (
      select count(*) from old_address where creator = ?1 and created > ?2 and not ?3
    ) as count
  `,
  title: "update room set title = ?2 where id = ?1",
  topic: "update room set topic = ?2 where id = ?1",
  posting: "update room set posting = ?2 where id = ?1",
  guests: "update room set guests = ?2 where id = ?1",
  slow: "update room set slow = ?2 where id = ?1",
  archived: "update room set archived = ?2 where id = ?1",
  keepDays: "update room set keep_days = ?2 where id = ?1",
  forgetSends: "delete from last_send where room = ?",
  // A title that says no more than the address is not kept, and the new address says nothing.
  move: `
    update room set title = iif(title = '', name, title), name = ?2, kind = 'private' where id = ?1
  `,
  end: `
    update room set name = '!' || id, kind = 'deleted', people = null, creator = null,
      oldest = null, newest = null, minute = null
    where id = ?
  `,
  erase: "delete from room where id = ?",
  restore: `
    update room set kind = ?2, title = ?3, topic = ?4, posting = ?5, guests = ?6, slow = ?7,
      archived = ?8, keep_days = ?9, history = ?10, creator = ?11, created = ?12, people = ?13
    where id = ?1
  `,
  oldAddresses: `
    select old_address.name as address, room.name as room from old_address
    left join room on room.id = old_address.room where old_address.name > ?
    order by old_address.name limit 500
  `,
};

/** The rooms that are stored: those that somebody made, or wrote to. */
export class RoomTable {
  readonly #sql: { readonly [Name in keyof typeof ROOM_SQL]: StatementSync };

  constructor(db: DatabaseSync) {
    this.#sql = statementsOf(db, ROOM_SQL);
  }

  /** Returns the room at an address, or undefined. */
  of(room: string): StoredRoom | undefined {
    const row = this.#sql.room.get(room);
    return row && toRoom(row);
  }

  /** Returns whether an address may never be given to a room again: it was that of another one. */
  isReserved(room: string): boolean {
    return this.#sql.oldAddress.get(room) !== undefined;
  }

  /** Returns the room that had an address before it moved; undefined if none did, or if it is deleted. */
  movedFrom(room: string): StoredRoom | undefined {
    const moved = this.#sql.oldAddress.get(room)?.room;
    const row = typeof moved === "number" ? this.#sql.byId.get(moved) : undefined;
    return row && toRoom(row);
  }

  /** Returns the address of the direct room of people; see {@linkcode peopleKey}. */
  direct(people: string): string | undefined {
    const row = this.#sql.byPeople.get(people);
    return row && string(row.name);
  }

  /** Returns how many rooms, or direct rooms, a person has made since a time, in ms since 1970. */
  countNew(person: string, since: number, direct: boolean): number {
    return integer(this.#sql.newRooms.get(person, since, Number(direct))?.count);
  }

  /** Adds a room at an address that is free. Returns its row. */
  add({ room, kind, title, topic, history, by, people, at }: NewRoom): number {
    const values = [room, kind, title, topic, history, by, at, people ?? null];
    return Number(this.#sql.add.run(...values).lastInsertRowid);
  }

  /** Changes a setting. */
  set(id: number, { setting, value }: RoomSetting): void {
    this.#sql[setting].run(id, typeof value === "boolean" ? Number(value) : value);
    if (setting === "slow" && value === 0) this.#sql.forgetSends.run(id);
  }

  /** Makes a public room private at another address, and reserves the old one, which is the title of a room without. */
  move({ id, room }: StoredRoom, to: string): void {
    this.#sql.reserve.run(room, id);
    this.#sql.move.run(id, to);
  }

  /** Takes a room away from everyone, and reserves its address; the row and the messages stay until {@linkcode erase}. */
  end({ id }: StoredRoom): void {
    this.#sql.unreserve.run(id);
    this.#sql.retire.run(id);
    this.#sql.forgetSends.run(id);
    this.#sql.end.run(id);
  }

  /** Returns what is special about the room in a row. */
  details(row: DatabaseRow): RoomDetails {
    const { info, people } = toRoom(row);
    return {
      ...(JSON.stringify(info) !== JSON.stringify(NEW_ROOM) && { info }),
      ...(row.creator !== null && { creator: string(row.creator) }),
      ...(row.created !== null && { created: integer(row.created) }),
      ...(people.length > 0 && { people }),
    };
  }

  /** Gives a room that is there what is special about it. */
  restore(id: number, { info = NEW_ROOM, creator, created, people }: RoomDetails): void {
    this.#sql.restore.run(
      ...[id, info.kind, info.title, info.topic, info.posting, Number(info.guests), info.slow],
      ...[Number(info.archived), info.keepDays, info.history, creator ?? null, created ?? null],
      people === undefined ? null : peopleKey(people),
    );
  }

  /** Returns all addresses that no room may have again, with the present ones of rooms that have moved. */
  *oldAddresses(): Generator<{ readonly address: string; readonly room?: string }> {
    for (let rows, after = ""; (rows = this.#sql.oldAddresses.all(after)).length > 0;) {
      for (const { address, room } of rows) {
        after = string(address);
        yield { address: after, ...(typeof room === "string" && { room }) };
      }
    }
  }

  /** Reserves the address that a room had which is there now at another one, or which is deleted. */
  restoreAddress(address: string, room: string | undefined): void {
    this.#sql.reserve.run(address, room === undefined ? null : this.of(room)?.id ?? null);
  }

  /** Removes the row of a room that has ended and has no messages any more. */
  erase(id: number): void {
    this.#sql.erase.run(id);
  }
}

/** Returns the text by which a set of people has one direct room. */
export function peopleKey(people: Iterable<string>): string {
  return [...new Set(people)].sort(byCodeUnits).join(" ");
}

function byCodeUnits(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Returns the room in a row. */
function toRoom(row: DatabaseRow): StoredRoom {
  return {
    id: integer(row.id),
    room: string(row.name),
    info: toInfo(row),
    last: integer(row.last),
    people: row.people === null ? [] : string(row.people).split(" "),
  };
}

/** Returns the settings in a row of a room. */
export function toInfo(row: DatabaseRow): RoomInfo {
  return {
    kind: ROOM_KINDS.find((kind) => kind === row.kind) ?? "private",
    title: string(row.title),
    topic: string(row.topic),
    posting: POSTING.find((posting) => posting === row.posting) ?? "all",
    guests: row.guests === 1,
    slow: integer(row.slow),
    archived: row.archived === 1,
    keepDays: integer(row.keep_days),
    history: HISTORIES.find((history) => history === row.history) ?? "all",
  };
}

import type { DatabaseSync, StatementSync } from "node:sqlite";
import { nameKey } from "../protocol/names.ts";
import type { ListedRoom, RoomInfo } from "../protocol/mod.ts";
import { statementsOf } from "./lazy_statements.ts";
import { RoomPeople } from "./room_people.ts";
import { toInfo } from "./room_table.ts";
import { integer, string } from "./rows.ts";

/** The most rooms in one answer. */
const PAGE_ROOMS = 100;

/** The addresses of private and direct rooms that one answer looks at: some milliseconds of work. */
const HIDDEN_LOOKS = 5000;

/** Every statement. Exported for the test that checks that each of them uses an index. */
export const ROOM_DIRECTORY_SQL = {
  page: `
    select * from room where name > ?1 and name <= ?2 and kind = ?3 order by name limit ${PAGE_ROOMS}
  `,
  ahead: `
    select name from room where name > ?1 and name < ?2 order by name limit 1 offset ${
    HIDDEN_LOOKS - 1
  }
  `,
  some: "select count(*) as count from (select 1 from membership where room = ? limit ?)",
};

/** The members of a room that are counted each time. */
const FEW_MEMBERS = 200;

/**
 * The time for which the number of members of a larger room is remembered, in ms, and the most rooms of which it is: to
 * count a hundred rooms of ten thousand takes some 40 ms.
 */
const COUNTED_MS = 30_000;
const COUNTED_ROOMS = 10_000;

/** The characters of a hidden address that are enough to continue there: one in a million million begins with the same. */
const NEXT_LENGTH = 9;

/** Of those that hidden addresses have, in the order of the database. */
const FIRST_LETTER = "2";

/** The last address of a deleted room is before this one. */
const AFTER_DELETED = '"';

/** The addresses of private and direct rooms are between these. */
const [HIDDEN, AFTER_HIDDEN] = ["~", "\x7f"];

/** No address is after this one. */
const END = "\u{10ffff}";

/** Addresses that are looked at for an answer: those after `from`, up to `to`. */
interface AddressRange {
  readonly from: string;
  readonly to: string;
  /** Whether others follow that are not looked at. */
  readonly more?: boolean;
}

/** A page of the rooms of one kind. */
export interface DirectoryQuery {
  readonly kind: Exclude<RoomInfo["kind"], "direct">;
  /** Only rooms whose address, title or topic contains this. */
  readonly text: string;
  /** The address after which to begin. */
  readonly after: string;
}

/** The rooms that can be found. */
export class RoomDirectory {
  readonly #people: RoomPeople;
  readonly #sql: { readonly [Name in keyof typeof ROOM_DIRECTORY_SQL]: StatementSync };
  /** The members of large rooms, by the room's address, which no other room ever has; counted longest ago first. */
  readonly #counted = new Map<string, { readonly members: number; readonly until: number }>();
  readonly #now: () => number;

  /** @param now The time, in ms; by default that of the process. */
  constructor(db: DatabaseSync, now: () => number = () => performance.now()) {
    this.#now = now;
    this.#people = new RoomPeople(db);
    this.#sql = statementsOf(db, ROOM_DIRECTORY_SQL);
  }

  /** Returns a page of rooms, by address; `next` is there if more may follow. */
  page({ kind, text, after }: DirectoryQuery): { rooms: ListedRoom[]; next?: string } {
    const wanted = nameKey(text.trim());
    const rooms: ListedRoom[] = [];
    let [looks, characters] = [0, 0];
    const ranges = this.#ranges(kind, after);
    for (let [range, last] = [ranges.shift(), after]; range !== undefined;) {
      const rows = this.#sql.page.all(later(last, range.from), range.to, kind);
      for (const row of rows) {
        last = string(row.name);
        const { title, topic, archived } = toInfo(row);
        const text = `${last}\n${title}\n${topic}`;
        looks++;
        characters += wanted === "" ? 0 : text.length;
        if (contains(text, wanted)) {
          rooms.push({
            ...{ room: last, kind, title, topic, members: this.#count(last, integer(row.id)) },
            ...{ last: integer(row.last), at: integer(row.newest ?? 0), archived },
          });
        }
        // Looking through thousands of rooms at once would stop everyone else.
        const isEnough = rooms.length === PAGE_ROOMS || looks === MOST_LOOKS ||
          characters > MOST_CHARACTERS;
        if (isEnough) return { rooms, next: last };
      }
      if (rows.length === PAGE_ROOMS) continue;
      // It may be the address of a direct room, which nobody else learns.
      if (range.more) return { rooms, next: withoutEnd(range.to) };
      range = ranges.shift();
    }
    return { rooms };
  }

  /** Returns the number of members of a room, which may be a little old if there are many. */
  #count(room: string, id: number): number {
    const counted = this.#counted.get(room);
    if (counted !== undefined && this.#now() < counted.until) return counted.members;
    this.#counted.delete(room);
    const some = integer(this.#sql.some.get(id, FEW_MEMBERS + 1)?.count);
    if (some <= FEW_MEMBERS) return some;
    const members = this.#people.count(id);
    for (const oldest of this.#counted.keys()) {
      if (this.#counted.size < COUNTED_ROOMS) break;
      this.#counted.delete(oldest);
    }
    this.#counted.set(room, { members, until: this.#now() + COUNTED_MS });
    return members;
  }

  /** Returns the addresses to look at. No public room has one among those of hidden rooms, of which there may be very many. */
  #ranges(kind: DirectoryQuery["kind"], after: string): AddressRange[] {
    if (kind === "public") {
      return [{ from: AFTER_DELETED, to: HIDDEN }, { from: AFTER_HIDDEN, to: END }];
    }
    const ahead = this.#sql.ahead.get(later(after, HIDDEN), AFTER_HIDDEN);
    const to = ahead === undefined ? AFTER_HIDDEN : string(ahead.name);
    return [{ from: HIDDEN, to, more: ahead !== undefined }];
  }
}

/** Returns an address that is not after another one, and tells little of it. */
function withoutEnd(address: string): string {
  return address.slice(0, NEXT_LENGTH).padEnd(address.length, FIRST_LETTER);
}

function later(one: string, other: string): string {
  return one > other ? one : other;
}

/** The most rooms that are looked at for one answer. */
const MOST_LOOKS = 1000;

/** The characters of their texts: one that stands for 18 others takes as long to fold as some hundred. */
const MOST_CHARACTERS = 20_000;

function contains(text: string, wanted: string): boolean {
  return wanted === "" || nameKey(text).includes(wanted);
}

import type { DatabaseSync, StatementSync } from "node:sqlite";
import { nameKey } from "../protocol/names.ts";
import type { ListedRoom, RoomInfo } from "../protocol/mod.ts";
import { RoomPeople } from "./room_people.ts";
import { toInfo } from "./room_table.ts";
import { integer, string } from "./rows.ts";

/** The most rooms in one answer. */
const PAGE_ROOMS = 100;

/** Every statement. Exported for the test that checks that each of them uses an index. */
export const ROOM_DIRECTORY_SQL = {
  page: "select * from room where name > ?1 and kind = ?2 order by name limit ?3",
};

/** A page of the rooms of one kind. */
export interface DirectoryQuery {
  readonly kind: RoomInfo["kind"];
  /** Only rooms whose address, title or topic contains this. */
  readonly text: string;
  /** The address after which to begin. */
  readonly after: string;
}

/** The rooms that can be found. */
export class RoomDirectory {
  readonly #people: RoomPeople;
  readonly #page: StatementSync;

  constructor(db: DatabaseSync) {
    this.#people = new RoomPeople(db);
    this.#page = db.prepare(ROOM_DIRECTORY_SQL.page);
  }

  /** Returns a page of rooms, by address; `next` is there if more may follow. */
  page({ kind, text, after }: DirectoryQuery): { rooms: ListedRoom[]; next?: string } {
    const wanted = nameKey(text.trim());
    const rooms: ListedRoom[] = [];
    let [looks, characters] = [0, 0];
    for (let last = after;;) {
      const rows = this.#page.all(last, kind, PAGE_ROOMS);
      for (const row of rows) {
        last = string(row.name);
        const { title, topic, archived } = toInfo(row);
        const text = `${last}\n${title}\n${topic}`;
        looks++;
        characters += wanted === "" ? 0 : text.length;
        if (contains(text, wanted)) {
          rooms.push({
            ...{ room: last, kind, title, topic, members: this.#people.count(integer(row.id)) },
            ...{ last: integer(row.last), at: integer(row.newest ?? 0), archived },
          });
        }
        // Looking through thousands of rooms at once would stop everyone else.
        const isEnough = rooms.length === PAGE_ROOMS || looks === MOST_LOOKS ||
          characters > MOST_CHARACTERS;
        if (isEnough) return { rooms, next: last };
      }
      if (rows.length < PAGE_ROOMS) return { rooms };
    }
  }
}

/** The most rooms that are looked at for one answer. */
const MOST_LOOKS = 1000;

/** The characters of their texts: one that stands for 18 others takes as long to fold as some hundred. */
const MOST_CHARACTERS = 20_000;

function contains(text: string, wanted: string): boolean {
  return wanted === "" || nameKey(text).includes(wanted);
}

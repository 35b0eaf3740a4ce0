import { Buffer } from "node:buffer";
import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { NumberCipher } from "../../lib/number_cipher.ts";
import { keysOf } from "../../people/name_keys.ts";
import { foldRoom } from "../../protocol/addresses.ts";
import { type Message, REPLY_BYTES } from "../../protocol/mod.ts";
import { GUEST_PREFIX } from "../../protocol/names.ts";
import { parseQuery, type SearchQuery } from "../../protocol/query.ts";
import { foldText, type Phrase } from "../../protocol/words.ts";
import { StateHistory } from "../../state/history.ts";
import { IndexQueue } from "../../state/index_queue.ts";
import { MembershipTable } from "../../state/membership_table.ts";
import { Permissions } from "../../state/permissions.ts";
import { placesOf } from "../../state/places.ts";
import { integer, string } from "../../state/rows.ts";
import { KEYS } from "./indexer.ts";
import type { IndexFile } from "./index_file.ts";
import { VisibleRooms } from "./visible_rooms.ts";

/** The messages that the index is asked for at once. */
const ROWS = 64;

/**
 * The messages among which the first look is, from the newest on, and the most that one look has. A look can't be cut off:
 * words that are frequent and never meet cost some 2 ms in 100,000 messages.
 */
const FIRST_LOOK = 50_000;
const LARGEST_LOOK = 400_000;

/** The time that a look may take, in ms, if the next one is to be larger. */
const QUICK_MS = 20;

/** The rooms that were public once and are not for the person, at most, that a query of the index excludes. */
const LEFT_OUT = 200;

/** The authors with a name that a search considers, at most: those of guests with the same one are many. */
const AUTHORS = 50;

/** The statements of a search. Exported for the test that checks that each of them uses an index. */
export const FINDER_SQL = {
  message: `
    select message.room as room, room.name as name, seq, at from message
    join room on room.id = message.room where n = ?
  `,
  newest: "select coalesce(max(n), 0) as n from message",
  room: "select id from room where name = ?",
  madePrivate: "select room from old_address where room is not null limit ?",
  named: "select id from people where key = ?",
  author: "select id from author where person = ?",
  guests: "select id from author where person >= ?1 and person < ?1 || '{' limit ?2",
};

/** A search of a person. */
export interface Search {
  readonly person: string;
  readonly text: string;
  /** The most messages to find. */
  readonly limit: number;
  /** The `next` of a result. */
  readonly before?: string;
  /** See `SearchCommand`. */
  readonly offset?: number;
}

/** A page of results. */
export interface Found {
  /** Newest first. */
  readonly messages: readonly Message[];
  /** The position at which the search continues; absent at its end. */
  readonly next?: string;
}

/** A look for messages that are below one. */
interface Range {
  readonly low: number;
  readonly high: number;
}

/**
 * Finds messages. The index says which may have the words, in rooms that the person may read, newest first. Whether the
 * person may see a message is read from the data file, for each of them; and so is the message.
 */
export class Finder {
  readonly #index: IndexFile;
  readonly #history: StateHistory;
  readonly #permissions: Permissions;
  readonly #memberships: MembershipTable;
  readonly #queue: IndexQueue;
  readonly #places: NumberCipher;
  readonly #find: StatementSync;
  readonly #sql: { readonly [Name in keyof typeof FINDER_SQL]: StatementSync };

  /** @param data The data file, which is only read. */
  constructor(data: DatabaseSync, index: IndexFile) {
    this.#index = index;
    this.#history = new StateHistory(data);
    this.#permissions = new Permissions(data);
    this.#memberships = new MembershipTable(data);
    this.#queue = new IndexQueue(data);
    this.#places = placesOf(data, "search");
    this.#find = index.prepareFind();
    this.#sql = {
      message: data.prepare(FINDER_SQL.message),
      newest: data.prepare(FINDER_SQL.newest),
      room: data.prepare(FINDER_SQL.room),
      madePrivate: data.prepare(FINDER_SQL.madePrivate),
      named: data.prepare(FINDER_SQL.named),
      author: data.prepare(FINDER_SQL.author),
      guests: data.prepare(FINDER_SQL.guests),
    };
  }

  /**
   * Finds the newest messages, or those before a result, within about `ms` milliseconds: then it says where it stopped.
   *
   * @returns undefined if `before` is not the `next` of a result.
   */
  find({ person, text, limit, before, offset }: Search, ms: number): Found | undefined {
    const end = performance.now() + ms;
    const start = before === undefined ? Infinity : this.#places.read(before);
    if (start === undefined) return undefined;
    const query = parseQuery(text, offset);
    const match = this.#matchOf(query, person);
    if (match === undefined) return { messages: [] };
    const { low, high } = this.#index.range(query.since, query.until);
    const last = Math.min(high, start - 1, integer(this.#sql.newest.get()?.n));
    return this.#look({ person, query, match, limit, end }, { low, high: last });
  }

  #look(
    { person, query, match, limit, end }: {
      readonly person: string;
      readonly query: SearchQuery;
      readonly match: string;
      readonly limit: number;
      readonly end: number;
    },
    { low, high: last }: Range,
  ): Found {
    const visible = new VisibleRooms(this.#permissions, person);
    const messages: Message[] = [];
    const words = query.phrases.reduce((sum, { words }) => sum + words.length, 0);
    // In long messages that repeat a few words, each word of a phrase is compared thousands of times.
    let [size, bytes, oldest] = [Math.ceil(FIRST_LOOK / Math.max(words, 1)), 0, last + 1];
    for (let high = last; high >= low;) {
      const [bottom, start] = [Math.max(low, high - size + 1), performance.now()];
      const rows = this.#find.all(match, bottom, high, ROWS).map(({ message }) => integer(message));
      for (const message of rows) {
        const found = this.#read(message, query, visible);
        if (found !== undefined) {
          bytes += Buffer.byteLength(JSON.stringify(found)) + 1;
          const isFull = messages.length === limit || bytes > REPLY_BYTES;
          if (isFull && messages.length > 0) return this.#stopped(messages, oldest);
          messages.push(found);
        }
        oldest = message;
        if (performance.now() > end) return this.#stopped(messages, oldest);
      }
      if (performance.now() - start < QUICK_MS) size = Math.min(2 * size, LARGEST_LOOK);
      const isWhole = rows.length < ROWS;
      high = (isWhole ? bottom : oldest) - 1;
      if (isWhole) oldest = bottom;
      if (high >= low && performance.now() > end) return this.#stopped(messages, oldest);
    }
    return { messages };
  }

  #stopped(messages: readonly Message[], oldest: number): Found {
    return { messages, next: this.#places.print(oldest) };
  }

  /** Reads a message that may be found, if it is what it was when it was indexed, and the person may see it. */
  #read(n: number, { since, until }: SearchQuery, visible: VisibleRooms): Message | undefined {
    const row = this.#sql.message.get(n);
    if (row === undefined || this.#queue.has(n)) return undefined;
    const [room, seq, at] = [string(row.name), integer(row.seq), integer(row.at)];
    if (at < since || at >= until) return undefined;
    const from = visible.from(room);
    if (from === undefined || seq < from) return undefined;
    const page = { room, after: seq - 1, limit: 1, from, bytes: REPLY_BYTES };
    const [message] = this.#history.read(page).messages;
    return message?.seq === seq && message.deleted === undefined ? message : undefined;
  }

  /** Writes a query for the index; undefined if nothing can be found. */
  #matchOf(query: SearchQuery, person: string): string | undefined {
    const { phrases, from, rooms, hasFile, hasImage } = query;
    const isEmpty = phrases.length === 0 && from.length === 0 && rooms.length === 0 &&
      query.since === 0 && query.until === Infinity && !hasFile && !hasImage;
    if (isEmpty) return undefined;
    const authors = [...new Set(from.flatMap((name) => this.#authors(name, person)))];
    if (from.length > 0 && authors.length === 0) return undefined;
    const scope = rooms.length > 0 ? this.#roomsNamed(rooms, person) : this.#scope(person);
    if (scope.length === 0) return undefined;
    const parts = [
      anyOf(scope),
      ...(authors.length > 0 ? [anyOf(authors.map(KEYS.author))] : []),
      ...(hasFile ? [anyOf([KEYS.file])] : []),
      ...(hasImage ? [anyOf([KEYS.image])] : []),
      ...phrases.map(printPhrase),
    ];
    const all = `(${parts.join(" AND ")})`;
    const leftOut = rooms.length > 0 ? [] : this.#leftOut(person);
    return leftOut.length === 0 ? all : `${all} NOT ${anyOf(leftOut)}`;
  }

  /** The keys of public rooms, of all direct rooms of the person, and of the private ones that the person is in. */
  #scope(person: string): string[] {
    const rooms = this.#memberships.all(person)
      .filter(({ about: { kind } }) => kind === "private").map(({ roomId }) => roomId);
    return [KEYS.public, KEYS.direct(person), ...rooms.map(KEYS.room)];
  }

  /** The keys of rooms that were public when their messages were indexed, and are not for the person now. */
  #leftOut(person: string): string[] {
    const own = new Set(this.#memberships.all(person).map(({ roomId }) => roomId));
    return this.#sql.madePrivate.all(LEFT_OUT).map(({ room }) => integer(room))
      .filter((room) => !own.has(room)).map(KEYS.room);
  }

  /** The keys of the rooms that a person means: by an address, or by the title of one of the person's own. */
  #roomsNamed(names: readonly string[], person: string): string[] {
    const own = this.#memberships.all(person);
    const ids = names.flatMap((name) => {
      const address = name.replace(/^#/, "");
      const folded = foldRoom(address);
      const known = [address, folded].flatMap((room) => this.#roomAt(room, person) ?? []);
      const title = foldText(name);
      const titled = own.filter(({ about }) => foldText(about.title ?? "") === title);
      return [...known, ...titled.map(({ roomId }) => roomId)];
    });
    return [...new Set(ids)].map(KEYS.room);
  }

  #roomAt(room: string, person: string): number | undefined {
    const address = this.#permissions.movedTo(person, room) ?? room;
    if (!this.#permissions.mayRead(person, address)) return undefined;
    const row = this.#sql.room.get(address);
    return row && integer(row.id);
  }

  /** The authors that a person means: `me`, the one who has a name, or guests, by the names that the server gave. */
  #authors(given: string, person: string): number[] {
    const name = given.replace(/^@/, "");
    const people = new Set([name]);
    if (name.toLowerCase() === "me") people.add(person);
    for (const key of keysOf(name)) {
      const row = this.#sql.named.get(key);
      if (row !== undefined) people.add(string(row.id));
    }
    const known = [...people].flatMap((id) => {
      const row = this.#sql.author.get(id);
      return row === undefined ? [] : [integer(row.id)];
    });
    const beginning = name.toLowerCase().startsWith(GUEST_PREFIX)
      ? name.slice(GUEST_PREFIX.length).toLowerCase()
      : "";
    if (!/^[a-z0-9]{4}$/.test(beginning)) return known;
    return [...known, ...this.#sql.guests.all(beginning, AUTHORS).map(({ id }) => integer(id))];
  }
}

/** The words have no quotes in them. */
function printPhrase({ words, isOpen }: Phrase): string {
  return `"${words.join(" ")}"${isOpen ? "*" : ""}`;
}

function anyOf(keys: readonly string[]): string {
  return `(${keys.map((key) => `"${key}"`).join(" OR ")})`;
}

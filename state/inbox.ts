import { Buffer } from "node:buffer";
import type { DatabaseSync, StatementSync } from "node:sqlite";
import { seenFrom } from "../hub/seen_message.ts";
import { statementsOf } from "./lazy_statements.ts";
import { EVERYONE } from "../protocol/types.ts";
import type { Message } from "../protocol/mod.ts";
import { ChangeTable } from "./change_table.ts";
import { IgnoredTable } from "./ignored_table.ts";
import type { Permissions } from "./permissions.ts";
import { integer, string } from "./rows.ts";

/** Every statement. Exported for the test that checks that each of them uses an index. */
export const INBOX_SQL = {
  // One by one: a person may be mentioned very often in few rooms.
  nextRoom: `
    select mention.room as id, room.name as name
    from mention join room on room.id = mention.room
    where mention.person = ?1 and mention.room < ?2 order by mention.room desc limit 1
  `,
  nextReplied: `
    select reply.room as id, room.name as name
    from reply join room on room.id = reply.room
    where reply.author = ?1 and reply.room < ?2 order by reply.room desc limit 1
  `,
  // A join would look at all replies above the range, too.
  newestReply: `
    select seq, n, author from message where room = ?2 and seq = (
      select max(seq) from reply where author = ?1 and room = ?2 and seq between ?3 and ?4
    )
  `,
  newest: `
    select mention.seq as seq, message.n as n, message.author as author
    from mention join message on message.room = mention.room and message.seq = mention.seq
    where mention.person = ?1 and mention.room = ?2 and mention.seq between ?3 and ?4
    order by mention.seq desc limit 1
  `,
  author: "select id from author where person = ?",
  own: "select room, visible_from from membership where person = ? order by room desc",
  room: "select name from room where id = ?",
  range: "select first, last from room where id = ?",
  place: "select n from message where room = ? and seq = ?",
  top: "select max(n) as n from message",
};

/** The most mentions and replies that one answer looks at: those by people who are ignored are not in it. */
const LOOKS = 2_000;

/** The most rooms whose mentions are read, besides those of everyone in one's own, and whose replies are: the newest. */
const ROOMS = 400;

/**
 * The cursors that are kept while others are looked for: as many as an answer has messages, and again as many for those that
 * are not in it. A hub has thousands of clients that may all read.
 */
const KEPT = 100;

/** The mentions of a person, or of everyone, or the replies to one, in a room: the newest one that was not taken yet. */
interface Cursor {
  /** The person who is mentioned, or the row in `author` of the one who is replied to. */
  readonly about: string | number;
  readonly room: number;
  /** The first `seq` that the person may see. */
  readonly from: number;
  readonly seq: number;
  /** The place in the log of all rooms. */
  readonly n: number;
  readonly author: number;
}

/** The beginning of a {@linkcode Cursor}. */
type Start = Pick<Cursor, "about" | "room" | "from">;

/** The part of an inbox that is read. */
export interface InboxQuery {
  readonly person: string;
  /** The place in the log before which the messages are. */
  readonly before: number;
  readonly limit: number;
  /** The most bytes of the messages, as JSON; the first one is read even if it alone is larger. */
  readonly bytes: number;
}

/** What is read of an inbox. */
export interface InboxPage {
  readonly messages: Message[];
  /** The `before` for those that follow, if there may be more. */
  readonly next?: number;
}

/** The messages that mention people, or reply to theirs. */
export class Inbox {
  readonly #changes: ChangeTable;
  readonly #ignored: IgnoredTable;
  readonly #permissions: Permissions;
  readonly #sql: { readonly [Name in keyof typeof INBOX_SQL]: StatementSync };

  constructor(db: DatabaseSync, permissions: Permissions) {
    this.#changes = new ChangeTable(db);
    this.#ignored = new IgnoredTable(db);
    this.#permissions = permissions;
    this.#sql = statementsOf(db, INBOX_SQL);
  }

  /**
   * Reads messages that mention a person, or everyone in a room of theirs, or reply to one of theirs, newest first: those
   * that the person may read now, and of nobody whom the person ignores. Guests have none.
   *
   * It may take long, so it yields after each room and message that it has looked at, and the state may change there.
   */
  *read({ person, before, limit, bytes }: InboxQuery): Generator<void, InboxPage, void> {
    if (!this.#permissions.mayBecomeMember(person)) return { messages: [] };
    const own = integer(this.#sql.author.get(person)?.id ?? 0);
    // What is sent meanwhile is in none of the rooms.
    const end = Math.min(before, integer(this.#sql.top.get()?.n ?? 0) + 1);
    const { cursors, rest } = yield* this.#newestCursors(person, own, end);
    const ignored = this.#ignored.authors(person);
    const found: Cursor[] = [];
    let next = end;
    for (let looks = 0; cursors.length > 0; looks++) {
      const cursor = cursors.reduce((one, other) => other.n > one.n ? other : one);
      // In a room that was not kept, there may be a newer one.
      if (cursor.n < rest || found.length === limit || looks === LOOKS) {
        return this.#page(person, found, bytes, next);
      }
      // A message that mentions the person and everyone, or replies as well, is one.
      const isNew = cursor.n < next && cursor.author !== own && !ignored.has(cursor.author);
      if (isNew) found.push(cursor);
      next = cursor.n;
      const following = this.#newest(cursor, cursor.seq - 1);
      if (following) cursors[cursors.indexOf(cursor)] = following;
      else cursors.splice(cursors.indexOf(cursor), 1);
      yield;
    }
    return this.#page(person, found, bytes, rest > 0 ? next : undefined);
  }

  /** Reads the messages that were found, as far as the person may still read them. */
  #page(
    person: string,
    found: readonly Cursor[],
    bytes: number,
    next: number | undefined,
  ): InboxPage {
    const messages: Message[] = [];
    let [size, last] = [0, 0];
    for (const { room, seq, n } of found) {
      // Its address may be another one by now.
      const name = this.#sql.room.get(room)?.name;
      const view = name === undefined ? undefined : this.#permissions.viewOf(person, string(name));
      if (view === undefined || seq < view.from) continue;
      const message = this.#changes.message(room, string(name), seq);
      if (message === undefined || message.deleted !== undefined) continue;
      size += Buffer.byteLength(JSON.stringify(message)) + 1;
      if (size > bytes && messages.length > 0) return { messages, next: last };
      messages.push(seenFrom(message, view.from));
      last = n;
    }
    return next === undefined ? { messages } : { messages, next };
  }

  /**
   * Returns where the newest mentions of a person, and of everyone in the person's rooms, and the replies begin before a
   * place in the log.
   *
   * @returns `rest`: the place of the newest one in all other rooms; 0 if there is none.
   */
  *#newestCursors(
    person: string,
    own: number,
    before: number,
  ): Generator<void, { cursors: Cursor[]; rest: number }, void> {
    let cursors: Cursor[] = [];
    let rest = 0;
    for (const start of this.#starts(person, own)) {
      const cursor = start && this.#lastBefore(start, before);
      if (cursor && cursor.n >= rest) cursors.push(cursor);
      if (cursors.length === 2 * KEPT) {
        cursors.sort((one, other) => other.n - one.n);
        rest = cursors[KEPT]?.n ?? 0;
        cursors = cursors.slice(0, KEPT);
      }
      yield;
    }
    return { cursors, rest };
  }

  /** Yields the rooms of an inbox; undefined for one that the person may not read. */
  *#starts(person: string, own: number): Generator<Start | undefined, void, void> {
    for (const about of [person, ...(own === 0 ? [] : [own])]) {
      const next = typeof about === "string" ? this.#sql.nextRoom : this.#sql.nextReplied;
      let room = Number.MAX_SAFE_INTEGER;
      for (let count = 0; count < ROOMS; count++) {
        const row = next.get(about, room);
        if (row === undefined) break;
        room = integer(row.id);
        const from = this.#permissions.visibleFrom(person, string(row.name));
        yield from === undefined ? undefined : { about, room, from };
      }
    }
    for (const row of this.#sql.own.all(person)) {
      yield { about: EVERYONE, room: integer(row.room), from: integer(row.visible_from) };
    }
  }

  /** Returns the newest one of a room that stands before a place in the log. */
  #lastBefore(start: Start, before: number): Cursor | undefined {
    const newest = this.#newest(start, Number.MAX_SAFE_INTEGER);
    if (newest === undefined || newest.n < before) return newest;
    return this.#newest(start, this.#seqBefore(start.room, before));
  }

  #newest({ about, room, from }: Start, last: number): Cursor | undefined {
    const sql = typeof about === "string" ? this.#sql.newest : this.#sql.newestReply;
    const row = sql.get(about, room, from, last);
    if (row === undefined) return undefined;
    const [seq, n, author] = [integer(row.seq), integer(row.n), integer(row.author)];
    return { about, room, from, seq, n, author };
  }

  /** Returns the newest `seq` of a room that stands before a place in the log; 0 if none does. */
  #seqBefore(room: number, before: number): number {
    const row = this.#sql.range.get(room);
    if (row === undefined) return 0;
    let [low, high] = [integer(row.first) - 1, integer(row.last)];
    // Both ascend together.
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      const n = this.#sql.place.get(room, middle)?.n;
      if (n === undefined || integer(n) < before) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}

import { Buffer } from "node:buffer";
import type { DatabaseSync, StatementSync } from "node:sqlite";
import { seenFrom } from "../hub/seen_message.ts";
import { statementsOf } from "./lazy_statements.ts";
import { EVERYONE } from "../protocol/types.ts";
import type { Message } from "../protocol/mod.ts";
import { ChangeTable } from "./change_table.ts";
import { IgnoredTable } from "./ignored_table.ts";
import { MembershipTable } from "./membership_table.ts";
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
  range: "select first, last from room where id = ?",
  place: "select n from message where room = ? and seq = ?",
};

/** The most mentions and replies that one answer looks at: those by people who are ignored are not in it. */
const LOOKS = 2_000;

/** The most rooms whose mentions are read, besides those of everyone in one's own, and whose replies are: the newest. */
const ROOMS = 400;

/** The mentions of a person, or of everyone, or the replies to one, in a room: the newest one that was not taken yet. */
interface Cursor {
  /** The person who is mentioned, or the row in `author` of the one who is replied to. */
  readonly about: string | number;
  readonly room: number;
  readonly name: string;
  /** The first `seq` that the person may see. */
  readonly from: number;
  readonly seq: number;
  /** The place in the log of all rooms. */
  readonly n: number;
  readonly author: number;
}

/** The part of an inbox that is read. */
export interface InboxQuery {
  readonly person: string;
  /** The place in the log before which the messages are. */
  readonly before: number;
  readonly limit: number;
  /** The most bytes of the messages, as JSON; the first one is read even if it alone is larger. */
  readonly bytes: number;
}

/** The messages that mention people, or reply to theirs. */
export class Inbox {
  readonly #changes: ChangeTable;
  readonly #ignored: IgnoredTable;
  readonly #memberships: MembershipTable;
  readonly #permissions: Permissions;
  readonly #sql: { readonly [Name in keyof typeof INBOX_SQL]: StatementSync };

  constructor(db: DatabaseSync, permissions: Permissions) {
    this.#changes = new ChangeTable(db);
    this.#ignored = new IgnoredTable(db);
    this.#memberships = new MembershipTable(db);
    this.#permissions = permissions;
    this.#sql = statementsOf(db, INBOX_SQL);
  }

  /**
   * Reads messages that mention a person, or everyone in a room of theirs, or reply to one of theirs, newest first: those
   * that the person may read now, and of nobody whom the person ignores. Guests have none.
   *
   * @returns `next`: the `before` for those that follow, if there may be more.
   */
  read({ person, before, limit, bytes }: InboxQuery): {
    readonly messages: Message[];
    readonly next?: number;
  } {
    if (!this.#permissions.mayBecomeMember(person)) return { messages: [] };
    const own = integer(this.#sql.author.get(person)?.id ?? 0);
    const cursors = this.#cursors(person, own, before);
    const ignored = this.#ignored.authors(person);
    const messages: Message[] = [];
    let [size, next] = [0, before];
    for (let looks = 0; cursors.length > 0; looks++) {
      const cursor = cursors.reduce((one, other) => other.n > one.n ? other : one);
      if (messages.length === limit || looks === LOOKS) return { messages, next };
      // A message that mentions the person and everyone, or replies as well, is one.
      const isNew = cursor.n < next && cursor.author !== own && !ignored.has(cursor.author);
      const message = isNew
        ? this.#changes.message(cursor.room, cursor.name, cursor.seq)
        : undefined;
      if (message !== undefined) {
        size += Buffer.byteLength(JSON.stringify(message)) + 1;
        if (size > bytes && messages.length > 0) return { messages, next };
        messages.push(seenFrom(message, cursor.from));
      }
      next = cursor.n;
      const following = this.#newest(cursor, cursor.seq - 1);
      if (following) cursors[cursors.indexOf(cursor)] = following;
      else cursors.splice(cursors.indexOf(cursor), 1);
    }
    return { messages };
  }

  /**
   * Returns where the mentions of a person, and of everyone in the person's rooms, and the replies begin before a place in
   * the log.
   */
  #cursors(person: string, own: number, before: number): Cursor[] {
    const cursors: Cursor[] = [];
    const add = (start: Pick<Cursor, "about" | "room" | "name" | "from">) => {
      const cursor = this.#newest(start, this.#lastBefore(start.room, before));
      if (cursor) cursors.push(cursor);
    };
    for (const about of [person, ...(own === 0 ? [] : [own])]) {
      const next = typeof about === "string" ? this.#sql.nextRoom : this.#sql.nextReplied;
      let room = Number.MAX_SAFE_INTEGER;
      for (let count = 0; count < ROOMS; count++) {
        const row = next.get(about, room);
        if (row === undefined) break;
        const name = string(row.name);
        room = integer(row.id);
        const view = this.#permissions.viewOf(person, name);
        if (view) add({ about, room, name, from: view.from });
      }
    }
    for (const { roomId, room, from } of this.#memberships.all(person)) {
      add({ about: EVERYONE, room: roomId, name: room, from });
    }
    return cursors;
  }

  #newest(
    { about, room, name, from }: Pick<Cursor, "about" | "room" | "name" | "from">,
    last: number,
  ): Cursor | undefined {
    const sql = typeof about === "string" ? this.#sql.newest : this.#sql.newestReply;
    const row = sql.get(about, room, from, last);
    if (row === undefined) return undefined;
    const [seq, n, author] = [integer(row.seq), integer(row.n), integer(row.author)];
    return { about, room, name, from, seq, n, author };
  }

  /** Returns the newest `seq` of a room that stands before a place in the log; 0 if none does. */
  #lastBefore(room: number, before: number): number {
    const row = this.#sql.range.get(room);
    if (row === undefined) return 0;
    let [low, high] = [integer(row.first) - 1, integer(row.last)];
    if (before === Infinity) return high;
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

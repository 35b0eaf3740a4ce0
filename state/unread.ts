import type { DatabaseSync, StatementSync } from "node:sqlite";
import { statementsOf } from "./lazy_statements.ts";
import { TokenBucket } from "../lib/token_bucket.ts";
import { EVERYONE } from "../protocol/types.ts";
import { MentionTable, UNREAD_LIMIT } from "./mention_table.ts";
import { IgnoredTable } from "./ignored_table.ts";
import { ReplyTable } from "./reply_table.ts";
import type { StoredMembership } from "./membership_table.ts";
import { integer } from "./rows.ts";

/** The newest messages of a room whose authors are remembered. */
const TAIL = 256;

/** The rooms whose newest authors are remembered: 2 MB. */
const ROOMS = 2000;

/** The most messages after a marker that are looked at, if most of them are the person's own. */
const READ_ROWS = 2000;

/** The newest mentions, and replies, of a room whose authors are looked at, and those when very many are. */
const READ_MENTIONS = 200;
const FEW_MENTIONS = 10;

/**
 * The messages that are looked at in these ways per second, and at once, for all people: some milliseconds of work.
 * Somebody whose own messages are unread in 200 rooms would else stop everyone for a quarter of a second with each
 * connection.
 */
const LOOKS = { rate: 20_000, burst: 20_000 };

/** The author of a deleted message, which nobody has to read. */
const NOBODY = -1;

/** Every statement. Exported for the test that checks that each of them uses an index. */
export const UNREAD_SQL = {
  author: "select id from author where person = ?",
  mentioned: "select max(seq) as seq from mention where room = ?",
  replied: "select max(seq) as seq from reply where room = ?",
  authors: "select seq, author from message where room = ?1 and seq > ?2 order by seq limit ?3",
  // Those who have deleted a message have written nothing there.
  remaining: `
    select message.seq as seq, iif(change.deleted is null, message.author, ${NOBODY}) as author
    from message left join change on change.room = message.room and change.seq = message.seq
    where message.room = ?1 and message.seq > ?2 order by message.seq limit ?3
  `,
};

/** The remembered newest messages of a room. */
interface Tail {
  /** The authors of its newest messages, by `seq` modulo {@linkcode TAIL}. */
  readonly authors: Int32Array;
  /** The newest message that mentions somebody; 0 if there is none. */
  mentioned: number;
  /** The newest message that replies to one; 0 if there is none. */
  replied: number;
  last: number;
  /** The number of edits and deletions in the room that it takes into account. */
  edits: number;
}

/** The messages that a member has not read. */
export interface Unread {
  /** The number of messages of others, at most {@linkcode UNREAD_LIMIT}. */
  readonly unread: number;
  /** The number of those that mention the person, or reply to one of theirs, at most {@linkcode UNREAD_LIMIT}. */
  readonly mentions: number;
}

/** A person whose unread messages are counted. */
export interface Reader {
  /** The person's row in `author`, by which their own messages are known; 0 before the first. */
  readonly author: number;
  /** The rows in `author` of those whom the person ignores; undefined if there are none. */
  readonly ignored: ReadonlySet<number> | undefined;
}

const NONE: Unread = { unread: 0, mentions: 0 };

/**
 * Counts what members have not read. Messages don't know who has read them, and no row is written for a reader: a
 * room is counted when it is asked for, from the authors of its newest messages, which stay in memory. If these are
 * mostly the person's own, the first messages after the marker are read, until 100 of others are found; unless very
 * many are read in this way.
 */
export class UnreadCounter {
  readonly #mentions: MentionTable;
  readonly #ignored: IgnoredTable;
  readonly #replies: ReplyTable;
  readonly #sql: { readonly [Name in keyof typeof UNREAD_SQL]: StatementSync };
  /** The tails by the room's address, which no other room ever has; the one longest not asked for first. */
  readonly #tails = new Map<string, Tail>();
  readonly #looks = new TokenBucket(LOOKS);
  readonly #now: () => number;

  /** @param now The time, in ms; by default that of the process. */
  constructor(db: DatabaseSync, now: () => number = () => performance.now()) {
    this.#now = now;
    this.#mentions = new MentionTable(db);
    this.#ignored = new IgnoredTable(db);
    this.#replies = new ReplyTable(db);
    this.#sql = statementsOf(db, UNREAD_SQL);
  }

  /** Returns what is to be known of a person whose unread messages are counted. */
  readerOf(person: string): Reader {
    const author = integer(this.#sql.author.get(person)?.id ?? 0);
    const ignored = this.#ignored.authors(person);
    return { author, ignored: ignored.size > 0 ? ignored : undefined };
  }

  /** Counts what is unread for a member; what somebody wrote whom the member ignores is not. */
  count(membership: StoredMembership, reader: Reader): Unread {
    const { read, from, first, last } = membership;
    const seen = Math.max(read, from - 1, first - 1);
    if (seen >= last) return NONE;
    const tail = this.#tailOf(membership);
    const unread = this.#count(tail, membership, reader, seen);
    const mentions = (tail.mentioned <= seen ? 0 : this.#countMentions(membership, reader, seen)) +
      (tail.replied <= seen ? 0 : this.#countReplies(membership, reader, seen));
    return { unread, mentions: Math.min(mentions, UNREAD_LIMIT) };
  }

  #countMentions({ roomId, person }: StoredMembership, reader: Reader, seen: number): number {
    const byOthers = (whom: string) =>
      this.#countOthers(reader, (limit) => this.#mentions.authors(roomId, seen, whom, limit));
    // Nobody mentions themselves by name.
    const own = reader.ignored === undefined
      ? this.#mentions.count(roomId, seen, person)
      : byOthers(person);
    return own + byOthers(EVERYONE);
  }

  #countReplies({ roomId, person }: StoredMembership, reader: Reader, seen: number): number {
    return this.#countOthers(
      reader,
      (limit) => this.#replies.authors(roomId, seen, person, reader.author, limit),
    );
  }

  /** Counts messages by people whom the reader does not ignore, of the newest ones of some sort. */
  #countOthers({ author, ignored }: Reader, newest: (limit: number) => number[]): number {
    const limit = this.#looks.take(this.#now()) > 0 ? FEW_MENTIONS : READ_MENTIONS;
    const authors = newest(limit);
    if (limit === READ_MENTIONS) this.#looks.charge(authors.length);
    return authors.filter((by) => by !== author && !ignored?.has(by)).length;
  }

  #count(tail: Tail, membership: StoredMembership, reader: Reader, seen: number): number {
    const { last } = membership;
    const start = Math.max(seen, last - TAIL);
    const { author, ignored } = reader;
    let count = 0;
    for (let seq = start + 1; seq <= last && count < UNREAD_LIMIT; seq++) {
      const by = tail.authors[seq % TAIL] ?? 0;
      if (by !== author && by !== NOBODY && !ignored?.has(by)) count++;
    }
    if (start === seen || count === UNREAD_LIMIT) return count;
    return this.#looks.take(this.#now()) > 0 ? count : this.#countRows(membership, reader, seen);
  }

  #countRows(
    { roomId, edits }: StoredMembership,
    { author, ignored }: Reader,
    seen: number,
  ): number {
    let count = 0;
    const rows = this.#authors(edits).all(roomId, seen, READ_ROWS);
    this.#looks.charge(rows.length);
    for (const row of rows) {
      if (row.author === author || row.author === NOBODY || ignored?.has(integer(row.author))) {
        continue;
      }
      if (++count === UNREAD_LIMIT) break;
    }
    return count;
  }

  /** Returns the statement that reads the authors of a room's messages. Of most rooms nothing was ever deleted. */
  #authors(edits: number): StatementSync {
    return edits === 0 ? this.#sql.authors : this.#sql.remaining;
  }

  /** Returns the tail of a room, up to its newest message. */
  #tailOf({ room, roomId, last, edits }: StoredMembership): Tail {
    const tail = this.#tails.get(room) ??
      { authors: new Int32Array(TAIL), mentioned: 0, replied: 0, last: 0, edits };
    if (tail.edits !== edits) tail.last = 0;
    tail.edits = edits;
    const after = Math.max(tail.last, last - TAIL);
    if (after < last) {
      for (const { seq, author } of this.#authors(edits).all(roomId, after, TAIL)) {
        tail.authors[integer(seq) % TAIL] = integer(author);
      }
      tail.mentioned = integer(this.#sql.mentioned.get(roomId)?.seq ?? 0);
      tail.replied = integer(this.#sql.replied.get(roomId)?.seq ?? 0);
      tail.last = last;
    }
    this.#tails.delete(room);
    this.#tails.set(room, tail);
    if (this.#tails.size > ROOMS) {
      for (const oldest of this.#tails.keys()) {
        this.#tails.delete(oldest);
        break;
      }
    }
    return tail;
  }
}

/**
 * The message log in one SQLite file.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import type { SQLOutputValue, StatementSync } from "node:sqlite";
import { Channel } from "../lib/channel.ts";
import type { Draft, Entry, MessageLog, Page, PageQuery, RoomSummary } from "../hub/message_log.ts";
import type { Message } from "../protocol/mod.ts";
import type { Store } from "./database.ts";

/** How a {@linkcode SqliteLog} keeps its history. */
export interface SqliteLogOptions {
  /** Messages sent longer ago are deleted, in days; 0 keeps them for ever. */
  readonly keepDays?: number;
  /** The time, in milliseconds since 1970. */
  readonly now?: () => number;
}

const DAY_MS = 24 * 60 * 60 * 1000;
/** Deleted in one step: what takes a few milliseconds. */
const PRUNE_MESSAGES = 200;
/** Between two steps while there is more to delete. */
const PRUNE_PAUSE_MS = 50;
/** Between two looks at whether something has become too old. */
const PRUNE_INTERVAL_MS = 60_000;
/** Between two looks at whether a disk that failed can be written again. */
const PROBE_INTERVAL_MS = 1000;

/** What {@linkcode toMessage} reads. SQLite hands a text out up to its first NUL, bytes whole. */
export const COLUMNS = `
  message.place & 0xffffffff as seq, message.id, message.at, author.person, message.name,
  iif(instr(message.text, char(0)), cast(message.text as blob), message.text) as text
`;

/** Every statement of the log. Exported for the test that sees each of them use an index. */
export const SQL = {
  room: "select id, first, last, oldest from room where name = ?",
  addRoom: "insert into room (name) values (?)",
  beginRoom: "update room set oldest = ? where id = ?",
  growRoom: "update room set last = ?, newest = ? where id = ?",
  author: "select id from author where person = ?",
  addAuthor: "insert into author (person) values (?)",
  add: `
    insert into message (place, room, author, id, at, name, text)
    values (?1 << 32 | ?2, ?1, ?3, ?4, ?5, ?6, ?7)
    on conflict (id, author, room) do nothing
  `,
  original: `
    select ${COLUMNS} from message join author on author.id = message.author
    where message.id = ?3 and message.author = ?1 and message.room = ?2
  `,
  oldest: `
    select ${COLUMNS} from message join author on author.id = message.author
    where place between ?1 << 32 | ?2 and ?1 << 32 | ?3 order by place limit ?4
  `,
  newest: `
    select ${COLUMNS} from message join author on author.id = message.author
    where place between ?1 << 32 | ?2 and ?1 << 32 | ?3 order by place desc limit ?4
  `,
  rooms: `
    select name, last, newest from room where oldest is not null
    order by newest desc limit ?
  `,
  roomCount: "select count(*) as count from room where oldest is not null",
  prunable: "select id, first, last from room where oldest < ? order by oldest limit 1",
  aged: `
    select place & 0xffffffff as seq, at from message
    where place between ?1 << 32 | ?2 and ?1 << 32 | ?3 order by place limit ?4
  `,
  remove: "delete from message where place between ?1 << 32 | ?2 and ?1 << 32 | ?3",
  shrinkRoom: "update room set first = ?, oldest = ? where id = ?",
  probe: "update store set id = id",
};

type Timer = ReturnType<typeof setTimeout>;

type Statements = { readonly [Name in keyof typeof SQL]: StatementSync };

/** A room as a batch finds it, and as it leaves it. */
interface RoomTail {
  readonly id: number;
  last: number;
  /** Whether no message of it is kept. */
  empty: boolean;
  /** When the last message was sent; undefined until the batch writes one. */
  newest?: number;
}

/**
 * The log in a {@linkcode Store}, which has to outlive it and which nobody else may write messages
 * to. It writes in the thread of its caller: to and from a worker takes longer than a commit does
 * on an ordinary disk.
 *
 * It keeps no counter in memory: a batch reads them in its own transaction, so one that fails
 * leaves nothing to put right.
 */
export class SqliteLog<Origin = unknown> implements MessageLog<Origin> {
  /** Unbounded: who appends is bounded, and every draft's fate must come out. */
  readonly #entries = new Channel<Entry<Origin>[]>({ capacity: Infinity });
  readonly #store: Store;
  readonly #sql: Statements;
  readonly #keepMs: number;
  readonly #now: () => number;
  #healthy = true;
  #roomCount = 0;
  #roomsChanged = true;
  #probeTimer: Timer | undefined;
  #pruneTimer: Timer | undefined;

  constructor(store: Store, { keepDays = 0, now = Date.now }: SqliteLogOptions = {}) {
    this.#store = store;
    this.#sql = prepare(store);
    this.#keepMs = keepDays * DAY_MS;
    this.#now = now;
    if (keepDays > 0) this.#pruneIn(0);
  }

  get entries(): AsyncIterable<Entry<Origin>[]> {
    return this.#entries;
  }

  append(drafts: readonly Draft<Origin>[]): void {
    if (drafts.length === 0) return;
    try {
      this.#entries.trySend(this.#store.transaction(() => this.#write(drafts)));
      this.#healthy = true;
    } catch (thrown) {
      const error = toError(thrown);
      this.#entries.trySend(drafts.map((draft) => ({ type: "failed", draft, error })));
      this.#healthy = false;
      this.#probeLater();
    }
  }

  #write(drafts: readonly Draft<Origin>[]): Entry<Origin>[] {
    const rooms = new Map<string, RoomTail>();
    const authors = new Map<string, number>();
    const entries = drafts.map((draft): Entry<Origin> => {
      try {
        const room = getOrMake(rooms, draft.room, (name) => this.#room(name));
        const author = getOrMake(authors, draft.user.id, (person) => this.#author(person));
        return this.#writeOne(draft, room, author);
      } catch (thrown) {
        const error = toError(thrown);
        // A draft that fits into no row fails alone; whatever else goes wrong is the disk's.
        if (!isAboutValues(error)) throw error;
        return { type: "failed", draft, error };
      }
    });
    for (const { id, last, newest } of rooms.values()) {
      if (newest !== undefined) this.#sql.growRoom.run(last, newest, id);
    }
    return entries;
  }

  #writeOne(draft: Draft<Origin>, room: RoomTail, author: number): Entry<Origin> {
    const { id, user: { id: person, name }, at, origin } = draft;
    const seq = room.last + 1;
    // UTF-8 has no lone surrogates: what is told now is what will be read later.
    const text = draft.text.toWellFormed();
    if (this.#sql.add.run(room.id, seq, author, id, at, name, text).changes === 0) {
      const original = this.#sql.original.get(author, room.id, id);
      return { type: "duplicate", message: toMessage(draft.room, original), origin };
    }
    if (room.empty) {
      this.#sql.beginRoom.run(at, room.id);
      room.empty = false;
      this.#roomsChanged = true;
    }
    room.newest = at;
    room.last = seq;
    const message = { room: draft.room, seq, id, user: { id: person, name }, text, at };
    return { type: "message", message, origin };
  }

  #room(name: string): RoomTail {
    const row = this.#sql.room.get(name);
    if (row === undefined) {
      return { id: Number(this.#sql.addRoom.run(name).lastInsertRowid), last: 0, empty: true };
    }
    return { id: integer(row.id), last: integer(row.last), empty: row.oldest === null };
  }

  #author(person: string): number {
    const row = this.#sql.author.get(person);
    return row ? integer(row.id) : Number(this.#sql.addAuthor.run(person).lastInsertRowid);
  }

  read(query: PageQuery): Promise<Page> {
    return Promise.try(() => this.#read(query));
  }

  #read({ room, after, before, limit, bytes }: PageQuery): Page {
    const row = this.#sql.room.get(room);
    if (row === undefined) return { first: 1, last: 0, messages: [], more: false };
    const [id, first, last] = [integer(row.id), integer(row.first), integer(row.last)];
    const from = Math.max(first, (after ?? 0) + 1);
    const to = Math.min(last, (before ?? Infinity) - 1);
    const nearest = after === undefined ? this.#sql.newest : this.#sql.oldest;
    const messages: Message[] = [];
    let size = 0;
    // Row by row, though `all` is quicker: of large messages few are read for many that fit in.
    for (const row of from > to ? [] : nearest.iterate(id, from, to, limit)) {
      const message = toMessage(room, row);
      size += Buffer.byteLength(JSON.stringify(message)) + 1;
      if (size > bytes && messages.length > 0) break;
      messages.push(message);
    }
    if (after === undefined) messages.reverse();
    return { first, last, messages, more: messages.length < to - from + 1 };
  }

  rooms(limit: number): Promise<RoomSummary[]> {
    return Promise.try(() =>
      this.#sql.rooms.all(limit).map(({ name, last, newest }) => ({
        room: string(name),
        last: integer(last),
        at: integer(newest),
      }))
    );
  }

  get roomCount(): number {
    if (this.#roomsChanged) {
      try {
        this.#roomCount = integer(this.#sql.roomCount.get()?.count);
        this.#roomsChanged = false;
      } catch {
        // A disk that can't be read for a moment is no reason to know less than before.
      }
    }
    return this.#roomCount;
  }

  get healthy(): boolean {
    return this.#healthy;
  }

  /** Without it a server that is sent no messages, being unhealthy, would never be well again. */
  #probeLater(): void {
    clearTimeout(this.#probeTimer);
    this.#probeTimer = setTimeout(() => {
      try {
        this.#store.transaction(() => this.#sql.probe.run());
        this.#healthy = true;
      } catch {
        this.#probeLater();
      }
    }, PROBE_INTERVAL_MS);
  }

  #pruneIn(ms: number): void {
    this.#pruneTimer = setTimeout(() => {
      let more = false;
      try {
        more = this.prune();
      } catch {
        // Nothing was deleted; a disk that fails shows in `healthy` with the next message.
      }
      this.#pruneIn(more ? PRUNE_PAUSE_MS : PRUNE_INTERVAL_MS);
    }, ms);
  }

  /**
   * Deletes some of what is older than the log keeps, from the oldest on and never past a message
   * that is young enough, so that a room's history has no holes. The log does this by itself.
   *
   * @returns whether there may be more to delete.
   */
  prune(): boolean {
    if (this.#keepMs === 0) return false;
    const cutoff = this.#now() - this.#keepMs;
    const room = this.#sql.prunable.get(cutoff);
    if (room === undefined) return false;
    const [id, first, last] = [integer(room.id), integer(room.first), integer(room.last)];
    this.#store.transaction(() => {
      const rows = this.#sql.aged.all(id, first, last, PRUNE_MESSAGES + 1);
      const young = rows.findIndex(({ at }) => integer(at) >= cutoff);
      const count = young >= 0 ? young : Math.min(rows.length, PRUNE_MESSAGES);
      const next = rows[count];
      this.#sql.remove.run(id, first, first + count - 1);
      this.#sql.shrinkRoom.run(first + count, next ? integer(next.at) : null, id);
      if (next === undefined) this.#roomsChanged = true;
    });
    return true;
  }

  [Symbol.asyncDispose](): Promise<void> {
    clearTimeout(this.#probeTimer);
    clearTimeout(this.#pruneTimer);
    this.#entries.close();
    return Promise.resolve();
  }
}

function prepare({ db }: Store): Statements {
  const prepared = Object.entries(SQL).map(([name, sql]) => [name, db.prepare(sql)]);
  // `fromEntries` forgets the names, which are those of SQL.
  return Object.fromEntries(prepared) as Statements;
}

function getOrMake<K, V>(map: Map<K, V>, key: K, make: (key: K) => V): V {
  let value = map.get(key);
  if (value === undefined) map.set(key, value = make(key));
  return value;
}

/** The message in a row of {@linkcode COLUMNS}. */
export function toMessage(room: string, row: Record<string, SQLOutputValue> | undefined): Message {
  if (row === undefined) throw new Error("Cannot read a message: its row is missing");
  return {
    room,
    seq: integer(row.seq),
    id: string(row.id),
    user: { id: string(row.person), name: string(row.name) },
    text: row.text instanceof Uint8Array ? decoder.decode(row.text) : string(row.text),
    at: integer(row.at),
  };
}

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** A number out of a row. */
export function integer(value: SQLOutputValue | undefined): number {
  if (typeof value === "number") return value;
  throw new TypeError(`Cannot read a number: received ${typeof value}`);
}

/** A text out of a row. */
export function string(value: SQLOutputValue | undefined): string {
  if (typeof value === "string") return value;
  throw new TypeError(`Cannot read a text: received ${typeof value}`);
}

function toError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}

/** Whether SQLite or its binding refused values, rather than failed to store them. */
function isAboutValues(error: Error): boolean {
  return error instanceof TypeError || /constraint failed|too big|cannot store/.test(error.message);
}

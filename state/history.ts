/**
 * Reading messages and rooms.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import type { DatabaseSync, StatementSync } from "node:sqlite";
import { statementsOf } from "./lazy_statements.ts";
import type { LoggedRoom, Page, PageQuery } from "../hub/message_log.ts";
import { seenFrom } from "../hub/seen_message.ts";
import { DAY_MS } from "../lib/time.ts";
import { type Message, PINS } from "../protocol/mod.ts";
import { ChangeTable, type StoredChange } from "./change_table.ts";
import {
  type DatabaseRow,
  integer,
  MESSAGE_COLUMNS,
  missingMessage,
  string,
  toMessage,
} from "./rows.ts";
import { RETENTION_MESSAGES, type RetentionEvent } from "./kinds/retention.ts";

/**
 * Rows that are read at once: as many as joining a room needs. Of large messages few fit into a reply, so that
 * reading all that might fit would cost too much: the rows after the first show how many are still to be read.
 */
const READ_ROWS = 50;

/** The fewest rows that are worth a query. */
const FEWEST_ROWS = 10;

/** Every statement. Exported for the test that checks that each of them uses an index. */
export const HISTORY_SQL = {
  room: "select id, first, last, rev from room where name = ?",
  oldest: `
    select ${MESSAGE_COLUMNS} from message join author on author.id = message.author
    where room = ?1 and seq between ?2 and ?3 order by seq limit ?4
  `,
  newest: `
    select ${MESSAGE_COLUMNS} from message join author on author.id = message.author
    where room = ?1 and seq between ?2 and ?3 order by seq desc limit ?4
  `,
  rooms: `
    select name, last, newest from room where oldest is not null and kind = 'public'
    order by minute desc, newest desc limit ?
  `,
  // Those with messages, and those that somebody made; direct ones have a limit of their own.
  roomCount: `
    select count(*) as count from room
    where kind <> 'direct' and (oldest is not null or creator is not null)
  `,
  expiring: `
    select id, name, first, last, keep_days from room where oldest < ? and keep_days = 0
    order by oldest limit 1
  `,
  expiringAlone: `
    select id, name, first, last, keep_days from room
    where keep_days > 0 and oldest < ? - keep_days * ${DAY_MS} limit 1
  `,
  ahead: `
    select id, name, first, last, keep_days from room where oldest > ? order by oldest limit ?
  `,
  timeOf: "select at from message where room = ? and seq = ?",
  latest: "select at from message where n = (select max(n) from message)",
  ages: `
    select seq, at from message where room = ?1 and seq between ?2 and ?3 order by seq limit ?4
  `,
};

/** The most rooms, whose first message is dated ahead, that are looked at together. */
const ROOMS_AHEAD = 100;

/** The changes that are looked at for one reply, whether they are for its reader or not. */
const CHANGE_ROWS = 1000;

/** Changed messages of a room. */
export type ChangesQuery =
  & Required<Pick<PageQuery, "room" | "rev" | "limit" | "bytes">>
  & Pick<PageQuery, "from">;

/** Pinned messages of a room. */
export type PinsQuery =
  & Required<Pick<PageQuery, "room" | "before" | "bytes">>
  & Pick<PageQuery, "from">;

/** Messages of a room that name files. */
export type FilesQuery =
  & Required<Pick<PageQuery, "room" | "limit" | "bytes">>
  & Pick<PageQuery, "from" | "before">;

interface ChangedRange {
  /** The room's row. */
  readonly id: number;
  readonly room: string;
  /** Changes above this one. */
  readonly rev: number;
  /** The range of the messages. */
  readonly from: number;
  readonly to: number;
}

/** The messages and rooms of a state. */
export class StateHistory {
  readonly #changes: ChangeTable;
  readonly #sql: { readonly [Name in keyof typeof HISTORY_SQL]: StatementSync };

  constructor(db: DatabaseSync) {
    this.#changes = new ChangeTable(db);
    this.#sql = statementsOf(db, HISTORY_SQL);
  }

  /**
   * Reads a page, all of it at one instant.
   *
   * @throws {DamageError} if the file lacks a message that should be there.
   */
  read(query: PageQuery): Page {
    const { room, before, at, from: visible = 1, limit, bytes } = query;
    const row = this.#sql.room.get(room);
    if (row === undefined) return { first: 1, last: 0, messages: [], more: false, rev: 0 };
    const [id, last, rev] = [integer(row.id), integer(row.last), integer(row.rev)];
    const first = Math.min(Math.max(integer(row.first), visible), last + 1);
    const after = at === undefined ? query.after : this.#firstAt(room, id, at, { first, last }) - 1;
    const from = Math.max(first, (after ?? 0) + 1);
    const to = Math.min(last, (before ?? Infinity) - 1);
    const nearest = after === undefined ? this.#sql.newest : this.#sql.oldest;
    const messages: Message[] = [];
    const wanted = Math.min(limit, to - from + 1);
    let [low, high, size] = [from, to, 0];
    while (messages.length < wanted && size <= bytes) {
      const rows = Math.min(wanted - messages.length, rowsLeft(messages.length, size, bytes));
      // Not `iterate`, which takes a read error for the end.
      const read = nearest.all(id, low, high, rows).map((row) => toMessage(room, row));
      if (read.length < rows) throw missingMessage(room, after === undefined ? high : low);
      for (const whole of this.#present(id, read, rev > 0)) {
        const message = seenFrom(whole, visible);
        const expected = after === undefined ? high-- : low++;
        if (message.seq !== expected) throw missingMessage(room, expected);
        size += sizeOf(message);
        if (size > bytes && messages.length > 0) break;
        messages.push(message);
      }
    }
    if (after === undefined) messages.reverse();
    const page = { first, last, messages, more: messages.length < to - from + 1, rev };
    if (query.rev === undefined || after === undefined) return page;
    const left = { limit: limit - messages.length, bytes: bytes - size, isBeside: true };
    const { messages: changed, more: moreChanged } = this.#changedAfter(
      { id, room, rev: query.rev, from: first, to: after },
      left,
    );
    return { ...page, changed: changed.map((each) => seenFrom(each, visible)), moreChanged };
  }

  /** Returns the first of some messages that was sent at a time or after it; `last` + 1 if none was. */
  #firstAt(
    room: string,
    roomId: number,
    at: number,
    { first, last }: { first: number; last: number },
  ): number {
    let [low, high] = [first, last + 1];
    // The times of a room ascend, unless the clock was set back.
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      const row = this.#sql.timeOf.get(roomId, middle);
      if (row === undefined) throw missingMessage(room, middle);
      if (integer(row.at) < at) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Returns messages of a room in their present state, in the order in which they were read. */
  #present(roomId: number, messages: Message[], isChanged: boolean): Message[] {
    const isAscending = (messages[0]?.seq ?? 0) <= (messages.at(-1)?.seq ?? 0);
    if (isAscending) return this.#changes.present(roomId, messages, isChanged);
    return this.#changes.present(roomId, messages.reverse(), isChanged).reverse();
  }

  /**
   * Reads the messages of a room that were changed above a `rev`, in their present state.
   *
   * @param query `from`: the oldest `seq` that the reader may see.
   * @returns `rev`: everything up to it was read.
   */
  changes(
    { room, rev, from: visible = 1, limit, bytes }: ChangesQuery,
  ): { readonly messages: Message[]; readonly rev: number; readonly more: boolean } {
    const row = this.#sql.room.get(room);
    if (row === undefined) return { messages: [], rev: 0, more: false };
    const [id, newest] = [integer(row.id), integer(row.rev)];
    const from = Math.max(integer(row.first), visible);
    const { messages, ...read } = this.#changedAfter(
      { id, room, rev, from, to: Infinity },
      { limit, bytes },
    );
    const seen = messages.map((message) => seenFrom(message, visible));
    return { messages: seen, rev: read.more ? read.rev : newest, more: read.more };
  }

  /** Reads the changes above a `rev` of messages in a range. */
  #changedAfter(
    { id, room, rev, from, to }: ChangedRange,
    { limit, bytes, isBeside = false }: {
      readonly limit: number;
      readonly bytes: number;
      /** Whether they are beside other messages in a reply. */
      readonly isBeside?: boolean;
    },
  ): { readonly messages: Message[]; readonly rev: number; readonly more: boolean } {
    const messages: Message[] = [];
    const rows: StoredChange[] = this.#changes.after(id, rev, CHANGE_ROWS + 1);
    let [size, done] = [0, rev];
    for (const change of rows.slice(0, CHANGE_ROWS)) {
      if (change.seq >= from && change.seq <= to) {
        if (messages.length >= limit) return { messages, rev: done, more: true };
        const message = this.#changes.message(id, room, change.seq);
        if (message === undefined) throw missingMessage(room, change.seq);
        size += sizeOf(message);
        // The first one of a reply is in it even if it alone is larger, so that every request makes progress.
        if (size > bytes && (messages.length > 0 || isBeside)) {
          return { messages, rev: done, more: true };
        }
        messages.push(message);
      }
      done = change.rev;
    }
    return { messages, rev: done, more: rows.length > CHANGE_ROWS };
  }

  /**
   * Reads pinned messages of a room, the one pinned last first.
   *
   * @param before Those that were pinned before this `rev`.
   * @returns `next`: the `before` for those that follow, if there are more.
   */
  pins(
    { room, from: visible = 1, before, bytes }: PinsQuery,
  ): { readonly messages: Message[]; readonly next?: number } {
    const row = this.#sql.room.get(room);
    if (row === undefined) return { messages: [] };
    const id = integer(row.id);
    const messages: Message[] = [];
    let [size, next] = [0, before];
    for (const { seq, pinned = 0 } of this.#changes.pins(id, before, PINS)) {
      const message = seq < visible ? undefined : this.#changes.message(id, room, seq);
      if (message !== undefined) {
        size += sizeOf(message);
        if (size > bytes && messages.length > 0) return { messages, next };
        messages.push(seenFrom(message, visible));
      }
      next = pinned;
    }
    return { messages };
  }

  /**
   * Reads the newest messages of a room that name files, newest first.
   *
   * @param query `before`: only those with a `seq` below it; `limit`: the most messages.
   * @returns `more`: whether there are older ones.
   */
  files(
    { room, from: visible = 1, before = Infinity, limit, bytes }: FilesQuery,
  ): { readonly messages: Message[]; readonly more: boolean } {
    const row = this.#sql.room.get(room);
    if (row === undefined) return { messages: [], more: false };
    const id = integer(row.id);
    const last = Math.min(before - 1, integer(row.last));
    const found = this.#changes.files.naming(id, visible, last, limit + 1);
    const messages: Message[] = [];
    let size = 0;
    for (const seq of found.slice(0, limit)) {
      const message = this.#changes.message(id, room, seq);
      if (message === undefined) throw missingMessage(room, seq);
      size += sizeOf(message);
      if (size > bytes && messages.length > 0) break;
      messages.push(seenFrom(message, visible));
    }
    return { messages, more: found.length > messages.length };
  }

  /** The rooms written to most recently, latest first, at most `limit` of them. */
  rooms(limit: number): LoggedRoom[] {
    return this.#sql.rooms.all(limit).map(({ name, last, newest }) => ({
      room: string(name),
      last: integer(last),
      at: integer(newest),
    }));
  }

  /** The number of rooms with at least one message. Takes longer the more there are. */
  countRooms(): number {
    return integer(this.#sql.roomCount.get()?.count);
  }

  /** Returns when the latest message of all was sent, in milliseconds since 1970; 0 if there is none. */
  latest(): number {
    return integer(this.#sql.latest.get()?.at ?? 0);
  }

  /**
   * The event that deletes the next messages that are too old for their room; undefined when there is none. It
   * never reaches past a message that is young enough, so that a room's history has no holes. But one that is dated ahead,
   * by a clock that was wrong, goes with an older one behind it.
   *
   * @param now In milliseconds since 1970.
   * @param keepDays The days for which rooms keep messages that do not say it themselves; 0 is permanently.
   */
  expiring(now: number, keepDays: number): RetentionEvent | undefined {
    const row = this.#sql.expiringAlone.get(now) ??
      (keepDays > 0 ? this.#sql.expiring.get(now - keepDays * DAY_MS) : undefined);
    if (row !== undefined) return this.#expiringIn(row, now, keepDays);
    for (const room of this.#sql.ahead.all(now + DAY_MS, ROOMS_AHEAD)) {
      const event = this.#expiringIn(room, now, keepDays);
      if (event !== undefined) return event;
    }
    return undefined;
  }

  #expiringIn(room: DatabaseRow, now: number, keepDays: number): RetentionEvent | undefined {
    const days = integer(room.keep_days) || keepDays;
    if (days === 0) return undefined;
    const cutoff = now - days * DAY_MS;
    const [id, first, last] = [integer(room.id), integer(room.first), integer(room.last)];
    let before = first;
    for (const row of this.#sql.ages.all(id, first, last, RETENTION_MESSAGES)) {
      const at = integer(row.at);
      if (at < cutoff) before = integer(row.seq) + 1;
      else if (at <= now + DAY_MS) break;
    }
    return before === first ? undefined : { type: "retention", room: string(room.name), before };
  }
}

/** Returns the bytes of a message in a reply. */
function sizeOf(message: Message): number {
  return Buffer.byteLength(JSON.stringify(message)) + 1;
}

/** Returns how many rows to read next, at most, if `count` messages have `size` of `bytes`. */
function rowsLeft(count: number, size: number, bytes: number): number {
  if (count === 0) return READ_ROWS;
  const likely = Math.floor((bytes - size) / (size / count)) + 1;
  return Math.max(FEWEST_ROWS, Math.min(likely, READ_ROWS));
}

import { EVERYONE, type Message, type User } from "../../protocol/mod.ts";
import type { MessageAction } from "./action_queue.ts";
import type { Pending } from "./outbox.ts";
import type { Quote } from "./quote.ts";
import type { Notice, Room } from "./room.ts";
import type { ShownMessage } from "./shown_message.ts";

/** A message as it is shown in the log, with what is drawn around it. */
export interface Row {
  readonly key: string;
  /** The message as it is shown; its `seq` is 0 until it is acknowledged. */
  readonly message: Message;
  readonly user: User;
  readonly text: string;
  /** The ids of the people whom it mentions, and that of everyone. */
  readonly mentions: readonly string[];
  /** The message that it answers. */
  readonly quote: Quote | undefined;
  /** Whether an edit or a deletion of this person waits to be confirmed. */
  readonly isChanging: boolean;
  /** An edit of this person that was refused. */
  readonly failed: MessageAction | undefined;
  /** Whether it mentions all members of the room, one of whom the reader is. */
  readonly reachesAll: boolean;
  /** In milliseconds since 1970. */
  readonly at: number;
  /** Its place in the room, or `undefined` until it is acknowledged. */
  readonly seq: number | undefined;
  /** Present until it is acknowledged, with the code if it was refused. */
  readonly pending: PendingRow | undefined;
  /** Whether a line with the day is above it. */
  readonly startsDay: boolean;
  /** Whether it is the first of several by one person, which shows the name. */
  readonly startsGroup: boolean;
  /** Whether the line of the first unread message is above it. */
  readonly unreadLine: boolean;
  /**
   * The number of messages that it stands for: more than one if it is the first of several by one person that were deleted
   * by a moderator, one after the other; 0 if it is another one of these, with an event after it.
   */
  readonly fold: number;
  /** The events after it. */
  readonly notices: readonly Notice[];
}

/** The state of a message that is on its way. */
export interface PendingRow {
  /** The code if it was refused. */
  readonly failed: string | undefined;
  /** The keys of its files. */
  readonly files: readonly string[];
}

/** A pause longer than this, in ms, begins a new group. */
const GROUP_MS = 5 * 60_000;

/** The messages of a room that others stand for. */
export interface Folds {
  /** By key of a row, its {@linkcode Row.fold} unless that is 1. */
  readonly counts: ReadonlyMap<string, number>;
  /** The keys of messages without a row: thousands of empty ones would be drawn for a flood that is gone. */
  readonly hidden: ReadonlySet<string>;
}

const NONE: Folds = { counts: new Map(), hidden: new Set() };

/**
 * Finds the messages that have no row of their own: those that a moderator deleted and those of ignored people, but for
 * the first one of several.
 *
 * @param ignored the ids of the people whose messages are hidden
 */
export function foldsOf(room: Room, ignored: ReadonlySet<string>): Folds {
  const { shown: { messages }, keys } = room;
  const { notices, startsOf } = gapsOf(room);
  const counts = new Map<string, number>();
  const hidden = new Set<string>();
  let head = "";
  for (const [i, message] of messages.entries()) {
    const isDeleted = message.deleted === "moderator";
    if (!isDeleted && !ignored.has(message.user.id)) continue;
    const former = messages[i - 1];
    const { startsDay, startsGroup, unreadLine } = startsOf(former, message);
    const isFolded = isDeleted && former?.deleted === "moderator" && !startsDay && !unreadLine &&
      former.user.id === message.user.id && !notices.has(former.seq);
    const key = keys[i] ?? "";
    if (isFolded) {
      counts.set(head, (counts.get(head) ?? 1) + 1);
      counts.set(key, 0);
    } else head = key;
    const isHidden = isFolded || (ignored.has(message.user.id) && !startsGroup);
    if (isHidden && !notices.has(message.seq)) hidden.add(key);
  }
  // One and the same, so that nothing is placed anew.
  return hidden.size > 0 ? { counts, hidden } : { ...NONE, counts };
}

/** The needs of {@linkcode makeRows}. */
export interface RowsOptions {
  readonly room: Room;
  readonly pending: readonly Pending[];
  readonly me: User;
  /** Returns a message as it is shown; by default as it is. */
  readonly shown?: (message: Message) => ShownMessage;
  /** The messages without a row; by default none. */
  readonly folds?: Folds;
  /** The rows wanted: a half-open range among the messages and then the pending ones. */
  readonly start: number;
  readonly end: number;
}

/** The rows of a part of a room. */
export function makeRows(
  { room, pending, me, start, end, shown = unchanged, folds = NONE }: RowsOptions,
): Row[] {
  const { messages } = room.shown;
  const { notices, startsOf } = gapsOf(room);
  const rows: Row[] = [];
  const itemAt = (index: number) => {
    const message = messages[index];
    return message ? itemOf(message) : waitingItem(room.name, pending[index - messages.length], me);
  };
  for (let index = start; index < end; index++) {
    const key = room.keys[index] ?? pending[index - messages.length]?.id ?? "";
    if (folds.hidden.has(key)) continue;
    const item = itemAt(index);
    if (!item) break;
    const { message, isChanging, failed } = shown(item.message);
    const quoted = message.re === undefined ? undefined : room.quotedAt(message.re);
    rows.push({
      ...item,
      message,
      text: message.text,
      quote: message.re === undefined
        ? undefined
        : { seq: message.re, message: quoted && shown(quoted).message },
      isChanging,
      failed,
      reachesAll: item.reachesAll && room.role.value !== undefined,
      key,
      ...startsOf(index > 0 ? itemAt(index - 1) : undefined, { ...item, re: message.re }),
      fold: folds.counts.get(key) ?? 1,
      notices: (item.seq !== undefined && notices.get(item.seq)) || [],
    });
  }
  return rows;
}

/** What of a message tells whether something begins with it. */
interface Placed extends Pick<Row, "user" | "at" | "seq"> {
  readonly re?: number | undefined;
}

/** What stands between the messages of a room. */
function gapsOf(room: Room) {
  const line = room.line.value;
  const notices = new Map<number, Notice[]>();
  for (const notice of room.notices.value) {
    const same = notices.get(notice.after);
    if (same) same.push(notice);
    else notices.set(notice.after, [notice]);
  }
  /** Tells what begins with a message. */
  function startsOf(
    before: Placed | undefined,
    item: Placed,
  ): Pick<Row, "startsDay" | "startsGroup" | "unreadLine"> {
    const startsDay = !before || !isSameDay(before.at, item.at);
    const unreadLine = line !== undefined && item.seq !== undefined && item.seq > line &&
      (before?.seq === undefined ? item.seq === line + 1 : before.seq <= line);
    const startsGroup = startsDay || unreadLine || before?.user.id !== item.user.id ||
      item.re !== undefined ||
      item.at - before.at > GROUP_MS || (before.seq !== undefined && notices.has(before.seq));
    return { startsDay, startsGroup, unreadLine };
  }
  return { notices, startsOf };
}

/**
 * Whether two rows are drawn alike.
 *
 * @param areKnown whether the same names are known for both, which stand in texts with an `@` alone
 */
export function isSameRow(a: Row, b: Row, areKnown = true): boolean {
  return (areKnown || !b.text.includes("@")) && a.key === b.key &&
    isSameMessage(a.message, b.message) && a.reachesAll === b.reachesAll &&
    a.seq === b.seq && isSameQuote(a.quote, b.quote) &&
    a.isChanging === b.isChanging && a.failed === b.failed &&
    (a.pending === undefined) === (b.pending === undefined) &&
    a.pending?.failed === b.pending?.failed && a.pending?.files === b.pending?.files &&
    a.startsDay === b.startsDay &&
    a.startsGroup === b.startsGroup && a.fold === b.fold && a.unreadLine === b.unreadLine &&
    a.notices.length === b.notices.length &&
    a.notices.every((notice, i) => notice === b.notices[i]);
}

/** Whether two states of a message, or two messages, are drawn alike. */
function isSameMessage(a: Message | undefined, b: Message | undefined): boolean {
  if (a === b) return true;
  return a !== undefined && b !== undefined && a.text === b.text && a.at === b.at &&
    a.seq === b.seq && a.edited === b.edited && a.deleted === b.deleted &&
    a.pinned === b.pinned && a.re === b.re && a.mentions?.join() === b.mentions?.join() &&
    a.user.id === b.user.id && a.user.name === b.user.name &&
    JSON.stringify([a.reactions, a.files, a.previews]) ===
      JSON.stringify([b.reactions, b.files, b.previews]);
}

function isSameQuote(a: Quote | undefined, b: Quote | undefined): boolean {
  return a?.seq === b?.seq && isSameMessage(a?.message, b?.message);
}

const NOBODY: readonly string[] = [];

type Item = Pick<
  Row,
  "message" | "user" | "text" | "mentions" | "reachesAll" | "at" | "seq" | "pending"
>;

function itemOf(message: Message): Item {
  const { user, text, at, seq, mentions = NOBODY } = message;
  const reachesAll = mentions.includes(EVERYONE);
  return { message, user, text, mentions, reachesAll, at, seq, pending: undefined };
}

function waitingItem(room: string, waiting: Pending | undefined, me: User): Item | undefined {
  if (!waiting) return undefined;
  const { id, text, at, failed, re, files = NOBODY } = waiting;
  const message = { room, seq: 0, id, user: me, text, at, ...(re !== undefined && { re }) };
  return { ...itemOf(message), reachesAll: false, seq: undefined, pending: { failed, files } };
}

function unchanged(message: Message): ShownMessage {
  return { message, isChanging: false, failed: undefined };
}

/** The day that was asked about last, since making dates is slow and most times lie on one day. */
let day = { start: 0, end: 0 };

/** Whether two times lie on one day where the reader is. */
function isSameDay(a: number, b: number): boolean {
  if (a < day.start || a >= day.end) {
    const date = new Date(a);
    day = { start: date.setHours(0, 0, 0, 0), end: date.setHours(24, 0, 0, 0) };
  }
  return b >= day.start && b < day.end;
}

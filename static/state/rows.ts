import { EVERYONE, type Message, type User } from "../../protocol/mod.ts";
import { dayNumber } from "./calendar.ts";
import type { Pending } from "./outbox.ts";
import type { Notice, Room } from "./room.ts";

/** A message as it is shown in the log, with what is drawn around it. */
export interface Row {
  readonly key: string;
  readonly user: User;
  readonly text: string;
  /** The ids of the people whom it mentions, and that of everyone. */
  readonly mentions: readonly string[];
  /** Whether it mentions all members of the room, one of whom the reader is. */
  readonly reachesAll: boolean;
  /** In milliseconds since 1970. */
  readonly at: number;
  /** Its place in the room, or `undefined` until it is acknowledged. */
  readonly seq: number | undefined;
  /** Present until it is acknowledged, with the code if it was refused. */
  readonly pending: { readonly failed: string | undefined } | undefined;
  /** Whether a line with the day is above it. */
  readonly startsDay: boolean;
  /** Whether it is the first of several by one person, which shows the name. */
  readonly startsGroup: boolean;
  /** Whether the line of the first unread message is above it. */
  readonly unreadLine: boolean;
  /** The events after it. */
  readonly notices: readonly Notice[];
}

/** A pause longer than this, in ms, begins a new group. */
const GROUP_MS = 5 * 60_000;

/** The needs of {@linkcode makeRows}. */
export interface RowsOptions {
  readonly room: Room;
  readonly pending: readonly Pending[];
  readonly me: User;
  /** The rows wanted: a half-open range among the messages and then the pending ones. */
  readonly start: number;
  readonly end: number;
}

/** The rows of a part of a room. */
export function makeRows({ room, pending, me, start, end }: RowsOptions): Row[] {
  const { messages } = room.shown;
  const line = room.line.value;
  const notices = new Map<number, Notice[]>();
  for (const notice of room.notices.value) {
    const same = notices.get(notice.after);
    if (same) same.push(notice);
    else notices.set(notice.after, [notice]);
  }
  const rows: Row[] = [];
  let before = start > 0 ? itemAt(messages, pending, me, start - 1) : undefined;
  for (let index = start; index < end; index++) {
    const item = itemAt(messages, pending, me, index);
    if (!item) break;
    const startsDay = !before || !isSameDay(before.at, item.at);
    const unreadLine = line !== undefined && item.seq !== undefined && item.seq > line &&
      (before?.seq === undefined ? item.seq === line + 1 : before.seq <= line);
    const startsGroup = startsDay || unreadLine || before?.user.id !== item.user.id ||
      item.at - before.at > GROUP_MS || (before.seq !== undefined && notices.has(before.seq));
    rows.push({
      ...item,
      reachesAll: item.reachesAll && room.role.value !== undefined,
      key: room.keys[index] ?? pending[index - messages.length]?.id ?? "",
      startsDay,
      startsGroup,
      unreadLine,
      notices: (item.seq !== undefined && notices.get(item.seq)) || [],
    });
    before = item;
  }
  return rows;
}

/** Whether two rows are drawn alike. */
export function isSameRow(a: Row, b: Row): boolean {
  return a.key === b.key && a.text === b.text && a.mentions === b.mentions &&
    a.reachesAll === b.reachesAll && a.at === b.at &&
    a.seq === b.seq &&
    a.user.id === b.user.id && a.user.name === b.user.name &&
    (a.pending === undefined) === (b.pending === undefined) &&
    a.pending?.failed === b.pending?.failed && a.startsDay === b.startsDay &&
    a.startsGroup === b.startsGroup && a.unreadLine === b.unreadLine &&
    a.notices.length === b.notices.length &&
    a.notices.every((notice, i) => notice === b.notices[i]);
}

const NOBODY: readonly string[] = [];

type Item = Pick<Row, "user" | "text" | "mentions" | "reachesAll" | "at" | "seq" | "pending">;

function itemAt(
  messages: readonly Message[],
  pending: readonly Pending[],
  me: User,
  index: number,
): Item | undefined {
  const message = messages[index];
  if (message) {
    const { user, text, at, seq, mentions = NOBODY } = message;
    return {
      user,
      text,
      mentions,
      reachesAll: mentions.includes(EVERYONE),
      at,
      seq,
      pending: undefined,
    };
  }
  const waiting = pending[index - messages.length];
  if (!waiting) return undefined;
  const { text, at, failed } = waiting;
  return {
    user: me,
    text,
    mentions: NOBODY,
    reachesAll: false,
    at,
    seq: undefined,
    pending: { failed },
  };
}

/** Whether two times lie on one day where the reader is. */
export function isSameDay(a: number, b: number): boolean {
  // Making dates is slow, and most times lie on one day or far apart.
  return Math.abs(a - b) < 86_400_000 * 1.05 && dayNumber(a) === dayNumber(b);
}

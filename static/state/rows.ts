import { EVERYONE, type Message, type User } from "../../protocol/mod.ts";
import type { MessageAction } from "./action_queue.ts";
import { dayNumber } from "./calendar.ts";
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
   * by a moderator, one after the other; 0 if it is another one of these.
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

/** The needs of {@linkcode makeRows}. */
export interface RowsOptions {
  readonly room: Room;
  readonly pending: readonly Pending[];
  readonly me: User;
  /** Returns a message as it is shown; by default as it is. */
  readonly shown?: (message: Message) => ShownMessage;
  /** The rows wanted: a half-open range among the messages and then the pending ones. */
  readonly start: number;
  readonly end: number;
}

/** The rows of a part of a room. */
export function makeRows(
  { room, pending, me, start, end, shown = unchanged }: RowsOptions,
): Row[] {
  const { messages } = room.shown;
  const line = room.line.value;
  const notices = new Map<number, Notice[]>();
  for (const notice of room.notices.value) {
    const same = notices.get(notice.after);
    if (same) same.push(notice);
    else notices.set(notice.after, [notice]);
  }
  const rows: Row[] = [];
  const itemAt = (index: number) => {
    const message = messages[index];
    return message ? itemOf(message) : waitingItem(room.name, pending[index - messages.length], me);
  };
  const isFolded = (index: number) => {
    const [former, message] = [messages[index - 1], messages[index]];
    return former?.deleted === "moderator" && message?.deleted === "moderator" &&
      former.user.id === message.user.id && isSameDay(former.at, message.at) &&
      !(line !== undefined && former.seq <= line && message.seq > line) &&
      !notices.has(former.seq);
  };
  const foldOf = (index: number) => {
    if (isFolded(index)) return 0;
    let next = index + 1;
    while (isFolded(next)) next++;
    return next - index;
  };
  let before = start > 0 ? itemAt(start - 1) : undefined;
  for (let index = start; index < end; index++) {
    const item = itemAt(index);
    if (!item) break;
    const { message, isChanging, failed } = shown(item.message);
    const quoted = message.re === undefined ? undefined : room.quotedAt(message.re);
    const startsDay = !before || !isSameDay(before.at, item.at);
    const unreadLine = line !== undefined && item.seq !== undefined && item.seq > line &&
      (before?.seq === undefined ? item.seq === line + 1 : before.seq <= line);
    const startsGroup = startsDay || unreadLine || before?.user.id !== item.user.id ||
      message.re !== undefined ||
      item.at - before.at > GROUP_MS || (before.seq !== undefined && notices.has(before.seq));
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
      key: room.keys[index] ?? pending[index - messages.length]?.id ?? "",
      startsDay,
      startsGroup,
      unreadLine,
      fold: foldOf(index),
      notices: (item.seq !== undefined && notices.get(item.seq)) || [],
    });
    before = item;
  }
  return rows;
}

/** Whether two rows are drawn alike. */
export function isSameRow(a: Row, b: Row): boolean {
  return a.key === b.key && isSameMessage(a.message, b.message) && a.reachesAll === b.reachesAll &&
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

/** Whether two times lie on one day where the reader is. */
export function isSameDay(a: number, b: number): boolean {
  // Making dates is slow, and most times lie on one day or far apart.
  return Math.abs(a - b) < 86_400_000 * 1.05 && dayNumber(a) === dayNumber(b);
}

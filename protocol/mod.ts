/**
 * The lines of both formats, as `PROTOCOL.md` tells them: their types, a parser for each direction, and
 * printers. The server and the page share this file, so it uses nothing that only one of them has.
 *
 * @module
 */
import {
  type Command,
  ERROR_CODES,
  type ErrorCode,
  type ErrorLine,
  HISTORY_LIMIT,
  type HistoryCommand,
  type JoinCommand,
  type Limits,
  type Message,
  type NameCommand,
  type RoomSummary,
  type SendCommand,
  type ServerLine,
  type User,
} from "./types.ts";
import {
  ID_CHARACTERS,
  isMessageId,
  isRoom,
  isSecret,
  parseName,
  ROOM_CHARACTERS,
  SECRET_CHARACTERS,
} from "./names.ts";
import { exceedsUtf8, utf8Bytes } from "./utf8.ts";

export * from "./types.ts";
export { isMessageId, isRoom, isSecret, nameKey, parseName } from "./names.ts";

type Fields = Readonly<Record<string, unknown>>;

/** The lines of a frame, without the empty ones. */
export function frameLines(frame: string): string[] {
  return frame.split("\n").filter((line) => line.trim() !== "");
}

/**
 * Reads one line from a client: the command, or the error to answer with. It never throws, whatever the
 * line. Fields that a command does not know are ignored.
 *
 * The text of a `send` keeps its inner form: newlines, tabs and the spaces at its ends stay. Only what can't
 * be kept or sent unchanged becomes U+FFFD: surrogates without their other half, and NUL. A `limit` above
 * {@linkcode HISTORY_LIMIT} counts as that many, as a reply may always have fewer than were asked for.
 *
 * Of the codes, `bad_room`, `bad_id` and `bad_name` say that this field is missing or can't be what it
 * should; `bad_value` says so of all others. The error never repeats a message's text or a secret.
 *
 * @param limits `message`: how many bytes of UTF-8 a message's text may have.
 *
 * @example
 * ```ts
 * import { parseCommand } from "./mod.ts";
 *
 * parseCommand('{"type":"leave","room":"lobby"}', { message: 4096 });
 * // { type: "leave", room: "lobby" }
 * parseCommand('{"type":"leave","room":"Lobby!"}', { message: 4096 });
 * // { type: "error", code: "bad_room", message: "Cannot leave: …", ref: "Lobby!" }
 * ```
 */
export function parseCommand(
  line: string,
  limits: Pick<Limits, "message">,
): Command | ErrorLine {
  const fields = parseFields(line);
  if (!fields) {
    const message =
      `Cannot read the line: it must be one JSON object, received ${line.length} characters of something else`;
    return { type: "error", code: "bad_json", message };
  }
  const { type, room } = fields;
  switch (type) {
    case "rooms":
      return { type };
    case "name":
      return parseNameCommand(fields);
    case "join":
    case "leave":
    case "typing":
    case "send":
    case "history":
      break;
    default: {
      const message =
        "Cannot read the line: type must be one of join, leave, send, history, rooms, typing, name, " +
        `received ${shown(type)}`;
      return { type: "error", code: "unknown_type", message };
    }
  }
  if (!isRoom(room)) {
    const message =
      `Cannot ${verb(type)}: room must be 1 to ${ROOM_CHARACTERS} of a-z, 0-9, _ and -, ` +
      `received ${shown(room)}`;
    return refuse("bad_room", message, refOf(fields));
  }
  switch (type) {
    case "leave":
    case "typing":
      return { type, room };
    case "join":
      return parseJoin(fields, room);
    case "send":
      return parseSend(fields, room, limits.message);
    case "history":
      return parseHistory(fields, room);
  }
}

function parseJoin({ after }: Fields, room: string): JoinCommand | ErrorLine {
  if (after === undefined) return { type: "join", room };
  if (!isCount(after)) return refuse("bad_value", `Cannot join: ${notCount("after", after)}`, room);
  return { type: "join", room, after };
}

function parseSend(fields: Fields, room: string, limit: number): SendCommand | ErrorLine {
  const { id, text: raw } = fields;
  if (!isMessageId(id)) {
    const message = `Cannot send: id must be 1 to ${ID_CHARACTERS} of A-Z, a-z, 0-9, _ and -, ` +
      `received ${shown(id)}`;
    return refuse("bad_id", message, room);
  }
  if (typeof raw !== "string") {
    return refuse("bad_value", `Cannot send: text must be a string, received ${kind(raw)}`, id);
  }
  const text = keepable(raw);
  if (exceedsUtf8(text, limit)) {
    const message = `Cannot send: text may have ${limit} bytes of UTF-8, received ${
      utf8Bytes(text)
    }`;
    return refuse("too_long", message, id);
  }
  if (text.trim() === "") {
    return refuse("empty", "Cannot send: text has nothing but white space in it", id);
  }
  return { type: "send", room, id, text };
}

function parseHistory(fields: Fields, room: string): HistoryCommand | ErrorLine {
  const { before, after, limit = HISTORY_LIMIT } = fields;
  const refused = (why: string) => refuse("bad_value", `Cannot give history: ${why}`, room);
  if (!isCount(limit) || limit === 0) {
    return refused(`limit must be a whole number from 1 on, received ${shown(limit)}`);
  }
  const command = { type: "history", room, limit: Math.min(limit, HISTORY_LIMIT) } as const;
  if (before !== undefined && after !== undefined) {
    return refused("it takes before or after, received both");
  }
  if (before !== undefined) {
    return isCount(before) ? { ...command, before } : refused(notCount("before", before));
  }
  if (after !== undefined) {
    return isCount(after) ? { ...command, after } : refused(notCount("after", after));
  }
  return refused("it takes before or after, received neither");
}

function parseNameCommand({ name, secret }: Fields): NameCommand | ErrorLine {
  if (typeof name !== "string") {
    return refuse("bad_name", `Cannot take the name: it must be a string, received ${kind(name)}`);
  }
  const parsed = parseName(name);
  if ("problem" in parsed) return refuse("bad_name", parsed.problem);
  if (secret === undefined) return { type: "name", name: parsed.name };
  if (!isSecret(secret)) {
    const message = `Cannot take the name: secret must be 1 to ${SECRET_CHARACTERS} characters, ` +
      `received ${typeof secret === "string" ? `${secret.length}` : kind(secret)}`;
    return refuse("bad_value", message);
  }
  return { type: "name", name: parsed.name, secret };
}

function refuse(code: ErrorCode, message: string, ref?: string): ErrorLine {
  return ref === undefined
    ? { type: "error", code, message }
    : { type: "error", code, message, ref };
}

/** What the sender of a line with no usable room knows it by, if that is short enough to repeat. */
function refOf({ type, id, room }: Fields): string | undefined {
  if (type === "send" && isMessageId(id)) return id;
  return typeof room === "string" && room.length <= ROOM_CHARACTERS
    ? room.toWellFormed()
    : undefined;
}

function verb(type: "join" | "leave" | "typing" | "send" | "history"): string {
  if (type === "typing") return "tell who is typing";
  return type === "history" ? "give history" : type;
}

function notCount(field: string, value: unknown): string {
  return `${field} must be a whole number from 0 on, received ${shown(value)}`;
}

/** A value for an error's words: short, whatever the client sent. */
function shown(value: unknown): string {
  if (typeof value === "number") return String(value);
  if (typeof value !== "string") return kind(value);
  return value.length <= ROOM_CHARACTERS
    ? JSON.stringify(value)
    : `a string of ${value.length} characters`;
}

function kind(value: unknown): string {
  if (value === undefined) return "nothing";
  if (value === null) return "null";
  if (Array.isArray(value)) return "an array";
  return typeof value === "object" ? "an object" : `a ${typeof value}`;
}

/**
 * Reads one line from the server: what it says, or `undefined` if it is none of the lines known here. It
 * never throws. What it gives has the fields that its type says, each of that type.
 */
export function parseLine(line: string): ServerLine | undefined {
  const fields = parseFields(line);
  if (!fields) return undefined;
  const { type, room, user, messages, more, count } = fields;
  switch (type) {
    case "hello": {
      const { protocol, version, limits } = fields;
      return isString(protocol) && isString(version) && isUser(user) && isLimits(limits)
        ? { type, protocol, version, user, limits }
        : undefined;
    }
    case "joined": {
      const { first, last, members } = fields;
      return isRoom(room) && isCount(first) && isCount(last) && isList(members, isUser) &&
          isCount(count) && isList(messages, isMessage) && isBoolean(more)
        ? { type, room, first, last, members, count, messages, more }
        : undefined;
    }
    case "left":
      return isRoom(room) ? { type, room } : undefined;
    case "message": {
      if (!isMessage(fields)) return undefined;
      const { room, seq, id, user, text, at } = fields;
      return { type, room, seq, id, user, text, at };
    }
    case "history":
      return isRoom(room) && isList(messages, isMessage) && isBoolean(more)
        ? { type, room, messages, more }
        : undefined;
    case "rooms": {
      const { rooms } = fields;
      return isList(rooms, isRoomSummary) ? { type, rooms } : undefined;
    }
    case "presence": {
      const { joined, left } = fields;
      return isRoom(room) && isList(joined, isUser) && isList(left, isUser) && isCount(count)
        ? { type, room, joined, left, count }
        : undefined;
    }
    case "typing":
      return isRoom(room) && isUser(user) ? { type, room, user } : undefined;
    case "renamed": {
      const { was } = fields;
      return isUser(user) && isString(was) ? { type, user, was } : undefined;
    }
    case "error":
      return parseError(fields);
    default:
      return undefined;
  }
}

function parseError({ code, message, ref, retry }: Fields): ErrorLine | undefined {
  const known = ERROR_CODES.find((each) => each === code);
  if (known === undefined || !isString(message)) return undefined;
  if (ref !== undefined && !isString(ref)) return undefined;
  if (retry !== undefined && !isAmount(retry)) return undefined;
  return {
    type: "error",
    code: known,
    message,
    ...(ref === undefined ? {} : { ref }),
    ...(retry === undefined ? {} : { retry }),
  };
}

function parseFields(line: string): Fields | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return isFields(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isList<T>(value: unknown, isItem: (item: unknown) => item is T): value is T[] {
  return Array.isArray(value) && value.every(isItem);
}

function isString(value: unknown): value is string {
  return typeof value === "string";
}

function isBoolean(value: unknown): value is boolean {
  return typeof value === "boolean";
}

/** A number that counts whole things: neither negative nor too large to be exact. */
function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}

/** A number that measures: a rate or a time may have a fraction. */
function isAmount(value: unknown): value is number {
  return typeof value === "number" && Number.isFinite(value) && value >= 0;
}

function isUser(value: unknown): value is User {
  return isFields(value) && isString(value.id) && isString(value.name);
}

function isLimits(value: unknown): value is Limits {
  return isFields(value) && isCount(value.message) && isCount(value.frame) &&
    isAmount(value.rate) && isAmount(value.burst) && isCount(value.history);
}

function isMessage(value: unknown): value is Message {
  return isFields(value) && isRoom(value.room) && isCount(value.seq) && isMessageId(value.id) &&
    isUser(value.user) && isString(value.text) && isCount(value.at);
}

function isRoomSummary(value: unknown): value is RoomSummary {
  return isFields(value) && isRoom(value.room) && isCount(value.count) && isCount(value.last) &&
    isCount(value.at);
}

/** Prints any line of `hubbub.v1`; it has no newline in it. */
export function printLine(line: ServerLine | Command): string {
  return line.type === "message" ? printMessage(line) : JSON.stringify(line);
}

/**
 * Prints a message as the line that everyone in its room gets; fields that the line does not know stay
 * out. Putting the line together by hand was measured: it gains less than a fifth, and only by trusting
 * that nothing in it needs an escape.
 */
export function printMessage({ room, seq, id, user, text, at }: Message): string {
  return JSON.stringify({
    type: "message",
    room,
    seq,
    id,
    user: { id: user.id, name: user.name },
    text,
    at,
  });
}

/**
 * Reads a frame of the plain format: its text, or `""` for a frame to be ignored. Each newline becomes a
 * space and the ends are trimmed; otherwise the text is kept as by {@linkcode parseCommand}.
 */
export function parsePlain(frame: string): string {
  return keepable(withoutNewlines(frame).trim());
}

/** Prints a message as a line of the plain format: `name: text`, or the text alone from someone without a name. */
export function printPlain({ user, text }: Pick<Message, "user" | "text">): string {
  const line = withoutNewlines(text);
  return user.name === "" ? line : `${user.name}: ${line}`;
}

function withoutNewlines(text: string): string {
  return text.replace(/\r\n|\r|\n/g, " ");
}

/** SQLite ends a text at NUL when it is read, and UTF-8 has no lone surrogates. */
function keepable(text: string): string {
  return text.toWellFormed().replaceAll("\0", "\ufffd");
}

/**
 * Messages, in an archive.
 *
 * @module
 */
import { isRoom } from "../protocol/addresses.ts";
import type { Fields } from "../protocol/fields.ts";
import { EVERYONE } from "../protocol/mod.ts";
import { isMessageId } from "../protocol/names.ts";
import { MENTIONS_LIMIT } from "../state/mentions.ts";
import { type ArchivedMessageLine, readChange } from "./changes.ts";
import { isId, isIn, isObject, MAX_COUNT, MAX_MS, read, readOptional } from "./fields.ts";
import { isMessageText, isShownName, MAX_TEXT_BYTES } from "./texts.ts";

/** Parses the fields of a line but its type. */
export function readMessageLine(fields: Fields): ArchivedMessageLine {
  const user = read(fields, "user", isObject, "an object");
  const change = readChange(fields);
  const isText = (text: unknown): text is string =>
    isMessageText(text) || ((change.deleted ?? change.files) !== undefined && text === "");
  return {
    type: "message",
    room: read(fields, "room", isRoom, "a room's name"),
    seq: read(fields, "seq", isIn(1, MAX_COUNT), "a number from 1"),
    id: read(fields, "id", isMessageId, "1 to 64 characters of A-Za-z0-9_-"),
    user: {
      id: read(user, "id", isId, "an id", "user."),
      name: read(user, "name", isShownName, "a name or nothing", "user."),
    },
    text: read(fields, "text", isText, `1 to ${MAX_TEXT_BYTES} bytes of UTF-8`),
    at: read(fields, "at", isIn(0, MAX_MS), "a time in ms"),
    ...readOptional(fields, "mentions", isMentions, "ids or *"),
    ...change,
  };
}

function isMentions(value: unknown): value is string[] {
  return Array.isArray(value) && value.length > 0 && value.length <= MENTIONS_LIMIT &&
    new Set(value).size === value.length && value.every((id) => id === EVERYONE || isId(id));
}

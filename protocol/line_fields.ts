/**
 * Checks of values that lines from the server have in common.
 *
 * @module
 */
import { isCount, isFields, isList, isString } from "./fields.ts";
import { isRoom } from "./addresses.ts";
import { isMessageId } from "./names.ts";
import type { Message, User } from "./types.ts";

/** Checks for a person as others see them. */
export function isUser(value: unknown): value is User {
  return isFields(value) && isString(value.id) && isString(value.name) &&
    (value.deleted === undefined || value.deleted === true);
}

/** Checks for a message. */
export function isMessage(value: unknown): value is Message {
  return isFields(value) && isRoom(value.room) && isCount(value.seq) && isMessageId(value.id) &&
    isUser(value.user) && isString(value.text) && isCount(value.at) &&
    (value.mentions === undefined || isList(value.mentions, isString));
}

/**
 * Checks of values that lines from the server have in common.
 *
 * @module
 */
import { isCount, isFields, isList, isString } from "./fields.ts";
import { isRoom } from "./addresses.ts";
import { isFileId } from "./file_names.ts";
import { isMessageId } from "./names.ts";
import { copyPreview, isPreviews } from "./previews.ts";
import { DELETERS, type FileInfo, type Message, type Reaction, type User } from "./types.ts";

/** Checks for a person as others see them. */
export function isUser(value: unknown): value is User {
  return isFields(value) && isString(value.id) && isString(value.name) &&
    (value.deleted === undefined || value.deleted === true);
}

/** Checks for a message. */
export function isMessage(value: unknown): value is Message {
  return isFields(value) && isRoom(value.room) && isCount(value.seq) && isMessageId(value.id) &&
    isUser(value.user) && isString(value.text) && isCount(value.at) &&
    (value.mentions === undefined || isList(value.mentions, isString)) &&
    (value.files === undefined || isList(value.files, isFileInfo)) &&
    (value.answers === undefined || isString(value.answers)) &&
    isOptionalCount(value.re) && isOptionalCount(value.edited) && isOptionalCount(value.rev) &&
    (value.deleted === undefined || DELETERS.some((each) => each === value.deleted)) &&
    (value.reactions === undefined || isList(value.reactions, isReaction)) &&
    (value.pinned === undefined || value.pinned === true) &&
    (value.previews === undefined || isPreviews(value.previews));
}

/** Checks for a file that a message names. */
export function isFileInfo(value: unknown): value is FileInfo {
  return isFields(value) && isFileId(value.id) && isString(value.name) && isCount(value.size) &&
    isString(value.type) && isOptionalCount(value.width) && isOptionalCount(value.height) &&
    (value.preview === undefined || isFileId(value.preview));
}

function isOptionalCount(value: unknown): value is number | undefined {
  return value === undefined || isCount(value);
}

function isReaction(value: unknown): value is Reaction {
  return isFields(value) && isString(value.emoji) && isList(value.users, isString) &&
    isCount(value.count);
}

/** Returns exactly the fields of a message. */
export function copyMessage(message: Message): Message {
  const { room, seq, id, user, text, at, mentions, re, answers, files } = message;
  const { edited, deleted, reactions, pinned, previews, rev } = message;
  return {
    ...{ room, seq, id, user, text, at },
    ...(mentions !== undefined && { mentions }),
    ...(re !== undefined && { re }),
    ...(answers !== undefined && { answers }),
    ...(files !== undefined && { files }),
    ...(edited !== undefined && { edited }),
    ...(deleted !== undefined && { deleted }),
    ...(reactions !== undefined && { reactions }),
    ...(pinned !== undefined && { pinned }),
    ...(previews !== undefined && { previews: previews.map(copyPreview) }),
    ...(rev !== undefined && { rev }),
  };
}

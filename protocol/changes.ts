/**
 * The capability of changing messages that were sent: editing and deleting them, reacting to them and pinning them; and
 * of learning what has changed.
 *
 * @module
 */
import type { CommandLimits, CommandParsers, LineParsers } from "./capability.ts";
import { errorOf, notCount, readRoomAction } from "./command_fields.ts";
import { isEmoji } from "./emoji.ts";
import { isBoolean, isCount, isList, isString } from "./fields.ts";
import { isMessage, isUser } from "./line_fields.ts";
import { isRoom } from "./addresses.ts";
import { isMessageId } from "./names.ts";
import { readText } from "./texts.ts";
import { type Deleter, DELETERS, type ErrorLine, type Message, type User } from "./types.ts";

/** The most different emoji of one message. */
export const REACTIONS = 20;

/**
 * The different emoji of one person on a message, up to which that person may add one that is not there yet: nobody
 * takes all the places.
 */
export const OWN_REACTIONS = 10;

/** The most reactions of one message, so that it can be deleted in one go. */
export const MESSAGE_REACTIONS = 10_000;

/** The people whom a message names of those who reacted with one emoji. */
export const REACTING_PEOPLE = 10;

/** The most pinned messages of a room. */
export const PINS = 50;

/** Gives a message another text. Only its author may. */
export interface EditCommand {
  readonly type: "edit";
  /** New for each edit, as that of a `send`. Repeating it changes nothing. */
  readonly id: string;
  readonly room: string;
  readonly seq: number;
  /** May be empty if the message names files, which stay. */
  readonly text: string;
}

/** Deletes a message. Its author may, and moderators and admins in the room. */
export interface DeleteCommand {
  readonly type: "delete";
  readonly id?: string;
  readonly room: string;
  readonly seq: number;
}

/** Adds or removes a reaction to a message. */
export interface ReactCommand {
  readonly type: "react";
  readonly id?: string;
  readonly room: string;
  readonly seq: number;
  readonly emoji: string;
  readonly on: boolean;
}

/** Removes the reactions of everyone to a message. The moderators and admins in the room may. */
export interface ClearReactionsCommand {
  readonly type: "clear_reactions";
  readonly id?: string;
  readonly room: string;
  readonly seq: number;
  /** The emoji whose reactions go; by default all. */
  readonly emoji?: string;
}

/** Pins a message, or undoes that. */
export interface PinCommand {
  readonly type: "pin";
  readonly id?: string;
  readonly room: string;
  readonly seq: number;
  readonly on: boolean;
}

/** Requests the messages of a room that were changed after a `rev`, in their present state. */
export interface ChangesCommand {
  readonly type: "changes";
  readonly id?: string;
  readonly room: string;
  readonly rev: number;
}

/** Requests the people who reacted to a message with an emoji. */
export interface ReactionsCommand {
  readonly type: "reactions";
  readonly id?: string;
  readonly room: string;
  readonly seq: number;
  readonly emoji: string;
  /** The `next` of the answer before. */
  readonly after?: string;
}

/** Requests the pinned messages of a room, the one pinned last first. */
export interface PinsCommand {
  readonly type: "pins";
  readonly id?: string;
  readonly room: string;
  /** The `next` of the answer before. */
  readonly after?: string;
}

/** Every command of this capability. */
export type ChangeCommand =
  | EditCommand
  | DeleteCommand
  | ReactCommand
  | ClearReactionsCommand
  | PinCommand
  | ChangesCommand
  | ReactionsCommand
  | PinsCommand;

/**
 * The present state of a message that was changed. Sent to everyone in the room, at most every 250 ms, and at once to
 * the client whose command it answers.
 */
export interface ChangedLine {
  readonly type: "changed";
  /** The id of the person who made the latest change; absent if the server did. */
  readonly by?: string;
  /** The id of that person's command, if it had one. */
  readonly id?: string;
  readonly room: string;
  /**
   * This client has now been sent everything that was changed in the room up to this `rev`. Absent in the answer to a
   * command, which comes before its turn.
   */
  readonly rev?: number;
  readonly message: Message;
}

/**
 * Several messages that were deleted one after the other, in short: what was theirs but their ids, authors and times is
 * gone. Sent in the place of as many `changed`.
 */
export interface DeletedLine {
  readonly type: "deleted";
  readonly room: string;
  readonly deleted: Deleter;
  /** The id of the person who deleted them; absent if the server did. */
  readonly by?: string;
  /** As that of `changed`. */
  readonly rev: number;
  /** The `seq` of each message and its `rev`, ascending by that. */
  readonly messages: readonly DeletedMessage[];
}

/** The `seq` of a deleted message and its `rev`. */
export type DeletedMessage = readonly [seq: number, rev: number];

/** Answers `changes`. */
export interface ChangesLine {
  readonly type: "changes";
  readonly id?: string;
  readonly room: string;
  /** Everything that was changed up to this `rev` has been sent, with the answers before. */
  readonly rev: number;
  /** By their `rev`, ascending. */
  readonly messages: readonly Message[];
  /** True if more were changed: ask again with {@linkcode rev}. */
  readonly more: boolean;
}

/** Answers `reactions`. */
export interface ReactionsLine {
  readonly type: "reactions";
  readonly id?: string;
  readonly room: string;
  readonly seq: number;
  readonly emoji: string;
  /** In the order of their reactions. */
  readonly people: readonly User[];
  /** Present if there are more. */
  readonly next?: string;
}

/** Answers `pins`. */
export interface PinsLine {
  readonly type: "pins";
  readonly id?: string;
  readonly room: string;
  /** The one pinned last is the first. */
  readonly messages: readonly Message[];
  /** Present if there are more. */
  readonly next?: string;
}

/** Every line of this capability. */
export type ChangeLine = ChangedLine | DeletedLine | ChangesLine | ReactionsLine | PinsLine;

/** The parsers of the commands. */
export const CHANGE_COMMANDS: CommandParsers<ChangeCommand> = {
  edit(fields, limits) {
    const { id } = fields;
    if (!isMessageId(id)) return errorOf("bad_id", "Cannot edit: id must be as that of a message");
    const command = readRoomAction(fields, "edit", ({ seq }, room) => {
      return isCount(seq) ? { room, seq } : notCount("seq", seq);
    });
    if ("type" in command) return command;
    const text = readEdit(fields.text, id, limits);
    return typeof text === "string"
      ? { type: "edit", room: command.room, seq: command.seq, id, text }
      : text;
  },

  delete: (fields) =>
    readRoomAction(fields, "delete a message", ({ seq }, room) => {
      return isCount(seq) ? { type: "delete", room, seq } : notCount("seq", seq);
    }),

  react: (fields) =>
    readRoomAction(fields, "react", ({ seq, emoji, on }, room) => {
      if (!isCount(seq)) return notCount("seq", seq);
      if (!isEmoji(emoji)) return "emoji must be one emoji";
      return isBoolean(on) ? { type: "react", room, seq, emoji, on } : ON;
    }),

  clear_reactions: (fields) =>
    readRoomAction(fields, "remove reactions", ({ seq, emoji }, room) => {
      if (!isCount(seq)) return notCount("seq", seq);
      if (emoji !== undefined && !isEmoji(emoji)) return "emoji must be one emoji";
      return { type: "clear_reactions", room, seq, ...(emoji !== undefined && { emoji }) };
    }),

  pin: (fields) =>
    readRoomAction(fields, "pin", ({ seq, on }, room) => {
      if (!isCount(seq)) return notCount("seq", seq);
      return isBoolean(on) ? { type: "pin", room, seq, on } : ON;
    }),

  changes: (fields) =>
    readRoomAction(fields, "read changes", ({ rev }, room) => {
      return isCount(rev) ? { type: "changes", room, rev } : notCount("rev", rev);
    }),

  reactions: (fields) =>
    readRoomAction(fields, "read reactions", ({ seq, emoji, after }, room) => {
      if (!isCount(seq)) return notCount("seq", seq);
      if (!isEmoji(emoji)) return "emoji must be one emoji";
      if (!isCursor(after)) return AFTER;
      return { type: "reactions", room, seq, emoji, ...(after !== undefined && { after }) };
    }),

  pins: (fields) =>
    readRoomAction(fields, "read pins", ({ after }, room) => {
      if (!isCursor(after)) return AFTER;
      return { type: "pins", room, ...(after !== undefined && { after }) };
    }),
};

const ON = "on must be true or false";
const AFTER = "after must be the next of an answer";

function readEdit(text: unknown, id: string, limits: CommandLimits): string | ErrorLine {
  // Whether the message has files is known where it is.
  return readText(text, { verb: "edit", ref: id, limits, mayBeEmpty: true });
}

function isCursor(value: unknown): value is string | undefined {
  return value === undefined || isString(value);
}

/** The parsers of the lines. */
export const CHANGE_LINES: LineParsers<ChangeLine> = {
  changed({ by, id, room, rev, message }) {
    if (by !== undefined && !isString(by)) return undefined;
    if (!isOptionalId(id) || (rev !== undefined && !isCount(rev))) return undefined;
    if (!isRoom(room) || !isMessage(message)) return undefined;
    return {
      ...{ type: "changed", room, message },
      ...(rev !== undefined && { rev }),
      ...(by !== undefined && { by }),
      ...(id !== undefined && { id }),
    };
  },

  deleted({ room, deleted, by, rev, messages }) {
    const deleter = DELETERS.find((deleter) => deleter === deleted);
    if (!isRoom(room) || deleter === undefined || !isCount(rev)) return undefined;
    if (by !== undefined && !isString(by)) return undefined;
    if (!isList(messages, isDeletedMessage)) return undefined;
    return {
      ...{ type: "deleted", room, deleted: deleter, rev, messages },
      ...(by !== undefined && { by }),
    };
  },

  changes({ id, room, rev, messages, more }) {
    if (!isOptionalId(id) || !isRoom(room) || !isCount(rev)) return undefined;
    if (!isList(messages, isMessage) || !isBoolean(more)) return undefined;
    return { type: "changes", room, rev, messages, more, ...(id !== undefined && { id }) };
  },

  reactions({ id, room, seq, emoji, people, next }) {
    if (!isOptionalId(id) || !isRoom(room) || !isCount(seq) || !isString(emoji)) return undefined;
    if (!isList(people, isUser) || !isCursor(next)) return undefined;
    return {
      ...{ type: "reactions", room, seq, emoji, people },
      ...(id !== undefined && { id }),
      ...(next !== undefined && { next }),
    };
  },

  pins({ id, room, messages, next }) {
    if (!isOptionalId(id) || !isRoom(room) || !isList(messages, isMessage)) return undefined;
    if (!isCursor(next)) return undefined;
    return {
      ...{ type: "pins", room, messages },
      ...(id !== undefined && { id }),
      ...(next !== undefined && { next }),
    };
  },
};

function isDeletedMessage(value: unknown): value is DeletedMessage {
  return Array.isArray(value) && value.length === 2 && value.every(isCount);
}

function isOptionalId(id: unknown): id is string | undefined {
  return id === undefined || isMessageId(id);
}

/**
 * The capability of reading what was written to a person: the messages that mention them or reply to theirs, in all rooms.
 *
 * @module
 */
import type { CommandParsers, LineParsers } from "./capability.ts";
import { describe, isActionId, readAction } from "./command_fields.ts";
import { isCount, isList, isString } from "./fields.ts";
import { isMessage } from "./line_fields.ts";
import type { ErrorLine, Message } from "./types.ts";

/** The most messages that one answer has. */
export const INBOX_LIMIT = 50;

/** The messages of an answer if the command does not say how many. */
const INBOX_DEFAULT = 20;

/** The characters of {@linkcode InboxLine.next}, at most. */
const NEXT_CHARACTERS = 64;

/**
 * Requests the messages that mention the person, or reply to one of the person's, in all rooms that they may read;
 * answered by {@linkcode InboxLine}.
 */
export interface InboxCommand {
  readonly type: "inbox";
  readonly id?: string;
  /** From 1 to {@linkcode INBOX_LIMIT}. */
  readonly limit: number;
  /** The `next` of an answer, to continue it. */
  readonly before?: string;
}

/** Answers `inbox`. */
export interface InboxLine {
  readonly type: "inbox";
  readonly id?: string;
  /** Newest first. One above the marker of its room is unread. */
  readonly messages: readonly Message[];
  /** The `before` of the command that continues; absent if there are no more. */
  readonly next?: string;
}

/** The parser of the command. */
export const INBOX_COMMANDS: CommandParsers<InboxCommand> = {
  inbox: (fields): InboxCommand | ErrorLine =>
    readAction(fields, "read the inbox", ({ limit, before }) => {
      if (limit !== undefined && (!isCount(limit) || limit === 0)) {
        return `limit must be a whole number of at least 1, received ${describe(limit)}`;
      }
      if (before !== undefined && !isNext(before)) return "before must be the next of an answer";
      return {
        type: "inbox",
        limit: Math.min(limit ?? INBOX_DEFAULT, INBOX_LIMIT),
        ...(before !== undefined && { before }),
      };
    }),
};

/** The parser of the line. */
export const INBOX_LINES: LineParsers<InboxLine> = {
  inbox({ id, messages, next }) {
    if (id !== undefined && !isActionId(id)) return undefined;
    if (!isList(messages, isMessage) || (next !== undefined && !isNext(next))) return undefined;
    return {
      type: "inbox",
      ...(id !== undefined && { id }),
      messages,
      ...(next !== undefined && { next }),
    };
  },
};

function isNext(value: unknown): value is string {
  return isString(value) && /^[\w-]+$/.test(value) && value.length <= NEXT_CHARACTERS;
}

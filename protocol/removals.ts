/**
 * The capability of removing what a person has written: all of it, or that of the last while.
 *
 * @module
 */
import type { CommandParsers, LineParsers } from "./capability.ts";
import { isActionId, readAction } from "./command_fields.ts";
import { isRoom } from "./addresses.ts";
import { isBoolean, isCount } from "./fields.ts";
import { isPersonId } from "./roles.ts";

/** The longest time that {@linkcode RemoveMessagesCommand.within} reaches back, in seconds: a year. */
export const REMOVAL_SECONDS = 366 * 24 * 60 * 60;

/**
 * Deletes the messages that another person has sent until now. For admins; in one room, for its moderators.
 * Direct rooms are left alone.
 */
export interface RemoveMessagesCommand {
  readonly type: "remove_messages";
  readonly id?: string;
  /** The id of a person, who may be a guest, be banned, or have no account any more. */
  readonly person: string;
  /** The only room; without it, all rooms. */
  readonly room?: string;
  /** Only what was sent in the last seconds, 1 to {@linkcode REMOVAL_SECONDS}; without it, everything. */
  readonly within?: number;
}

/** Answers `remove_messages`. Everyone in the rooms receives `changed` or `deleted`. */
export interface RemovedLine {
  readonly type: "removed";
  readonly id?: string;
  /** The number of messages deleted so far. */
  readonly count: number;
  /** True if others may follow, step by step. */
  readonly more: boolean;
}

/** The parsers of the commands. */
export const REMOVAL_COMMANDS: CommandParsers<RemoveMessagesCommand> = {
  remove_messages: (fields) =>
    readAction(fields, "remove messages", ({ person, room, within }) => {
      if (!isPersonId(person)) return "person must be the id of a person";
      if (room !== undefined && !isRoom(room)) return "room must be an address";
      if (within !== undefined && !(isCount(within) && within > 0 && within <= REMOVAL_SECONDS)) {
        return `within must be a whole number from 1 to ${REMOVAL_SECONDS}`;
      }
      return {
        ...{ type: "remove_messages", person },
        ...(room !== undefined && { room }),
        ...(within !== undefined && { within }),
      };
    }),
};

/** The parsers of the lines. */
export const REMOVAL_LINES: LineParsers<RemovedLine> = {
  removed({ id, count, more }) {
    if (id !== undefined && !isActionId(id)) return undefined;
    if (!isCount(count) || !isBoolean(more)) return undefined;
    return { type: "removed", ...(id !== undefined && { id }), count, more };
  },
};

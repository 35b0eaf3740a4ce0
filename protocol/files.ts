/**
 * The capability of reading which files the messages of a room name.
 *
 * @module
 */
import { isRoom } from "./addresses.ts";
import type { CommandParsers, LineParsers } from "./capability.ts";
import { isActionId, notCount, readRoomAction } from "./command_fields.ts";
import { isBoolean, isCount, isList } from "./fields.ts";
import { isMessage } from "./line_fields.ts";
import type { Message } from "./types.ts";

/** The most messages that one answer has. */
export const FILES_LIMIT = 50;

/** Requests the messages of a room that name files; answered by {@linkcode FilesLine}. */
export interface FilesCommand {
  readonly type: "files";
  readonly id?: string;
  readonly room: string;
  /** Only those with a `seq` below this one. */
  readonly before?: number;
}

/** Answers `files`. */
export interface FilesLine {
  readonly type: "files";
  readonly id?: string;
  readonly room: string;
  /** Newest first, at most {@linkcode FILES_LIMIT}. */
  readonly messages: readonly Message[];
  /** Whether there are older ones: ask again with the `seq` of the last message. */
  readonly more: boolean;
}

/** The parser of the command. */
export const FILES_COMMANDS: CommandParsers<FilesCommand> = {
  files: (fields) =>
    readRoomAction(fields, "read files", ({ before }, room) => {
      if (before === undefined) return { type: "files", room };
      return isCount(before) ? { type: "files", room, before } : notCount("before", before);
    }),
};

/** The parser of the line. */
export const FILES_LINES: LineParsers<FilesLine> = {
  files({ id, room, messages, more }) {
    if (id !== undefined && !isActionId(id)) return undefined;
    if (!isRoom(room) || !isList(messages, isMessage) || !isBoolean(more)) return undefined;
    return { type: "files", ...(id !== undefined && { id }), room, messages, more };
  },
};

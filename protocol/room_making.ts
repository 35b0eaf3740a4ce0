/**
 * The capability of making, finding, moving and deleting rooms.
 *
 * @module
 */
import { isHiddenRoom, isRoom } from "./addresses.ts";
import type { CommandParsers, LineParsers } from "./capability.ts";
import { errorOf, isActionId, readAction, readRoomAction } from "./command_fields.ts";
import { isBoolean, isCount, isFields, isList, isString, storable } from "./fields.ts";
import { isPersonId } from "./roles.ts";
import {
  bareTitle,
  HISTORIES,
  readLineOf,
  ROOM_KINDS,
  type RoomInfo,
  TITLE_CHARACTERS,
  TOPIC_CHARACTERS,
  visible,
} from "./room_settings.ts";

/** The most people of a direct room. */
export const DIRECT_PEOPLE = 8;

/** The most rooms that one person makes in 24 hours, and the most new direct rooms. */
export const NEW_ROOMS = 20;

/** The most characters (UTF-16 code units) of the text that is looked for. */
const SEARCH_CHARACTERS = 100;

/** Makes a room. Its author becomes its moderator. */
export type CreateCommand =
  | {
    readonly type: "create";
    readonly id?: string;
    readonly kind: "public";
    /** The address. */
    readonly room: string;
    readonly title: string;
    readonly topic: string;
  }
  | {
    readonly type: "create";
    readonly id?: string;
    readonly kind: "private";
    readonly title: string;
    readonly topic: string;
    readonly history: RoomInfo["history"];
  };

/** Opens the direct room of a set of people, who are the author and those named. */
export interface DirectCommand {
  readonly type: "direct";
  readonly id?: string;
  /** The ids of the others; empty for notes to oneself. */
  readonly people: readonly string[];
}

/** Requests public rooms, in the order of their addresses. */
export interface DirectoryCommand {
  readonly type: "directory";
  readonly id?: string;
  /** Only rooms whose address, title or topic contains this. */
  readonly text?: string;
  /** The `next` of the answer before. */
  readonly after?: string;
  /** True for the private rooms instead. For admins. */
  readonly private?: true;
}

/** Makes a public room private. For its moderators and admins. There is no way back. */
export interface MakePrivateCommand {
  readonly type: "make_private";
  readonly id?: string;
  readonly room: string;
}

/** Deletes a room with all its messages. For its moderators, and for admins. */
export interface DeleteRoomCommand {
  readonly type: "delete_room";
  readonly id?: string;
  readonly room: string;
}

/** Every command of this capability. */
export type RoomMakingCommand =
  | CreateCommand
  | DirectCommand
  | DirectoryCommand
  | MakePrivateCommand
  | DeleteRoomCommand;

/** Answers `create` and `direct`. */
export interface CreatedLine {
  readonly type: "created";
  readonly id?: string;
  /** The address, to be joined. */
  readonly room: string;
}

/** A room in the directory. */
export interface ListedRoom {
  readonly room: string;
  readonly kind: RoomInfo["kind"];
  readonly title: string;
  readonly topic: string;
  /** The number of members. */
  readonly members: number;
  /** The newest `seq`; 0 before the first message. */
  readonly last: number;
  /** The time of the newest message, in ms since 1970; 0 before the first message. */
  readonly at: number;
  readonly archived: boolean;
}

/** Answers `directory`. */
export interface DirectoryLine {
  readonly type: "directory";
  readonly id?: string;
  readonly rooms: readonly ListedRoom[];
  /** Present if there are more. */
  readonly next?: string;
}

/** A room has another address. Ends the subscription of the old one, and answers a `join` of it. */
export interface MovedLine {
  readonly type: "moved";
  readonly room: string;
  /** The present address, to be joined with the same `after`. */
  readonly to: string;
}

/** Every line of this capability. */
export type RoomMakingLine = CreatedLine | DirectoryLine | MovedLine;

/** The parsers of the commands. */
export const ROOM_MAKING_COMMANDS: CommandParsers<RoomMakingCommand> = {
  create(fields) {
    const { kind, room, id } = fields;
    if (kind === "public" && (!isRoom(room) || isHiddenRoom(room))) {
      const message = "Cannot create a room: room must be the address of a public room";
      return errorOf("bad_room", message, isActionId(id) ? id : undefined);
    }
    return readAction(fields, "create a room", readCreate);
  },
  direct: (fields) =>
    readAction(fields, "open a direct room", ({ people }) => {
      const isSet = isList(people, isPersonId) && new Set(people).size === people.length;
      return isSet && people.length <= DIRECT_PEOPLE
        ? { type: "direct", people }
        : `people must be a list of the ids of at most ${DIRECT_PEOPLE} different people`;
    }),
  directory: (fields) =>
    readAction(fields, "list rooms", ({ text, after, private: hidden }) => {
      if (text !== undefined && !(isString(text) && text.length <= SEARCH_CHARACTERS)) {
        return `text may have ${SEARCH_CHARACTERS} characters`;
      }
      if (after !== undefined && !isRoom(after)) return "after must be the next of an answer";
      if (hidden !== undefined && hidden !== true) return "private may be true only";
      return {
        type: "directory",
        ...(text !== undefined && { text: storable(text) }),
        ...(after !== undefined && { after }),
        ...(hidden && { private: hidden }),
      };
    }),
  make_private: (fields) =>
    readRoomAction(fields, "make a room private", (_, room) => ({ type: "make_private", room })),
  delete_room: (fields) =>
    readRoomAction(fields, "delete a room", (_, room) => ({ type: "delete_room", room })),
};

function readCreate(
  { kind, room, title = "", topic = "", history = "all" }: Parameters<
    typeof ROOM_MAKING_COMMANDS.create
  >[0],
): CreateCommand | string {
  const [line, about] = [readLineOf(title, TITLE_CHARACTERS), readLineOf(topic, TOPIC_CHARACTERS)];
  if (line === undefined) {
    return `title must be one line of at most ${TITLE_CHARACTERS} characters`;
  }
  if (about === undefined) {
    return `topic must be one line of at most ${TOPIC_CHARACTERS} characters`;
  }
  const shown = bareTitle(line);
  if (kind === "public" && isRoom(room)) {
    return { type: "create", kind, room, title: shown, topic: visible(about) };
  }
  if (kind !== "private") return "kind must be public or private";
  if (shown === "") return "title must not be empty";
  const known = HISTORIES.find((each) => each === history);
  if (known === undefined) return "history must be all or joined";
  return { type: "create", kind, title: shown, topic: visible(about), history: known };
}

/** The parsers of the lines. */
export const ROOM_MAKING_LINES: LineParsers<RoomMakingLine> = {
  created({ id, room }) {
    if (!isRoom(room) || (id !== undefined && !isActionId(id))) return undefined;
    return { type: "created", ...(id !== undefined && { id }), room };
  },
  directory({ id, rooms, next }) {
    if (id !== undefined && !isActionId(id)) return undefined;
    if (!isList(rooms, isListedRoom) || (next !== undefined && !isString(next))) return undefined;
    return {
      type: "directory",
      ...(id !== undefined && { id }),
      rooms,
      ...(next !== undefined && { next }),
    };
  },
  moved: ({ room, to }) => isRoom(room) && isRoom(to) ? { type: "moved", room, to } : undefined,
};

function isListedRoom(value: unknown): value is ListedRoom {
  return isFields(value) && isRoom(value.room) && ROOM_KINDS.some((each) => each === value.kind) &&
    isString(value.title) && isString(value.topic) && isCount(value.members) &&
    isCount(value.last) && isCount(value.at) && isBoolean(value.archived);
}

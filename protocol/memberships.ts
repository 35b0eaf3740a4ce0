/**
 * The capability of being a member of rooms: what a person has of each room on every device.
 *
 * @module
 */
import type { CommandParsers, LineParsers } from "./capability.ts";
import { describe, notCount, readAction, readRoomAction } from "./command_fields.ts";
import { isBoolean, isCount, isFields, isList, isString } from "./fields.ts";
import { isUser } from "./line_fields.ts";
import type { User } from "./types.ts";
import { isRoom } from "./addresses.ts";

/** Every {@linkcode Level}. */
export const LEVELS = ["all", "mentions", "nothing"] as const;

/** The messages of a room that a person wants to be notified of. */
export type Level = typeof LEVELS[number];

/** A person's membership in a room, as the person's clients receive it. */
export interface RoomState {
  readonly room: string;
  /** The newest `seq`; 0 before the first message. */
  readonly last: number;
  /** The marker: the newest `seq` that was read. */
  readonly read: number;
  /** The number of messages of others above `read`; 100 stands for more than 99. */
  readonly unread: number;
  /** The number of these that mention the person; 100 stands for more than 99. */
  readonly mentions: number;
  readonly level: Level;
  /** The place in the person's order of rooms, ascending. */
  readonly order: number;
  /** The time at which the membership began, in ms since 1970. */
  readonly since: number;
  /** The first `seq` that the person may see, if that is not all. */
  readonly from?: number;
  readonly role?: "moderator";
  /** Absent for a public room. */
  readonly kind?: "private" | "direct";
  /** Absent if the room has none; then show its address, or its people. */
  readonly title?: string;
  readonly archived?: true;
  /** The people of a direct room, the person included. */
  readonly people?: readonly User[];
}

/** All memberships of the person, in the order of the person. Follows `hello`, for a person with a name. */
export interface StateLine {
  readonly type: "state";
  readonly rooms: readonly RoomState[];
  /** True if another `state` line with further rooms follows. */
  readonly more: boolean;
}

/** A membership has begun or changed. Sent to all connections of the person. */
export interface RoomStateLine extends RoomState {
  readonly type: "room";
}

/** Raises the marker of a room. */
export interface ReadCommand {
  readonly type: "read";
  readonly id?: string;
  readonly room: string;
  readonly seq: number;
  /** True to set the marker, also to a lower `seq`: what is above it is unread. */
  readonly back?: true;
}

/** Marks all rooms as read. */
export interface AllReadCommand {
  readonly type: "all_read";
  readonly id?: string;
}

/** Changes which messages of a room the person is notified of. */
export interface LevelCommand {
  readonly type: "level";
  readonly id?: string;
  readonly room: string;
  readonly level: Level;
}

/** Moves a room to another place in the person's order. */
export interface OrderCommand {
  readonly type: "order";
  readonly id?: string;
  readonly room: string;
  /** The room that it comes before; absent: the end. */
  readonly before?: string;
}

/** Every command of this capability. */
export type MembershipCommand = ReadCommand | AllReadCommand | LevelCommand | OrderCommand;

/** Every line of this capability. */
export type MembershipLine = StateLine | RoomStateLine;

/** The parsers of the commands. */
export const MEMBERSHIP_COMMANDS: CommandParsers<MembershipCommand> = {
  read: (fields) =>
    readRoomAction(fields, "mark as read", ({ seq, back }, room) => {
      if (!isCount(seq)) return notCount("seq", seq);
      if (back !== undefined && !isBoolean(back)) return "back must be true or false";
      return { type: "read", room, seq, ...(back && { back }) };
    }),

  all_read: (fields) => readAction(fields, "mark as read", () => ({ type: "all_read" })),

  level: (fields) =>
    readRoomAction(fields, "set a level", ({ level }, room) => {
      const known = LEVELS.find((each) => each === level);
      if (known === undefined) return "level must be all, mentions or nothing";
      return { type: "level", room, level: known };
    }),

  order: (fields) =>
    readRoomAction(fields, "move a room", ({ before }, room) => {
      if (before === undefined) return { type: "order", room };
      return isRoom(before)
        ? { type: "order", room, before }
        : `before must be the address of a room, received ${describe(before)}`;
    }),
};

/** The parsers of the lines. */
export const MEMBERSHIP_LINES: LineParsers<MembershipLine> = {
  state({ rooms, more }) {
    if (!isList(rooms, isRoomState) || !isBoolean(more)) return undefined;
    return { type: "state", rooms: rooms.map(copy), more };
  },

  room: (fields) => isRoomState(fields) ? { type: "room", ...copy(fields) } : undefined,
};

function isRoomState(value: unknown): value is RoomState {
  return isFields(value) && isRoom(value.room) && isCount(value.last) && isCount(value.read) &&
    isCount(value.unread) && isCount(value.mentions) &&
    LEVELS.some((each) => each === value.level) && isCount(value.order) && isCount(value.since) &&
    (value.from === undefined || isCount(value.from)) &&
    (value.role === undefined || value.role === "moderator") &&
    (value.kind === undefined || value.kind === "private" || value.kind === "direct") &&
    (value.title === undefined || isString(value.title)) &&
    (value.archived === undefined || value.archived === true) &&
    (value.people === undefined || isList(value.people, isUser));
}

/** Returns exactly the fields of a room's state. */
function copy(state: RoomState): RoomState {
  const { room, last, read, unread, mentions, level, order, since, from, role } = state;
  const { kind, title, archived, people } = state;
  return {
    ...{ room, last, read, unread, mentions, level, order, since },
    ...(from !== undefined && { from }),
    ...(role !== undefined && { role }),
    ...(kind !== undefined && { kind }),
    ...(title !== undefined && { title }),
    ...(archived !== undefined && { archived }),
    ...(people !== undefined && { people }),
  };
}

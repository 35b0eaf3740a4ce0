/**
 * The capability of being in rooms: joining and leaving them, finding them, and who is there.
 *
 * @module
 */
import type { CommandParsers, LineParsers } from "./capability.ts";
import { errorOf, notCount, withRoom } from "./command_fields.ts";
import { isBoolean, isCount, isFields, isList, isString } from "./fields.ts";
import { isMessage, isUser } from "./line_fields.ts";
import { isRoom } from "./addresses.ts";
import { readRoomRole, type RoomRole } from "./room_people.ts";
import { isRoomInfo, type RoomInfo } from "./room_settings.ts";
import type { ErrorLine, Message, User } from "./types.ts";

/** A room in the list of rooms. */
export interface RoomSummary {
  readonly room: string;
  /** The number of people in it. */
  readonly count: number;
  /** The newest `seq`; 0 before the first message. */
  readonly last: number;
  /** The time of the newest message, in ms since 1970; 0 before the first message. */
  readonly at: number;
}

/** Joins a room; with `after`, resumes after that `seq`. */
export interface JoinCommand {
  readonly type: "join";
  readonly room: string;
  readonly after?: number;
  /** With `after`: the `rev` up to which the client has everything that was changed in the room. */
  readonly rev?: number;
  /** False if the room is not to be opened unless somebody has made it, or is in it. */
  readonly create?: false;
}

/** Leaves a room: a person with a name is then no member of it on any device. */
export interface LeaveCommand {
  readonly type: "leave";
  readonly room: string;
  /** Leaves with this connection only, and stays a member. */
  readonly keep?: true;
}

/** Requests the list of rooms. */
export interface RoomsCommand {
  readonly type: "rooms";
}

/** Announces that this person is typing. */
export interface TypingCommand {
  readonly type: "typing";
  readonly room: string;
}

/** Every command of this capability. */
export type RoomCommand = JoinCommand | LeaveCommand | RoomsCommand | TypingCommand;

/** Answers `join`. */
export interface JoinedLine {
  readonly type: "joined";
  readonly room: string;
  /** As in {@linkcode HelloLine}. */
  readonly store: string;
  /** The oldest `seq` still stored. */
  readonly first: number;
  /** The newest `seq`: live messages begin after it. */
  readonly last: number;
  /** At most {@linkcode MEMBERS_LIMIT} of the people in the room. */
  readonly members: readonly User[];
  /** The number of people in the room. */
  readonly count: number;
  /** Ascending. */
  readonly messages: readonly Message[];
  /** True if more messages remain in the requested direction. */
  readonly more: boolean;
  /** The number of changes of messages in the room so far; live `changed` lines begin after it. */
  readonly rev: number;
  /**
   * Present if `rev` was given: the messages up to `after` that were changed after that, in their present state, by
   * their `rev`, ascending.
   */
  readonly changed?: readonly Message[];
  /** True if more were changed: ask with `changes`. Present together with {@linkcode changed}. */
  readonly moreChanged?: boolean;
  readonly info: RoomInfo;
  /** The role of the person in the room; absent for a person who is no member. */
  readonly role?: RoomRole;
}

/**
 * Answers `leave`, and is sent to all connections of a person who has left on another one; with `why` it says that
 * the server ended the membership.
 */
export interface LeftLine {
  readonly type: "left";
  readonly room: string;
  /** The reason, for the person to read. */
  readonly why?: string;
}

/** Answers `rooms`. */
export interface RoomsLine {
  readonly type: "rooms";
  /** At most {@linkcode ROOMS_LIMIT}, the most active. */
  readonly rooms: readonly RoomSummary[];
}

/** The people who joined and left since the last such line of the room. */
export interface PresenceLine {
  readonly type: "presence";
  readonly room: string;
  readonly joined: readonly User[];
  readonly left: readonly User[];
  /** The number of people in the room now. */
  readonly count: number;
}

/** Another person is typing. */
export interface TypingLine {
  readonly type: "typing";
  readonly room: string;
  readonly user: User;
}

/** Every line of this capability. */
export type RoomLine = JoinedLine | LeftLine | RoomsLine | PresenceLine | TypingLine;

/** The parsers of the commands. */
export const ROOM_COMMANDS: CommandParsers<RoomCommand> = {
  join: /* @__PURE__ */ withRoom(
    "join",
    ({ after, rev, create = true }, room): JoinCommand | ErrorLine => {
      if (!isBoolean(create)) {
        return errorOf("bad_value", "Cannot join: create must be true or false", room);
      }
      if (after !== undefined && !isCount(after)) {
        return errorOf("bad_value", `Cannot join: ${notCount("after", after)}`, room);
      }
      if (rev !== undefined && !isCount(rev)) {
        return errorOf("bad_value", `Cannot join: ${notCount("rev", rev)}`, room);
      }
      if (rev !== undefined && after === undefined) {
        return errorOf("bad_value", "Cannot join: rev needs after", room);
      }
      return {
        ...{ type: "join", room },
        ...(after !== undefined && { after }),
        ...(rev !== undefined && { rev }),
        ...(!create && { create }),
      };
    },
  ),
  leave: /* @__PURE__ */ withRoom("leave", ({ keep }, room): LeaveCommand | ErrorLine => {
    if (keep !== undefined && !isBoolean(keep)) {
      return errorOf("bad_value", "Cannot leave: keep must be true or false", room);
    }
    return keep ? { type: "leave", room, keep } : { type: "leave", room };
  }),
  rooms: () => ({ type: "rooms" }),
  typing: /* @__PURE__ */ withRoom(
    "announce typing",
    (_, room): TypingCommand => ({ type: "typing", room }),
  ),
};

/** The parsers of the lines. */
export const ROOM_LINES: LineParsers<RoomLine> = {
  joined(fields) {
    const { room, store, first, last, members, count, messages, more, info, role } = fields;
    const { rev, changed, moreChanged } = fields;
    if (!isRoom(room) || !isString(store) || !isCount(first) || !isCount(last)) return undefined;
    if (!isList(members, isUser) || !isCount(count) || !isList(messages, isMessage)) {
      return undefined;
    }
    const known = role === undefined ? undefined : readRoomRole(role);
    if (!isBoolean(more) || !isRoomInfo(info) || (role !== undefined && !known)) return undefined;
    if (!isCount(rev) || (changed !== undefined && !isList(changed, isMessage))) return undefined;
    if (moreChanged !== undefined && !isBoolean(moreChanged)) return undefined;
    return {
      ...{ type: "joined", room, store, first, last, members, count, messages, more, rev, info },
      ...(changed !== undefined && { changed }),
      ...(moreChanged !== undefined && { moreChanged }),
      ...(known !== undefined && { role: known }),
    };
  },

  left({ room, why }) {
    if (!isRoom(room) || (why !== undefined && !isString(why))) return undefined;
    return { type: "left", room, ...(why !== undefined && { why }) };
  },

  rooms: ({ rooms }) => isList(rooms, isRoomSummary) ? { type: "rooms", rooms } : undefined,

  presence({ room, joined, left, count }) {
    return isRoom(room) && isList(joined, isUser) && isList(left, isUser) && isCount(count)
      ? { type: "presence", room, joined, left, count }
      : undefined;
  },

  typing: ({ room, user }) =>
    isRoom(room) && isUser(user) ? { type: "typing", room, user } : undefined,
};

function isRoomSummary(value: unknown): value is RoomSummary {
  return isFields(value) && isRoom(value.room) && isCount(value.count) && isCount(value.last) &&
    isCount(value.at);
}

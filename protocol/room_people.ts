/**
 * The capability of the people of a room: its members and moderators.
 *
 * @module
 */
import { isRoom } from "./addresses.ts";
import type { CommandParsers, LineParsers } from "./capability.ts";
import { isActionId, readRoomAction } from "./command_fields.ts";
import { isBoolean, isFields, isList, isString, storable } from "./fields.ts";
import { isUser } from "./line_fields.ts";
import { REASON_CHARACTERS } from "./moderation.ts";
import { isPersonId, isTime } from "./roles.ts";
import type { User } from "./types.ts";

/** Every {@linkcode RoomRole}. */
export const ROOM_ROLES = ["moderator", "member"] as const;

/** The role of a person in a room. */
export type RoomRole = typeof ROOM_ROLES[number];

/** Makes a person a member of a private room. For its moderators; an admin may add themselves. */
export interface AddCommand {
  readonly type: "add";
  readonly id?: string;
  readonly room: string;
  readonly person: string;
}

/** Puts a person out of a room. For its moderators, and in public rooms for admins. */
export interface RemoveCommand {
  readonly type: "remove";
  readonly id?: string;
  readonly room: string;
  readonly person: string;
  /** For the person to read; at most {@linkcode REASON_CHARACTERS}. */
  readonly reason?: string;
}

/** The most moderators of a room. */
export const MODERATORS = 100;

/** Makes a member a moderator, or none. For moderators, and in public rooms for admins. */
export interface ModeratorCommand {
  readonly type: "moderator";
  readonly id?: string;
  readonly room: string;
  readonly person: string;
  readonly on: boolean;
}

/** Requests the members of a room that one may read, those of longest standing first. */
export interface MembersCommand {
  readonly type: "members";
  readonly id?: string;
  readonly room: string;
  /** Only those whose name contains this. */
  readonly text?: string;
  /** The `next` of the answer before. */
  readonly after?: string;
}

/** Every command of this capability. */
export type RoomPeopleCommand = AddCommand | RemoveCommand | ModeratorCommand | MembersCommand;

/** A member of a room. */
export interface RoomMember extends User {
  readonly role: RoomRole;
  /**
   * The last hour in which the person was connected, in ms since 1970. For other members of the room; absent of a
   * person who was not seen yet.
   */
  readonly seen?: number;
}

/** Answers `members`. */
export interface MembersLine {
  readonly type: "members";
  readonly id?: string;
  readonly room: string;
  readonly members: readonly RoomMember[];
  /** Present if there are more. */
  readonly next?: string;
}

/** Somebody was added, removed, or has another role. Sent to everyone in the room. */
export interface MemberLine {
  readonly type: "member";
  readonly room: string;
  readonly user: User;
  /** `none` after a removal. */
  readonly role: RoomRole | "none";
  /** The id of the person who did it. */
  readonly by?: string;
}

/** Every line of this capability. */
export type RoomPeopleLine = MembersLine | MemberLine;

/** A `next`: a time in ms, and the id of a person. */
const CURSOR = /^\d{1,16}\.[\w-]{1,64}$/;

/** The most UTF-16 code units of a text that names are searched for. */
const SEARCH_UNITS = 64;

const PERSON = "person must be the id of a person";

/** The parsers of the commands. */
export const ROOM_PEOPLE_COMMANDS: CommandParsers<RoomPeopleCommand> = {
  add: (fields) =>
    readRoomAction(
      fields,
      "add somebody",
      ({ person }, room) => isPersonId(person) ? { type: "add", room, person } : PERSON,
    ),
  remove: (fields) =>
    readRoomAction(fields, "remove somebody", ({ person, reason }, room) => {
      if (!isPersonId(person)) return PERSON;
      if (reason === undefined) return { type: "remove", room, person };
      return isString(reason) && reason.length <= REASON_CHARACTERS
        ? { type: "remove", room, person, reason: storable(reason) }
        : `reason may have ${REASON_CHARACTERS} characters`;
    }),
  moderator: (fields) =>
    readRoomAction(fields, "change a moderator", ({ person, on }, room) => {
      if (!isPersonId(person)) return PERSON;
      return isBoolean(on) ? { type: "moderator", room, person, on } : "on must be true or false";
    }),
  members: (fields) =>
    readRoomAction(fields, "list members", ({ after, text }, room) => {
      if (after !== undefined && !(isString(after) && CURSOR.test(after))) {
        return "after must be the next of an answer";
      }
      if (text !== undefined && !(isString(text) && text.length <= SEARCH_UNITS)) {
        return `text may have ${SEARCH_UNITS} characters`;
      }
      return {
        ...{ type: "members", room },
        ...(text !== undefined && { text: storable(text) }),
        ...(after !== undefined && { after }),
      };
    }),
};

/** The parsers of the lines. */
export const ROOM_PEOPLE_LINES: LineParsers<RoomPeopleLine> = {
  members({ id, room, members, next }) {
    if (id !== undefined && !isActionId(id)) return undefined;
    if (!isRoom(room) || !isList(members, isMember)) return undefined;
    if (next !== undefined && !isString(next)) return undefined;
    return {
      type: "members",
      ...(id !== undefined && { id }),
      ...{ room, members },
      ...(next !== undefined && { next }),
    };
  },
  member({ room, user, role, by }) {
    const known = role === "none" ? role : readRoomRole(role);
    if (!isRoom(room) || !isUser(user) || known === undefined) return undefined;
    if (by !== undefined && !isString(by)) return undefined;
    return { type: "member", room, user, role: known, ...(by !== undefined && { by }) };
  },
};

/** Returns the role of a person in a room, or undefined if the value is none. */
export function readRoomRole(value: unknown): RoomRole | undefined {
  return ROOM_ROLES.find((role) => role === value);
}

function isMember(value: unknown): value is RoomMember {
  return isFields(value) && isUser(value) && readRoomRole(value.role) !== undefined &&
    isTime(value.seen);
}

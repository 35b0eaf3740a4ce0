/**
 * The capability of settings of a room, each of which its moderators change.
 *
 * @module
 */
import { isRoom } from "./addresses.ts";
import { isBlank } from "./blank.ts";
import type { CommandParsers, LineParsers } from "./capability.ts";
import { readRoomAction } from "./command_fields.ts";
import { isBoolean, isCount, isFields, isString, storable } from "./fields.ts";

/** The most characters (code points) of a room's title, and of its topic. */
export const TITLE_CHARACTERS = 80;
export const TOPIC_CHARACTERS = 250;

/** The most seconds that a person can have to wait between two messages: an hour. */
export const SLOW_SECONDS = 3600;

/** The most days for which a room keeps its messages: ten years. */
export const ROOM_KEEP_DAYS = 3650;

/** Every value of {@linkcode RoomInfo.kind}. */
export const ROOM_KINDS = ["public", "private", "direct"] as const;

/** Every value of {@linkcode RoomInfo.posting}. */
export const POSTING = ["all", "moderators"] as const;

/** Every value of {@linkcode RoomInfo.history}. */
export const HISTORIES = ["all", "joined"] as const;

/** The settings of a room that its moderators change. */
export interface RoomSettings {
  /** The title; where it is empty, clients show the address, or the people of a direct room. */
  readonly title: string;
  readonly topic: string;
  /** The people who may write. */
  readonly posting: typeof POSTING[number];
  /** Whether guests may write, if the chat lets them. */
  readonly guests: boolean;
  /** The time between two messages of one person, in seconds; 0: no limit. Moderators don't wait. */
  readonly slow: number;
  /** True if nobody may write any more. */
  readonly archived: boolean;
  /** The days after which messages are deleted; 0: as the chat does it. */
  readonly keepDays: number;
}

/** A room's settings, and the properties that are fixed when it is made. */
export interface RoomInfo extends RoomSettings {
  /**
   * `public`: everyone may find, read and join it. `private`: members only; to others it does not exist.
   * `direct`: a private room of a fixed set of people, without a moderator.
   */
  readonly kind: typeof ROOM_KINDS[number];
  /** The messages that a new member of a private room sees: all, or those after joining. */
  readonly history: typeof HISTORIES[number];
}

/** A room that nobody has made yet, and a new public one. */
export const NEW_ROOM: RoomInfo = {
  kind: "public",
  title: "",
  topic: "",
  posting: "all",
  guests: true,
  slow: 0,
  archived: false,
  keepDays: 0,
  history: "all",
};

/** One setting of a room and its value. */
export type RoomSetting = {
  readonly [Key in keyof RoomSettings]: {
    readonly setting: Key;
    readonly value: RoomSettings[Key];
  };
}[keyof RoomSettings];

/** Changes one setting of a room. For its moderators, and in public rooms for admins. */
export type SetRoomCommand = {
  readonly type: "set_room";
  readonly id?: string;
  readonly room: string;
} & RoomSetting;

/** The settings of a room have changed. Sent to everyone in it. */
export interface InfoLine {
  readonly type: "info";
  readonly room: string;
  readonly info: RoomInfo;
}

/** The parsers of the commands. */
export const ROOM_SETTINGS_COMMANDS: CommandParsers<SetRoomCommand> = {
  set_room: (fields) =>
    readRoomAction(fields, "change a room", ({ setting, value }, room) => {
      const read = readRoomSetting(setting, value);
      if (typeof read === "string") return read;
      if (read.setting === "title") {
        return { type: "set_room", room, ...read, value: bareTitle(read.value) };
      }
      if (read.setting === "topic") {
        return { type: "set_room", room, ...read, value: visible(read.value) };
      }
      return { type: "set_room", room, ...read };
    }),
};

/** The parsers of the lines. */
export const ROOM_SETTINGS_LINES: LineParsers<InfoLine> = {
  info: ({ room, info }) =>
    isRoom(room) && isRoomInfo(info) ? { type: "info", room, info } : undefined,
};

/** Returns a setting with its value, or what is wrong with it. */
export function readRoomSetting(setting: unknown, value: unknown): RoomSetting | string {
  switch (setting) {
    case "title": {
      const title = readLineOf(value, TITLE_CHARACTERS);
      return title === undefined
        ? `value must be one line of at most ${TITLE_CHARACTERS} characters`
        : { setting, value: title };
    }
    case "topic": {
      const topic = readLineOf(value, TOPIC_CHARACTERS);
      return topic === undefined
        ? `value must be one line of at most ${TOPIC_CHARACTERS} characters`
        : { setting, value: topic };
    }
    case "posting": {
      const known = POSTING.find((each) => each === value);
      return known ? { setting, value: known } : "value must be all or moderators";
    }
    case "guests":
    case "archived":
      return isBoolean(value) ? { setting, value } : "value must be true or false";
    case "slow":
      return isCount(value) && value <= SLOW_SECONDS
        ? { setting, value }
        : `value must be a number of seconds from 0 to ${SLOW_SECONDS}`;
    case "keepDays":
      return isCount(value) && value <= ROOM_KEEP_DAYS
        ? { setting, value }
        : `value must be a number of days from 0 to ${ROOM_KEEP_DAYS}`;
    default:
      return "setting must be title, topic, posting, guests, slow, archived or keepDays";
  }
}

/** Returns whether each setting has a value that could be given to it, as it stands. */
export function hasValidSettings(info: RoomInfo): boolean {
  const settings: (keyof RoomSettings)[] = ["title", "topic", "slow", "keepDays"];
  return settings.every((setting) => {
    const read = readRoomSetting(setting, info[setting]);
    return typeof read !== "string" && read.value === info[setting];
  });
}

/** Line breaks and other control characters, and marks that would turn what stands beside the line around. */
const NO_LINE = /[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]/u;

/** Returns one line of text without the spaces at its ends, or undefined if it is none or too long. */
export function readLineOf(value: unknown, characters: number): string | undefined {
  // A character has at most two units.
  if (!isString(value) || value.length > 2 * characters) return undefined;
  const line = storable(value).trim();
  return [...line].length <= characters && !NO_LINE.test(line) ? line : undefined;
}

/** Returns a line, or an empty one if it shows nothing. That depends on the version of Unicode: it is for commands alone. */
export function visible(line: string): string {
  return isBlank(line) ? "" : line;
}

/** Characters that show nothing, or nothing of their own, and then the signs of an address and those that look like them. */
const BLANKS = String.raw`\s\p{Cf}\p{Default_Ignorable_Code_Point}\p{M}\u2800\ufffc`;
const SIGNS = "#＃﹟♯⌗⋕";
const SIGNED = new RegExp(`^[${BLANKS}]*[${SIGNS}][${SIGNS}${BLANKS}]*`, "u");

/**
 * Returns a title without the signs of an address at its beginning, or an empty one if it shows nothing: a private room
 * called `#lobby` would look like the public one. For commands alone.
 */
export function bareTitle(line: string): string {
  return visible(line.replace(SIGNED, ""));
}

/** Checks for what a client knows of a room. */
export function isRoomInfo(value: unknown): value is RoomInfo {
  return isFields(value) && ROOM_KINDS.some((each) => each === value.kind) &&
    isString(value.title) && isString(value.topic) &&
    POSTING.some((each) => each === value.posting) && isBoolean(value.guests) &&
    isCount(value.slow) && isBoolean(value.archived) && isCount(value.keepDays) &&
    HISTORIES.some((each) => each === value.history);
}

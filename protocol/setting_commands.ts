/**
 * The commands of settings that hold for the whole chat, which few of the page's readers need.
 *
 * @module
 */
import type { CommandParsers } from "./capability.ts";
import { readAction } from "./command_fields.ts";
import { isBoolean, isCount, isString } from "./fields.ts";
import {
  CHAT_NAME_CHARACTERS,
  DEFAULT_ROOMS_LIMIT,
  ENTRIES,
  isDefaultRooms,
  KEEP_DAYS_LIMIT,
  ROOM_CREATORS,
  type SetCommand,
  type Setting,
  WELCOME_CHARACTERS,
} from "./settings.ts";

/** The parsers of the commands. */
export const SETTINGS_COMMANDS: CommandParsers<SetCommand> = {
  set: (fields) =>
    readAction(fields, "change a setting", ({ setting, value }) => {
      const read = readSetting(setting, value);
      return typeof read === "string" ? read : { type: "set", ...read };
    }),
};

/** Returns a setting with its value, or what is wrong with it. */
export function readSetting(setting: unknown, value: unknown): Setting | string {
  switch (setting) {
    case "name":
      return isText(value, CHAT_NAME_CHARACTERS) && !/\p{Cc}/u.test(value)
        ? { setting, value: value.trim() }
        : `value must be one line of at most ${CHAT_NAME_CHARACTERS} characters`;
    case "welcome":
      return isText(value, WELCOME_CHARACTERS)
        ? { setting, value: value.trim() }
        : `value must be a text of at most ${WELCOME_CHARACTERS} characters`;
    case "createRooms": {
      const known = ROOM_CREATORS.find((each) => each === value);
      return known ? { setting, value: known } : "value must be everyone, members or admins";
    }
    case "guests":
    case "previews":
      return isBoolean(value) ? { setting, value } : "value must be true or false";
    case "keepDays":
      return isCount(value) && value <= KEEP_DAYS_LIMIT
        ? { setting, value }
        : `value must be a number of days from 0 to ${KEEP_DAYS_LIMIT}`;
    case "entry": {
      const known = ENTRIES.find((each) => each === value);
      return known ? { setting, value: known } : "value must be open or invite";
    }
    case "defaultRooms":
      return isDefaultRooms(value)
        ? { setting, value }
        : `value must be a list of at most ${DEFAULT_ROOMS_LIMIT} different addresses of public rooms`;
    default:
      return "setting must be name, welcome, createRooms, guests, entry, defaultRooms, previews " +
        "or keepDays";
  }
}

function isText(value: unknown, length: number): value is string {
  return isString(value) && value.length <= length && value.isWellFormed() && !value.includes("\0");
}

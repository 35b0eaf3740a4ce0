/**
 * The capability of settings that hold for the whole chat.
 *
 * @module
 */
import type { LineParsers } from "./capability.ts";
import { isHiddenRoom, isRoom } from "./addresses.ts";
import { isMessageId } from "./names.ts";
import { isBoolean, isCount, isFields, isList, isString } from "./fields.ts";

/** The most characters (UTF-16 code units) of the chat's name, and of its welcome text. */
export const CHAT_NAME_CHARACTERS = 80;
export const WELCOME_CHARACTERS = 2000;

/** The most rooms of {@linkcode ChatSettings.defaultRooms}. */
export const DEFAULT_ROOMS_LIMIT = 20;

/** The most days of {@linkcode ChatSettings.keepDays}. */
export const KEEP_DAYS_LIMIT = 100_000;

/** Every value of {@linkcode ChatSettings.createRooms}. */
export const ROOM_CREATORS = ["everyone", "members", "admins"] as const;

/** Every value of {@linkcode ChatSettings.entry}. */
export const ENTRIES = ["open", "invite"] as const;

/** The settings of the chat. */
export interface ChatSettings {
  /** Empty until an admin gives one. */
  readonly name: string;
  /** A text for those who enter; may be empty. */
  readonly welcome: string;
  /** The people who may make new rooms. */
  readonly createRooms: typeof ROOM_CREATORS[number];
  /** Whether guests may write. */
  readonly guests: boolean;
  /** `open`: everyone may enter who reaches the server; `invite`: only people with a name, and newcomers with a link. */
  readonly entry: typeof ENTRIES[number];
  /** The rooms that a person becomes a member of by taking a first name; at most {@linkcode DEFAULT_ROOMS_LIMIT}. */
  readonly defaultRooms: readonly string[];
  /** Whether servers read the addresses that messages link to, for previews. */
  readonly previews: boolean;
  /** The days after which messages are deleted in rooms that say nothing else; 0 keeps them permanently. */
  readonly keepDays: number;
  /** The id of the chat's icon, which is at `/pictures/ID`; absent if it has none. Changed by `icon`. */
  readonly icon?: string;
}

/** One setting and its value. */
export type Setting = {
  readonly [Key in Exclude<keyof ChatSettings, "icon">]: {
    readonly setting: Key;
    readonly value: ChatSettings[Key];
  };
}[Exclude<keyof ChatSettings, "icon">];

/** Changes one setting. For admins. */
export type SetCommand = { readonly type: "set"; readonly id?: string } & Setting;

/** The settings have changed. Sent to everyone. */
export interface ChatLine {
  readonly type: "chat";
  readonly chat: ChatSettings;
}

/** The parsers of the lines. */
export const SETTINGS_LINES: LineParsers<ChatLine> = {
  chat: ({ chat }) => isChat(chat) ? { type: "chat", chat } : undefined,
};

/** Checks for the settings of a chat. */
export function isChat(value: unknown): value is ChatSettings {
  return isFields(value) && isString(value.name) && isString(value.welcome) &&
    ROOM_CREATORS.some((each) => each === value.createRooms) && isBoolean(value.guests) &&
    ENTRIES.some((each) => each === value.entry) && isDefaultRooms(value.defaultRooms) &&
    isBoolean(value.previews) && isCount(value.keepDays) &&
    (value.icon === undefined || isMessageId(value.icon));
}

/** Checks for addresses of rooms that newcomers become members of. */
export function isDefaultRooms(value: unknown): value is string[] {
  return isList(value, isRoom) && value.length <= DEFAULT_ROOMS_LIMIT &&
    new Set(value).size === value.length && !value.some(isHiddenRoom);
}

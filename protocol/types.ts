/**
 * The types and limits that the capabilities of `hubbub.v1` share. Each capability is one file with its
 * commands and lines; `commands.ts` and `lines.ts` list them.
 *
 * @module
 */

/** The subprotocol whose lines are JSON. */
export const PROTOCOL = "hubbub.v1";

/** The room that people enter first. Nobody is ever refused there. */
export const DEFAULT_ROOM = "lobby";

/** The most messages a reply may have. */
export const HISTORY_LIMIT = 200;

/** The number of newest messages in a `joined` that answers a `join` without `after`. */
export const JOIN_MESSAGES = 50;

/** The most bytes the messages of one reply may have together, as printed. */
export const REPLY_BYTES = 256 * 1024;

/** The most members that a `joined` lists; its `count` is exact. */
export const MEMBERS_LIMIT = 200;

/** The most rooms that a `rooms` lists: the most active ones. */
export const ROOMS_LIMIT = 200;

/** The member of {@linkcode Message.mentions} that stands for all members of the room. */
export const EVERYONE = "*";

/** The most files that one message names. */
export const MESSAGE_FILES = 10;

/** The word after `@` that mentions all members. Nobody can have it as a name. */
export const EVERYONE_WORD = "room";

/** In a room with more members than this, only moderators and admins mention all of them. */
export const EVERYONE_MEMBERS = 50;

/** A person as others see them. The id is permanent, the name may change. */
export interface User {
  readonly id: string;
  /** Empty for a client of plain lines that gave no name, and for a deleted person. */
  readonly name: string;
  /** Present for a person whose account was deleted. */
  readonly deleted?: true;
}

/** A message as it is stored and sent. */
export interface Message {
  readonly room: string;
  /** The number of the message in its room: 1 for the first, then rising by one. */
  readonly seq: number;
  /** The id that its sender chose. */
  readonly id: string;
  readonly user: User;
  readonly text: string;
  /** The time of acceptance, in ms since 1970. */
  readonly at: number;
  /** The ids of the people whom it mentions, and {@linkcode EVERYONE}; absent if it mentions nobody. */
  readonly mentions?: readonly string[];
  /** The `seq` of the message that it replies to. */
  readonly re?: number;
  /** The id of the author of that one; absent if that is not known any more, or if the reader may not see it. */
  readonly answers?: string;
  /** The files that it names, in the order of its author, at most {@linkcode MESSAGE_FILES}; absent if there are none. */
  readonly files?: readonly FileInfo[];
  /** The time of its latest edit, in ms since 1970; absent if it was never edited. */
  readonly edited?: number;
  /** Present if it was deleted, by its author or by a moderator or admin. It then has an empty text and none of the rest. */
  readonly deleted?: Deleter;
  /** In the order in which each emoji was used first; absent if nobody reacts. */
  readonly reactions?: readonly Reaction[];
  readonly pinned?: true;
  /** Previews of its links, as the server has read them; absent if there are none. */
  readonly previews?: readonly LinkPreview[];
  /** The room's `rev` of its latest change; absent if it was never changed. */
  readonly rev?: number;
}

/** A file that a message names, as its readers see it. Its bytes are at `/files/ID/NAME`. */
export interface FileInfo {
  /** Random; see `isFileId`. */
  readonly id: string;
  readonly name: string;
  /** In bytes. */
  readonly size: number;
  /** The media type that its bytes have, such as `image/png`; `application/octet-stream` if they have none that is known. */
  readonly type: string;
  /** Of a picture, or a video whose client has measured it: its width in pixels, as it is shown. */
  readonly width?: number;
  /** As `width`: its height. */
  readonly height?: number;
  /** Of a picture: the id of a smaller one, whose readers are those of this file. */
  readonly preview?: string;
}

/** Every {@linkcode Deleter}. */
export const DELETERS = ["author", "moderator"] as const;

/** Somebody who deleted a message: its author, or a moderator or admin. */
export type Deleter = typeof DELETERS[number];

/** The reactions to a message with one emoji. */
export interface Reaction {
  readonly emoji: string;
  /** The ids of the first people who reacted with it, at most 10. */
  readonly users: readonly string[];
  /** The number of all of them. */
  readonly count: number;
}

/** The preview of a link, as the server has read it. Its texts are the linked page's own: do not trust them. */
export interface LinkPreview {
  /** The address, as it stands in the message. */
  readonly url: string;
  readonly title: string;
  readonly description?: string;
  /** The name of the site, as it calls itself. */
  readonly site?: string;
  readonly picture?: PreviewPicture;
}

/** The picture of a preview, which its server keeps: its bytes are at `/files/ID/preview`. */
export interface PreviewPicture {
  /** Random; see `isFileId`. */
  readonly id: string;
  /** In pixels, as it is shown. */
  readonly width: number;
  readonly height: number;
}

/** The limits that the server sends in `hello`. */
export interface Limits {
  /** Bytes of one message's text in UTF-8. */
  readonly message: number;
  /** Bytes of one frame from the client. */
  readonly frame: number;
  /** Messages per second, of which a long one counts as several; 0 means no limit. */
  readonly rate: number;
  /** Messages at once before the rate applies, counted in the same way; 0 means no limit. */
  readonly burst: number;
  /** Messages in one reply. */
  readonly history: number;
  /** Characters of a room's title. */
  readonly title: number;
  /** Characters of a room's topic. */
  readonly topic: number;
  /** Rooms that one person makes in 24 hours, and new direct rooms. */
  readonly newRooms: number;
  /** People of a direct room. */
  readonly directPeople: number;
  /** Different emoji of one message. */
  readonly reactions: number;
  /** Pinned messages of a room. */
  readonly pins: number;
  /** Bytes of one file; 0 if the server takes none. */
  readonly file: number;
  /** Files of one message. */
  readonly files: number;
}

/** A line was refused; the connection stays open. */
export interface ErrorLine {
  readonly type: "error";
  readonly code: ErrorCode;
  /** For a person to read. */
  readonly message: string;
  /** The message's id, or the room, that the error is about. */
  readonly ref?: string;
  /** The time after which a new attempt can succeed, in ms. */
  readonly retry?: number;
}

/** Every {@linkcode ErrorCode}. */
export const ERROR_CODES = [
  "bad_json",
  "unknown_type",
  "bad_value",
  "bad_room",
  "bad_name",
  "name_taken",
  "bad_secret",
  "bad_id",
  "too_long",
  "empty",
  "no_room",
  "no_message",
  "no_file",
  "room_taken",
  "archived",
  "not_joined",
  "too_many",
  "rate_limited",
  "forbidden",
  "muted",
  "no_person",
  "last_admin",
  "stale",
  "storage",
] as const;

/** The reason why a line was refused. */
export type ErrorCode = typeof ERROR_CODES[number];

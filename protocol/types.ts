/**
 * What the lines of `hubbub.v1` are: their types and limits. `protocol.ts` gives these on, with what reads
 * and writes them.
 *
 * @module
 */

/** The subprotocol whose lines are JSON. */
export const PROTOCOL = "hubbub.v1";

/** The most bytes a client's frame may have. */
export const FRAME_BYTES = 64 * 1024;

/** The most messages a reply may have. */
export const HISTORY_LIMIT = 200;

/** How many messages, the newest, a `joined` has when no `after` was given. */
export const JOIN_MESSAGES = 50;

/** The most bytes the messages of one reply may have together, as printed. */
export const REPLY_BYTES = 256 * 1024;

/** The most members a `joined` names; its `count` is exact. */
export const MEMBERS_LIMIT = 200;

/** The most rooms a `rooms` names: the most lively ones. */
export const ROOMS_LIMIT = 200;

/** A person, as everyone may know them: the id stays, the name may change. */
export interface User {
  readonly id: string;
  /** Empty for someone who speaks plain lines and gave no name. */
  readonly name: string;
}

/** A message as it is kept and told. */
export interface Message {
  readonly room: string;
  /** Its place in the room: the first is 1, and each next one is higher by one. */
  readonly seq: number;
  /** The sender's own id for it. */
  readonly id: string;
  readonly user: User;
  readonly text: string;
  /** When it was accepted, in milliseconds since 1970. */
  readonly at: number;
}

/** What a server allows, told in `hello`. */
export interface Limits {
  /** Bytes of one message's text in UTF-8. */
  readonly message: number;
  /** Bytes of one frame. */
  readonly frame: number;
  /** Messages a second; 0: no limit. */
  readonly rate: number;
  /** Messages at once, before the rate counts; 0: no limit. */
  readonly burst: number;
  /** Messages in one reply. */
  readonly history: number;
}

/** A room in the list of rooms. */
export interface RoomSummary {
  readonly room: string;
  /** How many people are in it. */
  readonly count: number;
  /** The newest `seq`; 0: none yet. */
  readonly last: number;
  /** When the newest message was accepted, in milliseconds since 1970; 0: none yet. */
  readonly at: number;
}

/** Enters a room; with `after`, resumes behind that `seq`. */
export interface JoinCommand {
  readonly type: "join";
  readonly room: string;
  readonly after?: number;
}

/** Leaves a room. */
export interface LeaveCommand {
  readonly type: "leave";
  readonly room: string;
}

/** Sends a message to a room. */
export interface SendCommand {
  readonly type: "send";
  readonly room: string;
  /** New for each message; the same again asks what became of it. */
  readonly id: string;
  readonly text: string;
}

/** Asks for the messages on one side of a `seq`, which is itself excluded. */
export type HistoryCommand =
  & {
    readonly type: "history";
    readonly room: string;
    /** From 1 to {@linkcode HISTORY_LIMIT}. */
    readonly limit: number;
  }
  & (
    | { readonly before: number; readonly after?: undefined }
    | { readonly after: number; readonly before?: undefined }
  );

/** Asks for the list of rooms. */
export interface RoomsCommand {
  readonly type: "rooms";
}

/** Says that this person is typing. */
export interface TypingCommand {
  readonly type: "typing";
  readonly room: string;
}

/** Takes a name, and with a secret keeps it for any device. */
export interface NameCommand {
  readonly type: "name";
  /** In NFC. */
  readonly name: string;
  readonly secret?: string;
}

/** Any line from a client to the server. */
export type Command =
  | JoinCommand
  | LeaveCommand
  | SendCommand
  | HistoryCommand
  | RoomsCommand
  | TypingCommand
  | NameCommand;

/** The first line of every connection. */
export interface HelloLine {
  readonly type: "hello";
  readonly protocol: string;
  readonly version: string;
  readonly user: User;
  readonly limits: Limits;
}

/** Answers `join`. */
export interface JoinedLine {
  readonly type: "joined";
  readonly room: string;
  /** The oldest `seq` still kept. */
  readonly first: number;
  /** The newest `seq`: live messages begin behind it. */
  readonly last: number;
  /** At most {@linkcode MEMBERS_LIMIT} of those in the room. */
  readonly members: readonly User[];
  /** How many people are in the room. */
  readonly count: number;
  /** Ascending. */
  readonly messages: readonly Message[];
  /** Whether others remain in the direction asked. */
  readonly more: boolean;
}

/** Answers `leave`. */
export interface LeftLine {
  readonly type: "left";
  readonly room: string;
}

/** A message, for everyone in its room; for its sender the acknowledgement. */
export interface MessageLine extends Message {
  readonly type: "message";
}

/** Answers `history`. */
export interface HistoryLine {
  readonly type: "history";
  readonly room: string;
  /** Ascending. */
  readonly messages: readonly Message[];
  /** Whether others remain in the direction asked. */
  readonly more: boolean;
}

/** Answers `rooms`. */
export interface RoomsLine {
  readonly type: "rooms";
  /** At most {@linkcode ROOMS_LIMIT}, the most lively. */
  readonly rooms: readonly RoomSummary[];
}

/** Who came and went since the last such line of the room. */
export interface PresenceLine {
  readonly type: "presence";
  readonly room: string;
  readonly joined: readonly User[];
  readonly left: readonly User[];
  /** How many people are in the room now. */
  readonly count: number;
}

/** Somebody else is typing. */
export interface TypingLine {
  readonly type: "typing";
  readonly room: string;
  readonly user: User;
}

/** A person has a new name. */
export interface RenamedLine {
  readonly type: "renamed";
  readonly user: User;
  /** The name before. */
  readonly was: string;
}

/** A line was refused; the connection stays. */
export interface ErrorLine {
  readonly type: "error";
  readonly code: ErrorCode;
  /** For a person to read. */
  readonly message: string;
  /** The message's id or the room that it is about. */
  readonly ref?: string;
  /** After how many milliseconds trying again makes sense. */
  readonly retry?: number;
}

/** Any line from the server to a client. */
export type ServerLine =
  | HelloLine
  | JoinedLine
  | LeftLine
  | MessageLine
  | HistoryLine
  | RoomsLine
  | PresenceLine
  | TypingLine
  | RenamedLine
  | ErrorLine;

/** Every {@linkcode ErrorCode}. */
export const ERROR_CODES = [
  "bad_json",
  "unknown_type",
  "bad_value",
  "bad_room",
  "bad_name",
  "name_taken",
  "bad_id",
  "too_long",
  "empty",
  "not_joined",
  "too_many",
  "rate_limited",
  "storage",
] as const;

/** Why a line was refused. */
export type ErrorCode = typeof ERROR_CODES[number];

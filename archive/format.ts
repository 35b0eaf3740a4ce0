/**
 * The format that `hubbub export` prints and `hubbub import` reads: everything that is kept, as lines of JSON
 * that do not depend on where it is kept. Their order, by which the same data makes the same lines: `hubbub`, each
 * `person`, `session`, `login` and `file` by id, the `bytes` of each content (or that they are `lost`) behind the first
 * file that has it, each `room` by name with its messages after it, ascending by `seq` and without holes, each with its
 * `reactions` and `edits` behind it, each `member` by person and place, whom each person is to `ignore`, who is not to be
 * disturbed, each `picture`, what people say `about` themselves, former `address`, open `report`, and `removal` under way, and `end`, by which a file that was
 * cut is known.
 *
 * @module
 */
import { type ArchivedChange, type ArchivedMessageLine, readChangeLine } from "./changes.ts";
import {
  isAdmin,
  isDevice,
  isId,
  isIn,
  isKey,
  isKeys,
  isText,
  MAX_COUNT,
  MAX_MS,
  MAX_PLACE,
  read,
  readOptional,
} from "./fields.ts";
import { type ArchivedContent, readContentLine } from "./contents.ts";
import { type ArchivedFile, readFile } from "./files.ts";
import { readMessageLine } from "./messages.ts";
import { type ArchivedPicture, readPictureLine } from "./pictures.ts";
import { type ArchivedRemoval, readRemovalLine } from "./removals.ts";
import { type ArchivedReport, readReportLine } from "./reports.ts";
import { isDetail, isName } from "./texts.ts";
import { ABOUT_CHARACTERS } from "../protocol/abouts.ts";
import { isRoom } from "../protocol/addresses.ts";
import { type Fields, isList, parseFields } from "../protocol/fields.ts";
import { type Level, LEVELS } from "../protocol/memberships.ts";
import {
  hasValidSettings,
  isRoomInfo,
  readLineOf,
  type RoomInfo,
} from "../protocol/room_settings.ts";
import { DIRECT_PEOPLE } from "../protocol/room_making.ts";
import { nameKey } from "../protocol/names.ts";
import { readSetting } from "../protocol/setting_commands.ts";
import type { Setting } from "../protocol/settings.ts";
import { DAY_MS, HOUR_MS } from "../lib/time.ts";
import { keysOf } from "../people/name_keys.ts";
import { isHash } from "../people/secret_hash.ts";
import type { Owner } from "../people/store.ts";
import type { StoredBan } from "../state/restrictions.ts";
import type { Membership } from "../state/membership_table.ts";
import type { StoredLink } from "../state/links.ts";
import type { AuditEntry } from "../state/audit.ts";
import type { StoredSession } from "../state/session_table.ts";

/** The numbers of this format. A reader that knows no files is to refuse an archive with some. */
export const ARCHIVE_FORMATS = { withoutFiles: 1, withFiles: 2 } as const;

/** One line. */
export type ArchiveLine =
  | {
    readonly type: "hubbub";
    readonly format: number;
    /** The store's id, by which its cookies are named. */
    readonly store: string;
    /** The key that signs its cookies, in base64. A person who has it can log in as anyone. */
    readonly key?: string;
    /** The last keys before it, oldest first: they tell who a browser was, and let nobody in. */
    readonly former?: readonly string[];
  }
  | ({ readonly type: "person" } & Owner)
  /** A setting of the chat that is not the one of a new chat. */
  | ({ readonly type: "setting" } & Setting)
  /** An invitation that may still be used. */
  | ({ readonly type: "invite" } & Omit<StoredLink, "kind" | "person">)
  /** A person who may not write until a time, in ms since 1970. */
  | { readonly type: "mute"; readonly person: string; readonly until: number }
  /** A person whose account was deleted. */
  | { readonly type: "deleted"; readonly person: string }
  /** A person who may not be here. */
  | ({ readonly type: "ban" } & StoredBan)
  /** The actions of admins and moderators, in the order of the audit log. */
  | ({ readonly type: "audit" } & AuditEntry)
  /** A session that was ended; `until` in seconds since 1970. */
  | { readonly type: "session"; readonly id: string; readonly until: number }
  /** A session of a person with a name, which was not ended; `since` in ms, `used` in days since 1970. */
  | ({ readonly type: "login" } & Omit<StoredSession, "generation"> & {
    /** Present if it was spared when the person's others were ended. */
    readonly generation?: number;
  })
  | {
    readonly type: "room";
    readonly room: string;
    /** The oldest `seq` kept; `last` + 1 if none is. */
    readonly first: number;
    /** The newest `seq` ever given. */
    readonly last: number;
    /** The number of changes of its messages; absent before the first. */
    readonly rev?: number;
    /** The number of those that edited or deleted one. */
    readonly edits?: number;
    /** Absent for a room with the settings of a new public one. */
    readonly info?: RoomInfo;
    /** The id of the person who made it; absent if its first message did. */
    readonly creator?: string;
    /** The time of that, in ms since 1970. */
    readonly created?: number;
    /** The ids of the people of a direct room. */
    readonly people?: readonly string[];
  }
  /** An address that no room may have again; `room` is the present one of the room that had it. */
  | { readonly type: "address"; readonly address: string; readonly room?: string }
  /** A file that a message behind it names, or the preview of one. */
  | ArchivedFile
  | ArchivedContent
  | ArchivedMessageLine
  | ArchivedChange
  /** A person's membership in a room that was there before. */
  | ({ readonly type: "member" } & Membership)
  /** A person who was there before ignores another, who may be a guest. */
  | { readonly type: "ignore"; readonly person: string; readonly other: string }
  /** A person who was there before is not to be disturbed until a time, in ms since 1970. */
  | { readonly type: "do_not_disturb"; readonly person: string; readonly until: number }
  | ArchivedPicture
  /** What a person who was there before says about themselves. */
  | { readonly type: "about"; readonly person: string; readonly text: string }
  | ArchivedReport
  | ArchivedRemoval
  | { readonly type: "end"; readonly people: number; readonly messages: number };

/**
 * Parses a line.
 *
 * @throws {Error} if it is not a line of an archive. The message names the field, and repeats nothing of it: it
 * may be a key or a secret.
 */
export function parseArchiveLine(text: string): ArchiveLine {
  const fields = parseFields(text);
  if (fields === undefined) throw new Error("it is not an object of JSON");
  const line = readLine(fields);
  refuseFull(line);
  return line;
}

/**
 * Refuses counts that are all but used up: what comes next could not be exported, or not even be stored. A chat that
 * begins with the half counts on for longer than it lasts.
 */
function refuseFull(line: ArchiveLine): void {
  for (const [field, count, max] of countsOf(line)) {
    if (count > Math.floor(max / 2)) {
      throw new Error(
        `"${field}" must be at most ${Math.floor(max / 2)}, since the chat counts on`,
      );
    }
  }
}

/** Returns the counts of a line that go on, each with the largest that is possible. */
function countsOf(line: ArchiveLine): [field: string, count: number, max: number][] {
  switch (line.type) {
    case "person":
      return [["generation", line.generation ?? 0, MAX_COUNT]];
    case "room":
      return [
        ["last", line.last, MAX_COUNT],
        ["rev", line.rev ?? 0, MAX_COUNT],
        ["edits", line.edits ?? 0, MAX_COUNT],
      ];
    case "member":
      return [["place", line.place, MAX_PLACE]];
    default:
      return [];
  }
}

/**
 * Checks a line that was made of the rows of a data file.
 *
 * @throws {Error} if it is not one that can be imported; see {@linkcode parseArchiveLine}
 */
export function checkArchiveLine(line: ArchiveLine): void {
  // A version with other tables of look-alikes may have made the key of a name.
  readLine(line.type === "person" ? { ...line, key: nameKey(line.name) } : { ...line });
}

function readLine(fields: Fields): ArchiveLine {
  const { type } = fields;
  switch (type) {
    case "hubbub":
      return {
        type,
        format: read(fields, "format", isIn(0, MAX_COUNT), "a whole number"),
        store: read(fields, "store", isText(/^[0-9a-z]{6,64}$/), "6 to 64 letters and digits"),
        ...readOptional(fields, "key", isKey, "32 bytes in base64"),
        ...readOptional(fields, "former", isKeys, "keys of 32 bytes in base64"),
      };
    case "person": {
      const name = read(fields, "name", isName, "a valid name");
      const isKeyOfName = (key: unknown): key is string =>
        typeof key === "string" && keysOf(name).includes(key);
      return {
        type,
        id: read(fields, "id", isId, "an id"),
        name,
        key: read(fields, "key", isKeyOfName, "the folded name"),
        ...readOptional(fields, "secret", isHash, "a hash that this Hubbub can check"),
        used: read(fields, "used", isIn(0, MAX_MS / DAY_MS), "a day"),
        ...readOptional(fields, "generation", isIn(0, MAX_COUNT), "a whole number"),
        ...readOptional(fields, "role", isAdmin, "admin"),
        ...readOptional(fields, "seen", isIn(0, MAX_MS / HOUR_MS), "an hour"),
      };
    }
    case "setting": {
      const setting = readSetting(fields.setting, fields.value);
      if (typeof setting === "string") throw new Error(setting);
      return { type, ...setting };
    }
    case "invite":
      return {
        type,
        hash: read(fields, "hash", isText(/^[A-Za-z0-9_-]{43}$/), "a SHA-256 in base64url"),
        at: read(fields, "at", isIn(0, MAX_MS), "a time in ms"),
        until: read(fields, "until", isIn(0, MAX_MS), "a time in ms"),
        ...readOptional(fields, "by", isId, "an id"),
        ...readOptional(fields, "room", isRoom, "a room's name"),
        ...readOptional(fields, "uses", isIn(1, MAX_COUNT), "a number from 1"),
        ...readOptional(fields, "used", isIn(1, MAX_COUNT), "a number from 1"),
      };
    case "mute":
      return {
        type,
        person: read(fields, "person", isId, "an id"),
        until: read(fields, "until", isIn(1, MAX_MS), "a time in ms"),
      };
    case "deleted":
      return { type, person: read(fields, "person", isId, "an id") };
    case "ban":
      return {
        type,
        person: read(fields, "person", isId, "an id"),
        name: read(fields, "name", isDetail, "a text"),
        at: read(fields, "at", isIn(0, MAX_MS), "a time in ms"),
        by: read(fields, "by", isId, "an id"),
        reason: read(fields, "reason", isDetail, "a text"),
      };
    case "audit":
      return {
        type,
        at: read(fields, "at", isIn(0, MAX_MS), "a time in ms"),
        ...readOptional(fields, "by", isId, "an id"),
        action: read(fields, "action", isText(/^[a-z_]{1,40}$/), "a word"),
        ...readOptional(fields, "person", isId, "an id"),
        ...readOptional(fields, "detail", isDetail, "a text"),
      };
    case "session":
      return {
        type,
        id: read(fields, "id", isId, "an id"),
        until: read(fields, "until", isIn(0, MAX_MS / 1000), "a time in seconds"),
      };
    case "login":
      return {
        type,
        id: read(fields, "id", isId, "an id"),
        person: read(fields, "person", isId, "an id"),
        since: read(fields, "since", isIn(0, MAX_MS), "a time in ms"),
        used: read(fields, "used", isIn(0, MAX_MS / DAY_MS), "a day"),
        ...readOptional(fields, "generation", isIn(1, MAX_COUNT), "a number from 1"),
        ...readOptional(fields, "browser", isDevice, "a short name"),
        ...readOptional(fields, "system", isDevice, "a short name"),
      };
    case "room": {
      const last = read(fields, "last", isIn(0, MAX_COUNT), "a whole number");
      return {
        type,
        room: read(fields, "room", isRoom, "a room's name"),
        first: read(fields, "first", isIn(1, last + 1), "a number from 1 to last + 1"),
        last,
        ...readOptional(fields, "rev", isIn(1, MAX_COUNT), "a number from 1"),
        ...readOptional(fields, "edits", isIn(1, MAX_COUNT), "a number from 1"),
        ...readOptional(fields, "info", isInfo, "the settings of a room"),
        ...readOptional(fields, "creator", isId, "an id"),
        ...readOptional(fields, "created", isIn(0, MAX_MS), "a time in ms"),
        ...readOptional(fields, "people", isPeople, "a list of ids"),
      };
    }
    case "address":
      return {
        type,
        address: read(fields, "address", isRoom, "a room's name"),
        ...readOptional(fields, "room", isRoom, "a room's name"),
      };
    case "file":
      return readFile(fields);
    case "bytes":
    case "lost":
      return readContentLine(type, fields);
    case "message":
      return readMessageLine(fields);
    case "reactions":
    case "edits": {
      const room = read(fields, "room", isRoom, "a room's name");
      const seq = read(fields, "seq", isIn(1, MAX_COUNT), "a number from 1");
      return readChangeLine(type, { room, seq }, fields);
    }
    case "member":
      return {
        type,
        person: read(fields, "person", isId, "an id"),
        room: read(fields, "room", isRoom, "a room's name"),
        from: read(fields, "from", isIn(1, MAX_COUNT), "a number from 1"),
        role: read(fields, "role", isRoomRole, "moderator or member"),
        level: read(fields, "level", isLevel, "all, mentions or nothing"),
        read: read(fields, "read", isIn(0, MAX_COUNT), "a whole number"),
        place: read(fields, "place", isIn(0, MAX_PLACE), "a whole number"),
        since: read(fields, "since", isIn(0, MAX_MS), "a time in ms"),
      };
    case "ignore":
      return {
        type,
        person: read(fields, "person", isId, "an id"),
        other: read(fields, "other", isId, "an id"),
      };
    case "do_not_disturb":
      return {
        type,
        person: read(fields, "person", isId, "an id"),
        until: read(fields, "until", isIn(1, MAX_MS), "a time in ms"),
      };
    case "picture":
      return readPictureLine(fields);
    case "about":
      return {
        type,
        person: read(fields, "person", isId, "an id"),
        text: read(fields, "text", isAbout, `a line of at most ${ABOUT_CHARACTERS} characters`),
      };
    case "report":
      return readReportLine(fields);
    case "removal":
      return readRemovalLine(fields);
    case "end":
      return {
        type,
        people: read(fields, "people", isIn(0, MAX_COUNT), "a whole number"),
        messages: read(fields, "messages", isIn(0, Number.MAX_SAFE_INTEGER), "a whole number"),
      };
    default:
      throw typeof type === "string"
        ? unknownValue("type")
        : new Error('"type" must be one of an export');
  }
}

/** Makes the error for a field whose value this program does not know. */
export function unknownValue(field: "type" | "format"): Error {
  return new Error(
    `"${field}" is unknown: a newer version of Hubbub may have written it; use that version`,
  );
}

function isPeople(value: unknown): value is string[] {
  return isList(value, isId) && value.length >= 1 && value.length <= DIRECT_PEOPLE;
}

function isInfo(value: unknown): value is RoomInfo {
  return isRoomInfo(value) && hasValidSettings(value);
}

function isAbout(value: unknown): value is string {
  return value !== "" && readLineOf(value, ABOUT_CHARACTERS) === value;
}

function isRoomRole(value: unknown): value is Membership["role"] {
  return value === "moderator" || value === "member";
}

function isLevel(value: unknown): value is Level {
  return LEVELS.some((level) => level === value);
}

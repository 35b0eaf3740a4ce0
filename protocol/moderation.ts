/**
 * The capability of keeping order: muting and banning, ending sessions, and looking up people and what was done.
 * All of its commands are for admins.
 *
 * @module
 */
import type { CommandParsers, LineParsers } from "./capability.ts";
import { isActionId, readAction } from "./command_fields.ts";
import { isBoolean, isCount, isFields, isList, isString } from "./fields.ts";
import { isUser } from "./line_fields.ts";
import { isPersonId, readRole, type Role } from "./roles.ts";
import type { User } from "./types.ts";

/** The longest time of a mute, in seconds: a year. */
export const MUTE_SECONDS = 365 * 24 * 60 * 60;

/** The most characters (UTF-16 code units) of a reason. */
export const REASON_CHARACTERS = 200;

/** The days after which a banned network is admitted again. */
export const NETWORK_BAN_DAYS = 7;

/** The most people, bans or entries of the audit log in one answer. */
export const LIST_LIMIT = 100;

/** Keeps a person from writing. */
export interface MuteCommand {
  readonly type: "mute";
  readonly id?: string;
  readonly person: string;
  /** The time in seconds; 0 lifts a mute, and without it the person is muted until that. */
  readonly seconds?: number;
}

/** Keeps a person out: closes all connections, ends all sessions, and reserves the name. */
export interface BanCommand {
  readonly type: "ban";
  readonly id?: string;
  readonly person: string;
  /** For the list of bans; at most {@linkcode REASON_CHARACTERS}. */
  readonly reason?: string;
  /** True to keep out the networks, too, from which the person is connected, for {@linkcode NETWORK_BAN_DAYS}. */
  readonly network?: true;
}

/** Lets a person in again. */
export interface UnbanCommand {
  readonly type: "unban";
  readonly id?: string;
  readonly person: string;
}

/** Lets a network in again. */
export interface UnbanNetworkCommand {
  readonly type: "unban_network";
  readonly id?: string;
  /** An IPv4 address, or the /64 of an IPv6 address, as `bans` names it. */
  readonly network: string;
}

/** Ends all sessions of a person, and closes all connections. */
export interface EndSessionsCommand {
  readonly type: "end_sessions";
  readonly id?: string;
  readonly person: string;
}

/** Requests people who have a name, in the order of their names. */
export interface PeopleCommand {
  readonly type: "people";
  readonly id?: string;
  /** The `next` of the answer before. */
  readonly after?: string;
}

/** Requests the bans, of guests too. */
export interface BansCommand {
  readonly type: "bans";
  readonly id?: string;
  /** The `next` of the answer before. */
  readonly after?: string;
}

/** Requests the audit log, newest first. */
export interface AuditCommand {
  readonly type: "audit";
  readonly id?: string;
  /** Only entries with an `n` below this. */
  readonly before?: number;
}

/** Every command of this capability. */
export type ModerationCommand =
  | MuteCommand
  | BanCommand
  | UnbanCommand
  | UnbanNetworkCommand
  | EndSessionsCommand
  | PeopleCommand
  | BansCommand
  | AuditCommand;

/** A person as admins see them. */
export interface PersonSummary extends User {
  readonly role: Role;
  /** True if the name has a secret. */
  readonly secret: boolean;
  /** The time until which the person is muted, in ms since 1970; absent if not muted. */
  readonly muted?: number;
  /** True if the person is banned; else absent. */
  readonly banned?: true;
}

/** Answers `people`. */
export interface PeopleLine {
  readonly type: "people";
  readonly id?: string;
  readonly people: readonly PersonSummary[];
  /** Present if there are more. */
  readonly next?: string;
}

/** A person whom an admin has changed. Sent to all admins. */
export interface PersonLine {
  readonly type: "person";
  readonly person: PersonSummary;
}

/** A ban. */
export interface Ban {
  /** The person, under the name at that time. */
  readonly user: User;
  /** The time, in ms since 1970. */
  readonly at: number;
  /** The id of the admin. */
  readonly by: string;
  readonly reason: string;
  /** The networks that are kept out with the person; absent if there are none. */
  readonly networks?: readonly BannedNetwork[];
}

/** A network that is kept out. */
export interface BannedNetwork {
  /** An IPv4 address, or the /64 of an IPv6 address. */
  readonly network: string;
  /** The time at which it is admitted again, in ms since 1970. */
  readonly until: number;
}

/** Answers `bans`. */
export interface BansLine {
  readonly type: "bans";
  readonly id?: string;
  readonly bans: readonly Ban[];
  readonly next?: string;
}

/** An entry of the audit log. */
export interface AuditRecord {
  /** Its number: 1 for the first. */
  readonly n: number;
  /** The time, in ms since 1970. */
  readonly at: number;
  /** The id of the person who did it; absent for the terminal. */
  readonly by?: string;
  /** The type of the command. */
  readonly action: string;
  /** The id of the person whom it concerns. */
  readonly person?: string;
  readonly detail?: string;
}

/** Answers `audit`. */
export interface AuditLine {
  readonly type: "audit";
  readonly id?: string;
  /** Descending by `n`. */
  readonly entries: readonly AuditRecord[];
  /** True if older ones remain. */
  readonly more: boolean;
}

/** Every line of this capability. */
export type ModerationLine = PeopleLine | PersonLine | BansLine | AuditLine;

const PERSON = "person must be the id of a person";

/** The parsers of the commands. */
export const MODERATION_COMMANDS: CommandParsers<ModerationCommand> = {
  mute: (fields) =>
    readAction(fields, "mute", ({ person, seconds }) => {
      if (!isPersonId(person)) return PERSON;
      if (seconds === undefined) return { type: "mute", person };
      if (!isCount(seconds) || seconds > MUTE_SECONDS) {
        return `seconds must be a whole number from 0 to ${MUTE_SECONDS}`;
      }
      return { type: "mute", person, seconds };
    }),
  ban: (fields) =>
    readAction(fields, "ban", ({ person, reason, network }) => {
      if (!isPersonId(person)) return PERSON;
      if (network !== undefined && !isBoolean(network)) return "network must be true or false";
      const ban = { type: "ban", person, ...(network && { network }) } as const;
      if (reason === undefined) return ban;
      if (!isString(reason) || reason.length > REASON_CHARACTERS) {
        return `reason may have ${REASON_CHARACTERS} characters`;
      }
      return { ...ban, reason: reason.toWellFormed().replaceAll("\0", "\ufffd") };
    }),
  unban: (fields) =>
    readAction(
      fields,
      "unban",
      ({ person }) => isPersonId(person) ? { type: "unban", person } : PERSON,
    ),
  unban_network: (fields) =>
    readAction(
      fields,
      "let a network in",
      ({ network }) =>
        isString(network) && /^[0-9a-f.:/]{1,64}$/.test(network)
          ? { type: "unban_network", network }
          : "network must be one of a ban",
    ),
  end_sessions: (fields) =>
    readAction(
      fields,
      "end sessions",
      ({ person }) => isPersonId(person) ? { type: "end_sessions", person } : PERSON,
    ),
  people: (fields) =>
    readAction(fields, "list people", ({ after }) => {
      if (after === undefined) return { type: "people" };
      return isString(after) && after.length <= 256
        ? { type: "people", after: after.toWellFormed() }
        : "after must be the next of an answer";
    }),
  bans: (fields) =>
    readAction(fields, "list bans", ({ after }) => {
      if (after === undefined) return { type: "bans" };
      return isPersonId(after) ? { type: "bans", after } : "after must be the next of an answer";
    }),
  audit: (fields) =>
    readAction(fields, "read the audit log", ({ before }) => {
      if (before === undefined) return { type: "audit" };
      return isCount(before) ? { type: "audit", before } : "before must be a whole number";
    }),
};

/** The parsers of the lines. */
export const MODERATION_LINES: LineParsers<ModerationLine> = {
  people({ id, people, next }) {
    if (!isOptionalId(id) || !isList(people, isSummary) || !isOptionalText(next)) return undefined;
    return {
      type: "people",
      ...(id !== undefined && { id }),
      people,
      ...(next !== undefined && { next }),
    };
  },
  person: ({ person }) => isSummary(person) ? { type: "person", person } : undefined,
  bans({ id, bans, next }) {
    if (!isOptionalId(id) || !isList(bans, isBan) || !isOptionalText(next)) return undefined;
    return {
      type: "bans",
      ...(id !== undefined && { id }),
      bans,
      ...(next !== undefined && { next }),
    };
  },
  audit({ id, entries, more }) {
    if (!isOptionalId(id) || !isList(entries, isRecord) || !isBoolean(more)) return undefined;
    return { type: "audit", ...(id !== undefined && { id }), entries, more };
  },
};

function isOptionalId(value: unknown): value is string | undefined {
  return value === undefined || isActionId(value);
}

function isOptionalText(value: unknown): value is string | undefined {
  return value === undefined || isString(value);
}

function isSummary(value: unknown): value is PersonSummary {
  return isFields(value) && isUser(value) && readRole(value.role) !== undefined &&
    isBoolean(value.secret) && (value.muted === undefined || isCount(value.muted)) &&
    (value.banned === undefined || value.banned === true);
}

function isBan(value: unknown): value is Ban {
  return isFields(value) && isUser(value.user) && isCount(value.at) && isString(value.by) &&
    isString(value.reason) &&
    (value.networks === undefined || isList(value.networks, isNetwork));
}

function isNetwork(value: unknown): value is BannedNetwork {
  return isFields(value) && isString(value.network) && isCount(value.until);
}

function isRecord(value: unknown): value is AuditRecord {
  return isFields(value) && isCount(value.n) && isCount(value.at) && isOptionalText(value.by) &&
    isString(value.action) && isOptionalText(value.person) && isOptionalText(value.detail);
}

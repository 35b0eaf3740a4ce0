/**
 * The capability of helping people in: invitations, another name for a person, and a link that sets a new secret. Its
 * commands are for admins, but moderators of a private room invite to it, and whoever has a name may accept.
 *
 * @module
 */
import type { CommandParsers, LineParsers } from "./capability.ts";
import { isActionId, readAction } from "./command_fields.ts";
import { isRoom } from "./addresses.ts";
import { isCount, isFields, isList, isString } from "./fields.ts";
import { parseName } from "./names.ts";
import { isPersonId } from "./roles.ts";

/** Gives a person another name. */
export interface RenameCommand {
  readonly type: "rename";
  readonly id?: string;
  /** The id of a person who has a name. */
  readonly person: string;
  /** In NFC. */
  readonly name: string;
}

/** Makes a link with which a person sets a new secret, once. It replaces the person's former one. */
export interface ResetLinkCommand {
  readonly type: "reset_link";
  readonly id?: string;
  /** The id of a person who has a name. */
  readonly person: string;
}

/** Makes a link with which newcomers can take a name and a secret. */
export interface InviteCommand {
  readonly type: "invite";
  readonly id?: string;
  /** The time for which it works, in days: 1 to {@linkcode INVITE_DAYS}, by default 7. */
  readonly days?: number;
  /** The number of newcomers it admits: 1 to {@linkcode INVITE_USES}; absent for any number. */
  readonly uses?: number;
  /** The public room that they see first, or the private one that they become members of, which its moderators invite to. */
  readonly room?: string;
}

/** Requests the invitations, newest first. */
export interface InvitesCommand {
  readonly type: "invites";
  readonly id?: string;
}

/** Ends an invitation. */
export interface RevokeCommand {
  readonly type: "revoke";
  readonly id?: string;
  /** The `link` of the invitation. */
  readonly link: string;
}

/** Accepts an invitation: makes a person who is logged in a member of the private room that it is to. */
export interface AcceptCommand {
  readonly type: "accept";
  readonly id?: string;
  /** The token of the invitation. */
  readonly link: string;
}

/** Every command of this capability. */
export type LinksCommand =
  | AcceptCommand
  | RenameCommand
  | ResetLinkCommand
  | InviteCommand
  | InvitesCommand
  | RevokeCommand;

/** The longest time of an invitation, in days. */
export const INVITE_DAYS = 365;

/** The most newcomers of an invitation that has a limit. */
export const INVITE_USES = 10_000;

/** The most invitations that are kept. */
export const INVITES_LIMIT = 200;

/** More characters than a token has. */
const TOKEN_CHARACTERS = 64;

/** Every kind of link. */
export const LINK_KINDS = ["claim", "reset", "invite"] as const;

/** The purpose of a link; its address is `/#/KIND/TOKEN`. */
export type LinkKind = typeof LINK_KINDS[number];

/** Answers a command that makes a link: the only time that its token is shown. */
export interface LinkLine {
  readonly type: "link";
  readonly id?: string;
  readonly kind: LinkKind;
  readonly token: string;
  /** The time at which it ends, in ms since 1970. */
  readonly until: number;
}

/** An invitation, as admins see it, and those who made it. */
export interface Invitation {
  /** Its id, which is not its token. */
  readonly link: string;
  /** The id of the admin who made it. */
  readonly by: string;
  /** The time at which it was made, in ms since 1970. */
  readonly at: number;
  /** The time at which it ends. */
  readonly until: number;
  /** The number of newcomers it admits; absent for any number. */
  readonly uses?: number;
  /** The number of newcomers who have used it. */
  readonly used: number;
  readonly room?: string;
}

/** Answers `invites`: at most {@linkcode INVITES_LIMIT}. */
export interface InvitesLine {
  readonly type: "invites";
  readonly id?: string;
  readonly invites: readonly Invitation[];
}

const PERSON = "person must be the id of a person";

/** The parsers of the commands. */
export const LINKS_COMMANDS: CommandParsers<LinksCommand> = {
  rename: (fields) =>
    readAction(fields, "rename", ({ person, name }) => {
      if (!isPersonId(person)) return PERSON;
      if (!isString(name)) return "name must be a text";
      const parsed = parseName(name);
      return "problem" in parsed
        ? "name must be one that a person can take"
        : { type: "rename", person, name: parsed.name };
    }),
  reset_link: (fields) =>
    readAction(
      fields,
      "make a link",
      ({ person }) => isPersonId(person) ? { type: "reset_link", person } : PERSON,
    ),
  invite: (fields) =>
    readAction(fields, "invite", ({ days, uses, room }) => {
      if (days !== undefined && !isFrom1To(days, INVITE_DAYS)) {
        return `days must be a whole number from 1 to ${INVITE_DAYS}`;
      }
      if (uses !== undefined && !isFrom1To(uses, INVITE_USES)) {
        return `uses must be a whole number from 1 to ${INVITE_USES}`;
      }
      if (room !== undefined && !isRoom(room)) return "room must be the address of a room";
      return {
        type: "invite",
        ...(days !== undefined && { days }),
        ...(uses !== undefined && { uses }),
        ...(room !== undefined && { room }),
      };
    }),
  invites: (fields) => readAction(fields, "list the invitations", () => ({ type: "invites" })),
  accept: (fields) =>
    readAction(
      fields,
      "accept",
      ({ link }) =>
        isString(link) && link.length <= TOKEN_CHARACTERS
          ? { type: "accept", link }
          : "link must be the token of an invitation",
    ),
  revoke: (fields) =>
    readAction(
      fields,
      "revoke",
      ({ link }) =>
        isPersonId(link) ? { type: "revoke", link } : "link must be that of an invitation",
    ),
};

/** The parsers of the lines. */
export const LINKS_LINES: LineParsers<LinkLine | InvitesLine> = {
  invites({ id, invites }) {
    if (id !== undefined && !isActionId(id)) return undefined;
    if (!isList(invites, isInvitation)) return undefined;
    return { type: "invites", ...(id !== undefined && { id }), invites };
  },

  link({ id, kind, token, until }) {
    const known = LINK_KINDS.find((each) => each === kind);
    if (known === undefined || !isString(token) || !isCount(until)) return undefined;
    if (id !== undefined && !isActionId(id)) return undefined;
    return { type: "link", ...(id !== undefined && { id }), kind: known, token, until };
  },
};

function isFrom1To(value: unknown, limit: number): value is number {
  return isCount(value) && value >= 1 && value <= limit;
}

function isInvitation(value: unknown): value is Invitation {
  return isFields(value) && isString(value.link) && isString(value.by) && isCount(value.at) &&
    isCount(value.until) && isCount(value.used) &&
    (value.uses === undefined || isCount(value.uses)) &&
    (value.room === undefined || isRoom(value.room));
}

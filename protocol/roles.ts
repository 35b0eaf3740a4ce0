/**
 * The capability of being in charge: roles, and what they allow.
 *
 * @module
 */
import type { CommandParsers, LineParsers } from "./capability.ts";
import { isActionId, readAction } from "./command_fields.ts";
import { isBoolean, isCount, isFields, isList } from "./fields.ts";
import { isUser } from "./line_fields.ts";
import type { User } from "./types.ts";

/** Every {@linkcode Role}. */
export const ROLES = ["guest", "member", "admin"] as const;

/** The role of a person on the server: a guest has no name, a member has one, an admin manages the chat. */
export type Role = typeof ROLES[number];

/** The most admins that a line names. */
export const ADMINS_LIMIT = 200;

/** The rights of a person. */
export interface May {
  /** To administer: roles, names, people, settings. */
  readonly administer: boolean;
  /** To open rooms that do not exist yet. */
  readonly createRooms: boolean;
}

/** A person's role and rights. */
export interface Access {
  readonly role: Role;
  readonly may: May;
  /** The time until which the person may not write, in ms since 1970; absent for a person who may. */
  readonly muted?: number;
  /**
   * The time until which the person does not want to be disturbed, in ms since 1970. Only the person receives it. It may
   * have passed; absent for a person who has never wanted it, or who has ended it.
   */
  readonly undisturbed?: number;
}

/** Makes a person an admin, or a member again. For admins. */
export interface RoleCommand {
  readonly type: "role";
  readonly id?: string;
  /** The id of a person who has a name. */
  readonly person: string;
  readonly role: Exclude<Role, "guest">;
}

/** A person's role or rights have changed. Sent to all connections of the person. */
export interface YouLine extends Access {
  readonly type: "you";
  readonly user: User;
}

/** The admins are others now. Sent to everyone. */
export interface AdminsLine {
  readonly type: "admins";
  /** Their ids, at most {@linkcode ADMINS_LIMIT}. */
  readonly admins: readonly string[];
}

/**
 * The answer to a command that has no other: its effects have been sent before. Every command of an admin has one
 * answer, this one or an error.
 */
export interface OkLine {
  readonly type: "ok";
  /** The id of the command, if it had one. */
  readonly id?: string;
}

/** Every line of this capability. */
export type RolesLine = YouLine | AdminsLine | OkLine;

/** The parsers of the commands. */
export const ROLE_COMMANDS: CommandParsers<RoleCommand> = {
  role: (fields) =>
    readAction(fields, "set a role", ({ person, role }) => {
      const known = role === "member" || role === "admin" ? role : undefined;
      if (!isPersonId(person)) return "person must be the id of a person";
      if (known === undefined) return "role must be member or admin";
      return { type: "role", person, role: known };
    }),
};

/** The parsers of the lines. */
export const ROLE_LINES: LineParsers<RolesLine> = {
  you({ user, role, may, muted, undisturbed }) {
    const known = readRole(role);
    if (!isUser(user) || !known || !isMay(may)) return undefined;
    if (!isTime(muted) || !isTime(undisturbed)) return undefined;
    return {
      ...{ type: "you", user, role: known, may },
      ...(muted !== undefined && { muted }),
      ...(undisturbed !== undefined && { undisturbed }),
    };
  },

  admins: ({ admins }) => isList(admins, isPersonId) ? { type: "admins", admins } : undefined,

  ok({ id }) {
    if (id === undefined) return { type: "ok" };
    return isActionId(id) ? { type: "ok", id } : undefined;
  },
};

/** Checks for the id of a person: 1 to 64 of `A-Za-z0-9_-`. */
export function isPersonId(value: unknown): value is string {
  return isActionId(value);
}

/** Returns a role, or undefined if the value is none. */
export function readRole(value: unknown): Role | undefined {
  return ROLES.find((role) => role === value);
}

/** Checks for a time in ms since 1970, or none. */
export function isTime(value: unknown): value is number | undefined {
  return value === undefined || isCount(value);
}

/** Checks for the rights of a person. */
export function isMay(value: unknown): value is May {
  return isFields(value) && isBoolean(value.administer) && isBoolean(value.createRooms);
}

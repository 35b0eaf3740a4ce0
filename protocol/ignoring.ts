/**
 * The capability of ignoring people: what they write is not shown to the person who ignores them, and nobody else
 * learns of it.
 *
 * @module
 */
import type { CommandParsers, LineParsers } from "./capability.ts";
import { readAction } from "./command_fields.ts";
import { isBoolean, isList } from "./fields.ts";
import { isUser } from "./line_fields.ts";
import { isPersonId } from "./roles.ts";
import type { User } from "./types.ts";

/** The most people that one person ignores. */
export const IGNORED_LIMIT = 200;

/** Ignores a person, or no longer. */
export interface IgnoreCommand {
  readonly type: "ignore";
  readonly id?: string;
  readonly person: string;
  readonly on: boolean;
}

/** All people whom the person ignores. Follows `hello` if there are any. */
export interface IgnoredLine {
  readonly type: "ignored";
  readonly people: readonly User[];
}

/** The person ignores somebody, or no longer. Sent to all connections of the person. */
export interface IgnoringLine {
  readonly type: "ignoring";
  readonly user: User;
  readonly on: boolean;
}

/** Every line of this capability. */
export type IgnoreLine = IgnoredLine | IgnoringLine;

/** The parser of the command. */
export const IGNORE_COMMANDS: CommandParsers<IgnoreCommand> = {
  ignore: (fields) =>
    readAction(fields, "ignore a person", ({ person, on }) => {
      if (!isPersonId(person)) return "person must be the id of a person";
      return isBoolean(on) ? { type: "ignore", person, on } : "on must be true or false";
    }),
};

/** The parsers of the lines. */
export const IGNORE_LINES: LineParsers<IgnoreLine> = {
  ignored: ({ people }) => isList(people, isUser) ? { type: "ignored", people } : undefined,
  ignoring: ({ user, on }) =>
    isUser(user) && isBoolean(on) ? { type: "ignoring", user, on } : undefined,
};

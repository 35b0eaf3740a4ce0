/**
 * The capability of having a name.
 *
 * @module
 */
import type { CommandParsers, LineParsers } from "./capability.ts";
import { errorOf, typeName } from "./command_fields.ts";
import { isString } from "./fields.ts";
import { isUser } from "./line_fields.ts";
import { isSecret, parseName, SECRET_CHARACTERS } from "./names.ts";
import type { User } from "./types.ts";

/** Takes a name; with a secret, the person can use it on any device. */
export interface NameCommand {
  readonly type: "name";
  /** In NFC. */
  readonly name: string;
  readonly secret?: string;
  /** The present secret, which a person who has one must send to change it. */
  readonly old?: string;
}

/** A person has a new name. */
export interface RenamedLine {
  readonly type: "renamed";
  readonly user: User;
  /** The name before. */
  readonly was: string;
}

/** The parsers of the commands. */
export const PEOPLE_COMMANDS: CommandParsers<NameCommand> = {
  name({ name, secret, old }) {
    if (typeof name !== "string") {
      return errorOf(
        "bad_name",
        `Cannot take the name: it must be a string, received ${typeName(name)}`,
      );
    }
    const parsed = parseName(name);
    if ("problem" in parsed) return errorOf("bad_name", parsed.problem);
    if (secret === undefined) return { type: "name", name: parsed.name };
    if (!isSecret(secret)) {
      const message =
        `Cannot take the name: secret must be 1 to ${SECRET_CHARACTERS} characters, ` +
        `received ${typeof secret === "string" ? `${secret.length}` : typeName(secret)}`;
      return errorOf("bad_value", message);
    }
    // A text that can't be a secret is not the old one, which the server answers.
    return { type: "name", name: parsed.name, secret, ...(typeof old === "string" && { old }) };
  },
};

/** The parsers of the lines. */
export const PEOPLE_LINES: LineParsers<RenamedLine> = {
  renamed: ({ user, was }) =>
    isUser(user) && isString(was) ? { type: "renamed", user, was } : undefined,
};

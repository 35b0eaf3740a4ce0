/**
 * The end of accounts: a person deletes their own over HTTP, where the cookie is, and an admin those of others.
 *
 * @module
 */
import type { CommandParsers, LineParsers } from "./capability.ts";
import { readAction } from "./command_fields.ts";
import { isBoolean } from "./fields.ts";
import { isPersonId } from "./roles.ts";

/** Deletes the account of another person. For admins. */
export interface DeleteAccountCommand {
  readonly type: "delete_account";
  readonly id?: string;
  /** The id of a person who has a name. */
  readonly person: string;
  /** True to delete the person's messages, too, direct ones included; without it they stay. */
  readonly messages?: true;
}

/** A person has no account any more: nobody has the name, and what they wrote is that of a deleted person. Sent to everyone. */
export interface AccountDeletedLine {
  readonly type: "account_deleted";
  /** The id of the person, which nobody ever has again. */
  readonly person: string;
}

/** The parsers of the commands. */
export const ACCOUNT_COMMANDS: CommandParsers<DeleteAccountCommand> = {
  delete_account: (fields) =>
    readAction(fields, "delete the account", ({ person, messages }) => {
      if (!isPersonId(person)) return "person must be the id of a person";
      if (messages !== undefined && !isBoolean(messages)) return "messages must be true or false";
      return { type: "delete_account", person, ...(messages && { messages }) };
    }),
};

/** The parsers of the lines. */
export const ACCOUNT_LINES: LineParsers<AccountDeletedLine> = {
  account_deleted: ({ person }) =>
    isPersonId(person) ? { type: "account_deleted", person } : undefined,
};

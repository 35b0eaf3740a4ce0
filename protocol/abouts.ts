/**
 * The capability of saying something about oneself: one line, which others see on the card of the person.
 *
 * @module
 */
import type { CommandParsers, LineParsers } from "./capability.ts";
import { isActionId, readAction } from "./command_fields.ts";
import { isString } from "./fields.ts";
import { isPersonId } from "./roles.ts";
import { readLineOf, visible } from "./room_settings.ts";

/** The most characters of the line. */
export const ABOUT_CHARACTERS = 120;

/** Changes one's line; an empty one removes it. As an admin, removes that of another person. */
export interface AboutCommand {
  readonly type: "about";
  readonly id?: string;
  readonly text: string;
  /** The person whose line an admin removes; absent for one's own. */
  readonly person?: string;
}

/** Asks what a person says about themselves. */
export interface ProfileCommand {
  readonly type: "profile";
  readonly id?: string;
  readonly person: string;
}

/** Every command of this capability. */
export type AboutsCommands = AboutCommand | ProfileCommand;

/** Answers `profile`. */
export interface ProfileLine {
  readonly type: "profile";
  readonly id?: string;
  /** The person's id. */
  readonly person: string;
  /** Empty if the person says nothing, or is not there. */
  readonly about: string;
}

/** The parsers of the commands. */
export const ABOUT_COMMANDS: CommandParsers<AboutsCommands> = {
  about: (fields) =>
    readAction(fields, "change a line about a person", ({ text, person }) => {
      const line = readLineOf(text, ABOUT_CHARACTERS);
      if (line === undefined) {
        return `text must be one line of at most ${ABOUT_CHARACTERS} characters`;
      }
      if (person === undefined) return { type: "about", text: visible(line) };
      if (!isPersonId(person)) return "person must be the id of a person";
      return line === ""
        ? { type: "about", text: line, person }
        : "the line of another person can only be removed: text must be empty";
    }),
  profile: (fields) =>
    readAction(
      fields,
      "ask about a person",
      ({ person }) =>
        isPersonId(person) ? { type: "profile", person } : "person must be the id of a person",
    ),
};

/** The parsers of the lines. */
export const ABOUT_LINES: LineParsers<ProfileLine> = {
  profile({ id, person, about }) {
    if (id !== undefined && !isActionId(id)) return undefined;
    if (!isString(person) || !isString(about)) return undefined;
    return { type: "profile", ...(id !== undefined && { id }), person, about };
  },
};

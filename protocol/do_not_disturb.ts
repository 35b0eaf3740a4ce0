/**
 * The capability of not being disturbed: a person's own wish, which all of the person's clients heed and
 * nobody else receives it.
 *
 * @module
 */
import type { CommandParsers } from "./capability.ts";
import { readAction } from "./command_fields.ts";
import { isCount } from "./fields.ts";

/** The longest time that ends automatically, in seconds: a year. */
export const DO_NOT_DISTURB_SECONDS = 365 * 24 * 60 * 60;

/** Keeps notifications, sounds and badges away from the person. */
export interface DoNotDisturbCommand {
  readonly type: "do_not_disturb";
  readonly id?: string;
  /** The time in seconds; 0 ends it, and without it lasts until that. */
  readonly seconds?: number;
}

/** The parser of the command. */
export const DO_NOT_DISTURB_COMMANDS: CommandParsers<DoNotDisturbCommand> = {
  do_not_disturb: (fields) =>
    readAction(fields, "be undisturbed", ({ seconds }) => {
      if (seconds === undefined) return { type: "do_not_disturb" };
      return isCount(seconds) && seconds <= DO_NOT_DISTURB_SECONDS
        ? { type: "do_not_disturb", seconds }
        : `seconds must be a whole number from 0 to ${DO_NOT_DISTURB_SECONDS}`;
    }),
};

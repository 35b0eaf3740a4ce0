/**
 * The parts of a capability of the protocol: the types of its commands and lines, and a parser for
 * each. A capability is one file; `commands.ts` and `lines.ts` list them.
 *
 * @module
 */
import type { Fields } from "./fields.ts";
import type { ErrorLine, Limits } from "./types.ts";

/** The limits that the parsers of commands enforce. */
export type CommandLimits = Pick<Limits, "message">;

/**
 * A parser for each command of a union. It receives the fields of a line whose `type` is its own. It returns
 * the command with exactly the fields of its type, or the error to answer with, which never repeats a
 * text or a secret.
 */
export type CommandParsers<C extends { readonly type: string }> = {
  readonly [T in C["type"]]: (
    fields: Fields,
    limits: CommandLimits,
  ) => Extract<C, { readonly type: T }> | ErrorLine;
};

/**
 * A parser for each line of a union. It receives the fields of a line whose `type` is its own, and returns the
 * line with exactly the fields of its type, or undefined if a field is missing or invalid.
 */
export type LineParsers<L extends { readonly type: string }> = {
  readonly [T in L["type"]]: (
    fields: Fields,
  ) => Extract<L, { readonly type: T }> | undefined;
};

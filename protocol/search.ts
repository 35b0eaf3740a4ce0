/**
 * The capability of finding messages by their words.
 *
 * @module
 */
import type { CommandParsers, LineParsers } from "./capability.ts";
import { describe, isActionId, readAction, typeName } from "./command_fields.ts";
import { isBoolean, isCount, isList, isString, storable } from "./fields.ts";
import { isMessage } from "./line_fields.ts";
import { type ErrorLine, type Message } from "./types.ts";

/** The most messages that one answer to a search has. */
export const FOUND_LIMIT = 50;

/** The messages of an answer if the search does not say how many. */
const FOUND_DEFAULT = 20;

/** The most characters of a search that count; what follows is ignored. */
export const SEARCH_CHARACTERS = 1000;

/** The most minutes that a local time is ahead of UTC, or behind it. */
const OFFSET_LIMIT = 18 * 60;

/** The characters of {@linkcode FoundLine.next}, at most. */
const NEXT_CHARACTERS = 64;

/** Requests messages with certain words, in all rooms that the person may read; answered by {@linkcode FoundLine}. */
export interface SearchCommand {
  readonly type: "search";
  readonly id?: string;
  /** The query. Any text is valid: it is never refused for its content. */
  readonly text: string;
  /** The most messages of the answer. */
  readonly limit: number;
  /** The `next` of an answer to the same search, to continue it. */
  readonly before?: string;
  /** The minutes by which the local time is ahead of UTC: where the days of `before:` and `after:` begin. By default 0. */
  readonly offset?: number;
}

/** Answers `search`. */
export interface FoundLine {
  readonly type: "found";
  readonly id?: string;
  /** Newest first. */
  readonly messages: readonly Message[];
  /** Present if there are older messages to search; perhaps none of them matches. */
  readonly more: boolean;
  /** Present with `more`: the `before` of the search that continues. */
  readonly next?: string;
}

/** The parser of the command. */
export const SEARCH_COMMANDS: CommandParsers<SearchCommand> = {
  search: (fields): SearchCommand | ErrorLine =>
    readAction(fields, "search", ({ text, limit, before, offset }) => {
      if (!isString(text)) return `text must be a string, received ${typeName(text)}`;
      if (limit !== undefined && (!isCount(limit) || limit === 0)) {
        return `limit must be a whole number of at least 1, received ${describe(limit)}`;
      }
      if (before !== undefined && !isNext(before)) return "before must be the next of an answer";
      if (offset !== undefined && !isOffset(offset)) {
        return `offset must be whole minutes from -${OFFSET_LIMIT} to ${OFFSET_LIMIT}`;
      }
      return {
        type: "search",
        text: storable(text.slice(0, SEARCH_CHARACTERS)),
        limit: Math.min(limit ?? FOUND_DEFAULT, FOUND_LIMIT),
        ...(before !== undefined && { before }),
        ...(offset !== undefined && { offset }),
      };
    }),
};

/** The parser of the line. */
export const SEARCH_LINES: LineParsers<FoundLine> = {
  found({ id, messages, more, next }) {
    if (id !== undefined && !isActionId(id)) return undefined;
    if (!isList(messages, isMessage) || !isBoolean(more)) return undefined;
    if (next !== undefined && !isNext(next)) return undefined;
    return {
      type: "found",
      ...(id !== undefined && { id }),
      messages,
      more,
      ...(next !== undefined && { next }),
    };
  },
};

function isNext(value: unknown): value is string {
  return isString(value) && /^[\w-]+$/.test(value) && value.length <= NEXT_CHARACTERS;
}

function isOffset(value: unknown): value is number {
  return typeof value === "number" && Number.isInteger(value) && Math.abs(value) <= OFFSET_LIMIT;
}

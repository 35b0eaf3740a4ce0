/**
 * The parser for lines from a client to the server.
 *
 * @module
 */
import type { CommandLimits } from "./capability.ts";
import { type Command, COMMANDS } from "./commands.ts";
import { describe, errorOf, isActionId } from "./command_fields.ts";
import { isSimple, parseFields } from "./fields.ts";
import { type ErrorLine, PROTOCOL } from "./types.ts";

const NEWLINE = 0x0a;
const ID_FIELD = '"id":"';

/** Returns the lines of a frame, without the empty ones. */
export function frameLines(frame: string): string[] {
  const lines: string[] = [];
  for (let at = 0, end; at < frame.length; at = end + 1) {
    end = nextNewline(frame, at);
    if (end < 0) end = frame.length;
    // No string is made for a line that has no characters: a frame may have 60,000 of them.
    const line = at === end ? "" : frame.slice(at, end);
    if (line.trim() !== "") lines.push(line);
  }
  return lines;
}

/**
 * Counts the empty lines of a frame of which `lines` are not empty. One empty line for each other line is
 * free: some clients end each line with a newline.
 */
export function countEmptyLines(frame: string, lines: number): number {
  if (lines === 1 && !frame.includes("\n")) return 0;
  let all = 1;
  for (let at = -1; (at = nextNewline(frame, at + 1)) >= 0;) all++;
  return Math.max(0, all - 2 * lines);
}

/** Returns the position of the first newline from `at` on, or -1. Ten times as fast if it is at `at` itself. */
function nextNewline(text: string, at: number): number {
  return text.charCodeAt(at) === NEWLINE ? at : text.indexOf("\n", at);
}

/**
 * Parses one line from a client. Never throws. Unknown fields are ignored.
 *
 * The text of a `send` keeps its form: newlines, tabs and the spaces at its ends stay. Only characters that
 * can't be stored or sent unchanged become U+FFFD: lone surrogates and NUL. A `limit` above
 * {@linkcode HISTORY_LIMIT} counts as that many, because a reply may always have fewer messages than asked
 * for.
 *
 * The codes `bad_room`, `bad_id` and `bad_name` say that this field is missing or invalid; `bad_value` says
 * so of all other fields. The error never repeats a message's text or a secret.
 *
 * @param limits `message`: the most bytes of UTF-8 that a message's text may have.
 * @returns The command, or the error to answer with.
 *
 * @example
 * ```ts
 * import { parseCommand } from "./mod.ts";
 *
 * parseCommand('{"type":"leave","room":"lobby"}', { message: 4096 });
 * // { type: "leave", room: "lobby" }
 * parseCommand('{"type":"leave","room":"Lobby!"}', { message: 4096 });
 * // { type: "error", code: "bad_room", message: "Cannot leave: …", ref: "Lobby!" }
 * ```
 */
export function parseCommand(line: string, limits: CommandLimits): Command | ErrorLine {
  if (!isSimple(line)) {
    return errorOf(
      "bad_json",
      "Cannot read the line: the object has too many fields or too much nesting",
      unreadId(line),
    );
  }
  const fields = parseFields(line);
  if (!fields) {
    return errorOf(
      "bad_json",
      `Cannot read the line: it is not a JSON object (${line.length} characters)`,
    );
  }
  const { type } = fields;
  if (typeof type === "string" && isKnown(type)) return COMMANDS[type](fields, limits);
  return errorOf(
    "unknown_type",
    `Cannot read the line: type must be a command of ${PROTOCOL}, received ${describe(type)}`,
    isActionId(fields.id) ? fields.id : undefined,
  );
}

/** Returns the id in a line that is not parsed, as most programs print it: who gave the command waits for an answer. */
function unreadId(line: string): string | undefined {
  const start = line.indexOf(ID_FIELD);
  if (start < 0) return undefined;
  const at = start + ID_FIELD.length;
  const id = line.slice(at, line.indexOf('"', at));
  return isActionId(id) ? id : undefined;
}

function isKnown(type: string): type is Command["type"] {
  return Object.hasOwn(COMMANDS, type);
}

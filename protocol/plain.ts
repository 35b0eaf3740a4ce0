/**
 * The format for clients that ask for no subprotocol: one message a line, without JSON.
 *
 * @module
 */
import { isBlank } from "./blank.ts";
import { storable } from "./fields.ts";
import type { FileInfo, Message } from "./types.ts";

/**
 * Parses a frame of the plain format. Each newline becomes a space and the ends are trimmed; otherwise the
 * text is treated as by {@linkcode parseCommand}.
 *
 * @returns The text of one message, or `""` if the frame should be ignored.
 */
export function parsePlain(frame: string): string {
  // Trimmed first: replacing the newlines of a frame that has nothing else takes a hundred times as long.
  const text = storable(withoutNewlines(frame.trim()));
  return isBlank(text) ? "" : text;
}

/**
 * Characters that a terminal may obey: C0 without tab, DEL and C1. Plain lines are read on terminals, where
 * they could clear the screen, change the title or type commands.
 */
// deno-lint-ignore no-control-regex -- they are what is looked for
const CONTROL = /[\0-\x08\x0a-\x1f\x7f-\x9f]/;
const CONTROLS = new RegExp(CONTROL, "g");

/**
 * Prints a message as a line of the plain format: `name: text`, or only the text if the author has no name, and the
 * names of its files, each in brackets: who has no session could not follow a link. Newlines become spaces, other
 * control characters but tab U+FFFD.
 */
export function printPlain({ user, text, files }: PlainMessage): string {
  const all = files === undefined ? text : textWithFiles(text, files);
  const line = user.name === "" ? all : `${user.name}: ${all}`;
  return CONTROL.test(line) ? withoutNewlines(line).replace(CONTROLS, "\ufffd") : line;
}

/** Prints an edited message as a line of the plain format, with a mark at its end. */
export function printPlainEdit({ user, text, files = [] }: PlainMessage): string {
  return printPlain({ user, text: `${textWithFiles(text, files)} (edited)` });
}

/** The part of a message that a plain line has. */
type PlainMessage = Pick<Message, "user" | "text" | "files">;

/** Returns the text of a message, and behind it the names of its files, each in brackets. */
export function textWithFiles(text: string, files: readonly FileInfo[]): string {
  return [...(text === "" ? [] : [text]), ...files.map(({ name }) => `[${name}]`)].join(" ");
}

function withoutNewlines(text: string): string {
  return text.replace(/\r\n|\r|\n/g, " ");
}

/**
 * The sizes of messages and frames, for the server and its clients alike.
 *
 * @module
 */
import { NAME_CHARACTERS } from "./names.ts";
import { utf8Bytes } from "./utf8.ts";

/** The most bytes that a character takes in JSON for each that it takes in UTF-8: U+0001 is `\u0001`. */
const ESCAPED = 6;

/** The bytes of a `send` around its text, or of another command; a frame may have more if it holds several. */
const COMMAND_BYTES = 4 * 1024;

/** The least limit for a frame, in bytes. */
const LEAST_FRAME_BYTES = 64 * 1024;

/** The printed bytes of a text that the rate limit counts as a message. */
const COUNTED_BYTES = 4 * 1024;

/** The signs before names that the rate limit counts as a message: each is looked up, and may reach somebody. */
const COUNTED_SIGNS = 2;

/** The files that the rate limit counts as a message: about what members read of them. */
const COUNTED_FILES = 2;

/** The most signs that are counted; no more are looked up. */
const SIGNS = 200;

/** The most names that are looked up for one message: a text of signs alone must not cost more than others. */
export const MENTION_LOOKUPS = 200;

/**
 * Returns the most bytes that a client's frame may have, so that every message fits into one.
 *
 * @param message The most bytes of UTF-8 that a message's text may have.
 */
export function frameBytes(message: number): number {
  return Math.max(LEAST_FRAME_BYTES, ESCAPED * message + COMMAND_BYTES);
}

/**
 * Returns the number of messages that a message counts as for the rate limit: one for each started 4 KiB of its text as
 * JSON prints it, since that is what the members of its room have to read, and one more for each two `@`, and for each
 * two files.
 *
 * @param files The number of files that it names.
 */
export function countedMessages(text: string, files = 0): number {
  return countedSize(text) + Math.floor(countSigns(text) / COUNTED_SIGNS) +
    Math.floor(files / COUNTED_FILES);
}

function countedSize(text: string): number {
  if (text.length * ESCAPED <= COUNTED_BYTES) return 1;
  const quotes = 2;
  return Math.max(1, Math.ceil((utf8Bytes(JSON.stringify(text)) - quotes) / COUNTED_BYTES));
}

function countSigns(text: string): number {
  let signs = 0;
  for (let at = -1; signs < SIGNS && (at = text.indexOf("@", at + 1)) >= 0;) signs++;
  return signs;
}

/**
 * Returns at least as many names as are looked up to find whom a text mentions: each character behind a sign may end a
 * name. 0 for a text without `@`.
 */
export function lookupsIn(text: string): number {
  let lookups = 0;
  for (let at = -1; lookups < MENTION_LOOKUPS && (at = text.indexOf("@", at + 1)) >= 0;) {
    lookups += Math.min(NAME_CHARACTERS, text.length - at - 1);
  }
  return Math.min(lookups, MENTION_LOOKUPS);
}

/**
 * Recognizes emoji. Only the server of the person who reacts does so: the answer depends on the version of Unicode.
 *
 * @module
 */

/** The most characters (UTF-16 code units) of an emoji; the longest have 35. */
const EMOJI_CHARACTERS = 64;

const EMOJI = /^\p{RGI_Emoji}$/v;

/** Checks for exactly one emoji that is recommended for general interchange, in its full form. */
export function isEmoji(value: unknown): value is string {
  return typeof value === "string" && value.length <= EMOJI_CHARACTERS && EMOJI.test(value);
}

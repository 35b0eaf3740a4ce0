/**
 * The rules for names, secrets and message ids. The server and the page apply the same ones.
 *
 * @module
 */

import { EVERYONE_WORD } from "./types.ts";

/** The most characters (Unicode code points, after NFC) a name may have. */
export const NAME_CHARACTERS = 32;

/** The most characters (UTF-16 code units) a secret may have; it must have one. */
export const SECRET_CHARACTERS = 256;

/** The fewest characters of a secret that somebody sets who has followed a link. */
export const LINK_SECRET_CHARACTERS = 8;

/** The most characters a message's id may have. */
export const ID_CHARACTERS = 64;

/** The prefix of the names that the server gives to new people. Nobody can take such a name. */
export const GUEST_PREFIX = "guest-";

/** The words in the place of the names of deleted people, in the languages of the page. Nobody can take them either. */
export const DELETED_NAMES: readonly string[] = ["Deleted person", "已删除的用户"];

/** The words that stand for groups of people in a message. Nobody can take them as a name. */
export const GROUP_WORDS: readonly string[] = [EVERYONE_WORD, "all", "here", "everyone"];

const MESSAGE_ID = new RegExp(`^[A-Za-z0-9_-]{1,${ID_CHARACTERS}}$`);

/** Returns true if `value` can be a message's id: 1 to 64 of `A-Za-z0-9_-`. */
export function isMessageId(value: unknown): value is string {
  return typeof value === "string" && MESSAGE_ID.test(value);
}

/**
 * Returns true if `value` can be a secret: 1 to {@linkcode SECRET_CHARACTERS} UTF-16 code units of
 * well-formed text. The limit keeps the work of hashing it small.
 */
export function isSecret(value: unknown): value is string {
  return typeof value === "string" && value.length >= 1 && value.length <= SECRET_CHARACTERS &&
    value.isWellFormed();
}

/**
 * The most UTF-16 code units that NFC can shrink to {@linkcode NAME_CHARACTERS} code points: the longest
 * decomposition of one code point is four. A longer text is not normalized, because that takes quadratic time
 * on long runs of combining marks.
 */
const RAW_NAME_UNITS = NAME_CHARACTERS * 4 * 2;

/**
 * Characters that are invisible, move visible ones, or look the same everywhere: private use (Co) and unassigned
 * (Cn), for which fonts have no picture or any. Beyond control (Cc), format (Cf: zero-width and bidi)
 * and default-ignorable characters (fillers, variation selectors), three are blank although their properties
 * do not say so: the Braille blank, the object replacement and the null notehead.
 */
const INVISIBLE = new RegExp(
  "[\\p{Cc}\\p{Cf}\\p{Cs}\\p{Zl}\\p{Zp}\\p{Default_Ignorable_Code_Point}" +
    "\\p{Co}\\p{Cn}\\u2800\\ufffc\\u{1d159}]",
  "u",
);

/** The variation selector that keyboards put after many emoji. There it changes their look and hides nothing. */
const EMOJI_STYLE = /(\p{Extended_Pictographic})\ufe0f/gu;

/**
 * Parses a name that a person wants to take.
 *
 * A character is a code point, so that all clients count alike whatever their version of Unicode. A joiner is
 * refused even inside an emoji, where it would be visible, because elsewhere it makes two names that look the
 * same. A name of other letters that look alike (a Latin and a Cyrillic "а") passes here.
 *
 * @returns The name in NFC, or the problem as a sentence for the person.
 *
 * @example
 * ```ts
 * import { parseName } from "./names.ts";
 *
 * parseName("Zoe\u0308"); // { name: "Zoë" }
 * parseName("guest-1"); // { problem: "Cannot take the name: …" }
 * ```
 */
export function parseName(value: string): { name: string } | { problem: string } {
  if (value.length > RAW_NAME_UNITS) return tooLong(`${value.length} UTF-16 code units`);
  const name = value.normalize("NFC");
  const characters = [...name].length;
  if (characters === 0) return problem("it is empty");
  if (characters > NAME_CHARACTERS) return tooLong(`${characters}`);
  const hidden = INVISIBLE.exec(name.replace(EMOJI_STYLE, "$1"));
  if (hidden) return problem(`it contains an invisible character (${codePoint(hidden[0])})`);
  if (/^\s|\s$/u.test(name)) return problem("it begins or ends with a space");
  if (/^\p{M}/u.test(name)) return problem(`it begins with ${codePoint(name)}, a combining mark`);
  const key = nameKey(name);
  if (key.includes(":")) return problem("it contains a colon");
  if (DELETED_NAMES.some((name) => nameKey(name) === key)) {
    return problem(`"${name}" stands for people whose accounts were deleted`);
  }
  if (GROUP_WORDS.includes(key)) return problem(`"${name}" stands for a group of people`);
  if (key.replace(/[\p{Pd}\u2212]/gu, "-").startsWith(GUEST_PREFIX)) {
    return problem(`names like "${GUEST_PREFIX}…" are reserved`);
  }
  return { name };
}

/**
 * Returns the key under which a name is unique: two names with the same key are one name.
 *
 * NFKC replaces full-width letters, ligatures and odd spaces by plain ones. Lower, upper and again lower case
 * folds at least as much as Unicode's full case folding, which JavaScript lacks: `ẞ`, `ß` and `SS` become one, and
 * so do `Σ`, `σ` and `ς`. Removing the dot that lower case leaves behind `İ` makes all four i of Turkish one. A
 * run of spaces counts as one, as the page shows it. This is coarser than "without regard to case" requires:
 * refusing a name by mistake costs less than accepting one that passes for another.
 */
export function nameKey(name: string): string {
  return name.replace(EMOJI_STYLE, "$1")
    .normalize("NFKC").toLowerCase().toUpperCase().toLowerCase().normalize("NFKC")
    .replaceAll("i\u0307", "i").replace(/\s+/gu, " ");
}

function tooLong(received: string): { problem: string } {
  return problem(
    `it is too long: the limit is ${NAME_CHARACTERS} characters, received ${received}`,
  );
}

function problem(why: string): { problem: string } {
  return { problem: `Cannot take the name: ${why}` };
}

function codePoint(text: string): string {
  return "U+" + (text.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0");
}

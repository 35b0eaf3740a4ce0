/**
 * The rules for what people choose: names, secrets, rooms and message ids.
 * The server and the page apply the same ones.
 *
 * @module
 */

/** The most characters (Unicode code points, after NFC) a name may have. */
export const NAME_CHARACTERS = 32;

/** The most characters (UTF-16 code units) a secret may have; it must have one. */
export const SECRET_CHARACTERS = 256;

/** The most characters a room's name may have. */
export const ROOM_CHARACTERS = 64;

/** The most characters a message's id may have. */
export const ID_CHARACTERS = 64;

/** How the names begin that the server gives to new people; nobody can take such a name. */
export const GUEST_PREFIX = "guest-";

const ROOM = new RegExp(`^[a-z0-9_-]{1,${ROOM_CHARACTERS}}$`);
const MESSAGE_ID = new RegExp(`^[A-Za-z0-9_-]{1,${ID_CHARACTERS}}$`);

/** Whether `value` can be a room's name: 1 to 64 of `a-z0-9_-`. */
export function isRoom(value: unknown): value is string {
  return typeof value === "string" && ROOM.test(value);
}

/** Whether `value` can be a message's id: 1 to 64 of `A-Za-z0-9_-`. */
export function isMessageId(value: unknown): value is string {
  return typeof value === "string" && MESSAGE_ID.test(value);
}

/**
 * Whether `value` can be a secret: 1 to {@linkcode SECRET_CHARACTERS} UTF-16 code units of
 * well-formed text. The bound keeps the work of hashing it small.
 */
export function isSecret(value: unknown): value is string {
  return typeof value === "string" && value.length >= 1 && value.length <= SECRET_CHARACTERS &&
    value.isWellFormed();
}

/**
 * What NFC can shrink to {@linkcode NAME_CHARACTERS} code points is at most this many UTF-16 code
 * units: the longest decomposition of one is four. Beyond it nothing is normalized, because that takes
 * quadratic time on long runs of combining marks.
 */
const RAW_NAME_UNITS = NAME_CHARACTERS * 4 * 2;

/**
 * What does not show or moves what does. Beyond control (Cc), format (Cf: zero-width and bidi) and
 * default-ignorable characters (fillers, variation selectors), three are blank without saying so in
 * their properties: the Braille blank, the object replacement and the null notehead.
 */
const INVISIBLE = new RegExp(
  "[\\p{Cc}\\p{Cf}\\p{Cs}\\p{Zl}\\p{Zp}\\p{Default_Ignorable_Code_Point}" +
    "\\p{Noncharacter_Code_Point}\\u2800\\ufffc\\u{1d159}]",
  "u",
);

/** Keyboards put this selector after many emoji; there it changes their look and hides nothing. */
const EMOJI_STYLE = /(\p{Extended_Pictographic})\ufe0f/gu;

/**
 * Reads a name that somebody wants to have: gives it in NFC, or says in words for that person why it
 * can't be one.
 *
 * A character is a code point, so that every client counts alike whatever its version of Unicode. A
 * joiner is refused even inside an emoji, where it would show, since elsewhere it makes two names that
 * look the same. A name that only looks like another for want of a difference between two alphabets
 * (a Latin and a Cyrillic "а") is not recognized.
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
  if (characters > NAME_CHARACTERS) return tooLong(`${characters} characters`);
  const hidden = INVISIBLE.exec(name.replace(EMOJI_STYLE, "$1"));
  if (hidden) return problem(`${codePoint(hidden[0])} in it can't be seen`);
  if (/^\s|\s$/u.test(name)) return problem("it begins or ends with a space");
  if (/^\p{M}/u.test(name)) return problem(`it begins with ${codePoint(name)}, a combining mark`);
  const key = nameKey(name);
  if (key.includes(":")) return problem("it has a colon in it");
  if (key.replace(/[\p{Pd}\u2212]/gu, "-").startsWith(GUEST_PREFIX)) {
    return problem(`the server alone gives names that begin with "${GUEST_PREFIX}"`);
  }
  return { name };
}

/**
 * The key under which a name is unique: two names with the same key are one name.
 *
 * NFKC makes full-width letters, ligatures and odd spaces the plain ones. Lower, upper and lower case
 * again is at least the full case folding of Unicode, which JavaScript lacks: `ẞ`, `ß` and `SS` meet, `Σ`,
 * `σ` and `ς` too. Without the dot that lower case leaves behind `İ`, all four i of Turkish are one. Runs of
 * spaces count as one, as the page shows them. All this is coarser than "without regard to case"
 * needs: a name refused by mistake costs less than one that passes for another.
 */
export function nameKey(name: string): string {
  return name.replace(EMOJI_STYLE, "$1")
    .normalize("NFKC").toLowerCase().toUpperCase().toLowerCase().normalize("NFKC")
    .replaceAll("i\u0307", "i").replace(/\s+/gu, " ");
}

function tooLong(received: string): { problem: string } {
  return problem(`it may have ${NAME_CHARACTERS} characters, received ${received}`);
}

function problem(why: string): { problem: string } {
  return { problem: `Cannot take the name: ${why}` };
}

function codePoint(text: string): string {
  return "U+" + (text.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0");
}

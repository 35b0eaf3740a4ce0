/**
 * The rules for the addresses of rooms. The server and the page apply the same ones.
 *
 * @module
 */
import { nameKey } from "./names.ts";
import { exceedsUtf8 } from "./utf8.ts";

/** The most characters (code points) of an address. */
export const ROOM_CHARACTERS = 64;

/** The most bytes of an address in UTF-8. */
const ROOM_BYTES = 128;

/** The beginning of the address of a private or direct room. */
const HIDDEN_PREFIX = "~";

/** The letters of the random part of such an address: 5 bits each. */
const HIDDEN_LETTERS = "abcdefghijklmnopqrstuvwxyz234567";

/** The number of these letters: 100 bits. */
const HIDDEN_LENGTH = 20;

const ASCII_ROOM = new RegExp(`^[a-z0-9_-]{1,${ROOM_CHARACTERS}}$`);
const HIDDEN_ROOM = new RegExp(`^${HIDDEN_PREFIX}[a-z2-7]{${HIDDEN_LENGTH}}$`);

/** Any script's letters, digits and marks, beginning with no mark, and without what is invisible. */
const ROOM = new RegExp(
  `^(?!\\p{M})(?:(?!\\p{Default_Ignorable_Code_Point})[\\p{L}\\p{M}\\p{Nd}_-]){1,${ROOM_CHARACTERS}}$`,
  "u",
);

/** The scripts that are written together in one word. */
const TOGETHER = ["Han", "Hiragana", "Katakana", "Bopomofo", "Hangul", "Latin"];

/** The scripts of living languages. An address in another one may have no other letters, either. */
const SCRIPTS =
  ("Latin Cyrillic Greek Arabic Hebrew Armenian Georgian Devanagari Bengali Gurmukhi " +
    "Gujarati Oriya Tamil Telugu Kannada Malayalam Sinhala Thai Lao Tibetan Myanmar Ethiopic Khmer " +
    "Mongolian Cherokee Thaana Syriac Nko Tifinagh").split(" ");

function classOf(scripts: readonly string[]): string {
  return `[${scripts.map((script) => `\\p{Script_Extensions=${script}}`).join("")}]`;
}

/**
 * Letters that an address of one script can't have: for each script, and for those written together. One letter is looked
 * for, since digits and marks are of a script, too: a pattern of the whole address could match them in two ways.
 */
const OTHERS = [TOGETHER, ...SCRIPTS.map((script) => [script])].map((scripts) =>
  new RegExp(`(?!${classOf(scripts)})\\p{L}`, "u")
);
/** Letters that an address of a script that is not listed can't have. */
const LISTED = new RegExp(`(?=${classOf([...TOGETHER, ...SCRIPTS])})\\p{L}`, "u");

/**
 * Returns true if `value` can be the address of a room.
 *
 * That of a public room is 1 to 64 letters, marks and digits of one script, `_` and `-`, at most 128 bytes of
 * UTF-8, and already folded; see {@linkcode foldRoom}. That of a private or direct room is `~` and 20 letters.
 */
export function isRoom(value: unknown): value is string {
  if (typeof value !== "string") return false;
  if (ASCII_ROOM.test(value) || isHiddenRoom(value)) return true;
  return value.length <= ROOM_BYTES && ROOM.test(value) &&
    !exceedsUtf8(value, ROOM_BYTES) && foldRoom(value) === value &&
    (OTHERS.some((other) => !other.test(value)) || !LISTED.test(value));
}

/** Returns true if an address is that of a private or direct room, whether there is one or not. */
export function isHiddenRoom(room: string): boolean {
  return HIDDEN_ROOM.test(room);
}

/**
 * Makes the address of a public room from what a person has typed. It is an address only if {@linkcode isRoom} says so.
 *
 * @example
 * ```ts
 * import { foldRoom } from "./addresses.ts";
 *
 * foldRoom("Ｃafé Bar"); // "café-bar"
 * ```
 */
export function foldRoom(text: string): string {
  // A longer text is no address; folding takes quadratic time on long runs of combining marks.
  return nameKey(text.slice(0, 4 * ROOM_CHARACTERS)).trim().replace(/\s+/gu, "-");
}

/** Makes the address of a private or direct room. */
export function newHiddenRoom(): string {
  const random = crypto.getRandomValues(new Uint8Array(HIDDEN_LENGTH));
  return HIDDEN_PREFIX + Array.from(random, (byte) => HIDDEN_LETTERS[byte % 32]).join("");
}

/**
 * Kinds of characters that decide whether a mark is markup.
 *
 * Scripts differ: Latin, Cyrillic and Greek put spaces between words, so a mark beside their letters is in the
 * midst of a word. Chinese, Japanese, Thai and others put none, so a mark beside their letters is at a border.
 *
 * @module
 */

/** Letters of scripts that put spaces between words, and digits. */
const SPACED = /^[\p{Script=Latin}\p{Script=Cyrillic}\p{Script=Greek}\p{N}]/u;
const LETTER = /^[\p{Script=Latin}\p{Script=Cyrillic}\p{Script=Greek}]/u;
const WORD = /^[\p{L}\p{M}\p{N}]/u;
/** Letters of scripts that put no spaces between words. */
const UNSPACED =
  /^[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Bopomofo}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]/u;

/** The character that ends right before `index`, or `""` at the beginning. */
export function before(text: string, index: number): string {
  if (index <= 0) return "";
  const unit = text.charCodeAt(index - 1);
  const isLow = unit >= 0xdc00 && unit <= 0xdfff && index > 1;
  return text.slice(isLow ? index - 2 : index - 1, index);
}

/** The character at `index`, or `""` at the end. */
export function at(text: string, index: number): string {
  const point = text.codePointAt(index);
  return point === undefined ? "" : String.fromCodePoint(point);
}

/** Whether a character is white space, or missing. */
export function isSpace(character: string): boolean {
  return character === "" || /^\s/.test(character);
}

/** Whether a character is a digit, or a letter of a script that puts spaces between words. */
export function isSpaced(character: string): boolean {
  return SPACED.test(character);
}

/** Whether a character is a letter of a script that puts spaces between words. */
export function isSpacedLetter(character: string): boolean {
  return LETTER.test(character);
}

/** Whether a character is a letter, mark or digit of any script. */
export function isWord(character: string): boolean {
  return WORD.test(character);
}

/** Whether a character is part of a word that only a space or a mark would end. */
export function isInWord(character: string): boolean {
  return character === "_" || (WORD.test(character) && !UNSPACED.test(character));
}

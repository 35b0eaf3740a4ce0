/**
 * The words of a text, by which it is found. The server finds messages by them, and the page highlights them.
 *
 * Case, diacritics and the width of letters make no difference. Scripts that are written without spaces have no words
 * that a program could tell: there every two neighbouring characters are one, so that any part of a text is found.
 *
 * @module
 */

/** The scripts that are written without spaces between words, and Hangul, whose particles follow without one. */
const SPACELESS = "Han Hira Kana Hang Bopo Thai Laoo Khmr Mymr Tibt Yiii Lana Talu Tale Java Bali"
  .split(" ");

/** The characters of these scripts. Marks that several scripts share are none of them. */
const UNSPACED = `[[[${scripts("scx")}]&&[\\p{L}\\p{N}]][[${scripts("sc")}]&&\\p{M}]]`;

function scripts(property: string): string {
  return SPACELESS.map((script) => `\\p{${property}=${script}}`).join("");
}

/** The longest word; what follows is the next one. */
const WORD_CHARACTERS = 64;

const ASCII_TEXT = /^[\0-\x7f]*$/;
const ASCII_WORDS = new RegExp(`[a-z0-9]{1,${WORD_CHARACTERS}}`, "g");

/** The parts of a folded text: a run of a spaceless script, a word, or a picture, such as an emoji. */
const PARTS = new RegExp(
  `(${UNSPACED}+)|[[\\p{L}\\p{M}\\p{N}]--${UNSPACED}]{1,${WORD_CHARACTERS}}|\\p{Extended_Pictographic}`,
  "gv",
);

const INVISIBLE = /\p{Default_Ignorable_Code_Point}/gu;

/** The scripts whose letters are the same without marks to somebody who searches. */
const UNMARKED = /^[\p{sc=Latn}\p{sc=Grek}\p{sc=Cyrl}\p{sc=Hebr}\p{sc=Arab}]$/u;
const MARKS = /\p{M}+/gu;

/**
 * More marks on one letter than any language has; to put many into their order takes quadratic time. The voiced marks of
 * half width become marks.
 */
const MANY_MARKS = /[\p{M}\uff9e\uff9f]{17,}/gu;

/** Begins what is no word of a text, so that no word can be mistaken for it. */
export const MARK = "_";

/** One part of a folded text: a word or picture, or a run of a spaceless script. */
interface Part {
  readonly text: string;
  readonly isRun: boolean;
  /** The place where it begins. */
  readonly at: number;
}

/** A word, and its place in a folded text. */
export interface PlacedWord {
  readonly word: string;
  readonly start: number;
  readonly end: number;
}

/** Some words that follow each other in a text. */
export interface Phrase {
  /** Each without a space. */
  readonly words: readonly string[];
  /** Whether the last word may be the beginning of a longer one. */
  readonly isOpen: boolean;
}

/** Returns a text without differences of case, diacritics and width. */
export function foldText(text: string): string {
  if (ASCII_TEXT.test(text)) return text.toLowerCase();
  return text.replace(INVISIBLE, "").replace(MANY_MARKS, (marks) => marks.slice(0, 16))
    .normalize("NFKD")
    .replace(MARKS, (marks, at, all) => UNMARKED.test(all.charAt(at - 1)) ? "" : marks)
    .toUpperCase().toLowerCase().replaceAll("ς", "σ").normalize("NFC");
}

/** Returns the words of a text, in their order; those of a run of a spaceless script begin with {@linkcode MARK}. */
export function wordsOf(text: string): string[] {
  if (ASCII_TEXT.test(text)) return text.toLowerCase().match(ASCII_WORDS) ?? [];
  const words: string[] = [];
  for (const { text: part, isRun } of partsOf(foldText(text))) {
    if (isRun) pushPairs(words, [...part], true);
    else words.push(part);
  }
  return words;
}

/** Returns the same words with their places in a text, which is folded. */
export function placedWordsOf(folded: string): PlacedWord[] {
  return partsOf(folded).flatMap(({ text, isRun, at }): PlacedWord[] => {
    if (!isRun) return [{ word: text, start: at, end: at + text.length }];
    const words: string[] = [];
    const characters = [...text];
    pushPairs(words, characters, true);
    let start = at;
    return words.map((word, i) => {
      const placed = { word, start, end: start + word.length - MARK.length };
      start += characters[i]?.length ?? 0;
      return placed;
    });
  });
}

/**
 * Returns the phrase by which a text is found within others; undefined if it has no words.
 *
 * @param isOpen Whether the last word may be the beginning of a longer one. A single letter never is: too much begins
 * with it.
 */
export function phraseOf(text: string, isOpen = false): Phrase | undefined {
  const words: string[] = [];
  const parts = partsOf(foldText(text));
  for (const [i, { text: part, isRun }] of parts.entries()) {
    const characters = [...part];
    const isLast = i === parts.length - 1;
    if (!isRun) {
      words.push(part);
      if (isLast) return { words, isOpen: isOpen && characters.length > 1 };
    } else {
      pushPairs(words, characters, !isLast || characters.length === 1);
      // A single character begins a pair, or is the last one of its run.
      if (isLast) return { words, isOpen: characters.length === 1 };
    }
  }
}

function partsOf(folded: string): Part[] {
  return Array.from(folded.matchAll(PARTS), ({ 0: text, 1: run, index: at }) => ({
    ...{ text, at, isRun: run !== undefined },
  }));
}

/** Adds the pairs of neighbours in a run, and its last character, by which it borders on the next word. */
function pushPairs(words: string[], characters: readonly string[], withLast: boolean): void {
  for (let i = 1; i < characters.length; i++) {
    words.push(`${MARK}${characters[i - 1]}${characters[i]}`);
  }
  if (withLast) words.push(`${MARK}${characters.at(-1)}`);
}

import { at, before, isSpace, isSpaced, isWord } from "../../protocol/characters.ts";

/** A run of one mark that may begin or end emphasis. */
export interface Delimiter {
  readonly kind: "delimiter";
  readonly mark: "*" | "_" | "~";
  /** Whether each mark has a backslash before it: a pair then stands for the marks themselves. */
  readonly escaped: boolean;
  /** The marks that no emphasis has taken yet. */
  length: number;
  /** The indices of the run in the text. */
  readonly start: number;
  readonly end: number;
  readonly opens: boolean;
  readonly closes: boolean;
}

/** Behind these indices, at the latest, there is something of a kind before a delimiter. */
export interface Between {
  readonly content: number;
  readonly newline: number;
  readonly space: number;
}

/** Follows a text from delimiter to delimiter, so that what lies between any two is known at once. */
export class BetweenDelimiters {
  #from: number;
  #seen: Between = { content: -1, newline: -1, space: -1 };

  /** @param from the index of the text's beginning */
  constructor(readonly text: string, from: number) {
    this.#from = from;
  }

  /** Goes on to a delimiter. */
  advance({ start, end }: Delimiter): Between {
    const stretch = this.text.slice(this.#from, start);
    const { content, newline, space } = this.#seen;
    this.#seen = {
      content: CONTENT.test(stretch) ? this.#from : content,
      newline: stretch.includes("\n") ? this.#from : newline,
      space: /\s/.test(stretch) ? this.#from : space,
    };
    this.#from = end;
    return this.#seen;
  }
}

const RUN = /(?:\\\*)+|(?:\\_)+|(?:\\~)+|\*+|_+|~+/y;
const OPENING = /^[\p{Ps}\p{Pi}"']/u;
/** Marks of a sentence, behind which `_` may begin, and before which it may end. */
const BORDER = /^[\p{Ps}\p{Pe}\p{Pi}\p{Pf}"'.,;:!?…、。，；：！？—–]/u;
/** The same with other marks between. */
const BORDER_BEFORE = /(?:^|[\s\p{Ps}\p{Pi}"'])[*~]{1,2}$/u;
const BORDER_BEHIND = /^[*~]{1,2}(?:$|[\s\p{Pe}\p{Pf}"'.,;:!?…、。，；：！？])/u;
/** Marks with nothing before them that they could end, such as those of `*_*`. */
const BARE_BEFORE = /(?:^|\s)[*_~]{1,8}$/;
const ESCAPED_BEFORE = /\\[*_~]{1,2}$/;
const CLOSING_BRACKET = /^[)\]}]/;
const EMOJI = /^\p{Emoji_Presentation}/u;
/** Something to emphasize. */
const CONTENT = /[\p{L}\p{N}\p{Emoji_Presentation}]/u;
/** Other marks with a word behind them. */
const NESTED = /^[*_~]{1,2}[\p{L}\p{N}]/u;

/** The run of marks at an index, if it is not only text. */
export function findDelimiter(text: string, start: number): Delimiter | undefined {
  RUN.lastIndex = start;
  const run = RUN.exec(text)?.[0];
  if (run === undefined) return undefined;
  const escaped = run.startsWith("\\");
  const mark: Delimiter["mark"] = run.endsWith("*") ? "*" : run.endsWith("_") ? "_" : "~";
  const length = escaped ? run.length / 2 : run.length;
  const end = start + run.length;
  const isMarkup = mark === "*" ? length <= 3 : mark === "_" ? length === 1 : length === 2;
  const previous = before(text, start);
  const next = at(text, end);
  // `C:\*` and `¯\_` are no markup, and a backslash before marks that have one each is none of theirs.
  if (!isMarkup || previous === "\\" || next === mark) return undefined;
  const sides = { mark, length, previous, next, text, start, end };
  const opens = isSpace(next) ? false : escaped ? isWord(next) && mayOpen(sides) : mayOpen(sides);
  const closes = !isSpace(previous) && mayClose(sides);
  if (!opens && !closes) return undefined;
  return { kind: "delimiter", mark, escaped, length, start, end, opens, closes };
}

interface Sides {
  readonly mark: "*" | "_" | "~";
  readonly length: number;
  readonly previous: string;
  readonly next: string;
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

function mayOpen({ mark, length, previous, next, text, start, end }: Sides): boolean {
  if (next === "/" || next === "\\" || previous === "/") return false;
  if (mark === "_") {
    const isAtBorder = isSpace(previous) || BORDER.test(previous) ||
      BORDER_BEFORE.test(text.slice(Math.max(0, start - 3), start));
    return isAtBorder &&
      (isWord(next) || OPENING.test(next) || NESTED.test(text.slice(end, end + 4)));
  }
  if (isSpaced(previous) || previous === "_" || CLOSING_BRACKET.test(previous)) return false;
  if (mark === "~") return true;
  if (length > 1) return !/^[*,;)\]}]/.test(next);
  if (/^[=&$.%]/.test(previous)) return false;
  return NESTED.test(text.slice(end, end + 4)) || isWord(next) || OPENING.test(next) ||
    EMOJI.test(next) ||
    /^[@#€£¥¿¡`$]/.test(next) || next === "";
}

function mayClose({ mark, length, previous, next, text, start, end }: Sides): boolean {
  if (previous === "/" || previous === "\\" || next === "/" || next === "\\") return false;
  if (BARE_BEFORE.test(text.slice(Math.max(0, start - 9), start))) return false;
  if (mark === "_") {
    return isSpace(next) || BORDER.test(next) || BORDER_BEHIND.test(text.slice(end, end + 3));
  }
  if (mark === "~") return true;
  if (/^[([{=]/.test(previous) || ESCAPED_BEFORE.test(text.slice(Math.max(0, start - 3), start))) {
    return false;
  }
  if (length > 1) return !/^\p{N}/u.test(next);
  return !isSpaced(next);
}

/**
 * Whether one run may end what another begins. In the midst of a Latin word only a part of that word may be
 * emphasized: `**un**real`. Behind a letter of any script `~~` begins only where a letter follows its end, too:
 * `好的~~明天见~~` is a tone of voice.
 */
export function fit(open: Delimiter, close: Delimiter, between: Between, text: string): boolean {
  if (open.mark !== close.mark || open.escaped !== close.escaped) return false;
  if (open.length !== close.length && (open.escaped || (open.length < 3 && close.length < 3))) {
    return false;
  }
  if (between.content < open.end) return false;
  const isDouble = open.length > 1 && close.length > 1;
  if (!isDouble && between.newline >= open.end) return false;
  const next = at(text, close.end);
  if (isSpaced(next) && between.space >= open.end) return false;
  return open.mark !== "~" || !isWord(before(text, open.start)) || isWord(next);
}

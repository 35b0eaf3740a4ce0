import { foldText, MARK, type Phrase, placedWordsOf } from "../../protocol/words.ts";

/** A part of a text, and whether it was searched for. */
export interface TextPart {
  readonly text: string;
  readonly isFound: boolean;
}

/** A letter with its marks, an emoji, or whatever else stands alone. */
const UNITS = /[^]\p{M}*/gu;

/** The characters before the first word that is found, and all of them, in a text that is too long to be shown. */
const BEFORE = 60;
const LENGTH = 400;

/** A text that is folded, and where its parts come from. */
interface FoldedText {
  readonly text: string;
  /** The beginning in the original text of what each of its places belongs to, and the end. */
  readonly starts: readonly number[];
  readonly ends: readonly number[];
}

/** Characters behind what is shown, so that what begins in it is found: a query is shorter. */
const BEHIND = 1_200;

/** Cuts a text into what was searched for and what was not. Of a long one it leaves what is around the first word found. */
export function highlight(text: string, phrases: readonly Phrase[]): TextPart[] {
  const found = firstRangesOf(text, phrases);
  const first = found[0]?.[0] ?? 0;
  const from = text.length > LENGTH && first > BEFORE ? boundary(text, first - BEFORE) : 0;
  const to = text.length > from + LENGTH ? boundary(text, from + LENGTH) : text.length;
  const parts: TextPart[] = [];
  const push = (start: number, end: number, isFound: boolean) => {
    const [begin, stop] = [Math.max(start, from), Math.min(end, to)];
    if (begin < stop) parts.push({ text: text.slice(begin, stop), isFound });
  };
  if (from > 0) parts.push({ text: "…", isFound: false });
  let at = 0;
  for (const [start, end] of found) {
    push(at, start, false);
    push(start, end, true);
    at = end;
  }
  push(at, text.length, false);
  if (to < text.length) parts.push({ text: "…", isFound: false });
  return parts;
}

/** Returns the ranges around the first one: to fold a text takes time, and what is far behind it is not shown. */
function firstRangesOf(text: string, phrases: readonly Phrase[]): ReturnType<typeof rangesOf> {
  if (phrases.length === 0) return [];
  for (let length = LENGTH + BEHIND; length < text.length; length *= 4) {
    const ranges = rangesOf(text.slice(0, boundary(text, length)), phrases);
    if ((ranges[0]?.[0] ?? length) + LENGTH + BEHIND <= length) return ranges;
  }
  return rangesOf(text, phrases);
}

/** Returns the ranges of a text that phrases match, in order, and none within another. */
function rangesOf(text: string, phrases: readonly Phrase[]): [start: number, end: number][] {
  const folded = fold(text);
  const words = placedWordsOf(folded.text);
  const ranges: [number, number][] = [];
  for (const { words: searched, isOpen } of phrases) {
    const isMatch = (at: number) =>
      searched.every((word, i) => {
        const here = words[at + i]?.word;
        const isBeginning = isOpen && i === searched.length - 1;
        return here === word || (isBeginning && here?.startsWith(word));
      });
    for (const [at, { start }] of words.entries()) {
      const last = words[at + searched.length - 1];
      if (last === undefined || !isMatch(at)) continue;
      // Of a pair, of which the first character alone is searched for.
      const [final = ""] = searched.slice(-1);
      const isHalf = isOpen && final.startsWith(MARK);
      const end = isHalf ? last.start + final.length - MARK.length : last.end;
      ranges.push([folded.starts[start] ?? 0, folded.ends[end - 1] ?? text.length]);
    }
  }
  return merged(ranges);
}

function merged(ranges: [number, number][]): [number, number][] {
  const all: [number, number][] = [];
  for (const [start, end] of ranges.sort(([a], [b]) => a - b)) {
    const last = all.at(-1);
    if (last && start <= last[1]) last[1] = Math.max(last[1], end);
    else all.push([start, end]);
  }
  return all;
}

function fold(text: string): FoldedText {
  const starts: number[] = [];
  const ends: number[] = [];
  let all = "";
  for (const { 0: unit, index } of text.matchAll(UNITS)) {
    const folded = foldText(unit);
    all += folded;
    for (let i = 0; i < folded.length; i++) {
      starts.push(index);
      ends.push(index + unit.length);
    }
  }
  return { text: all, starts, ends };
}

/** The place itself, or the one before if it would cut a character in two. */
function boundary(text: string, at: number): number {
  const code = text.charCodeAt(at);
  return code >= 0xdc00 && code <= 0xdfff ? at - 1 : at;
}

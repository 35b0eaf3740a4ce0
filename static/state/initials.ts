import { GUEST_PREFIX } from "../../protocol/names.ts";

/** Splits a text into graphemes: one visible letter may be several code points. */
const GRAPHEMES = "Segmenter" in Intl
  ? new Intl.Segmenter(undefined, { granularity: "grapheme" })
  : undefined;

/** Scripts whose letters are narrow enough for two of them. */
const NARROW = /^[\p{Script=Latin}\p{Script=Cyrillic}\p{Script=Greek}\p{N}]/u;

/**
 * The letters that stand for a name: two where the script is narrow, of its first and last word if it has
 * several, else one. A guest's come from the part of the name that differs.
 *
 * @example
 * ```ts
 * initials("María José"); // "MJ"
 * initials("Mira"); // "Mi"
 * initials("李雷"); // "李"
 * ```
 */
export function initials(name: string): string {
  const own = name.startsWith(GUEST_PREFIX) ? name.slice(GUEST_PREFIX.length) : name;
  const words = own.split(/[\s._-]+/).filter((word) => /^[\p{L}\p{N}]/u.test(word));
  const [first] = words;
  const last = words.at(-1);
  if (first === undefined || last === undefined) return letters(own)[0] ?? "–";
  const [letter = "", next = ""] = letters(first);
  if (!NARROW.test(first)) return letter;
  if (words.length === 1) return letter.toUpperCase() + next.toLowerCase();
  return (letter + (NARROW.test(last) ? letters(last)[0] ?? "" : "")).toUpperCase();
}

function letters(word: string): string[] {
  // Browsers before 2024 may lack the segmenter: a letter with its marks is near enough.
  if (!GRAPHEMES) return word.match(/\P{M}\p{M}*/gu)?.slice(0, 2) ?? [];
  const found: string[] = [];
  for (const { segment } of GRAPHEMES.segment(word)) {
    found.push(segment);
    if (found.length === 2) break;
  }
  return found;
}

import { type ReadonlySignal, signal } from "@preact/signals";
import { at, before, isInWord } from "../protocol/characters.ts";

const table = signal<ReadonlyMap<string, string>>(new Map());
let loading: Promise<void> | undefined;

/** Every emoji by its shortcode, such as `tada`; empty until {@linkcode loadEmoji} has loaded them. */
export const emojiTable: ReadonlySignal<ReadonlyMap<string, string>> = table;

/** Loads the table, a part of the page as large as a quarter of the rest. */
export function loadEmoji(): Promise<void> {
  return loading ??= import("markdown-it-emoji/lib/data/full.mjs").then(
    ({ default: shortcodes }) => {
      table.value = new Map(Object.entries<string>(shortcodes));
    },
    () => {
      loading = undefined;
    },
  );
}

/** Whether a text has something in it that may be a shortcode. */
export function mayHaveShortcodes(text: string): boolean {
  return /:[a-z0-9_+-]+:/.test(text);
}

/** Shortcodes right behind each other. */
const SHORTCODES = /(?::[a-z0-9_+-]+:)+/g;
const SHORTCODE = /:([a-z0-9_+-]+):/g;
/** Marks of paths, addresses and programs: beside them a shortcode is a part of those. */
const TECHNICAL = /^[:/\\@#=&%$<|-]/;

const TONE = "[\\u{1f3fb}-\\u{1f3ff}]";
/**
 * A picture on its own or with the selector behind it; most systems show `©` as a letter. Most pictures have both properties:
 * as alternatives they would match in two ways, each of many in a row.
 */
const PICTURE =
  `(?:(?![\\p{Regional_Indicator}©®™‼⁉])[\\p{Emoji_Presentation}\\p{Extended_Pictographic}]${TONE}?\\ufe0f?` +
  `|[©®™‼⁉]\\ufe0f)`;
const TAGS = "(?:[\\u{e0020}-\\u{e007e}]+\\u{e007f})?";
const ONE = `(?:\\p{Regional_Indicator}{2}|[0-9#*]\\ufe0f?\\u20e3` +
  `|${PICTURE}(?:\\u200d${PICTURE})*${TAGS})`;
const EMOJI_ONLY = new RegExp(`^\\s*(?:${ONE}\\s*){1,3}$`, "u");
/** A longer text is no handful of emoji; one emoji may be a family of many units. */
const EMOJI_UNITS = 96;

/**
 * Puts the emoji in the place of their `:shortcodes:`, where these stand by themselves. In `52:54:ab:cd` and
 * `std::vector::size` there are none.
 */
export function replaceShortcodes(text: string): string {
  const { value: emoji } = table;
  if (emoji.size === 0 || !text.includes(":")) return text;
  return text.replace(SHORTCODES, (whole, index: number) => {
    const [previous, next] = [before(text, index), at(text, index + whole.length)];
    if (isInWord(previous) || isInWord(next) || TECHNICAL.test(previous) || TECHNICAL.test(next)) {
      return whole;
    }
    let isKnown = true;
    const replaced = whole.replace(SHORTCODE, (code, name: string) => {
      isKnown &&= emoji.has(name);
      return emoji.get(name) ?? code;
    });
    return isKnown ? replaced : whole;
  });
}

/** Whether a text is one to three emoji and nothing else. */
export function isEmojiOnly(text: string): boolean {
  const replaced = text.length > EMOJI_UNITS ? text : replaceShortcodes(text);
  return replaced.length <= EMOJI_UNITS && EMOJI_ONLY.test(replaced);
}

/** The shortcodes that contain a typed text, those that begin with it first. */
export function findEmoji(typed: string, limit: number): { name: string; emoji: string }[] {
  const begin: { name: string; emoji: string }[] = [];
  const within: { name: string; emoji: string }[] = [];
  for (const [name, emoji] of table.value) {
    const at = name.indexOf(typed);
    if (at === 0) begin.push({ name, emoji });
    else if (at > 0) within.push({ name, emoji });
  }
  begin.sort((a, b) => a.name.length - b.name.length);
  return [...begin, ...within].slice(0, limit);
}

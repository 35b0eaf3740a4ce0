import { nameKey } from "../../protocol/names.ts";
import { findEmoji } from "../emoji.ts";

/** A text to complete with. */
export interface Suggestion {
  /** The text that replaces the typed one. */
  readonly insert: string;
  readonly label: string;
  readonly emoji?: string;
}

/** The suggestions at the caret. */
export interface Completion {
  /** The beginning of the text to replace; it ends at the caret. */
  readonly start: number;
  readonly suggestions: readonly Suggestion[];
}

const LIMIT = 8;
/** One letter would offer half of all emoji. */
const EMOJI_LETTERS = 2;
const MENTION = /(?<![\p{Script=Latin}\p{N}_.@-])@([^\s@:]{0,32})$/u;
const EMOJI = /(?<![\p{Script=Latin}\p{N}_:])[:：]([a-z0-9_+-]+)$/u;

/**
 * Suggests completions of the word before the caret: a name behind `@`, an emoji behind `:`.
 *
 * @param names of those who may be mentioned, the likely ones first
 */
export function complete(
  text: string,
  caret: number,
  names: readonly string[],
): Completion | undefined {
  const before = text.slice(Math.max(0, caret - 64), caret);
  const mention = MENTION.exec(before)?.[1];
  if (mention !== undefined) {
    const key = nameKey(mention);
    const fitting = names.filter((name) => nameKey(name).startsWith(key)).slice(0, LIMIT);
    const isWhole = fitting.length === 1 && nameKey(fitting[0] ?? "") === key;
    const suggestions = isWhole
      ? []
      : fitting.map((name) => ({ insert: `@${name} `, label: name }));
    return suggestions.length > 0 ? { start: caret - mention.length - 1, suggestions } : undefined;
  }
  const shortcode = EMOJI.exec(before)?.[1];
  if (shortcode === undefined || shortcode.length < EMOJI_LETTERS) return undefined;
  const suggestions = findEmoji(shortcode, LIMIT)
    .map(({ name, emoji }) => ({ insert: `${emoji} `, label: `:${name}:`, emoji }));
  return suggestions.length > 0 ? { start: caret - shortcode.length - 1, suggestions } : undefined;
}

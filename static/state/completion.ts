import type { User } from "../../protocol/mod.ts";
import { nameKey } from "../../protocol/names.ts";
import { EVERYONE_WORD } from "../../protocol/types.ts";
import { findEmoji } from "../emoji.ts";

/** A text to complete with. */
export interface Suggestion {
  /** The text that replaces the typed one. */
  readonly insert: string;
  readonly label: string;
  readonly emoji?: string;
  /** The person whom it mentions. */
  readonly person?: User;
  /** Whether it stands for all members of the room. */
  readonly isEveryone?: boolean;
}

/** The suggestions at the caret. */
export interface Completion {
  /** The beginning of the text to replace; it ends at the caret. */
  readonly start: number;
  readonly suggestions: readonly Suggestion[];
}

/** Those who may be mentioned. */
export interface Mentionable {
  /** One of each name, the likely ones first. */
  readonly people: readonly User[];
  /** Whether all members of the room may be. */
  readonly everyone: boolean;
}

const LIMIT = 8;
/** One letter would offer half of all emoji. */
const EMOJI_LETTERS = 2;
const MENTION = /(?<![\p{Script=Latin}\p{N}_.@-])@([^\s@:]{0,32})$/u;
const EMOJI = /(?<![\p{Script=Latin}\p{N}_:])[:：]([a-z0-9_+-]+)$/u;
/** Other words for {@linkcode EVERYONE_WORD} that people may type, in both languages. */
const EVERYONE_WORDS = [EVERYONE_WORD, "all", "here", "everyone", "所有人", "全体"];

/** The text of a mention right before the caret, without the `@`. */
export function mentionAt(text: string, caret: number): string | undefined {
  return MENTION.exec(text.slice(Math.max(0, caret - 64), caret))?.[1];
}

/** Suggests completions of the word before the caret: a name behind `@`, an emoji behind `:`. */
export function complete(
  text: string,
  caret: number,
  { people, everyone }: Mentionable,
): Completion | undefined {
  const mention = mentionAt(text, caret);
  if (mention !== undefined) {
    const suggestions = mentionsFor(mention, people, everyone);
    return suggestions.length > 0 ? { start: caret - mention.length - 1, suggestions } : undefined;
  }
  const before = text.slice(Math.max(0, caret - 64), caret);
  const shortcode = EMOJI.exec(before)?.[1];
  if (shortcode === undefined || shortcode.length < EMOJI_LETTERS) return undefined;
  const suggestions = findEmoji(shortcode, LIMIT)
    .map(({ name, emoji }) => ({ insert: `${emoji} `, label: `:${name}:`, emoji }));
  return suggestions.length > 0 ? { start: caret - shortcode.length - 1, suggestions } : undefined;
}

/** Everyone, if meant, and the names that begin with a text, then those with a word that does, then all others with it. */
function mentionsFor(typed: string, people: readonly User[], everyone: boolean): Suggestion[] {
  const key = folded(typed);
  const fitting = people.map((person) => ({ person, rank: rankOf(folded(person.name), key) }))
    .filter(({ rank }) => rank !== undefined)
    .sort((a, b) => (a.rank ?? 0) - (b.rank ?? 0))
    .map(({ person }) => person);
  const withEveryone = everyone && EVERYONE_WORDS.some((word) => word.startsWith(key));
  const [only] = fitting;
  // A whole name needs no completion, so Enter sends the message.
  const isWhole = fitting.length <= 1 && nameKey(typed) === nameKey(only?.name ?? EVERYONE_WORD);
  if (isWhole && (only !== undefined || withEveryone)) return [];
  const suggestions: Suggestion[] = fitting.slice(0, withEveryone ? LIMIT - 1 : LIMIT)
    .map((person) => ({ insert: `@${person.name} `, label: person.name, person }));
  if (!withEveryone) return suggestions;
  const all = { insert: `@${EVERYONE_WORD} `, label: EVERYONE_WORD, isEveryone: true };
  return [...suggestions, all];
}

/** The rank of a name that has a text in it: 0 at its beginning, 1 at that of a word. */
function rankOf(name: string, key: string): number | undefined {
  const at = name.indexOf(key);
  if (at <= 0) return at < 0 ? undefined : 0;
  if (/[\s_.-]/.test(name[at - 1] ?? "")) return 1;
  return [" ", "_", ".", "-"].some((mark) => name.includes(mark + key)) ? 1 : 2;
}

/** A text without what people leave out when they type: case and accents. */
function folded(text: string): string {
  return nameKey(text.normalize("NFKD").replace(/\p{M}/gu, ""));
}

import shortcodes from "markdown-it-emoji/lib/data/full.mjs";

/** Every emoji by its shortcode, such as `tada`. */
const EMOJI: ReadonlyMap<string, string> = new Map(Object.entries<string>(shortcodes));

const SHORTCODE = /:([a-z0-9_+-]+):/g;
const EMOJI_ONLY =
  /^(?:\s*\p{Extended_Pictographic}[\u{1f3fb}-\u{1f3ff}]?\ufe0f?(?:\u200d\p{Extended_Pictographic}[\u{1f3fb}-\u{1f3ff}]?\ufe0f?)*){1,3}\s*$/u;
/** Longer texts are no handful of emoji, whatever they are. */
const EMOJI_UNITS = 48;

/** Puts the emoji in the place of their `:shortcodes:`; what is none stays. */
export function replaceShortcodes(text: string): string {
  return text.replace(SHORTCODE, (whole, name: string) => EMOJI.get(name) ?? whole);
}

/** Whether a text is one to three emoji and nothing else. */
export function isEmojiOnly(text: string): boolean {
  const replaced = text.length > EMOJI_UNITS ? text : replaceShortcodes(text);
  return replaced.length <= EMOJI_UNITS && EMOJI_ONLY.test(replaced);
}

/** The shortcodes that fit what was typed, those that begin with it first. */
export function findEmoji(typed: string, limit: number): { name: string; emoji: string }[] {
  const begin: { name: string; emoji: string }[] = [];
  const within: { name: string; emoji: string }[] = [];
  for (const [name, emoji] of EMOJI) {
    const at = name.indexOf(typed);
    if (at === 0) begin.push({ name, emoji });
    else if (at > 0) within.push({ name, emoji });
  }
  begin.sort((a, b) => a.name.length - b.name.length);
  return [...begin, ...within].slice(0, limit);
}

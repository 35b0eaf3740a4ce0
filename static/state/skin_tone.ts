import type { TextStore } from "./storage.ts";

const KEY = "skinTone";

/** The tones of skin, from the one of a sign to the darkest. */
export const TONES: readonly string[] = ["", "🏻", "🏼", "🏽", "🏾", "🏿"];

/** Signs of several people, to which only the newest version of Unicode gives tones. */
const GROUPS = /[👯🤼👪]/u;

/** The tone that this person has chosen last. */
export function chosenTone(store: TextStore): string {
  const tone = store.get(KEY) ?? "";
  return TONES.includes(tone) ? tone : "";
}

/** Keeps the tone that this person has chosen. */
export function chooseTone(store: TextStore, tone: string): void {
  store.set(KEY, tone);
}

/** An emoji in a tone; one that has none, or several people, stays as it is. */
export function withTone(emoji: string, tone: string): string {
  if (tone === "") return emoji;
  const people = emoji.match(/\p{Emoji_Modifier_Base}/gu) ?? [];
  if (people.length !== 1 || GROUPS.test(emoji)) return emoji;
  // The sign for a picture gives way to the tone.
  return emoji.replace(/(\p{Emoji_Modifier_Base})\ufe0f?/u, `$1${tone}`);
}

import { isRecord, type TextStore } from "./storage.ts";

const KEY = "emoji";
/** As many as one row of a phone shows. */
const SHOWN = 6;
/** The most common reactions; used until this person has used others. */
const USUAL = ["👍", "❤️", "😂", "🎉", "😮", "👀"];

/** The emoji that this person has reacted with lately, the last one first, filled up with usual ones. */
export function recentEmoji(store: TextStore): readonly string[] {
  return [...new Set([...stored(store), ...USUAL])].slice(0, SHOWN);
}

/** Notes that this person has reacted with an emoji. */
export function noteEmoji(store: TextStore, emoji: string): void {
  // An emoji in the list keeps its place, so that people find it again.
  if (recentEmoji(store).includes(emoji)) return;
  store.set(KEY, JSON.stringify({ recent: [emoji, ...stored(store)].slice(0, SHOWN) }));
}

function stored(store: TextStore): readonly string[] {
  try {
    const value: unknown = JSON.parse(store.get(KEY) ?? "null");
    if (!isRecord(value) || !Array.isArray(value.recent)) return [];
    return value.recent.filter((emoji): emoji is string => typeof emoji === "string");
  } catch {
    return [];
  }
}

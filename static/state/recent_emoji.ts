import { isRecord, type TextStore } from "./storage.ts";

const KEY = "emoji";
/** As many as one row of a phone shows. */
const SHOWN = 6;
/** What people react with most; used until this person has used others. */
const USUAL = ["👍", "❤️", "😂", "🎉", "😮", "👀"];

/** The emoji that this person has reacted with lately, the last one first, filled up with usual ones. */
export function recentEmoji(store: TextStore): readonly string[] {
  return [...new Set([...stored(store), ...USUAL])].slice(0, SHOWN);
}

/** Notes that this person has reacted with an emoji. */
export function noteEmoji(store: TextStore, emoji: string): void {
  // What is there already keeps its place, where a finger finds it again.
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

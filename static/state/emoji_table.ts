/** An emoji of the picker. */
export interface EmojiEntry {
  readonly emoji: string;
  readonly name: string;
  /** Its name and other words to find it by, in lower case. */
  readonly words: string;
}

/** Reads the groups of a table that `build/tools/emoji.ts` has made. */
export function readEmoji(groups: readonly string[]): readonly (readonly EmojiEntry[])[] {
  return groups.map((group) =>
    group.split("|").map((entry) => {
      const [emoji = "", name = "", ...words] = entry.split(",");
      return { emoji, name, words: [name, ...words].join(" ").toLowerCase() };
    })
  );
}

/** The emoji in whose words a text is, those whose name begins with it first. */
export function searchEmoji(
  groups: readonly (readonly EmojiEntry[])[],
  text: string,
): readonly EmojiEntry[] {
  const typed = text.trim().toLowerCase();
  const rank = ({ emoji, words }: EmojiEntry): number => {
    if (words.startsWith(typed) || emoji === text.trim()) return 0;
    return words.includes(` ${typed}`) ? 1 : words.includes(typed) ? 2 : -1;
  };
  return groups.flat()
    .map((entry) => ({ entry, rank: rank(entry) }))
    .filter(({ rank }) => rank >= 0)
    .toSorted((a, b) => a.rank - b.rank)
    .map(({ entry }) => entry);
}

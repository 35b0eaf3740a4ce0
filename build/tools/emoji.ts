/**
 * Makes the tables of emoji for the page's picker, `static/emoji_en.ts` and `static/emoji_zh.ts`, from the data of
 * Emojibase, which follows Unicode's CLDR.
 *
 * ```sh
 * deno run -A tools/emoji.ts
 * ```
 *
 * @module
 */
import { isEmoji } from "../../protocol/emoji.ts";

/** The part of an emoji's data that is used. */
interface Emoji {
  readonly emoji: string;
  /** The version of Unicode's emoji that it came with. */
  readonly version: number;
  readonly label: string;
  readonly tags?: readonly string[];
  readonly group?: number;
  readonly order?: number;
}

/** The newest version whose emoji are taken: devices of some years can't draw later ones. */
const VERSION = 15;
/** Skin tones and hair by themselves: parts of emoji. */
const COMPONENTS = 2;
/** The words to find an emoji by, besides those of its name: more would make the page larger than they are worth. */
const WORDS = 1;

/** Loads the data of a language. Its own types bring those of a browser, which tools don't have. */
async function load(language: string): Promise<readonly Emoji[]> {
  const path = `emojibase-data/${language}/data.json`;
  const { default: data }: { default: readonly Emoji[] } = await import(path, {
    with: { type: "json" },
  });
  return data;
}

const languages = [["en", "English"], ["zh", "Chinese"]] as const;

/** The form of an emoji that is recommended for interchange; Emojibase adds the sign for a picture to all of them. */
function recommended(emoji: string): string | undefined {
  return [emoji, emoji.replaceAll("\ufe0f", "")].find(isEmoji);
}

for (const [language, name] of languages) {
  const emoji = await load(language);
  const groups = Map.groupBy(
    emoji.filter(({ emoji, group, version }) =>
      group !== undefined && group !== COMPONENTS && version <= VERSION &&
      recommended(emoji) !== undefined
    )
      .toSorted((a, b) => (a.order ?? 0) - (b.order ?? 0)),
    ({ group }) => group,
  );
  const lines = [...groups.values()].map((group) =>
    `  ${JSON.stringify(group.map(entry).join("|"))},`
  );
  const text = `/** The emoji in ${name}, by group; made by \`tools/emoji.ts\`. */
export const EMOJI: readonly string[] = [
${lines.join("\n")}
];
`;
  await Deno.writeTextFile(new URL(`../../static/emoji_${language}.ts`, import.meta.url), text);
}

/** An emoji, its name, and words to find it by, with commas between. */
function entry({ emoji, label, tags = [] }: Emoji): string {
  const more = tags.filter((tag) => !label.includes(tag) && !/[,|]/.test(tag)).slice(0, WORDS);
  return [recommended(emoji), label.replaceAll(/[,|]/g, ""), ...more].join(",");
}

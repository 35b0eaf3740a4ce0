import { EN, type Strings } from "./strings_en.ts";
import { ZH } from "./strings_zh.ts";

export type { Strings } from "./strings_en.ts";

/** A language of the page. */
export type Language = "en" | "zh";

/** The texts by language. */
export const STRINGS: Readonly<Record<Language, Strings>> = { en: EN, zh: ZH };

/** The tag of a language for the document. */
export const LANGUAGE_TAGS: Readonly<Record<Language, string>> = { en: "en", zh: "zh-Hans" };

/** The first language of a browser's list that the page has; English without any. */
export function preferredLanguage(languages: readonly string[]): Language {
  for (const tag of languages) {
    const [language] = tag.toLowerCase().split("-", 1);
    if (language === "en" || language === "zh") return language;
  }
  return "en";
}

/** The text for an error's code. */
export function errorWords({ errors }: Strings, code: string): string {
  for (const [known, text] of Object.entries(errors)) if (known === code) return text;
  return errors.other;
}

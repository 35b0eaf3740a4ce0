import { signal } from "@preact/signals";
import { EN, type Strings } from "./strings_en.ts";

export type { Strings } from "./strings_en.ts";

/** A language of the page. */
export type Language = "en" | "zh";

/** Each language in itself. */
export const LANGUAGE_NAMES: Readonly<Record<Language, string>> = {
  en: EN.language,
  zh: "简体中文",
};

/** The texts by language, as far as they are loaded. */
const loaded = signal<Readonly<Partial<Record<Language, Strings>>>>({ en: EN });

/** Loads the texts of a language, which others need not. Without them the page stays in English. */
export async function loadStrings(language: Language): Promise<void> {
  if (language !== "zh" || loaded.peek().zh !== undefined) return;
  try {
    const { ZH } = await import("./strings_zh.ts");
    loaded.value = { ...loaded.peek(), zh: ZH };
  } catch {
    // There may be no connection; the next choice of the language tries again.
  }
}

/** The texts in a language, or in English until they are loaded. */
export function stringsIn(language: Language): Strings {
  return loaded.value[language] ?? EN;
}

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

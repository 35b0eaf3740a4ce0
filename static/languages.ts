/**
 * Reads code for its highlighting. A part of the page that is loaded with the first code.
 *
 * @module
 */
import type { Emitter, HLJSApi, HLJSOptions, Language } from "highlight.js";
import hljs from "highlight.js/lib/core";
import bash from "highlight.js/lib/languages/bash";
import cpp from "highlight.js/lib/languages/cpp";
import csharp from "highlight.js/lib/languages/csharp";
import diff from "highlight.js/lib/languages/diff";
import dockerfile from "highlight.js/lib/languages/dockerfile";
import go from "highlight.js/lib/languages/go";
import ini from "highlight.js/lib/languages/ini";
import java from "highlight.js/lib/languages/java";
import json from "highlight.js/lib/languages/json";
import python from "highlight.js/lib/languages/python";
import rust from "highlight.js/lib/languages/rust";
import sql from "highlight.js/lib/languages/sql";
import typescript from "highlight.js/lib/languages/typescript";
import xml from "highlight.js/lib/languages/xml";
import yaml from "highlight.js/lib/languages/yaml";

/** A part of some code, with the kind that says how it looks. */
export interface CodeToken {
  readonly text: string;
  readonly kind?: CodeKind;
}

/** The kinds of parts that look different. */
export type CodeKind = "comment" | "keyword" | "string" | "number" | "title" | "added" | "removed";

/** The kinds of parts by the first word of the library's scopes. */
const KINDS: Readonly<Record<string, CodeKind>> = {
  addition: "added",
  attr: "title",
  attribute: "title",
  built_in: "keyword",
  comment: "comment",
  deletion: "removed",
  doctag: "comment",
  keyword: "keyword",
  literal: "number",
  meta: "comment",
  name: "keyword",
  number: "number",
  quote: "comment",
  regexp: "string",
  section: "title",
  string: "string",
  symbol: "number",
  title: "title",
  type: "title",
};

/** Collects the parts of code one after another: elements are made of them, never HTML. */
class Tokens implements Emitter {
  readonly all: CodeToken[] = [];
  readonly #kinds: (CodeKind | undefined)[] = [];

  constructor(readonly options: HLJSOptions) {}

  addText(text: string): void {
    if (text === "") return;
    const kind = this.#kinds.at(-1);
    const last = this.all.at(-1);
    if (last && last.kind === kind) {
      this.all[this.all.length - 1] = { ...last, text: last.text + text };
    } else this.all.push({ text, ...(kind !== undefined && { kind }) });
  }

  startScope(name: string): void {
    this.#kinds.push(KINDS[name.split(".", 1)[0] ?? ""] ?? this.#kinds.at(-1));
  }

  endScope(): void {
    this.#kinds.pop();
  }

  openNode(name: string): void {
    this.startScope(name);
  }

  closeNode(): void {
    this.endScope();
  }

  __addSublanguage(other: Emitter): void {
    if (other instanceof Tokens) this.all.push(...other.all);
  }

  finalize(): void {}

  toHTML(): string {
    return "";
  }
}

/**
 * The grammar of C#, where the pattern of a method tries no more words and characters than a declaration has: it would
 * take time by the cube of the code's length.
 */
function boundedCsharp(api: HLJSApi): Language {
  const grammar = csharp(api);
  for (const mode of grammar.contains) {
    if (mode === "self" || mode.className !== "function" || typeof mode.begin !== "string") {
      continue;
    }
    mode.begin = mode.begin.replace("\\s+)+", "\\s+){1,9}").replace("[^=]+", "[^=]{1,99}");
  }
  return grammar;
}

hljs.configure({ __emitter: Tokens });
const LANGUAGES = {
  ...{
    bash,
    cpp,
    csharp: boundedCsharp,
    diff,
    dockerfile,
    go,
    ini,
    java,
    json,
    python,
    rust,
    sql,
    typescript,
    xml,
  },
  yaml,
};
for (const [name, language] of Object.entries(LANGUAGES)) hljs.registerLanguage(name, language);
// One grammar reads both.
hljs.registerAliases(["javascript", "js", "jsx", "mjs", "cjs"], { languageName: "typescript" });
hljs.registerAliases(["c", "h"], { languageName: "cpp" });
hljs.registerAliases(["shell", "console"], { languageName: "bash" });

/** The names of all languages, without their other names. */
export const LANGUAGE_NAMES: readonly string[] = Object.keys(LANGUAGES);

/** Reads code in a language; `undefined` if that is unknown. */
export function readCode(code: string, language: string): readonly CodeToken[] | undefined {
  if (!hljs.getLanguage(language)) return undefined;
  const { _emitter: emitter } = hljs.highlight(code, { language, ignoreIllegals: true });
  return emitter instanceof Tokens ? emitter.all : undefined;
}

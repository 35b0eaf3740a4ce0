import { replaceShortcodes } from "../emoji.ts";
import { before, isSpace, isSpaced, isSpacedLetter } from "../../protocol/characters.ts";
import { type Delimiter, findDelimiter } from "./emphasis.ts";
import { emphasize } from "./pairs.ts";
import { type Bars, findBars, hideSpoilers } from "./spoilers.ts";
import { type Inline, linesOf, plainText } from "./tree.ts";
import {
  findMail,
  findUrl,
  type FoundLink,
  isDeceptive,
  safeHref,
} from "../../protocol/text_links.ts";

/** A longer text of a link is no text of a link. */
const LABEL_UNITS = 500;
const HREF_UNITS = 2_000;
/** The runs of backticks that are tried as the end of code. */
const CODE_ENDS = 20;

/** Reads the parts of some lines. */
export function parseInline(text: string): Inline[] {
  return new Reader(text).read();
}

/** Reads a text once from its beginning to its end. */
class Reader {
  readonly #text: string;
  readonly #isLabel: boolean;
  readonly #parts: (Inline | Delimiter | Bars)[] = [];
  /** By length, the beginnings of all runs of backticks, of which those behind are dropped. */
  readonly #backticks = new Map<number, number[]>();
  /** The index of the bracket that closes the one at an index. */
  readonly #brackets = new Map<number, number>();
  #index = 0;
  /** The beginning of the plain text that is not a part yet. */
  #plainFrom = 0;

  /** @param isLabel whether this is the text of a link, in which nothing is one */
  constructor(text: string, { isLabel = false } = {}) {
    this.#text = text;
    this.#isLabel = isLabel;
    for (const { 0: { length }, index } of text.matchAll(/`+/g)) {
      const known = this.#backticks.get(length);
      if (known) known.push(index);
      else this.#backticks.set(length, [index]);
    }
    for (const runs of this.#backticks.values()) runs.reverse();
    const open: number[] = [];
    for (const { 0: bracket, index } of text.matchAll(/[[\]]/g)) {
      if (bracket === "[") open.push(index);
      else if (open.length > 0) this.#brackets.set(open.pop() ?? 0, index);
    }
  }

  read(): Inline[] {
    const text = this.#text;
    while (this.#index < text.length) if (!this.#readPart()) this.#index++;
    this.#endPlain();
    return joinText(emphasize(hideSpoilers(this.#parts, text), text), this.#isLabel);
  }

  /** Reads what is more than plain text at the index; returns whether there was any. */
  #readPart(): boolean {
    const text = this.#text;
    const start = this.#index;
    switch (text[start]) {
      case "`":
        return this.#readCode(start);
      case "!":
        return text[start + 1] === "[" && this.#readLink(start, start + 1);
      case "[":
        return this.#readLink(start, start);
      case "|": {
        const bars = this.#isLabel ? undefined : findBars(text, start);
        return bars !== undefined && this.#take(bars, bars.end);
      }
      case "\\":
      case "*":
      case "_":
      case "~": {
        const delimiter = findDelimiter(text, start);
        if (delimiter) return this.#take(delimiter, delimiter.end);
        // A run is text as a whole: in `****` there is no `**`.
        const run = /\\?([*_~])\1*|\\/y;
        run.lastIndex = start;
        this.#index += run.exec(text)?.[0].length ?? 1;
        return true;
      }
      default:
        return !this.#isLabel && this.#readAddress(start);
    }
  }

  #readCode(start: number): boolean {
    const text = this.#text;
    let end = start;
    while (text[end] === "`") end++;
    const length = end - start;
    const previous = before(text, start);
    const runs = this.#backticks.get(length) ?? [];
    while (runs.length > 0 && (runs.at(-1) ?? 0) < end) runs.pop();
    // In `it`s` there is an apostrophe.
    const isOpening = previous !== "\\" && (length > 1 || !isSpaced(previous));
    for (const close of isOpening ? runs.slice(-CODE_ENDS).reverse() : []) {
      const content = text.slice(end, close);
      if (content.includes("\n")) break;
      if (content.trim() === "") break;
      // So there is in `'twas` with a backtick.
      const isApostrophe = length === 1 && isSpace(before(text, close)) &&
        isSpacedLetter(text[close + 1] ?? "");
      if (isApostrophe) continue;
      const isPadded = /^ .* $/s.test(content);
      const code = { kind: "code", text: isPadded ? content.slice(1, -1) : content } as const;
      return this.#take(code, close + length);
    }
    this.#index = end;
    return true;
  }

  /**
   * Reads `[text](address)`; with `!` before it, too, whose picture is not shown.
   *
   * @param start of all of it
   * @param bracket the index of `[`
   */
  #readLink(start: number, bracket: number): boolean {
    const text = this.#text;
    const close = this.#brackets.get(bracket);
    if (this.#isLabel || close === undefined || text[close + 1] !== "(") return false;
    if (before(text, start) === "\\" || close - bracket > LABEL_UNITS) return false;
    const end = closingParenthesis(text, close + 1);
    const address = end === undefined ? "" : text.slice(close + 2, end);
    const href = safeHref(address);
    const label = text.slice(bracket + 1, close);
    if (end === undefined || href === undefined || label.trim() === "") return false;
    // What a mark of direction turns round may look like the address of another host.
    if (/\n|]\(|[\u202a-\u202e\u2066-\u2069]/.test(label) || /[\s<>]/.test(address)) return false;
    const children = new Reader(label, { isLabel: true }).read();
    // Shown as typed, with both addresses. Emphasis in a host hides it in what was typed, not from readers.
    if (isDeceptive(label, href) || isDeceptive(plainText(children), href)) return false;
    return this.#take({ kind: "link", href, children }, end + 1);
  }

  #readAddress(start: number): boolean {
    const text = this.#text;
    const found = /[hw]/i.test(text[start] ?? "") ? findUrl(text, start) : undefined;
    const link: FoundLink | undefined = found ??
      (/[a-z0-9]/i.test(text[start] ?? "") ? findMail(text, start) : undefined);
    if (!link) return false;
    const typed = text.slice(start, link.end);
    const children = [{ kind: "text", text: typed } as const];
    return this.#take({ kind: "link", href: link.href, children }, link.end);
  }

  #take(part: Inline | Delimiter | Bars, end: number): true {
    this.#endPlain();
    this.#parts.push(part);
    this.#index = this.#plainFrom = end;
    return true;
  }

  #endPlain(): void {
    if (this.#index > this.#plainFrom) {
      this.#parts.push({ kind: "text", text: this.#text.slice(this.#plainFrom, this.#index) });
    }
  }
}

function closingParenthesis(text: string, open: number): number | undefined {
  const most = Math.min(text.length, open + HREF_UNITS);
  for (let i = open, depth = 0; i < most && text[i] !== "\n"; i++) {
    if (text[i] === "(") depth++;
    else if (text[i] === ")" && --depth === 0) return i;
  }
  return undefined;
}

/** Joins neighbouring texts, cuts them into lines, and puts emoji in the place of their shortcodes outside of links. */
function joinText(parts: readonly Inline[], isLabel: boolean): Inline[] {
  const joined: Inline[] = [];
  for (const part of parts) {
    const last = joined.at(-1);
    if (part.kind === "text" && last?.kind === "text") {
      joined[joined.length - 1] = { kind: "text", text: last.text + part.text };
    } else joined.push(part);
  }
  return joined.flatMap((part): Inline | Inline[] => {
    if (part.kind === "text") return isLabel ? part : linesOf(replaceShortcodes(part.text));
    if (part.kind === "link" || !("children" in part)) return part;
    return { ...part, children: joinText(part.children, isLabel) };
  });
}

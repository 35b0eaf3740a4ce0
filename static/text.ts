/**
 * Reads a message's text: what is clearly markup becomes a small tree of plain values, of which the view makes
 * elements; everything else stays as it was typed. There is never any HTML, so there is none to clean.
 *
 * @module
 */
import { emojiTable } from "./emoji.ts";
import { parseInline } from "./text/inline.ts";
import { type Budget, readTable } from "./text/tables.ts";
import { type Block, type Inline, linesOf, plainBlocks } from "./text/tree.ts";

export type { Block, Inline } from "./text/tree.ts";
export { safeHref } from "../protocol/text_links.ts";

/** Quotes and lists in each other deeper than this are no markup of a person's. */
const DEPTH = 8;
/** A text with more marks and addresses than this is shown as typed: reading them would take more than a few ms. */
const MARKS = 1_000;
const MARK = /[*_~[\]`]|\|\||www\.|:\/\//gi;
/** The cells of all tables of a text. */
const CELLS = 2_000;

/** The number of texts whose trees are kept: some screens full. */
const KEPT = 600;
const kept = new Map<string, readonly Block[]>();
// Texts read without the emoji table are read again.
emojiTable.subscribe(() => kept.clear());

const FENCE = /^ {0,3}(`{3,})([\w+#.-]*)[ \t]*$/;
/** A fence with code right behind it, as people write who know other chats. */
const TIGHT_FENCE = /^```(?!`)(\s*\S.*)$/;
const QUOTE = /^ {0,3}>[ \t]+\S/;
const QUOTED = /^ {0,3}>[ \t]?/;
const ITEM = /^( {0,3})(?:([-*])|(\d{1,9}[.)]))([ \t]+)(\S.*)$/;
const HEADING = /^ {0,3}(#{1,6})[ \t]+(\S.*)$/;
const TASK = /^\[([ xX])\][ \t]+(?=\S)/;

/** Reads a text. It never throws; a text that would take too long is shown as typed. */
export function parseText(text: string): Block[] {
  return (text.match(MARK)?.length ?? 0) > MARKS
    ? [asTyped(text)]
    : parseBlocks(text.split("\n"), 0, { cells: CELLS });
}

/** Reads a text as {@linkcode parseText} does, and keeps its tree: a message is drawn, said, quoted and found. */
export function readText(text: string): readonly Block[] {
  let blocks = kept.get(text);
  if (!blocks) {
    blocks = parseText(text);
    if (kept.size >= KEPT) kept.clear();
    kept.set(text, blocks);
  }
  return blocks;
}

/**
 * The text as its readers see it at first: without markup, and with spoilers hidden. For notifications, quotes and
 * whatever else shows messages outside of their room.
 *
 * @param spoiler what stands in the place of each
 */
export function shownText(text: string, spoiler = "███"): string {
  return plainBlocks(readText(text), spoiler);
}

function asTyped(text: string): Block {
  return { kind: "paragraph", children: linesOf(text) };
}

function parseBlocks(lines: readonly string[], depth: number, budget: Budget): Block[] {
  const blocks: Block[] = [];
  const fences = new Fences(lines);
  let paragraph: string[] = [];
  function endParagraph(): void {
    if (paragraph.length > 0) {
      blocks.push({ kind: "paragraph", children: parseInline(paragraph.join("\n")) });
    }
    paragraph = [];
  }
  for (let i = 0; i < lines.length;) {
    const line = lines[i] ?? "";
    const found = depth < DEPTH
      ? fences.read(i) ?? readQuote(lines, i, depth, budget) ??
        readList(lines, i, depth, budget) ??
        readHeading(lines, i, blocks.at(-1), paragraph.length > 0) ?? readRows(lines, i, budget)
      : undefined;
    if (found) {
      endParagraph();
      blocks.push(found.block);
      i = found.end;
      continue;
    }
    if (line.trim() === "") endParagraph();
    else paragraph.push(line);
    i++;
  }
  endParagraph();
  return blocks;
}

interface Found {
  readonly block: Block;
  /** The index of the line behind it. */
  readonly end: number;
}

/** Reads the code between fences. Each fence has the rest of the text as its end, so most searches must not be made. */
class Fences {
  readonly #lines: readonly string[];
  /** The shortest fence that nothing ends in the rest of the lines. */
  #endless = Infinity;

  constructor(lines: readonly string[]) {
    this.#lines = lines;
  }

  /** Reads the code that begins at a line; not to be asked about lines before that afterwards. */
  read(start: number): Found | undefined {
    const lines = this.#lines;
    const [, fence, language = ""] = FENCE.exec(lines[start] ?? "") ?? [];
    if (fence === undefined) return readTightFence(lines, start);
    // A line that ends a longer fence also ends this one.
    if (fence.length >= this.#endless) return undefined;
    for (let end = start + 1; end < lines.length; end++) {
      const inner = lines[end] ?? "";
      if (!inner.includes("```")) continue;
      const isEnd = /^ {0,3}`{3,}[ \t]*$/.test(inner) && inner.trim().length >= fence.length;
      // Other chats let the fence stand behind the last line.
      const isTight = !isEnd && fence.length === 3 && /[^`]```[ \t]*$/.test(inner);
      if (!isEnd && !isTight) continue;
      const code = lines.slice(start + 1, end);
      if (isTight) {
        code.push(inner.trimEnd().slice(0, -3));
        if (language !== "") code.unshift(language);
      }
      const text = code.join("\n");
      return text.trim() === "" ? undefined : {
        block: { kind: "code", text, ...(language !== "" && !isTight && { language }) },
        end: end + 1,
      };
    }
    this.#endless = fence.length;
    return undefined;
  }
}

function readTightFence(lines: readonly string[], start: number): Found | undefined {
  const [, first] = TIGHT_FENCE.exec(lines[start] ?? "") ?? [];
  if (first === undefined || first.includes("```")) return undefined;
  for (let end = start + 1; end < lines.length; end++) {
    const inner = (lines[end] ?? "").trimEnd();
    if (!inner.includes("```")) continue;
    if (!/^[^`]*```$/.test(inner)) return undefined;
    const last = inner.slice(0, -3);
    const code = [first, ...lines.slice(start + 1, end), ...(last === "" ? [] : [last])];
    return { block: { kind: "code", text: code.join("\n") }, end: end + 1 };
  }
  return undefined;
}

/**
 * Reads a heading, which begins a part of the text: nothing, a blank line or another heading is before it. `# ` also
 * begins comments of programs, so that a blank line, or markup, must be behind it, and something more.
 */
function readHeading(
  lines: readonly string[],
  index: number,
  before: Block | undefined,
  isWithin: boolean,
): Found | undefined {
  const [, marks = "", typed = ""] = HEADING.exec(lines[index] ?? "") ?? [];
  if (marks === "" || isWithin || !/[\p{L}\p{N}]/u.test(typed)) return undefined;
  const isFirst = before === undefined || (lines[index - 1] ?? "").trim() === "";
  if (!isFirst && before.kind !== "heading") return undefined;
  const next = lines[index + 1];
  if (marks.length === 1) {
    const isBefore = next?.trim() === "" ? lines.length > index + 2 : isMarkup(next ?? "");
    if (!isBefore) return undefined;
  }
  const text = typed.trimEnd().replace(/ #+$/, "");
  return {
    block: { kind: "heading", level: marks.length, children: parseInline(text) },
    end: index + 1,
  };
}

/** Whether a line begins a block that is no paragraph, by its looks. */
function isMarkup(line: string): boolean {
  return FENCE.test(line) || QUOTE.test(line) || readItem(line) !== undefined ||
    /^ {0,3}##/.test(line);
}

function readRows(lines: readonly string[], start: number, budget: Budget): Found | undefined {
  const table = readTable(lines, start, budget);
  if (table === undefined) return undefined;
  const { end, block = asTyped(lines.slice(start, end).join("\n")) } = table;
  return { end, block };
}

function readQuote(
  lines: readonly string[],
  start: number,
  depth: number,
  budget: Budget,
): Found | undefined {
  if (!QUOTE.test(lines[start] ?? "")) return undefined;
  let end = start + 1;
  while (end < lines.length && QUOTED.test(lines[end] ?? "")) end++;
  // A `>` with nothing behind it, and no more of the quote, is only a character.
  while ((lines[end - 1] ?? "").replace(QUOTED, "").trim() === "") end--;
  const quoted = lines.slice(start, end).map((line) => line.replace(QUOTED, ""));
  return { block: { kind: "quote", children: parseBlocks(quoted, depth + 1, budget) }, end };
}

interface ItemLine {
  readonly indent: number;
  /** The number as it was typed; `undefined` for a bullet. */
  readonly marker: string | undefined;
  /** The white space between its marker and its text. */
  readonly gap: string;
  /** The indent of its text. */
  readonly width: number;
  readonly text: string;
}

function readItem(line: string): ItemLine | undefined {
  const [, indent = "", bullet, marker, gap = "", text = ""] = ITEM.exec(line) ?? [];
  if (bullet === undefined && marker === undefined) return undefined;
  // `* * *` is a line, and `* waves *` something else; neither is an item.
  if (bullet !== undefined && !/[^\s*_-]/.test(text)) return undefined;
  if (bullet === "*" && /\s\*$/.test(text)) return undefined;
  const width = indent.length + (bullet ?? marker ?? "").length + Math.min(gap.length, 4);
  return { indent: indent.length, marker, gap, width, text };
}

function readList(
  lines: readonly string[],
  start: number,
  depth: number,
  budget: Budget,
): Found | undefined {
  const first = readItem(lines[start] ?? "");
  if (!first) return undefined;
  const ordered = first.marker !== undefined;
  const items: { readonly item: ItemLine; readonly content: readonly string[] }[] = [];
  let end = start;
  while (end < lines.length) {
    const item = readItem(lines[end] ?? "");
    if (!item || (item.marker !== undefined) !== ordered) break;
    const content = [item.text];
    let next = end + 1;
    for (; next < lines.length; next++) {
      const line = lines[next] ?? "";
      const indent = line.length - line.trimStart().length;
      if (line.trim() === "" || indent < Math.min(item.width, item.indent + 2)) break;
      content.push(line.slice(Math.min(indent, item.width)));
    }
    items.push({ item, content });
    end = next;
    // One blank line may stand between two items.
    const following = (lines[next] ?? "").trim() === ""
      ? readItem(lines[next + 1] ?? "")
      : undefined;
    if (following && (following.marker !== undefined) === ordered) end++;
  }
  // `- 5 °C` alone is a temperature.
  if (!ordered && items.length === 1 && /^\p{N}/u.test(first.text)) return undefined;
  // Read only now: of lists in each other that are none, each would be read twice as often as the one around it.
  const blocks = items.map(({ item: { marker, gap }, content }) =>
    itemBlocks(content, marker && marker + gap, depth, budget)
  );
  return { block: { kind: "list", ordered, items: blocks }, end };
}

/** The blocks of an item, with its number or its box in the first line. */
function itemBlocks(
  [first = "", ...rest]: readonly string[],
  number: string | undefined,
  depth: number,
  budget: Budget,
): Block[] {
  const box = number === undefined ? TASK.exec(first) : null;
  const text = first.slice(box?.[0].length ?? 0);
  const blocks = parseBlocks([text, ...rest], depth + 1, budget);
  const lead = number ?? (box && (box[1] === " " ? "☐ " : "☑ "));
  if (lead === null) return blocks;
  const sign: Inline = { kind: "text", text: lead };
  const [paragraph, ...others] = blocks;
  return paragraph?.kind === "paragraph"
    ? [{ kind: "paragraph", children: [sign, ...paragraph.children] }, ...others]
    : [{ kind: "paragraph", children: [sign] }, ...blocks];
}

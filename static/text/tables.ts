import { parseInline } from "./inline.ts";
import type { Alignment, Block, Inline } from "./tree.ts";

/** The cells that a text may still have. A table with more is shown as typed: each is an element, most may be empty. */
export interface Budget {
  cells: number;
}

/** A spoiler in a cell, with spaces around it: between other bars there is an empty cell. */
const SPOILER = /(?<=\s)\|\|(?=[^\s|])[^|]*[^\s|]\|\|(?=\s|$)/g;

/** A table, or lines that would be one if it were smaller. */
export interface FoundTable {
  readonly block: Block | undefined;
  /** The index of the line behind it. */
  readonly end: number;
}

/** Reads the table that begins at a line: titles, a line of dashes for each of them, and the rows, all with `|`. */
export function readTable(
  lines: readonly string[],
  start: number,
  budget: Budget,
): FoundTable | undefined {
  const [head = "", dashes = ""] = lines.slice(start, start + 2);
  if (!head.includes("|") || !isDashes(dashes)) return undefined;
  const titles = cellsOf(head);
  const columns = cellsOf(dashes).map(alignmentOf);
  if (columns.length !== titles.length || titles.every((title) => title === "")) return undefined;
  let end = start + 2;
  while (lines[end]?.includes("|")) end++;
  const cells = (end - start - 1) * columns.length;
  if (cells > budget.cells) return { block: undefined, end };
  budget.cells -= cells;
  const rows = [titles, ...lines.slice(start + 2, end).map((line) => fill(line, columns.length))];
  const parsed = rows.map((row) => row.map((cell): Inline[] => parseInline(cell)));
  return { block: { kind: "table", columns, rows: parsed }, end };
}

/** Whether a line has nothing but dashes, with colons at their ends, between `|`. */
function isDashes(line: string): boolean {
  return /^[\s|:-]*$/.test(line) && line.includes("|") &&
    cellsOf(line).every((cell) => /^:?-+:?$/.test(cell));
}

function alignmentOf(dashes: string): Alignment {
  const [left, right] = [dashes.startsWith(":"), dashes.endsWith(":")];
  return left && right ? "center" : right ? "end" : left ? "start" : undefined;
}

/** The cells of a row, whose ends may have `|`, too. A backslash before `|` makes it a character of the cell. */
function cellsOf(line: string): string[] {
  const text = line.trim().replace(SPOILER, (spoiler) => spoiler.replaceAll("|", "\\|"))
    .replace(/^\|/, "").replace(/(?<!\\)\|$/, "");
  return text.split(/(?<!\\)\|/).map((cell) => cell.replaceAll("\\|", "|").trim());
}

/** The cells of a row, as many as there are columns: what is too much stays in the last one, as it was typed. */
function fill(line: string, columns: number): string[] {
  const cells = cellsOf(line);
  const last = cells.slice(columns - 1).join(" | ");
  return Array.from({ length: columns }, (_, i) => (i < columns - 1 ? cells[i] : last) ?? "");
}

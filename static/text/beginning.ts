import type { Block, Inline } from "./tree.ts";

/** About as many UTF-16 code units as one line shows. */
export const LINE_UNITS = 100;
/** An element takes as long to draw as so many code units. */
const ELEMENT_UNITS = 20;
/** So does each code unit where names of people and rooms are linked, and code is coloured: each second may be an element. */
const DENSE_UNITS = ELEMENT_UNITS / 2;
/** A message with more lines than this, or as many characters as these would have, is folded. */
const FOLDED_LINES = 30;
/** Of a folded message so many lines are drawn: more than it shows, and few of 8,000, which took seconds. */
export const DRAWN_LINES = 200;

/** Whether a message is so long that only its beginning is shown at first. */
export function isLong(text: string): boolean {
  return text.length > FOLDED_LINES * 2 &&
    text.split("\n").reduce((lines, { length }) => lines + 1 + length / LINE_UNITS, 0) >
      FOLDED_LINES;
}

/**
 * Returns the beginning of a text, about so many lines of it. Each part that is cut keeps its kind: half of a spoiler is one,
 * too. Code is not cut, since its readers copy all of it.
 */
export function beginningOf(blocks: readonly Block[], lines: number): Block[] {
  let rest = lines * LINE_UNITS;
  /** Takes parts of which each begins a line, or continues one. */
  function take<T>(parts: readonly T[], cut: (part: T) => T, units = LINE_UNITS): T[] {
    const taken: T[] = [];
    for (const part of parts) {
      if (rest <= 0) break;
      rest -= units;
      taken.push(cut(part));
    }
    return taken;
  }
  const takeInline = (parts: readonly Inline[]) => take(parts, cutInline, 0);

  function cutInline(part: Inline): Inline {
    switch (part.kind) {
      case "break":
        rest -= LINE_UNITS;
        return part;
      case "text":
      case "code": {
        const units = /[@#]/.test(part.text) ? DENSE_UNITS : 1;
        const text = part.text.slice(0, rest / units);
        rest -= text.length * units;
        return { ...part, text };
      }
      default:
        rest -= ELEMENT_UNITS;
        return { ...part, children: takeInline(part.children) };
    }
  }

  function cutBlock(block: Block): Block {
    switch (block.kind) {
      case "code":
        rest -= block.text.length * (block.language === undefined ? 1 : DENSE_UNITS);
        return block;
      case "quote":
        return { ...block, children: take(block.children, cutBlock) };
      case "list":
        return { ...block, items: take(block.items, (item) => take(item, cutBlock), 0) };
      case "table":
        return { ...block, rows: take(block.rows, (row) => take(row, takeInline, ELEMENT_UNITS)) };
      default:
        return { ...block, children: takeInline(block.children) };
    }
  }
  return take(blocks, cutBlock);
}

import type { Block, Inline } from "./tree.ts";

/** About as many UTF-16 code units as one line shows. */
export const LINE_UNITS = 100;

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
        const text = part.text.slice(0, rest);
        rest -= text.length;
        return { ...part, text };
      }
      default:
        return { ...part, children: takeInline(part.children) };
    }
  }

  function cutBlock(block: Block): Block {
    switch (block.kind) {
      case "code":
        rest -= block.text.length;
        return block;
      case "quote":
        return { ...block, children: take(block.children, cutBlock) };
      case "list":
        return { ...block, items: take(block.items, (item) => take(item, cutBlock, 0)) };
      case "table":
        return { ...block, rows: take(block.rows, (row) => row.map(takeInline)) };
      default:
        return { ...block, children: takeInline(block.children) };
    }
  }
  return take(blocks, cutBlock);
}

import { type Block, type Inline, insideOf } from "./tree.ts";

/** The rank of each heading of a text: the first has 1, and one below another has one more, whatever was left out. */
export function ranksOf(blocks: readonly Block[]): ReadonlyMap<Block, number> {
  const ranks = new Map<Block, number>();
  /** The levels of the headings that the next one may be below. */
  const above: number[] = [];
  function visit(block: Block | Inline): void {
    if (block.kind === "quote" || block.kind === "list") insideOf(block).forEach(visit);
    if (block.kind !== "heading") return;
    while ((above.at(-1) ?? 0) >= block.level) above.pop();
    above.push(block.level);
    ranks.set(block, above.length);
  }
  blocks.forEach(visit);
  return ranks;
}

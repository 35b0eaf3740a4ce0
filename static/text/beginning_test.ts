import { assert, assertEquals } from "../../testing/assert.ts";
import { parseText } from "../text.ts";
import { beginningOf, LINE_UNITS } from "./beginning.ts";
import { type Block, type Inline, insideOf, plainBlocks } from "./tree.ts";

/** The number of parts, each of which is an element. */
function count(parts: readonly (Block | Inline)[]): number {
  return parts.reduce((sum, part) => sum + 1 + count(insideOf(part)), 0);
}

Deno.test("beginningOf takes a text that is short enough as it is", () => {
  const text =
    "# a\n**b** ||c||\n> d\n- e\n- f\n\n| g | h |\n| - | - |\n| i | j |\n```js\nk\n```\nl\nm";
  const blocks = parseText(text);
  assertEquals(beginningOf(blocks, 30), blocks);
});

Deno.test("beginningOf takes few parts of a text with thousands, whatever they are", () => {
  const [lines, table] = [8_000, "| a | b |\n| - | - |\n"];
  for (
    const line of ["a\n", "a\n\n", "# a\n", "- a\n", "1. a\n", "**a**\n", "||a||\n", "> a\n\n"]
  ) {
    const blocks = parseText(line.repeat(lines));
    const found = count(beginningOf(blocks, 30));
    assert(count(blocks) > 8_000 && found >= 30 && found < 150, `${found} of ${line}`);
  }
  for (const text of ["x".repeat(60_000), `- ${"x".repeat(60_000)}`, `||${"x".repeat(60_000)}||`]) {
    const { length } = plainBlocks(beginningOf(parseText(text), 30));
    assert(length > 20 * LINE_UNITS && length <= 30 * LINE_UNITS, `${length}`);
  }
  const rows = beginningOf(parseText(table + "| c | d |\n".repeat(900)), 30);
  assert(count(rows) < 150, `${count(rows)} parts of rows`);
  const wide = `a${"|".repeat(249)}\n${"-|".repeat(248)}-\n${"|\n".repeat(7)}`;
  for (const text of [wide, "- ## a\n" + "  ## a\n".repeat(2_000), "*a* ".repeat(490)]) {
    const inside = beginningOf(parseText(text), 30).map((block) =>
      block.kind === "table" ? block.rows.flat().length : insideOf(block).length
    );
    const found = inside.reduce((sum, length) => sum + length, 0);
    assert(found >= 20 && found < 310, `${found} of ${text.slice(0, 9)}`);
  }
});

Deno.test("beginningOf leaves a spoiler one, and code whole", () => {
  const [paragraph] = beginningOf(parseText(`||${"secret".repeat(1_000)}||`), 10);
  assert(paragraph?.kind === "paragraph");
  assertEquals(paragraph.children.map(({ kind }) => kind), ["spoiler"]);
  const code = parseText("```js\n" + "let a = 1;\n".repeat(1_000) + "```");
  assertEquals(beginningOf(code, 10), code);
});

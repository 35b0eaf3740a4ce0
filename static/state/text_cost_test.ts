/**
 * No text takes a page long to read, nor makes it draw thousands of elements: any member may write one, and everybody's
 * page reads it. A parser that is fast with long runs of any mark may be slow with one run behind another.
 */
import fc from "fast-check";
import { assert } from "../../testing/assert.ts";
import { cpuTime } from "../../testing/cpu_time.ts";
import { loadEmoji } from "../emoji.ts";
import { type MentionPart, mentionsIn } from "./mentions.ts";
import { roomsIn } from "./room_links.ts";
import { type Block, type Inline, parseText } from "../text.ts";
import { beginningOf, DRAWN_LINES, isLong } from "../text/beginning.ts";
import { directionOf } from "../text/direction.ts";
import { insideOf, plainBlocks } from "../text/tree.ts";

await loadEmoji();

/** The longest text by default, and the longest that a server may allow, in characters. */
const LENGTHS = [16_384, 65_536] as const;
/** The most time, in ms, for each 16 KiB. */
const MOST_MS = 50;
/** The most elements that are drawn before the reader unfolds the text. */
const MOST_ELEMENTS = 3_000;

const UNITS = [
  ...["a", "a ", " ", "\n", "\r", "\u2028", "1", "é", "中", "א", "😀", "\u0301", "!", ",", "."],
  ...[
    "*a ",
    "a* ",
    "**a ",
    "a** ",
    "***a ",
    "a*** ",
    "*a\n",
    "_a ",
    "a_ ",
    "你*",
    "、**",
    "a~~a ",
    "a~~ ",
  ],
  ...[
    "\\*\\*a ",
    "a\\*\\* ",
    "`",
    " `b",
    "``a ",
    "||a",
    "a|| ",
    "[",
    "![a](",
    "](",
    ")",
    "[a](http:b) ",
  ],
  ...["http://a:99999/", "http://a.b/(", "www.a.", "www.א.", "a@b.cc ", "a@a.", "ssh ", "mailto:a"],
  ...[
    "@a ",
    "#a ",
    ":a",
    ":tada:",
    "| ",
    "\\|",
    "|\n",
    "-|",
    "a|\n-|\n",
    "> ",
    "> a\n",
    "- ",
    "- a\n",
  ],
  ...["  ", "   - 5\n", "1. a\n", "## a\n", "  ## a\n", "```\n", "```a\n", "```a b\n"],
  "```js\n1,1\n```\n",
] as const;

/** The most marks of a text that is not shown as typed, and a few less. */
const MARKS = 990;
const MARK = /[*_~[\]`]|\|\||www\.|:\/\//gi;

/** Some units, each repeated for the same part of a text, with as many marks as are read. */
function textOf(units: readonly string[], length: number): string {
  const marks = units.map((unit) => (unit.repeat(12).match(MARK)?.length ?? 0) / 12);
  const marked = marks.filter((count) => count > 0).length;
  const counts = units.map((unit, i) =>
    Math.floor(Math.min(length / units.length / unit.length, MARKS / marked / (marks[i] || 1e-9)))
  );
  const used = units.reduce((sum, unit, i) => sum + unit.length * (counts[i] ?? 0), 0);
  // What the marks leave goes to the units without any.
  const each = (length - used) / Math.max(1, units.length - marked);
  return units.map((unit, i) => {
    const more = marks[i] === 0 ? Math.floor(each / unit.length) : 0;
    return unit.repeat((counts[i] ?? 0) + more);
  }).join("");
}

/** Does what a page does with a message before it makes elements; returns how many these will be. */
function show(text: string): number {
  const blocks = parseText(text);
  plainBlocks(blocks, "-");
  const drawn = isLong(text) ? beginningOf(blocks, DRAWN_LINES) : blocks;
  const mentions = mentionsIn(drawn, { all: ["a"], own: "a" });
  const rooms = roomsIn(drawn, mentions, new Set(["a"]));
  directionOf(drawn);
  return count(drawn);

  function count(parts: readonly (Block | Inline)[], inline = false): number {
    return parts.reduce((sum, part) => {
      const isLine = inline || ["paragraph", "heading", "table"].includes(part.kind);
      return sum + own(part, inline) + count(insideOf(part), isLine);
    }, 0);
  }

  /** The elements of a part without those inside of it. */
  function own(part: Block | Inline, inline: boolean): number {
    switch (part.kind) {
      case "text":
        return ownOfText(mentions.get(part) ?? [part]);
      case "code":
        // A block has a button, and each second character may have a colour.
        return (inline ? 1 : 7) + ("language" in part ? part.text.length / 2 : 0);
      case "list":
        return 1 + part.items.length;
      case "table":
        return 4 + part.rows.length + part.rows.flat().length;
      default:
        return 1;
    }
  }

  function ownOfText(parts: readonly MentionPart[]): number {
    return parts.reduce((sum, part) => {
      if (part.mention !== undefined) return sum + 1;
      return sum + 2 * (rooms.get(part) ?? []).filter(({ href }) => href !== undefined).length;
    }, 0);
  }
}

function check(text: string, name = text.slice(0, 40)): void {
  const most = Math.max(1, text.length / 16_384) * MOST_MS;
  let best = Infinity;
  let elements = 0;
  // Others may use the machine meanwhile: the shortest time counts.
  for (let runs = 0; runs < 5 && best > most; runs++) {
    const start = cpuTime();
    elements = show(text);
    best = Math.min(best, cpuTime() - start);
  }
  const what = `${JSON.stringify(name)} of ${text.length} characters`;
  assert(best <= most, `${what} takes ${best} ms, and may take ${most} ms`);
  assert(elements <= MOST_ELEMENTS, `${what} has ${elements} elements, not ${MOST_ELEMENTS}`);
}

Deno.test("no run of any mark makes a page slow", () => {
  for (const unit of UNITS) check(textOf([unit], LENGTHS[0]), unit);
  check(Array.from({ length: 120 }, (_, i) => `${" ".repeat(i)}- x`).join("\n"));
});

Deno.test("no run of marks behind or within others makes a page slow, whatever they are", () => {
  const units = fc.array(fc.constantFrom(...UNITS), { minLength: 2, maxLength: 4 });
  fc.assert(
    fc.property(
      units,
      fc.boolean(),
      fc.constantFrom(16_384, ...LENGTHS),
      (units, isMixed, length) => {
        check(textOf(isMixed ? [units.join("")] : units, length), units.join(isMixed ? "" : "…"));
      },
    ),
    { numRuns: 60, endOnFailure: true },
  );
});

Deno.test("texts that were made to be slow to read or to draw are as fast as others", () => {
  const table = (columns: number) =>
    `a${"| ".repeat(columns - 1)}|\n${"-|".repeat(columns - 1)}-\n${
      "|\n".repeat(2_000 / columns - 1)
    }\n`;
  for (const length of LENGTHS) {
    const fill = (text: string, unit: string) =>
      text + unit.repeat((length - text.length) / unit.length);
    check(fill("***a ".repeat(166) + "b* ".repeat(500) + "\n", "a\n"));
    check(fill("\\*\\*a ".repeat(120), "a\n").slice(0, -800) + "a\\*\\* ".repeat(120));
    check(fill("", "a\n").slice(0, -3_500) + "*a\n".repeat(500) + "b* ".repeat(490));
    check(fill("http://a:99999/".repeat(990), "a"));
    check(` \`b${"a".repeat(length / 990 - 3)}`.repeat(990));
    check(fill("", `[${"a".repeat(490)}](http:b) `));
    check(fill("- ## a\n", "  ## a\n"));
    for (const names of ["#a a@b.cc ", "@a #a @a #a `", "#a`#a *b*"]) check(fill("", names));
    check(fill("", "#a ".repeat(100) + "\n"));
    check(fill("", "#" + "ﷺ中".repeat(32)));
    check(fill("", "#" + "ﷺ中".repeat(32) + "\n"));
    check(fill("", "```js\n" + "1,".repeat(1_490) + "\n```\n"));
    for (const columns of [20, 45, 250, 1_000]) check(fill("", table(columns)));
  }
});

import { parseQuery } from "../../protocol/query.ts";
import { assert, assertEquals } from "../../testing/assert.ts";
import { cpuTime } from "../../testing/cpu_time.ts";
import { highlight } from "./highlight.ts";

/** The text with what was found in brackets. */
function marked(text: string, searched: string): string {
  return highlight(text, parseQuery(searched).phrases)
    .map(({ text, isFound }) => isFound ? `[${text}]` : text).join("");
}

Deno.test("highlight marks the words of the query as they are written in the text", () => {
  const table: [text: string, searched: string, expected: string][] = [
    ["Deploy tonight, deploy!", "deploy", "[Deploy] tonight, [deploy]!"],
    ["Deploy tonight, we deploy", '"deploy tonight"', "[Deploy tonight], we deploy"],
    ["the deployment", "deploy*", "the [deployment]"],
    ["the deployment", "deploy", "the deployment"],
    ["我们去上海吧", "上海", "我们去[上海]吧"],
    ["我们去上海吧", "海", "我们去上[海]吧"],
    ["上海海海", "海", "上[海海海]"],
    ["上海海海", "上", "[上]海海海"],
    ["Die GRÖSSE der Größe", "größe", "Die [GRÖSSE] der [Größe]"],
    ["Cafe\u0301 au lait", "cafe", "[Cafe\u0301] au lait"],
    ["ok 👍🏽 ok", "👍", "ok [👍]🏽 ok"],
    ["ｄｅｐｌｏｙ now", "deploy", "[ｄｅｐｌｏｙ] now"],
    ["from ann", "from:ann", "from ann"],
    ["a b", "", "a b"],
    ["", "a", ""],
  ];
  for (const [text, searched, expected] of table) {
    assertEquals(marked(text, searched), expected, `${searched} in ${text}`);
  }
});

Deno.test("highlight shortens a long text to the part around the first word found", () => {
  const text = `${"x ".repeat(500)}needle${" y".repeat(500)}`;
  const short = marked(text, "needle");
  assertEquals(short.startsWith("…"), true);
  assertEquals(short.endsWith("…"), true);
  assertEquals(short.includes("[needle]"), true);
  assertEquals(short.length < 420, true);
  assertEquals(marked("👍".repeat(400), "x").length, 401);
});

Deno.test("highlight reads a long text no further than it is shown", () => {
  const text = `needle ${"ﷺ".repeat(65_536)}`;
  assertEquals(marked(text, "needle"), `[needle] ${"ﷺ".repeat(393)}…`);
  const phrase = `"${"needle ".repeat(140).trim()}"`;
  assertEquals(marked("needle ".repeat(2_000), phrase).slice(0, 400), `[${"needle ".repeat(57)}`);
  // Others may use the machine meanwhile: the shortest time counts.
  const times = Array.from({ length: 3 }, () => {
    const start = cpuTime();
    marked(text, "needle");
    return cpuTime() - start;
  });
  assert(Math.min(...times) < 20, `it takes ${times} ms`);
});

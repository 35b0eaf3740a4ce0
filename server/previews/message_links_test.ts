import { assertEquals } from "../../testing/assert.ts";
import { cpuTime } from "../../testing/cpu_time.ts";
import { linksIn } from "./message_links.ts";

Deno.test("linksIn finds the first three different links of a text, as they stand in it", () => {
  const cases: [string, string[]][] = [
    ["no link, example.com", []],
    ["see https://a.example/x?y=1#z.", ["https://a.example/x?y=1#z"]],
    ["(http://a.example/b_(c))", ["http://a.example/b_(c)"]],
    ["[text](https://a.example/) **https://b.example**", [
      "https://a.example/",
      "https://b.example",
    ]],
    ["http://a.example http://a.example http://b.example http://c.example http://d.example", [
      ...["http://a.example", "http://b.example", "http://c.example"],
    ]],
    ["`http://a.example` ```\nhttp://b.example\n``` ||http://c.example|| http://d.example", [
      "http://d.example",
    ]],
    ["```\nhttp://a.example", []],
    ["上海https://a.example/茶，好", ["https://a.example/茶"]],
    ["javascript://a.example ftp://b.example", []],
    [`http://a.example/${"x".repeat(2000)} http://b.example`, ["http://b.example"]],
  ];
  for (const [text, links] of cases) assertEquals(linksIn(text), links, text);
});

Deno.test("linksIn takes time in proportion to the text, whatever it is", () => {
  const pieces = ["http://", "http://a:99999/", "`", "||", "```", "https://a.b/(", "http://a@"];
  for (const piece of pieces) {
    const text = piece.repeat(Math.ceil(65_536 / piece.length));
    const before = cpuTime();
    linksIn(text);
    const spent = cpuTime() - before;
    assertEquals(spent < 500, true, `${piece}: ${spent} ms`);
  }
});

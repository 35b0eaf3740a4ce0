/** However much is asked for, a search is read as little. */
import { assert, assertEquals } from "../testing/assert.ts";
import { parseQuery } from "./query.ts";

Deno.test("parseQuery reads repeated words once", () => {
  const { phrases } = parseQuery(`${"hello* ".repeat(32)}${'"red fox" '.repeat(5)} Hello*`);
  assertEquals(phrases, [
    { words: ["hello"], isOpen: true },
    { words: ["red", "fox"], isOpen: false },
  ]);
});

Deno.test("parseQuery reads four long beginnings, and all that the index has", () => {
  const long = Array.from({ length: 9 }, (_, i) => `x.word${i}*`);
  const { phrases } = parseQuery([...long, "abc*", "ab*", "中", "last"].join(" "));
  const words = phrases.map(({ words }) => words.at(-1));
  assertEquals(words, ["word0", "word1", "word2", "word3", "abc", "ab", "_中", "last"]);
});

Deno.test("parseQuery reads 32 words, in however many phrases", () => {
  for (const text of [`"${"a ".repeat(200)}"`, `"${"a b ".repeat(20)}" ${"c.d.e ".repeat(20)}`]) {
    const count = parseQuery(text).phrases.reduce((sum, { words }) => sum + words.length, 0);
    assert(count <= 32, `${count}`);
  }
});

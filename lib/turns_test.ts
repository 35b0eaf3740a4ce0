import { assertEquals } from "../testing/assert.ts";
import { Turns } from "./turns.ts";

Deno.test("Turns go round the sources, and each of them keeps its order", () => {
  const turns = new Turns<string>(8);
  for (const item of ["a1", "a2", "a3", "b1", "c1", "b2"]) turns.add(item.charAt(0), item);
  assertEquals([turns.next(), turns.next(), turns.size], ["a1", "b1", 4]);
  turns.add("d", "d1");
  assertEquals(turns.takeAll(), ["c1", "a2", "a3", "b2", "d1"]);
  assertEquals([turns.next(), turns.size], [undefined, 0]);
});

Deno.test("Turns let a source have as many as others could still add", () => {
  const turns = new Turns<number>(8);
  const fill = (from: string) => {
    let count = 0;
    for (; turns.mayAdd(from); count++) turns.add(from, count);
    return count;
  };
  assertEquals(["a", "b", "c", "d", "e"].map(fill), [4, 2, 1, 1, 0]);
  assertEquals(turns.size, 8);
  turns.next();
  assertEquals(["a", "e"].map((from) => turns.mayAdd(from)), [false, true]);
});

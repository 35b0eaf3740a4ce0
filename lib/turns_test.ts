import { assert, assertEquals } from "../testing/assert.ts";
import { Turns } from "./turns.ts";

Deno.test("Turns go round the sources, and each of them keeps its order", () => {
  const turns = new Turns<string>(8);
  for (const item of ["a1", "a2", "a3", "b1", "c1", "b2"]) turns.add(item.charAt(0), item);
  assertEquals([turns.next(), turns.next(), turns.size], ["a1", "b1", 4]);
  turns.add("d", "d1");
  assertEquals(turns.takeAll(), ["c1", "a2", "a3", "b2", "d1"]);
  assertEquals([turns.next(), turns.size], [undefined, 0]);
});

Deno.test("Turns share the work evenly among sources, also among those that add one thing at a time", () => {
  const turns = new Turns<number>(Infinity, (item) => item);
  const had = { a: 0, b: 0, c: 0 };
  const works = { a: 1, b: 7, c: 2.5 };
  const from = (item: number) => item === 1 ? "a" : item === 7 ? "b" : "c";
  for (let i = 0; i < 1000; i++) for (const key of ["a", "c"] as const) turns.add(key, works[key]);
  turns.add("b", works.b);
  for (let i = 0; i < 1000; i++) {
    const item = turns.next() ?? 0;
    had[from(item)] += item;
    if (item === 7) turns.add("b", works.b);
  }
  const all = Object.values(had);
  assert(Math.max(...all) - Math.min(...all) <= 8, `${all}`);
});

Deno.test("Turns keep the turn of what is of too much work at the moment", () => {
  const turns = new Turns<number>(Infinity, (item) => item);
  for (const item of [5, 1]) turns.add(`${item}`, item);
  assertEquals([turns.next(4), turns.next(0), turns.size], [undefined, undefined, 2]);
  assertEquals([turns.next(5), turns.next(1), turns.next()], [5, 1, undefined]);
});

Deno.test("Turns let a source have as many as others could still add", () => {
  const turns = new Turns<number>(8);
  const fill = (from: string) => {
    let count = 0;
    for (; turns.mayAdd(from); count++) turns.add(from, count);
    return count;
  };
  assertEquals(["a", "b", "c", "d"].map(fill), [4, 2, 1, 1]);
  // One in any case, up to another limit.
  assertEquals([..."efghijklm"].map(fill), [1, 1, 1, 1, 1, 1, 1, 1, 0]);
  assertEquals(turns.size, 16);
  turns.next();
  assertEquals(["a", "m"].map((from) => turns.mayAdd(from)), [false, true]);
});

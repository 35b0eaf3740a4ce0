import { assertEquals } from "../../testing/assert.ts";
import { Heights } from "./heights.ts";

function keys(from: number, to: number): string[] {
  return Array.from({ length: to - from }, (_, i) => `#${from + i}`);
}

Deno.test("Places rows by their measured height, or else by the estimate", () => {
  const heights = new Heights(50);
  heights.setKeys(keys(0, 1000));
  assertEquals(heights.total, 50_000);
  heights.measure("#1", 80);
  assertEquals([heights.top(1), heights.top(2), heights.total], [50, 130, 50_030]);
  assertEquals([heights.indexAt(129), heights.indexAt(130), heights.indexAt(-9)], [1, 2, 0]);
  assertEquals(heights.indexAt(1e9), 999);
  assertEquals(heights.range(60, 140), { start: 1, end: 3 });
});

Deno.test("Rows inserted before others keep the measured heights of those", () => {
  const heights = new Heights(50);
  heights.setKeys(keys(100, 200));
  heights.measure("#100", 70);
  const before = heights.top(heights.indexOf("#110"));
  heights.setKeys(keys(0, 200));
  assertEquals(heights.top(heights.indexOf("#110")) - before, 100 * 50);
  assertEquals(heights.indexOf("#0"), 0);
});

Deno.test("Rows that went away are forgotten, an empty list has nothing to draw", () => {
  const heights = new Heights(50);
  heights.setKeys(keys(0, 10));
  heights.setKeys([]);
  assertEquals([heights.total, heights.indexOf("#3")], [0, -1]);
  assertEquals(heights.range(0, 500), { start: 0, end: 0 });
});

import { Histogram } from "./histogram.ts";
import { assertEquals, assertThrows } from "../testing/assert.ts";

Deno.test("Histogram counts a value in the first bucket whose bound it does not exceed", () => {
  const histogram = new Histogram([1, 2, 5]);
  for (const value of [0, 1, 1.5, 2, 2.1, 5, 5.1, Infinity]) histogram.record(value);
  assertEquals(histogram.counts, [2, 2, 2, 2]);
});

Deno.test("Histogram sums all values", () => {
  const histogram = new Histogram([1]);
  for (const value of [0.5, 0.25, 3]) histogram.record(value);
  assertEquals(histogram.sum, 3.75);
  assertEquals(histogram.counts, [2, 1]);
});

Deno.test("Histogram refuses bounds that do not ascend", () => {
  for (const bounds of [[1, 1], [2, 1], [1, NaN]]) {
    assertThrows(() => new Histogram(bounds), RangeError, "Cannot make a histogram");
  }
});

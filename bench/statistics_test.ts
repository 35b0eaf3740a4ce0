import { assert, assertEquals } from "../testing/assert.ts";
import { Histogram, median, spread } from "./statistics.ts";

Deno.test("the median is the middle, or the mean of the two middle ones", () => {
  assertEquals(median([10, 9, 1]), 9);
  assertEquals(median([10, 9, 1, 2]), 5.5);
  assertEquals(median([7]), 7);
  assert(Number.isNaN(median([])));
});

Deno.test("the spread is the range as a share of the median", () => {
  assertEquals(spread([90, 100, 110]), 0.2);
  assertEquals(spread([5, 5]), 0);
});

Deno.test("percentiles are right within one per cent", () => {
  const histogram = new Histogram();
  for (let i = 1; i <= 10_000; i++) histogram.record(i / 100);
  for (const share of [0.01, 0.5, 0.9, 0.99, 1]) {
    const error = histogram.percentile(share) / (share * 100) - 1;
    assert(Math.abs(error) < 0.01, `p${share * 100} is off by ${error}`);
  }
  assert(Number.isNaN(new Histogram().percentile(0.5)));
});

import { assert, assertEquals } from "../testing/assert.ts";
import { intervalOfMedian, LatencyHistogram, median, spread } from "./statistics.ts";

Deno.test("median is the middle, or the mean of the two middle values", () => {
  assertEquals(median([10, 9, 1]), 9);
  assertEquals(median([10, 9, 1, 2]), 5.5);
  assertEquals(median([7]), 7);
  assert(Number.isNaN(median([])));
});

Deno.test("spread is the range as a share of the median", () => {
  assertEquals(spread([90, 100, 110]), 0.2);
  assertEquals(spread([5, 5]), 0);
});

Deno.test("LatencyHistogram.percentile is right within one per cent", () => {
  const histogram = new LatencyHistogram();
  for (let i = 1; i <= 10_000; i++) histogram.record(i / 100);
  for (const share of [0.01, 0.5, 0.9, 0.99, 1]) {
    const error = histogram.percentile(share) / (share * 100) - 1;
    assert(Math.abs(error) < 0.01, `p${share * 100} is off by ${error}`);
  }
  assert(Number.isNaN(new LatencyHistogram().percentile(0.5)));
});

Deno.test("intervalOfMedian takes the ranks of the sign test", () => {
  const ranks = (count: number) => intervalOfMedian(Array.from({ length: count }, (_, i) => i + 1));
  // From the tables of the binomial distribution with p = 1/2.
  assertEquals(ranks(5), [NaN, NaN]);
  assertEquals(ranks(6), [1, 6]);
  assertEquals(ranks(8), [1, 8]);
  assertEquals(ranks(9), [2, 8]);
  assertEquals(ranks(12), [3, 10]);
  assertEquals(ranks(20), [6, 15]);
});

Deno.test("intervalOfMedian holds the median in 95 % of cases", () => {
  let held = 0;
  for (let i = 0; i < 4000; i++) {
    const [low, high] = intervalOfMedian(Array.from({ length: 9 }, () => Math.random() ** 3));
    if (low <= 0.125 && 0.125 <= high) held++;
  }
  assert(held / 4000 > 0.94, `it held in ${held} of 4000`);
});

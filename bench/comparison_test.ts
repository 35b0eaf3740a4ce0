import { assertEquals } from "../testing/assert.ts";
import { compare, comparisonTable } from "./comparison.ts";
import type { Run } from "./runs.ts";

/** One round of both, with the deliveries of each and a p50 of 1 ms for the base. */
function round(number: number, now: number, base: number, ownP50 = 1): Run[] {
  const run = (server: string, deliveries: number, p50: number): Run => ({
    ...{ scenario: "100x1x1", server, version: "", wire: "json", round: number, outcome: "load" },
    result: {
      ...{ seconds: 1, ownP50: p50, ownP99: 2, lastP50: 1, lastP99: 1, loadLateP99: 1 },
      ...{ frames: 1, bytes: 1, messages: 1, deliveries },
      ...{ serverCpu: 1, serverPeak: 1, loadCpu: 1 },
    },
  });
  return [run("Hubbub", now, ownP50), run("base", base, 1)];
}

/** The verdicts over nine rounds, each slower or faster by a factor. */
function failed(factors: readonly number[], ownP50 = 1): string[] {
  const runs = factors.flatMap((factor, i) => round(i, 1000 * factor, 1000, ownP50));
  return compare(runs, 0.03).filter(({ failed }) => failed).map(({ figure }) => figure);
}

Deno.test("compare fails when the whole interval lies beyond the bound", () => {
  assertEquals(failed([0.9, 0.91, 0.92, 0.93, 0.94, 0.95, 0.96, 0.965, 0.99]), ["deliveries/s"]);
  assertEquals(failed(Array(9).fill(1), 1.04), ["p50"]);
});

Deno.test("compare does not fail for noise, or for a faster server", () => {
  assertEquals(failed([0.5, 0.8, 0.9, 0.95, 0.96, 0.99, 1, 1.01, 1.02]), []);
  assertEquals(failed(Array(9).fill(2), 0.5), []);
});

Deno.test("compare marks CPU and p99 that got worse without failing", () => {
  const runs = Array.from({ length: 9 }, (_, i) => round(i, 1000, 1010)).flat();
  const worse = runs.map((run): Run =>
    run.server === "Hubbub" && run.outcome === "load"
      ? { ...run, result: { ...run.result, serverCpu: 2, ownP99: 4 } }
      : run
  );
  const found = compare(worse, 0.03).filter(({ worse }) => worse);
  assertEquals(found.map(({ figure, failed }) => [figure, failed]), [
    ["CPU a delivery", false],
    ["p99", false],
  ]);
});

Deno.test("compare does not judge with too few rounds", () => {
  assertEquals(failed([0.5, 0.5, 0.5]), []);
});

Deno.test("comparisonTable says how far off each figure is", () => {
  const runs = Array.from({ length: 9 }, (_, i) => round(i, 900 + i, 1000)).flat();
  const [, , first = ""] = comparisonTable(compare(runs, 0.03)).split("\n");
  assertEquals(
    first.split("|").map((cell) => cell.trim()).slice(1, -1),
    ["100x1x1", "json", "deliveries/s", "0.904", "0.901 – 0.907", "≥ 0.97", "FAILED"],
  );
});

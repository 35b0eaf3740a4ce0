/**
 * Compares this Hubbub with another checkout of it, measured in turns.
 *
 * @module
 */
import { BASE, NOW, type WireFormat } from "./contestants.ts";
import { ratios, type Run } from "./runs.ts";
import { format } from "./report.ts";
import { intervalOfMedian, median } from "./statistics.ts";

/** A figure of this checkout as a multiple of the base's. */
export interface Comparison {
  readonly scenario: string;
  readonly wire: WireFormat;
  readonly figure: string;
  /** The median over the rounds. */
  readonly ratio: number;
  /** The 95 % interval of the median; NaN with fewer than six rounds. */
  readonly interval: readonly [low: number, high: number];
  /** The bound, as it is printed. */
  readonly bound: string;
  /** The whole interval lies beyond the bound. */
  readonly worse: boolean;
  /** It is worse, and a figure that must not be. */
  readonly failed: boolean;
}

interface Compared {
  /** As {@linkcode figure} names it. */
  name: string;
  title: string;
  /** The better of two values is the larger, or the smaller one. */
  better: "larger" | "smaller";
  judged(scenario: string): boolean;
}

const LATENCY = "100x1x1";
const COMPARED: readonly Compared[] = [
  { name: "rate", title: "deliveries/s", better: "larger", judged: () => true },
  { name: "cpu", title: "CPU a delivery", better: "smaller", judged: () => false },
  {
    name: "ownP50",
    title: "p50",
    better: "smaller",
    judged: (scenario) => scenario === LATENCY,
  },
  { name: "ownP99", title: "p99", better: "smaller", judged: () => false },
];

/**
 * Compares every load that both were measured with.
 *
 * @param tolerance The share by which a figure may be worse, such as 0.03.
 */
export function compare(runs: readonly Run[], tolerance: number): Comparison[] {
  const loads = Map.groupBy(
    runs.filter(({ wire }) => wire !== undefined),
    ({ scenario, wire }) => `${scenario} ${wire}`,
  );
  return [...loads.values()].flatMap(([first]) => {
    // Map.groupBy makes no empty groups, and what has no wire was left out.
    const { scenario, wire = "json" } = first!;
    return COMPARED.flatMap((compared): Comparison[] => {
      const values = ratios(runs, { scenario, wire }, [NOW, BASE], compared.name);
      if (values.length === 0) return [];
      const interval = intervalOfMedian(values);
      const larger = compared.better === "larger";
      const limit = larger ? 1 - tolerance : 1 + tolerance;
      const worse = larger ? interval[1] < limit : interval[0] > limit;
      return [{
        ...{ scenario, wire, figure: compared.title, ratio: median(values), interval },
        bound: `${larger ? "≥" : "≤"} ${limit.toFixed(2)}`,
        worse,
        failed: worse && compared.judged(scenario),
      }];
    });
  });
}

/** The comparisons as a Markdown table; empty if there are none. */
export function comparisonTable(comparisons: readonly Comparison[]): string {
  if (comparisons.length === 0) return "";
  const rows = comparisons.map(({ scenario, wire, figure, ratio, interval, ...verdict }) => [
    ...[scenario, wire, figure, ratio.toFixed(3), interval.map((it) => it.toFixed(3)).join(" – ")],
    ...[verdict.bound, verdict.failed ? "FAILED" : verdict.worse ? "worse" : "ok"],
  ]);
  return format(
    [["load", "lines", "figure", "now ÷ base", "95 % interval", "bound", "result"], ...rows],
    3,
  );
}

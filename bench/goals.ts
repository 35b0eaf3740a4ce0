/**
 * The goals of Hubbub, and whether it reaches them.
 *
 * @module
 */
import { middle, ratio, type Run } from "./runs.ts";

/** A goal and what was measured. */
export interface Verdict {
  work: string;
  goal: string;
  /** NaN when what it takes was not measured. */
  measured: number;
  unit: string;
  met: boolean;
}

interface Goal {
  work: string;
  sense: "≥" | "≤";
  limit: number;
  unit: string;
  measure(runs: readonly Run[]): number;
}

const HUBBUB = "Hubbub";

function beside(
  peer: string,
  scenario: string,
  figure: string,
  sense: "≥" | "≤",
  limit: number,
): Goal {
  const names = { rate: "deliveries/s", ownP50: "p50", ownP99: "p99" };
  const name = Object.entries(names).find(([key]) => key === figure)?.[1] ?? figure;
  return {
    work: `${scenario}, JSON: ${name}`,
    sense,
    limit,
    unit: `× ${peer}`,
    measure: (runs) => ratio(runs, { scenario, wire: "json" }, [HUBBUB, peer], figure),
  };
}

/** Every goal in the order of the table. Peers keep no history, Hubbub keeps it on disk. */
const GOALS: readonly Goal[] = [
  beside("Bun", "100x10x8", "rate", "≥", 1.5),
  beside("Bun", "1000x10x8", "rate", "≥", 1.5),
  beside("Bun", "16x16x8", "rate", "≥", 1),
  beside("Bun", "1000of10x1x1", "rate", "≥", 1),
  beside("ws", "100x1x1", "ownP50", "≤", 1.2),
  beside("ws", "100x1x1", "ownP99", "≤", 1.2),
  {
    work: "80 % of the highest load sustained: p99",
    sense: "≤",
    limit: 20,
    unit: "ms",
    measure: (runs) => middle(runs, { scenario: "sustained", wire: "json" }, HUBBUB, "p99"),
  },
  {
    work: "memory of an idle member of a large room",
    sense: "≤",
    limit: 30,
    unit: "KB",
    measure: (runs) => middle(runs, { scenario: "idle" }, HUBBUB, "bytes") / 1000,
  },
  {
    work: "CPU with all of them idle",
    sense: "≤",
    limit: 1,
    unit: "% of a core",
    measure: (runs) => middle(runs, { scenario: "idle" }, HUBBUB, "cpu") * 100,
  },
  {
    work: "start of the executable to the first 200",
    sense: "≤",
    limit: 1.5,
    unit: "× an empty server",
    measure: (runs) => ratio(runs, { scenario: "start" }, [HUBBUB, "empty"], "milliseconds"),
  },
  {
    work: "cost of a message, long history ÷ short",
    sense: "≤",
    limit: 1.1,
    unit: "×",
    measure: (runs) => middle(runs, { scenario: "growth" }, HUBBUB, "growth"),
  },
];

/** All goals; one whose work was not measured is not met. */
export function judge(runs: readonly Run[]): Verdict[] {
  return GOALS.map(({ work, sense, limit, unit, measure }) => {
    const measured = measure(runs);
    const met = sense === "≥" ? measured >= limit : measured <= limit;
    return { work, goal: `${sense} ${limit} ${unit}`, measured, unit, met };
  });
}

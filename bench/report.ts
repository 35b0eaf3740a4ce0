/**
 * The table, and the machine it was made on.
 *
 * @module
 */
import type { LoadResult } from "./load.ts";
import { cpuModel } from "./proc.ts";
import { median, spread } from "./statistics.ts";

/** One measured run, or why it does not count. */
export type Run =
  & { scenario: string; server: string; version: string; round: number }
  & ({ outcome: "measured"; result: LoadResult } | { outcome: "failed"; why: string });

/** What the figures were measured with. */
export function machine(): Record<"cpu" | "cores" | "memory" | "system" | "deno", string> {
  return {
    cpu: cpuModel(),
    cores: String(navigator.hardwareConcurrency),
    memory: `${Math.round(Deno.systemMemoryInfo().total / 2 ** 30)} GiB`,
    system: `${Deno.build.os} ${Deno.osRelease()} ${Deno.build.arch}`,
    deno: Deno.version.deno,
  };
}

const COLUMNS = [
  "load",
  "server",
  "deliveries/s",
  "spread",
  "own p50 / p99 ms",
  "last p50 / p99 ms",
  "CPU s per M",
  "peak MB",
  "load CPU",
  "Hubbub ÷ it",
];

/** The runs as a Markdown table, a row for each scenario and server: medians of the rounds. */
export function table(runs: readonly Run[]): string {
  const rows = Map.groupBy(runs, ({ scenario, server }) => `${scenario} ${server}`);
  const lines = Array.from(rows.values(), (rounds) => row(rounds, runs));
  return format([COLUMNS, ...lines]);
}

function row(rounds: readonly Run[], all: readonly Run[]): string[] {
  // Map.groupBy makes no empty groups.
  const { scenario, server } = rounds[0]!;
  const results = rounds.flatMap((run) => run.outcome === "measured" ? [run.result] : []);
  if (results.length < rounds.length) return [scenario, server, "FAILED"];
  const middle = (figure: (result: LoadResult) => number) => median(results.map(figure));
  const rates = results.map(rate);
  return [
    scenario,
    server,
    thousands(median(rates)),
    results.length > 1 ? percent(spread(rates)) : "–",
    `${digits(middle((r) => r.ownP50))} / ${digits(middle((r) => r.ownP99))}`,
    `${digits(middle((r) => r.lastP50))} / ${digits(middle((r) => r.lastP99))}`,
    digits(middle((r) => r.serverCpu / (r.deliveries / 1e6))),
    digits(middle((r) => r.serverPeak / 1e6)),
    percent(middle((r) => r.loadCpu / r.seconds)),
    ratioToHubbub(rounds, all),
  ];
}

/** Rounds are compared each with its own, since the machine may be busier in one than in another. */
function ratioToHubbub(rounds: readonly Run[], all: readonly Run[]): string {
  const ratios = rounds.flatMap((run) => {
    const hubbub = all.find((other) =>
      other.server === "Hubbub" && other.scenario === run.scenario && other.round === run.round
    );
    if (hubbub?.outcome !== "measured" || run.outcome !== "measured") return [];
    return [rate(hubbub.result) / rate(run.result)];
  });
  return ratios.length > 0 ? median(ratios).toFixed(2) : "–";
}

/** Deliveries a second. */
export function rate(result: LoadResult): number {
  return result.deliveries / result.seconds;
}

function percent(share: number): string {
  return Number.isNaN(share) ? "–" : `${(share * 100).toFixed(0)} %`;
}

function thousands(value: number): string {
  return Math.round(value).toLocaleString("en");
}

/** Three digits are as many as such figures can bear. */
function digits(value: number): string {
  if (Number.isNaN(value)) return "–";
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}

function format(rows: readonly string[][]): string {
  const widths = COLUMNS.map((_, column) =>
    Math.max(...rows.map((cells) => (cells[column] ?? "").length))
  );
  const line = (cells: readonly string[]) =>
    `| ${
      widths.map((width, i) =>
        i < 2 ? (cells[i] ?? "").padEnd(width) : (cells[i] ?? "").padStart(width)
      )
        .join(" | ")
    } |`;
  const rule = widths.map((width, i) => i < 2 ? "-".repeat(width) : "-".repeat(width - 1) + ":");
  const [head = [], ...body] = rows;
  return [line(head), line(rule), ...body.map(line)].join("\n");
}

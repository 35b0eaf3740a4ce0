/**
 * The tables, and the machine they were made on.
 *
 * @module
 */
import { judge } from "./goals.ts";
import type { LoadResult } from "./load.ts";
import type { Options } from "./options.ts";
import { cpuModel } from "../testing/proc.ts";
import { rate, ratio, type Run } from "./runs.ts";
import { median, spread } from "./statistics.ts";

/** The machine and the versions that the figures were measured with. */
export function machine(): Record<"cpu" | "cores" | "memory" | "system" | "deno", string> {
  return {
    cpu: cpuModel(),
    cores: String(navigator.hardwareConcurrency),
    memory: `${Math.round(Deno.systemMemoryInfo().total / 2 ** 30)} GiB`,
    system: `${Deno.build.os} ${Deno.osRelease()} ${Deno.build.arch}`,
    deno: Deno.version.deno,
  };
}

/** All that is printed. */
export function report(
  runs: readonly Run[],
  options: Pick<Options, "size" | "rounds" | "seconds">,
): string {
  const { cpu, cores, memory, system, deno } = machine();
  const versions = new Set(runs.map(({ version }) => version).filter((version) => version !== ""));
  return [
    `${cpu}, ${cores} cores shared by server and load, ${memory}, ${system}`,
    `${[...versions].join(", ")}; load from Deno ${deno}`,
    `[rooms of] receivers x senders x messages in flight each, ${options.size}-byte texts, ` +
    `medians of ${options.rounds} rounds of ${options.seconds} s`,
    ...[loadTable(runs), figuresTable(runs), goalsTable(runs)].filter((table) => table !== ""),
  ].join("\n\n");
}

const LOAD_COLUMNS = [
  "load",
  "lines",
  "server",
  "deliveries/s",
  "spread",
  "own p50 / p99 ms",
  "last p50 / p99 ms",
  "CPU s per M",
  "peak MB",
  "lines a frame",
  "bytes a line",
  "load CPU",
  "load late p99 ms",
  "Hubbub ÷ it",
];

/** The loads as a Markdown table, a row for each scenario, format and server: medians of the rounds. */
export function loadTable(runs: readonly Run[]): string {
  const measured = runs.filter(({ scenario, outcome }) =>
    outcome === "load" || /^\d/.test(scenario)
  );
  const groups = Map.groupBy(measured, (run) => `${run.scenario} ${run.wire} ${run.server}`);
  if (groups.size === 0) return "";
  return format(
    [LOAD_COLUMNS, ...Array.from(groups.values(), (rounds) => loadRow(rounds, runs))],
    3,
  );
}

function loadRow(rounds: readonly Run[], all: readonly Run[]): string[] {
  // Map.groupBy makes no empty groups.
  const { scenario, server, wire } = rounds[0]!;
  const results = rounds.flatMap((run) => run.outcome === "load" ? [run.result] : []);
  const first = [scenario, wire ?? "", server];
  if (results.length < rounds.length) return [...first, "FAILED"];
  const middle = (figure: (result: LoadResult) => number) => median(results.map(figure));
  const rates = results.map(rate);
  const which = { scenario, ...(wire === undefined ? {} : { wire }) };
  const beside = ratio(all, which, ["Hubbub", server], "rate");
  return [
    ...first,
    thousands(median(rates)),
    results.length > 1 ? percent(spread(rates)) : "–",
    `${digits(middle((r) => r.ownP50))} / ${digits(middle((r) => r.ownP99))}`,
    `${digits(middle((r) => r.lastP50))} / ${digits(middle((r) => r.lastP99))}`,
    digits(middle((r) => r.serverCpu / (r.deliveries / 1e6))),
    digits(middle((r) => r.serverPeak / 1e6)),
    digits(middle((r) => r.deliveries / r.frames)),
    digits(middle((r) => r.bytes / r.deliveries)),
    percent(middle((r) => r.loadCpu / r.seconds)),
    digits(middle((r) => r.loadLateP99)),
    Number.isNaN(beside) ? "–" : beside.toFixed(2),
  ];
}

/**
 * Prints figures other than loads as a Markdown table, a row for each figure: medians of the
 * rounds, and their spread.
 */
export function figuresTable(runs: readonly Run[]): string {
  const groups = Map.groupBy(
    runs.flatMap((run) =>
      run.outcome === "figures"
        ? Object.entries(run.figures).map(([name, value]) => ({ run, name, value }))
        : []
    ),
    ({ run, name }) => `${run.scenario} ${run.wire} ${run.server} ${name}`,
  );
  if (groups.size === 0) return "";
  const rows = Array.from(groups.values(), (rounds) => {
    const { run, name } = rounds[0]!; // as above
    const values = rounds.map(({ value }) => value);
    return [
      ...[run.scenario, run.wire ?? "", run.server, name, digits(median(values))],
      values.length > 1 ? percent(spread(values)) : "–",
    ];
  });
  return format([["work", "lines", "server", "figure", "median", "spread"], ...rows], 4);
}

/** The goals as a Markdown table. */
export function goalsTable(runs: readonly Run[]): string {
  const verdicts = judge(runs).filter(({ measured }) => !Number.isNaN(measured));
  if (verdicts.length === 0) return "";
  const rows = verdicts.map(({ work, goal, measured, unit, met }) => [
    ...[work, goal, `${digits(measured)} ${unit}`, met ? "met" : "missed"],
  ]);
  return format([["work", "goal", "measured", "result"], ...rows], 4);
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

/** A Markdown table whose first `names` columns are texts and the others figures. */
export function format(rows: readonly string[][], names: number): string {
  const [head = [], ...body] = rows;
  const widths = head.map((_, column) =>
    Math.max(...rows.map((cells) => (cells[column] ?? "").length))
  );
  const line = (cells: readonly string[]) => {
    const padded = widths.map((width, i) =>
      i < names ? (cells[i] ?? "").padEnd(width) : (cells[i] ?? "").padStart(width)
    );
    return `| ${padded.join(" | ")} |`;
  };
  const rule = widths.map((width, i) =>
    i < names ? "-".repeat(width) : "-".repeat(width - 1) + ":"
  );
  return [line(head), line(rule), ...body.map(line)].join("\n");
}

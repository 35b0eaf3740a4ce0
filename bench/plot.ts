// deno-lint-ignore-file no-console -- a tool talks on the console
/**
 * Draws the figures of the bench for the documents.
 *
 * ```sh
 * deno task bench --json FILE && deno task plot FILE
 * ```
 *
 * @module
 */
import { join } from "node:path";
import type { Point, Run } from "./runs.ts";
import { middle } from "./runs.ts";
import { median } from "./statistics.ts";
import { type Chart, drawChart } from "./chart.ts";
import { Failure, runTool } from "../build/failure.ts";

/** The part of the bench's JSON that is drawn. */
interface Measured {
  points: Point[];
  runs: Run[];
}

/** Seen on light and on dark backgrounds. */
const COLORS = new Map([
  ["Hubbub", "#3b82f6"],
  ["Bun", "#e0823d"],
  ["ws", "#3fa66b"],
  ["Socket.IO", "#b26bd6"],
]);
/** Above this, a server is overloaded, and its delay only says how long it was overloaded. */
const LATEST_MS = 1000;
/** The loads that differ in the size of the room alone. */
const ROOM = /^(\d+)x10x8$/;

function color(server: string): string {
  return COLORS.get(server) ?? "#888888";
}

function serversOf(origins: readonly { server: string }[]): string[] {
  const found = new Set(origins.map(({ server }) => server));
  return [...COLORS.keys()].filter((server) => found.has(server));
}

/** Latency against offered load, of each server that was measured in an open loop. */
export function latencyChart({ points }: Measured): Chart {
  const json = points.filter(({ wire }) => wire === "json");
  const line = (server: string, figure: "p50" | "p99") =>
    Array.from(
      Map.groupBy(json.filter((point) => point.server === server), ({ offered }) => offered),
      ([offered, same]): [number, number] => [offered, median(same.map((point) => point[figure]))],
    ).filter(([, ms]) => ms <= LATEST_MS).sort(([a], [b]) => a - b);
  return {
    title: "Latency at a given load: 100 people in a room, 10 of them send",
    x: { label: "deliveries offered a second" },
    y: { label: "ms until the last one has it" },
    lines: serversOf(json).flatMap((server) => [
      { name: `${server}, p50`, color: color(server), points: line(server, "p50") },
      { name: `${server}, p99`, color: color(server), points: line(server, "p99"), dashed: true },
    ]),
  };
}

/** Deliveries against the size of a room. */
export function roomChart({ runs }: Measured): Chart {
  const loads = runs.filter(({ scenario, wire }) => ROOM.test(scenario) && wire === "json");
  const scenarios = [...new Set(loads.map(({ scenario }) => scenario))];
  return {
    title: "What gets through: 10 senders with 8 messages each under way",
    x: { label: "people in the room" },
    y: { label: "deliveries a second" },
    lines: serversOf(loads).map((server) => ({
      name: server,
      color: color(server),
      points: scenarios.map((scenario): [number, number] => [
        Number(ROOM.exec(scenario)?.[1]),
        middle(runs, { scenario, wire: "json" }, server, "rate"),
      ]).filter(([, rate]) => !Number.isNaN(rate)).sort(([a], [b]) => a - b),
    })),
  };
}

async function main(): Promise<void> {
  const [file] = Deno.args;
  if (file === undefined) throw new Failure("Cannot plot: name the JSON of a bench");
  const measured: Measured = JSON.parse(await Deno.readTextFile(file));
  const docs = join(import.meta.dirname ?? ".", "..", "docs");
  const charts = { "bench-latency": latencyChart(measured), "bench-rooms": roomChart(measured) };
  for (const [name, chart] of Object.entries(charts)) {
    if (chart.lines.length === 0) throw new Failure(`Cannot plot ${name}: ${file} has none of it`);
    await Deno.writeTextFile(join(docs, `${name}.svg`), drawChart(chart));
    console.log(`docs/${name}.svg`);
  }
}

if (import.meta.main) await runTool(main);

/**
 * The measurements of a bench, before they are summed up.
 *
 * @module
 */
import type { WireFormat } from "./contestants.ts";
import type { LoadResult } from "./load.ts";
import { median } from "./statistics.ts";

/** Figures by name. */
export type Figures = Readonly<Record<string, number>>;

/** The server and the scenario of a run. Runs of one round were made one right after the other. */
export interface Origin {
  scenario: string;
  server: string;
  /** The name and version that the server prints. */
  version: string;
  /** The lines; undefined where there are none. */
  wire?: WireFormat;
  round: number;
}

/** One measured run, or why it does not count. */
export type Run =
  & Origin
  & (
    | { outcome: "load"; result: LoadResult }
    | { outcome: "figures"; figures: Figures }
    | { outcome: "failed"; why: string }
  );

/** Latency at one offered load of an open loop. */
export interface Point extends Pick<Origin, "server" | "wire"> {
  /** Deliveries a second that were asked for, and that came. */
  offered: number;
  delivered: number;
  /** Milliseconds from when a message was due to its arrival at the last receiver. */
  p50: number;
  p99: number;
}

/** Deliveries a second. */
export function rate(result: LoadResult): number {
  return result.deliveries / result.seconds;
}

/** One figure of a run; undefined if it has none of that name. */
export function figure(run: Run, name: string): number | undefined {
  if (run.outcome === "failed") return undefined;
  if (run.outcome === "figures") return run.figures[name];
  const { deliveries, serverCpu } = run.result;
  const derived: Figures = { rate: rate(run.result), cpu: serverCpu / (deliveries / 1e6) };
  const figures: Figures = run.result;
  return derived[name] ?? figures[name];
}

/** Selects runs. */
export type Which = Pick<Origin, "scenario"> & { wire?: WireFormat };

function select(runs: readonly Run[], { scenario, wire }: Which, server: string): Run[] {
  return runs.filter((run) =>
    run.scenario === scenario && run.wire === wire && run.server === server
  );
}

/** The median of a figure of one server over all rounds; NaN when there is none. */
export function middle(runs: readonly Run[], which: Which, server: string, name: string): number {
  return median(select(runs, which, server).flatMap((run) => figure(run, name) ?? []));
}

/**
 * One server's figure as a multiple of another's, for each round with both. Rounds are compared each
 * with its own, since the machine may be busier in one than in another.
 */
export function ratios(
  runs: readonly Run[],
  which: Which,
  [server, other]: readonly [string, string],
  name: string,
): number[] {
  const others = select(runs, which, other);
  return select(runs, which, server).flatMap((run) => {
    const beside = others.find(({ round }) => round === run.round);
    const [above, below] = [figure(run, name), beside && figure(beside, name)];
    return above === undefined || below === undefined ? [] : [above / below];
  });
}

/** The median of {@linkcode ratios}; NaN when there is no round with both. */
export function ratio(
  runs: readonly Run[],
  which: Which,
  servers: readonly [string, string],
  name: string,
): number {
  return median(ratios(runs, which, servers, name));
}

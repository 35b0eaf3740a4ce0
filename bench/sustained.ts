/**
 * The highest load that a server sustains, and its latency at and below that:
 * an open loop at one rate after the other.
 *
 * @module
 */
import type { LoadOptions, LoadResult } from "./load.ts";
import type { Point } from "./runs.ts";

/** The room: as the busiest of the closed loops with a usual number of people. */
export const SUSTAINED_ROOM = { rooms: 1, receivers: 100, senders: 10 } as const;

/** Rates to try first, as multiples of what a closed loop reached. */
const STEPS = [0.1, 0.3, 0.5, 0.7, 0.85, 1];
/** Then each by this much more, until one is too much; more messages under way are more that join. */
const GROWTH = 1.2;
const MOST_STEPS = 20;
/** Halvings between the last rate that was sustained and the first that was not. */
const BISECTIONS = 2;
/** Of the highest sustained, where latency is judged. */
const SHARE = 0.8;
/** Less of what was offered has arrived: it piles up. */
const LEAST_ARRIVED = 0.98;
/** Half of the messages waited longer: it has piled up. */
const LONGEST_MEDIAN_MS = 250;

/** The result for one server. */
export interface Sustained {
  /** Messages a second. */
  highest: number;
  /** At `SHARE` of that, in milliseconds. */
  p50: number;
  p99: number;
  /** Of that, what the load was late itself, as {@linkcode LoadResult.loadLateP99}. */
  loadLateP99: number;
  points: Omit<Point, "server" | "wire">[];
}

/** The options of the measurement. */
export interface SustainedOptions {
  base: Omit<LoadOptions, "rooms" | "receivers" | "senders" | "inFlight" | "rate">;
  /** Makes one load; rejects when the server fails under it. */
  load(options: LoadOptions): Promise<LoadResult>;
}

/** Finds the highest rate and measures below it. A rate counts as too high when it failed twice. */
export async function findSustained({ base, load }: SustainedOptions): Promise<Sustained> {
  const points: Sustained["points"] = [];
  const attempt = async (rate: number): Promise<boolean> => {
    const options = { ...base, ...SUSTAINED_ROOM, inFlight: 0, rate };
    const result = await load(options).catch(() => undefined);
    if (result === undefined) return false;
    points.push(toPoint(result, rate));
    return keepsUp(result, rate);
  };
  const sustains = async (rate: number) => await attempt(rate) || await attempt(rate);

  const closed = await load({ ...base, ...SUSTAINED_ROOM, inFlight: 8, rate: 0 });
  const reached = closed.deliveries / closed.seconds / SUSTAINED_ROOM.receivers;
  let highest = 0;
  let tooHigh = Infinity;
  for (let i = 0; i < MOST_STEPS && tooHigh === Infinity; i++) {
    const rate = reached * (STEPS[i] ?? GROWTH ** (i - STEPS.length + 1));
    if (await sustains(rate)) highest = rate;
    else tooHigh = rate;
  }
  for (let i = 0; i < BISECTIONS && tooHigh < Infinity; i++) {
    const between = (highest + tooHigh) / 2;
    if (await sustains(between)) highest = between;
    else tooHigh = between;
  }
  if (highest === 0) throw new Error("Cannot find a load that the server sustains");

  const rate = highest * SHARE;
  const options = { ...base, ...SUSTAINED_ROOM, seconds: base.seconds * 3, inFlight: 0, rate };
  const result = await load(options);
  const judged = toPoint(result, rate);
  points.push(judged);
  points.sort((a, b) => a.offered - b.offered);
  const { p50, p99 } = judged;
  return { highest, p50, p99, loadLateP99: result.loadLateP99, points };
}

/** Whether what was offered arrived as fast as it was offered. */
export function keepsUp(result: LoadResult, rate: number): boolean {
  const offered = rate * result.seconds * SUSTAINED_ROOM.receivers;
  return result.deliveries >= offered * LEAST_ARRIVED && result.lastP50 <= LONGEST_MEDIAN_MS;
}

function toPoint(result: LoadResult, rate: number): Sustained["points"][number] {
  return {
    offered: rate * SUSTAINED_ROOM.receivers,
    delivered: result.deliveries / result.seconds,
    p50: result.lastP50,
    p99: result.lastP99,
  };
}

/**
 * Measures what members cost that only listen.
 *
 * @module
 */
import { LoadGenerator } from "./load_generator.ts";
import type { FormatName } from "./formats.ts";
import type { Hooks } from "./load.ts";
import { cpuSeconds, residentBytes } from "../testing/proc.ts";

/** Presence of thousands who join at once is sent for minutes, some hundreds at a time. */
const SETTLE_CEILING_MS = 240_000;

/** The members, and the server they connect to. */
export interface IdleOptions {
  port: number;
  pid: number;
  format: FormatName;
  members: number;
  /** Nothing must have arrived, presence above all, for this long before it is measured. */
  quietSeconds: number;
  /** Time over which its CPU is measured. */
  seconds: number;
}

/** The cost of idle members. */
export type IdleCost = {
  /** Memory of the server for each of them. */
  bytes: number;
  /** Share of a core for all of them together. */
  cpu: number;
};

/** Lets everybody in, waits until it is quiet, and measures. */
export async function measureIdle(options: IdleOptions, hooks?: Hooks): Promise<IdleCost> {
  const { port, pid, format, members, quietSeconds, seconds } = options;
  const silent = { senders: 0, inFlight: 0, rate: 0, size: 64, warmup: 0, seconds };
  const before = residentBytes(pid);
  using crowd = new LoadGenerator({ port, pid, format, rooms: 1, receivers: members, ...silent });
  await crowd.enter();
  await crowd.settle(quietSeconds * 1000, SETTLE_CEILING_MS);
  await hooks?.begin();
  const start = { cpu: cpuSeconds(pid), at: performance.now() };
  await crowd.runFor(seconds);
  const used = cpuSeconds(pid) - start.cpu;
  const elapsed = (performance.now() - start.at) / 1000;
  await hooks?.end();
  return { bytes: (residentBytes(pid) - before) / members, cpu: used / elapsed };
}

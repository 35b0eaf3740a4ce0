import { LatencyHistogram } from "./statistics.ts";

/** The time between two messages or commands of a pair, in ms: short enough for a percentile of some seconds. */
const EVERY_MS = 20;

/** Times from one of a pair to the other, or until the answers to its commands, in ms. */
export interface PairLatency {
  readonly p50: number;
  readonly p99: number;
  readonly most: number;
}

/** Measures how long something takes that a pair of clients does again and again. */
export class PairMeter {
  #delays = new LatencyHistogram();
  #most = 0;

  /** Notes that it took so many ms. */
  record(ms: number): void {
    this.#delays.record(ms);
    this.#most = Math.max(this.#most, ms);
  }

  /** Calls `next` every 20 ms while `run` runs, and returns the times that were noted meanwhile. */
  async measure(next: () => void, run: () => Promise<void>): Promise<PairLatency> {
    const delays = this.#delays = new LatencyHistogram();
    this.#most = 0;
    const timer = setInterval(next, EVERY_MS);
    try {
      await run();
    } finally {
      clearInterval(timer);
    }
    return { p50: delays.percentile(0.5), p99: delays.percentile(0.99), most: this.#most };
  }
}

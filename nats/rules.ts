import type { StateComparison } from "./state_comparison.ts";
import type { NatsLog } from "./event_log.ts";
import { appendOne } from "../state/event_log.ts";
import type { State } from "../state/state.ts";
import { HOUR_MS } from "../lib/time.ts";

/** The parts that a {@linkcode RulesUpgrade} uses. */
export interface RulesUpgradeOptions {
  readonly state: State;
  readonly log: NatsLog;
  readonly comparison: StateComparison;
  /** Between two proposals, in milliseconds. */
  readonly everyMs?: number;
}

/** Before the first proposal, every server that is there has made a claim: see {@linkcode StateComparison}. */
const FIRST_MS = 30_000;

/**
 * Proposes the newest rules that this program knows, if the state is applied by older ones and every server
 * knows them. The log decides whether it was so for 24 hours: see `RulesEvent`.
 */
export class RulesUpgrade implements Disposable {
  readonly #options: RulesUpgradeOptions;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(options: RulesUpgradeOptions) {
    this.#options = options;
    const { state, everyMs = FIRST_MS } = options;
    if (state.maxRules <= state.progress.rules) return;
    this.#tell();
    this.#timer = setTimeout(() => void this.#propose(), everyMs);
  }

  /** So that the log knows what this run can, from its first batch on; again, since a new run may have begun. */
  #tell(): void {
    const { state, log } = this.#options;
    log.append([{ type: "program", run: log.run, rules: state.maxRules }], () => {});
  }

  async #propose(): Promise<void> {
    const { state, log, comparison, everyMs = HOUR_MS } = this.#options;
    this.#tell();
    if (comparison.commonRules >= state.maxRules) {
      // A failed attempt is repeated.
      await appendOne(log, { type: "rules", version: state.maxRules }).catch(() => {});
    }
    if (this.#timer === undefined || state.maxRules <= state.progress.rules) return;
    this.#timer = setTimeout(() => void this.#propose(), everyMs);
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}

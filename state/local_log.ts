import { Buffer } from "node:buffer";
import { randomBytes } from "node:crypto";
import { toError } from "../lib/errors.ts";
import type { Done, EventLog } from "./event_log.ts";
import type { Event } from "./events.ts";
import type { InitEvent } from "./kinds/init.ts";
import type { EventOutcome } from "./outcome.ts";
import type { State } from "./state.ts";

/** Options of {@linkcode LocalLog.open}. */
export interface LocalLogOptions {
  /** Messages are kept for this many days; 0 keeps them permanently. By default as before, at first 0. */
  readonly keepDays?: number;
  /** The time, in milliseconds since 1970. */
  readonly now?: () => number;
}

/** The interval between two checks of whether a failed disk can be written again, in ms. */
const PROBE_INTERVAL_MS = 1000;

/**
 * The log of a single server: appending to it and applying are one transaction of its state.
 * It writes in the thread of its caller: to and from a worker takes longer than a commit does on an
 * ordinary disk.
 */
export class LocalLog implements EventLog {
  readonly #state: State;
  readonly #now: () => number;
  #healthy = true;
  #receive: (outcomes: readonly EventOutcome[]) => void = () => {};
  #probeTimer: ReturnType<typeof setTimeout> | undefined;

  private constructor(state: State, now: () => number) {
    this.#state = state;
    this.#now = now;
  }

  /**
   * The log of `state`; begins the chat if it is new.
   *
   * @throws when the disk can't be written
   */
  static open(state: State, { keepDays, now = Date.now }: LocalLogOptions = {}): LocalLog {
    const { store } = state;
    if (store === undefined) state.append([newChat(keepDays ?? 0)], now());
    // Nobody else applies its events.
    const { maxRules, progress } = state;
    if (progress.rules < maxRules) state.append([{ type: "rules", version: maxRules }], now());
    return new LocalLog(state, now);
  }

  append(events: readonly Event[], done: Done): void {
    const all = { from: 0, to: events.length };
    if (events.length === 0) return done([], all);
    let result: ReturnType<State["append"]>;
    try {
      result = this.#state.append(events, this.#now());
      this.#recover();
    } catch (thrown) {
      this.#healthy = false;
      this.#probeLater();
      return done(toError(thrown), all);
    }
    done(result, all);
  }

  /** Nobody else appends to it. But a batch that failed may have been stored; see {@linkcode State.takeLate}. */
  listen(receive: (outcomes: readonly EventOutcome[]) => void): void {
    this.#receive = receive;
  }

  now(): number {
    return this.#now();
  }

  reach(): Promise<void> {
    return Promise.resolve();
  }

  get healthy(): boolean {
    return this.#healthy;
  }

  /** Without it a server that is sent nothing, being unhealthy, would never recover. */
  #probeLater(): void {
    clearTimeout(this.#probeTimer);
    this.#probeTimer = setTimeout(() => {
      try {
        this.#state.probe();
        this.#recover();
      } catch {
        this.#probeLater();
      }
    }, PROBE_INTERVAL_MS);
  }

  #recover(): void {
    this.#healthy = true;
    for (const { outcomes } of this.#state.takeLate()) if (outcomes) this.#receive(outcomes);
  }

  [Symbol.asyncDispose](): Promise<void> {
    clearTimeout(this.#probeTimer);
    return Promise.resolve();
  }
}

/** The first event of a chat, with everything random in it. */
export function newChat(keepDays: number): InitEvent {
  return {
    type: "init",
    store: randomBytes(16).toString("hex"),
    epoch: randomBytes(16).toString("hex"),
    key: Buffer.from(randomBytes(32)).toString("base64"),
    keepDays,
  };
}

import type { EventLog } from "./event_log.ts";
import type { Event } from "./events.ts";
import type { EventOutcome } from "./outcome.ts";

/** The pause after a batch of small events, as a multiple of the time that it took. */
const PAUSE_FACTOR = 3;

/** The longest pause, in ms. */
const MAX_PAUSE_MS = 200;

interface Waiting {
  readonly event: Event;
  resolve(outcome: EventOutcome): void;
  reject(error: Error): void;
}

/**
 * Gathers events other than messages, and appends them as one batch: on a disk whose sync takes 5 ms, 200 names
 * a second would otherwise leave no time for messages. After a batch it waits three times as long as that took,
 * so that such events take at most a quarter of the time.
 */
export class SmallEvents implements Disposable {
  readonly #log: EventLog;
  readonly #onApplied: (outcomes: readonly EventOutcome[]) => void;
  #waiting: Waiting[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;
  #tookMs = 0;

  /** @param onApplied Receives the outcomes of each batch, in the order of the log; see {@linkcode StateMessages.deliver}. */
  constructor(
    log: EventLog,
    onApplied: (outcomes: readonly EventOutcome[]) => void = () => {},
  ) {
    this.#log = log;
    this.#onApplied = onApplied;
  }

  /** Appends an event with others. Rejects if it is not known to be stored. */
  append(event: Event): Promise<EventOutcome> {
    const { promise, resolve, reject } = Promise.withResolvers<EventOutcome>();
    this.#waiting.push({ event, resolve, reject });
    const pause = Math.min(this.#tookMs * PAUSE_FACTOR, MAX_PAUSE_MS);
    this.#timer ??= setTimeout(() => this.#flush(), pause);
    return promise;
  }

  #flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const waiting = this.#waiting;
    this.#waiting = [];
    if (waiting.length === 0) return;
    const start = performance.now();
    this.#log.append(waiting.map(({ event }) => event), (result, { from, to }) => {
      if (!(result instanceof Error)) this.#onApplied(result);
      waiting.slice(from, to).forEach(({ resolve, reject }, i) => {
        const outcome = result instanceof Error ? result : result[i];
        if (outcome instanceof Error) reject(outcome);
        else if (outcome) resolve(outcome);
        else reject(new Error("Cannot append an event: there is no outcome"));
      });
    });
    this.#tookMs = performance.now() - start;
  }

  /** Appends what waits. */
  [Symbol.dispose](): void {
    this.#flush();
  }
}

import type { EventLog } from "./event_log.ts";
import type { Event } from "./events.ts";
import type { EventOutcome } from "./outcome.ts";

/** The pause after a batch of small events, as a multiple of the time that it took. */
const PAUSE_FACTOR = 3;

/** The longest pause, in ms. */
const MAX_PAUSE_MS = 200;

/**
 * The events of one batch, which is applied in one go: some milliseconds of work. Thousands of people with one command
 * each would else have everyone wait for seconds.
 */
const EVENTS = 64;

/** The markers of an event that take as long as another event. */
const MARKERS_PER_EVENT = 16;

/** The work of a step of a removal, which deletes up to 200 messages, in that of other events. */
const REMOVAL_WORK = EVENTS;

/** The part of the time until a shared log has delivered a batch that is taken for work, in ms. */
const SHARED_WORK_MS = 10;

interface Waiting {
  readonly event: Event;
  resolve(outcome: EventOutcome): void;
  reject(error: Error): void;
}

/**
 * Gathers events other than messages, and appends them as batches: on a disk whose sync takes 5 ms, 200 names
 * a second would otherwise leave no time for messages. After a batch it waits three times as long as that took,
 * so that such events take at most a quarter of the time. The next batch follows when the one before is applied.
 */
export class SmallEvents implements Disposable {
  readonly #log: EventLog;
  readonly #onApplied: (outcomes: readonly EventOutcome[]) => void;
  #waiting: Waiting[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;
  #tookMs = 0;
  /** The events that were appended, and of which the result is not known. */
  #underWay = 0;

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
    this.#schedule();
    return promise;
  }

  #schedule(): void {
    if (this.#waiting.length === 0 || this.#underWay > 0) return;
    const pause = Math.min(this.#tookMs * PAUSE_FACTOR, MAX_PAUSE_MS);
    this.#timer ??= setTimeout(() => this.#flush(), pause);
  }

  #flush(events = EVENTS): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const batch = this.#waiting.splice(0, countOf(this.#waiting, events));
    if (batch.length === 0) return;
    this.#underWay += batch.length;
    const start = performance.now();
    let isShared = false;
    this.#log.append(batch.map(({ event }) => event), (result, { from, to }) => {
      if (!(result instanceof Error)) this.#onApplied(result);
      report(batch.slice(from, to), result);
      // Waiting events would fail, too, but later: a silent log takes seconds for each batch.
      if (result instanceof Error) report(this.#waiting.splice(0), result);
      this.#underWay -= to - from;
      const took = performance.now() - start;
      this.#tookMs = isShared ? Math.min(took, SHARED_WORK_MS) : took;
      this.#schedule();
    });
    isShared = true;
  }

  /** Appends what waits. */
  [Symbol.dispose](): void {
    this.#flush(Infinity);
  }
}

/** Returns how many events are a batch of so much work, but at least one. */
function countOf(waiting: readonly Waiting[], work: number): number {
  let [count, sum] = [0, 0];
  for (const { event } of waiting) {
    sum += workOf(event);
    if (count > 0 && sum > work) break;
    count++;
  }
  return count;
}

function workOf(event: Event): number {
  if (event.type === "remove_messages" || event.type === "messages_removed") return REMOVAL_WORK;
  if (event.type !== "markers") return 1;
  return 1 + Math.max(event.markers.length, event.seen?.length ?? 0) / MARKERS_PER_EVENT;
}

/** Gives each caller its outcome. */
function report(callers: readonly Waiting[], result: readonly EventOutcome[] | Error): void {
  for (const [i, { resolve, reject }] of callers.entries()) {
    const outcome = result instanceof Error ? result : result[i];
    if (outcome instanceof Error) reject(outcome);
    else if (outcome) resolve(outcome);
    else reject(new Error("Cannot append an event: there is no outcome"));
  }
}

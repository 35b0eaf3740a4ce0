import { BATCH_WORK, LONG_KINDS } from "./event_work.ts";
import type { EventLog } from "./event_log.ts";
import type { Event } from "./events.ts";
import type { EventOutcome } from "./outcome.ts";

/** The pause after a batch of small events, as a multiple of the time that it took. */
const PAUSE_FACTOR = 3;

/** The longest pause after a batch that did not take longer itself, in ms. */
const MAX_PAUSE_MS = 200;

/** A batch that took longer counts as this long, in ms. */
const LONGEST_MS = 1000;

/** The part of the time until a shared log has delivered a batch that is taken for work, in ms. */
const SHARED_WORK_MS = 10;

/** Events of more work are long, if their kind is one of `LONG_KINDS`. */
const LONG_WORK = BATCH_WORK / 4;

interface Waiting {
  readonly event: Event;
  readonly work: number;
  resolve(outcome: EventOutcome): void;
  reject(error: Error): void;
}

/**
 * Gathers events other than messages, and appends them as batches: on a disk whose sync takes 5 ms, 200 names
 * a second would otherwise leave no time for messages. After a batch it waits three times as long as that took,
 * so that such events take at most a quarter of the time. The next batch follows when the one before is applied.
 * A batch is applied in one go, so its work is bounded: thousands of people with one command each would else have everyone
 * wait for seconds. Every other batch begins with the long events that wait, so that nobody waits for more than one: also
 * hundreds that will be refused cost a batch each. All others keep their order, whatever their work: read markers and what
 * reads all must not overtake each other.
 */
export class SmallEvents implements Disposable {
  readonly #log: EventLog;
  readonly #onApplied: (outcomes: readonly EventOutcome[]) => void;
  readonly #work: (event: Event) => number;
  readonly #short: Waiting[] = [];
  readonly #long: Waiting[] = [];
  /** Whether the last batch began with a long event. */
  #wasLong = false;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #tookMs = 0;
  /** The events that were appended, and of which the result is not known. */
  #underWay = 0;

  /**
   * @param onApplied Receives the outcomes of each batch, in the order of the log; see {@linkcode StateMessages.deliver}.
   * @param work Estimates the work of an event, in that of an ordinary one; see {@linkcode EventWork}.
   */
  constructor(
    log: EventLog,
    onApplied: (outcomes: readonly EventOutcome[]) => void = () => {},
    work: (event: Event) => number = () => 1,
  ) {
    this.#log = log;
    this.#onApplied = onApplied;
    this.#work = work;
  }

  /** Appends an event with others. Rejects if it is not known to be stored. */
  append(event: Event): Promise<EventOutcome> {
    const { promise, resolve, reject } = Promise.withResolvers<EventOutcome>();
    const work = this.#workOf(event);
    const isLong = work > LONG_WORK && LONG_KINDS.has(event.type);
    (isLong ? this.#long : this.#short).push({ event, work, resolve, reject });
    this.#schedule();
    return promise;
  }

  #schedule(): void {
    if (this.#short.length + this.#long.length === 0 || this.#underWay > 0) return;
    // A disk that has stalled says nothing of the next batch.
    const took = Math.min(this.#tookMs, LONGEST_MS);
    const pause = Math.max(took, Math.min(took * PAUSE_FACTOR, MAX_PAUSE_MS));
    this.#timer ??= setTimeout(() => this.#flush(), pause);
  }

  #flush(work = BATCH_WORK): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const batch = this.#take(work);
    if (batch.length === 0) return;
    this.#underWay += batch.length;
    const start = performance.now();
    let isShared = false;
    this.#log.append(batch.map(({ event }) => event), (result, { from, to }) => {
      if (!(result instanceof Error)) this.#onApplied(result);
      report(batch.slice(from, to), result);
      // Waiting events would fail, too, but later: a silent log takes seconds for each batch.
      if (result instanceof Error) {
        report([...this.#long.splice(0), ...this.#short.splice(0)], result);
      }
      this.#underWay -= to - from;
      const took = performance.now() - start;
      this.#tookMs = isShared ? Math.min(took, SHARED_WORK_MS) : took;
      this.#schedule();
    });
    isShared = true;
  }

  /** Takes the events of the next batch, of so much work, but at least one. */
  #take(work: number): Waiting[] {
    const beginsLong = this.#short.length === 0 || !this.#wasLong;
    this.#wasLong = beginsLong && this.#long.length > 0;
    const batch: Waiting[] = [];
    let left = work;
    for (const queue of beginsLong ? [this.#long, this.#short] : [this.#short]) {
      const end = queue.findIndex(({ work }, i) => {
        if (left <= 0 || (work > left && batch.length + i > 0)) return true;
        left -= work;
        return false;
      });
      batch.push(...queue.splice(0, end < 0 ? queue.length : end));
    }
    return batch;
  }

  #workOf(event: Event): number {
    try {
      return this.#work(event);
    } catch {
      // The disk can't be read, which the log reports when it appends the event.
      return BATCH_WORK;
    }
  }

  /** Appends what waits. */
  [Symbol.dispose](): void {
    this.#wasLong = false;
    this.#flush(Infinity);
  }
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

import { siteOf } from "../lib/ip_networks.ts";
import { Turns } from "../lib/turns.ts";
import { BATCH_WORK, type EventCost } from "./event_work.ts";
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

/** The long events of clients that may wait, of those in charge and of others. */
const LONG_LIMIT = 128;

/** The events that would be refused that may wait, and the most of them in one batch. */
const DOUBTFUL_LIMIT = 1024;
const DOUBTFUL_AT_ONCE = 16;

/** The source of the server's own steps, which is no network. */
const OWN = "own";

/** The answer beyond that: some have had their turns when `retry` is over. */
const CROWDED: EventOutcome = {
  ...{ type: "refused", code: "rate_limited", retry: 10_000 },
  reason: "too much is waiting that takes long",
};

interface Waiting {
  readonly event: Event;
  readonly work: number;
  /** The network of the client that wants it; an IPv6 /48 is one. */
  readonly network: string;
  resolve(outcome: EventOutcome): void;
  reject(error: Error): void;
}

/**
 * Gathers events other than messages, and appends them as batches: on a disk whose sync takes 5 ms, 200 names
 * a second would otherwise leave no time for messages. After a batch it waits three times as long as that took,
 * so that such events take at most a quarter of the time. The next batch follows when the one before is applied.
 * A batch is applied in one go, so its work is bounded: thousands of people with one command each would else have everyone
 * wait for seconds.
 *
 * - **Order.** All events keep their order but the long ones; see {@linkcode EventCost}. These may be overtaken, and keep
 *   theirs only among those of one network in the same queue. Nothing depends on more: but for messages, a client's next
 *   command is read when the one before is answered, so that of an edit and a deletion, of a room made private and a join, or of an account's end
 *   and what its person did, neither is first but for the log. Each is judged when it is applied, and steps of jobs are
 *   numbered. Whatever a server appends without waiting for the one before must be of kinds that are never long, like read
 *   markers, joins, and networks that are kept out.
 * - **Turns.** A batch has at most one long event, and every other batch begins with one while some wait. Of these, every other
 *   one is a step of the server or of somebody in charge of the chat, among whom networks take turns; so they do among the
 *   rest. So an event waits for one long event for each batch before it; a long one for two others for each network, and
 *   as many batches without one.
 * - **Doubts.** What would be refused for want of rights takes little, but would be long if something that comes before it gives
 *   the right. So some of these begin a batch, and it is asked again before whether they would be refused.
 * - **Bounds.** Anybody can ask for what would be refused: of that, too, networks take turns. Of the long events that are wanted, a network may have as many as others could still add. Of steps there is one of each job at
 *   a time. Of the ordered ones, each client has one at a time, and a batch takes 64.
 */
export class SmallEvents implements Disposable {
  readonly #log: EventLog;
  readonly #onApplied: (outcomes: readonly EventOutcome[]) => void;
  readonly #cost: (event: Event) => EventCost;
  readonly #ordered: Waiting[] = [];
  /** Long events: the server's own steps and those of people in charge, and those of others. */
  readonly #urgent = new Turns<Waiting>(LONG_LIMIT);
  readonly #others = new Turns<Waiting>(LONG_LIMIT);
  readonly #doubtful = new Turns<Waiting>(DOUBTFUL_LIMIT);
  /** Whether the last batch began with a long event, and whether the last long event was an urgent one. */
  #wasLong = false;
  #wasUrgent = false;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #tookMs = 0;
  /** The events that were appended, and of which the result is not known. */
  #underWay = 0;

  /**
   * @param onApplied Receives the outcomes of each batch, in the order of the log; see {@linkcode StateMessages.deliver}.
   * @param cost Returns what an event costs; see {@linkcode EventWork}.
   */
  constructor(
    log: EventLog,
    onApplied: (outcomes: readonly EventOutcome[]) => void = () => {},
    cost: (event: Event) => EventCost = () => ({ queue: "ordered", work: 1 }),
  ) {
    this.#log = log;
    this.#onApplied = onApplied;
    this.#cost = cost;
  }

  /**
   * Appends an event with others. Rejects if it is not known to be stored.
   *
   * @param network The network of the client that wants it, if one does.
   */
  append(event: Event, network = ""): Promise<EventOutcome> {
    const { queue, work } = this.#costOf(event);
    const { promise, resolve, reject } = Promise.withResolvers<EventOutcome>();
    this.#add(queue, { event, work, network: siteOf(network) ?? network, resolve, reject });
    this.#schedule();
    return promise;
  }

  /** Lets an event wait, unless too many do. */
  #add(queue: EventCost["queue"], waiting: Waiting): void {
    if (queue === "ordered") this.#ordered.push(waiting);
    else if (queue === "own") this.#urgent.add(OWN, waiting);
    else {
      const turns = { charge: this.#urgent, others: this.#others, doubtful: this.#doubtful }[queue];
      if (turns.mayAdd(waiting.network)) turns.add(waiting.network, waiting);
      else waiting.resolve(CROWDED);
    }
  }

  #schedule(): void {
    const count = this.#ordered.length + this.#urgent.size + this.#others.size;
    if (count + this.#doubtful.size === 0 || this.#underWay > 0) return;
    // A disk that has stalled says nothing of the next batch.
    const took = Math.min(this.#tookMs, LONGEST_MS);
    const pause = Math.max(took, Math.min(took * PAUSE_FACTOR, MAX_PAUSE_MS));
    this.#timer ??= setTimeout(() => this.#flush(this.#take()), pause);
  }

  #flush(batch: readonly Waiting[]): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (batch.length === 0) return;
    this.#underWay += batch.length;
    const start = performance.now();
    let isShared = false;
    this.#log.append(batch.map(({ event }) => event), (result, { from, to }) => {
      if (!(result instanceof Error)) this.#onApplied(result);
      report(batch.slice(from, to), result);
      // Waiting events would fail, too, but later: a silent log takes seconds for each batch.
      if (result instanceof Error) report(this.#takeAll(), result);
      this.#underWay -= to - from;
      const took = performance.now() - start;
      this.#tookMs = isShared ? Math.min(took, SHARED_WORK_MS) : took;
      this.#schedule();
    });
    isShared = true;
  }

  /** Takes the events of the next batch: a long one if it is its turn, and ordered ones for the rest of the work. */
  #take(): Waiting[] {
    const batch = this.#takeDoubtful();
    const isLong = this.#ordered.length === 0 || !this.#wasLong;
    const long = isLong ? this.#nextLong() : undefined;
    this.#wasLong = long !== undefined;
    let left = BATCH_WORK - batch.length - (long?.work ?? 0);
    if (long !== undefined) batch.push(long);
    const end = this.#ordered.findIndex(({ work }, i) => {
      if (left <= 0 || (work > left && (long !== undefined || i > 0))) return true;
      left -= work;
      return false;
    });
    batch.push(...this.#ordered.splice(0, end < 0 ? this.#ordered.length : end));
    return batch;
  }

  /** Takes some that would still be refused; the others wait with those that they are like now. */
  #takeDoubtful(): Waiting[] {
    const refused: Waiting[] = [];
    for (let i = 0; i < DOUBTFUL_AT_ONCE; i++) {
      const waiting = this.#doubtful.next();
      if (waiting === undefined) break;
      const { queue, work } = this.#costOf(waiting.event);
      if (queue === "doubtful") refused.push(waiting);
      else this.#add(queue, { ...waiting, work });
    }
    return refused;
  }

  #nextLong(): Waiting | undefined {
    const isUrgent = this.#others.size === 0 || (this.#urgent.size > 0 && !this.#wasUrgent);
    this.#wasUrgent = isUrgent;
    return (isUrgent ? this.#urgent : this.#others).next();
  }

  #takeAll(): Waiting[] {
    return [...this.#takeLong(), ...this.#ordered.splice(0)];
  }

  #takeLong(): Waiting[] {
    return [this.#urgent, this.#others, this.#doubtful].flatMap((turns) => [...turns.takeAll()]);
  }

  #costOf(event: Event): EventCost {
    try {
      return this.#cost(event);
    } catch {
      // The disk can't be read, which the log reports when it appends the event.
      return { queue: "ordered", work: BATCH_WORK };
    }
  }

  /** Appends what waits, but for what is long: all servers would apply it in one go. */
  [Symbol.dispose](): void {
    report(this.#takeLong(), new Error("Cannot append an event that takes long: the server ends"));
    this.#flush(this.#ordered.splice(0));
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

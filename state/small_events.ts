import type { TurnTaker } from "../lib/fair_turns.ts";
import { siteKey } from "../lib/ip_networks.ts";
import { getOrMake } from "../lib/maps.ts";
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

/** The long events of clients that may wait, of those in charge and of others; see {@linkcode Turns}. */
const LONG_LIMIT = 128;

/** As {@linkcode LONG_LIMIT}, those that would be refused, and the most of them in one batch. */
const DOUBTFUL_LIMIT = 1024;
const DOUBTFUL_AT_ONCE = 16;

/** The source of the server's own events, which is no network. */
const OWN = "own";

/** The time in which a server that ends appends what waits, in ms: more would delay its end. */
const END_MS = 500;

/** The answer beyond that: some have had their turns when `retry` is over. */
const CROWDED: EventOutcome = {
  ...{ type: "refused", code: "rate_limited", retry: 10_000 },
  reason: "too much is waiting that takes long",
};

interface Waiting {
  readonly event: Event;
  readonly work: number;
  /** The client that wants it, if one does; an IPv6 /48 is one network. */
  readonly by: TurnTaker | undefined;
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
 * - **Order.** Those of one person keep their order, and so do the server's own, but for the long ones; see
 *   {@linkcode EventCost}. While one of a person's waits, further ones follow it, from whichever network. Nothing depends on
 *   more: a client's next command is read when the one before is answered, so that of a ban and an edit, or of a room's
 *   changes by two people, neither is first but for the log. The same holds for what is long: of an edit and a deletion, or
 *   of an account's end and what its person did. Each is judged when it is applied, and steps of jobs are numbered. Whatever a
 *   server appends without waiting for the one before must be of kinds that are never long, like read markers, joins, and
 *   networks that are kept out; what must follow read markers waits for them, see {@linkcode MarkerGatherer.settled}.
 * - **Turns.** Networks share the work of a batch evenly, however much waits of each; half of it is for the server's own
 *   events if they need it. So the first event of a network waits for one of each other network at most.
 * - **Long events.** A batch has at most one, and every other batch begins with one while some wait. Of these, every other
 *   one is a step of the server or of somebody in charge of the chat, among whom networks take turns; so they do among the
 *   rest. So an event waits for one long event for each batch before it; a long one for two others for each network, and
 *   as many batches without one.
 * - **Doubts.** What would be refused for want of rights takes little, but would be long if something that comes before it gives
 *   the right. So some of these begin a batch, and it is asked again before whether they would be refused.
 * - **Bounds.** Anybody can ask for what would be refused: of that, too, networks take turns. Of the long events that are
 *   wanted, a network may have as many as others could still add, and one in any case, up to twice the limit of all. Of steps
 *   there is one of each job at a time. Of the ordered ones, a client has one, which stays if it leaves, and a person has as many
 *   joins as its pace allows.
 */
export class SmallEvents implements Disposable {
  readonly #log: EventLog;
  readonly #onApplied: (outcomes: readonly EventOutcome[]) => void;
  readonly #cost: (event: Event) => EventCost;
  /** Events that keep their order: the server's own, and those of clients, by network. */
  readonly #own = new Turns<Waiting>(Infinity, workOf);
  readonly #ordered = new Turns<Waiting>(Infinity, workOf);
  /** Each person of whom ordered events wait, with their number, and the network among whose they are. */
  readonly #people = new Map<string, { readonly network: string; count: number }>();
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
   * @param by The client that wants it, if one does.
   */
  append(event: Event, by?: TurnTaker): Promise<EventOutcome> {
    const { queue, work } = this.#costOf(event);
    const { promise, resolve, reject } = Promise.withResolvers<EventOutcome>();
    const site = by && { ...by, network: siteKey(by.network) };
    this.#add(queue, { event, work, by: site, resolve, reject });
    this.#schedule();
    return promise;
  }

  /** Lets an event wait, unless too many do. */
  #add(queue: EventCost["queue"], waiting: Waiting): void {
    if (queue === "ordered") this.#addOrdered(waiting);
    else if (queue === "own") this.#urgent.add(OWN, waiting);
    else {
      const turns = { charge: this.#urgent, others: this.#others, doubtful: this.#doubtful }[queue];
      const { network = "" } = waiting.by ?? {};
      if (turns.mayAdd(network)) turns.add(network, waiting);
      else waiting.resolve(CROWDED);
    }
  }

  #addOrdered(waiting: Waiting): void {
    if (waiting.by === undefined) return this.#own.add(OWN, waiting);
    const { person, network } = waiting.by;
    const those = getOrMake(this.#people, person, () => ({ network, count: 0 }));
    those.count++;
    this.#ordered.add(those.network, waiting);
  }

  #schedule(): void {
    const long = this.#urgent.size + this.#others.size + this.#doubtful.size;
    if (long + this.#orderedSize === 0 || this.#underWay > 0) return;
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
    const isLong = this.#orderedSize === 0 || !this.#wasLong;
    const long = isLong ? this.#nextLong() : undefined;
    this.#wasLong = long !== undefined;
    const left = BATCH_WORK - batch.length - (long?.work ?? 0);
    if (long !== undefined) batch.push(long);
    return [...batch, ...this.#takeOrdered(left, long === undefined)];
  }

  get #orderedSize(): number {
    return this.#own.size + this.#ordered.size;
  }

  /**
   * Takes ordered events.
   *
   * @param work That of all of them, of which half is for the server's own if they need it.
   * @param mayExceed Whether one of each may be of more work: it would never have a turn else.
   */
  #takeOrdered(work: number, mayExceed: boolean): Waiting[] {
    const taken: Waiting[] = [];
    let left = work;
    const take = (turns: Turns<Waiting>, rest: number, isFirst = mayExceed) => {
      while (left > rest) {
        const next = turns.next(isFirst ? Infinity : left - rest);
        if (next === undefined) return;
        taken.push(next);
        left -= next.work;
        isFirst = false;
      }
    };
    take(this.#own, work / 2);
    take(this.#ordered, 0);
    take(this.#own, 0, false);
    for (const { by } of taken) if (by !== undefined) this.#forget(by);
    return taken;
  }

  /** Notes that an ordered event of a person does not wait any more. */
  #forget({ person }: TurnTaker): void {
    const those = this.#people.get(person);
    if (those !== undefined && --those.count === 0) this.#people.delete(person);
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
    this.#people.clear();
    return [...this.#takeLong(), ...this.#own.takeAll(), ...this.#ordered.takeAll()];
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

  /**
   * Appends what waits while the log applies it at once, and there is time. Several servers would apply what is left in one
   * go, as they would what is long.
   */
  [Symbol.dispose](): void {
    const ended = new Error("Cannot append an event: the server ends");
    report(this.#takeLong(), ended);
    const end = performance.now() + END_MS;
    while (this.#orderedSize > 0 && this.#underWay === 0 && performance.now() < end) {
      this.#flush(this.#take());
    }
    report(this.#takeAll(), ended);
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}

function workOf({ work }: Waiting): number {
  return work;
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

import { getOrMake } from "../lib/maps.ts";
import type { Subscriber } from "./room.ts";

/** An event of a client. */
interface ClientEvent {
  readonly client: Subscriber;
}

/** The most that a step counts as for its rest, as a multiple of its `ms`: something else may have taken long. */
const LONGEST = 8;

/** The settings of a {@linkcode StepQueue}. */
export interface StepQueueOptions<Event> {
  /** The most work of one step. An event that begins below it is still taken. */
  limit: number;
  /** The time after which a step takes no more work, in ms. */
  ms: number;
  /**
   * The rest after a step that defers work, as a multiple of the time until the next step could begin: part of the
   * work is done after the step, such as printing and sending what it has read. Meanwhile only events without
   * work are taken.
   */
  rest: number;
  /** Returns the work of an event, 0 or more. */
  workOf(event: Event): number;
  /** The time, in ms; by default that of the process. */
  now?: () => number;
}

/**
 * Divides events into steps of bounded work and time, and rests between them. Without the rest, whatever takes
 * several turns of the event loop, like storing and delivering a message, would wait for as many steps.
 *
 * Events without work are never deferred, unless an earlier event of the same client is: the events of one
 * client keep their order. Clients whose events are deferred take turns.
 */
export class StepQueue<Event extends ClientEvent> {
  readonly #options: Required<StepQueueOptions<Event>>;
  /** The deferred events of each client, of which the first has work; the client that is next comes first. */
  readonly #deferred = new Map<Subscriber, Event[]>();
  #waiting = 0;
  /** The start of the last step, in ms, if it deferred work and the time that it took is not known yet. */
  #steppedAt: number | undefined;
  /** The end of the rest, in ms. */
  #restsUntil = -Infinity;

  constructor(options: StepQueueOptions<Event>) {
    this.#options = { now: () => performance.now(), ...options };
  }

  /** The number of events that wait for a later step. */
  get waiting(): number {
    return this.#waiting;
  }

  /** Adds events, and yields those of the next step, in order. The caller handles each before it asks for more. */
  *take(events: readonly Event[]): Generator<Event, void, void> {
    const { limit, ms, rest, workOf, now } = this.#options;
    const start = now();
    if (this.#steppedAt !== undefined) {
      const took = Math.min(start - this.#steppedAt, LONGEST * ms);
      this.#restsUntil = start + took * rest;
      this.#steppedAt = undefined;
    }
    const rests = start < this.#restsUntil;
    let work = 0;
    const mayWork = () => !rests && (work === 0 || (work < limit && now() - start < ms));
    while (this.#waiting > 0 && mayWork()) {
      for (const event of this.#takeDeferred()) {
        work += workOf(event);
        yield event;
      }
    }
    for (const event of events) {
      const cost = workOf(event);
      if ((this.#waiting > 0 && this.#deferred.has(event.client)) || (cost > 0 && !mayWork())) {
        getOrMake(this.#deferred, event.client, () => []).push(event);
        this.#waiting++;
        continue;
      }
      work += cost;
      yield event;
    }
    if (!rests && this.#waiting > 0) this.#steppedAt = start;
  }

  /** Takes the first event of the next client, and those without work after it; the client's turn then ends. */
  #takeDeferred(): Event[] {
    const [next] = this.#deferred;
    if (next === undefined) return [];
    const [client, events] = next;
    this.#deferred.delete(client);
    const { workOf } = this.#options;
    const end = events.findIndex((event, i) => i > 0 && workOf(event) > 0);
    const taken = events.splice(0, end < 0 ? events.length : end);
    if (events.length > 0) this.#deferred.set(client, events);
    this.#waiting -= taken.length;
    return taken;
  }
}

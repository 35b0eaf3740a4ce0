import { siteKey } from "../lib/ip_networks.ts";
import { getOrMake } from "../lib/maps.ts";
import type { Subscriber } from "./room.ts";

/** An event of a client. */
interface ClientEvent {
  readonly client: Subscriber;
}

/** The most that a step counts as for its rest, as a multiple of its `ms`: something else may have taken long. */
const LONGEST = 8;

/** The time of one turn of a network, in ms. An event that begins in it is taken whole, and paid back in later turns. */
const TURN_MS = 0.25;

/** The least time that a unit of work counts as, in ms: much of it may be done after the step. */
const WORK_MS = 1 / 16;

/**
 * The clients of a network that may wait while what one of them has sent before its last event is kept: it may send a few
 * messages and close. If more wait, their network is too busy for that, and those that have left must not stay.
 */
const KEPT_CLIENTS = 4;

/** A network among those that share the time. */
interface Share {
  /** Its clients with deferred events; the one that is next comes first. */
  readonly clients: Set<Subscriber>;
  /** The rest of its turn, in ms; below 0 if its events took longer. */
  left: number;
}

const DEFAULTS = {
  isLast: () => false,
  isDroppable: () => false,
  now: () => performance.now(),
};

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
  /** Returns whether an event is the last one of its client; by default none is known to be. */
  isLast?: (event: Event) => boolean;
  /**
   * Returns whether an event may be dropped when the last one of its client arrives while many clients of its network
   * wait; by default none may.
   */
  isDroppable?: (event: Event) => boolean;
  /** The time, in ms; by default that of the process. */
  now?: () => number;
}

/**
 * Divides events into steps of bounded work and time, and rests between them. Without the rest, whatever takes
 * several turns of the event loop, like storing and delivering a message, would wait for as many steps.
 *
 * Events without work are never deferred, unless an earlier event of the same client is: the events of one
 * client keep their order. While events are deferred, networks share the time evenly, however many clients they have and
 * however long each event takes, and the clients of a network take turns. An IPv6 /48 is one network, since a provider may
 * give a customer all of that.
 */
export class StepQueue<Event extends ClientEvent> {
  readonly #options: Required<StepQueueOptions<Event>>;
  /** The deferred events of each client, of which the first has work. */
  readonly #deferred = new Map<Subscriber, Event[]>();
  /** The networks with deferred events, or that have had more time than others; the one whose turn it is comes first. */
  readonly #shares = new Map<string, Share>();
  #waiting = 0;
  /** The start of the last step, in ms, if it deferred work and the time that it took is not known yet. */
  #steppedAt: number | undefined;
  /** The end of the rest, in ms. */
  #restsUntil = -Infinity;

  constructor(options: StepQueueOptions<Event>) {
    this.#options = { ...DEFAULTS, ...options };
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
    const mayWork = (time: number) => !rests && (work === 0 || (work < limit && time - start < ms));
    for (let time = start; this.#waiting > 0 && mayWork(time);) {
      const share = this.#nextShare();
      let cost = 0;
      for (const event of this.#takeDeferred(share)) {
        cost += workOf(event);
        yield event;
      }
      work += cost;
      const end = now();
      this.#charge(share, cost, end - time);
      time = end;
    }
    for (const event of events) {
      const cost = workOf(event);
      // While events wait, there is no time left for others with work.
      if (this.#waiting > 0 && (cost > 0 || this.#deferred.has(event.client))) {
        this.#defer(event);
        continue;
      }
      if (cost === 0) {
        yield event;
        continue;
      }
      const time = now();
      if (!mayWork(time)) {
        this.#defer(event);
        continue;
      }
      work += cost;
      yield event;
      this.#charge(this.#shareOf(event.client), cost, now() - time);
    }
    if (this.#waiting === 0) this.#shares.clear();
    else if (!rests) this.#steppedAt = start;
  }

  /** Forgets and returns all deferred events, in the order of each client. */
  drop(): Event[] {
    const events = [...this.#deferred.values()].flat();
    this.#deferred.clear();
    this.#shares.clear();
    this.#waiting = 0;
    return events;
  }

  #defer(event: Event): void {
    const { client } = event;
    const share = this.#shareOf(client);
    if (this.#options.isLast(event) && share.clients.size > KEPT_CLIENTS) this.#forget(client);
    getOrMake(this.#deferred, client, () => []).push(event);
    share.clients.add(client);
    this.#waiting++;
  }

  /** Forgets what may be dropped of a client. Another event of it follows. */
  #forget(client: Subscriber): void {
    const events = this.#deferred.get(client) ?? [];
    const kept = events.filter((event) => !this.#options.isDroppable(event));
    this.#deferred.set(client, kept);
    this.#waiting -= events.length - kept.length;
  }

  #shareOf({ network }: Subscriber): Share {
    const make = () => ({ clients: new Set<Subscriber>(), left: TURN_MS });
    return getOrMake(this.#shares, siteKey(network), make);
  }

  /** Charges a network for events of some work that took so many ms. */
  #charge(share: Share, work: number, took: number): void {
    share.left -= Math.min(Math.max(took, work * WORK_MS), LONGEST * this.#options.ms);
  }

  /** Returns the network whose turn it is; some client waits. */
  #nextShare(): Share {
    // A network that is put at the end again is met again, until one has a turn.
    for (const [network, share] of this.#shares) {
      if (share.clients.size > 0 && share.left > 0) return share;
      this.#shares.delete(network);
      if (share.clients.size === 0 && share.left >= 0) continue;
      share.left += TURN_MS;
      this.#shares.set(network, share);
    }
    throw new Error("Cannot take an event: none is deferred");
  }

  /** Takes the first event of the next client of a network, and those without work after it; the client's turn then ends. */
  #takeDeferred({ clients }: Share): Event[] {
    const [client] = clients;
    const events = client && this.#deferred.get(client);
    if (client === undefined || events === undefined) return [];
    clients.delete(client);
    const { workOf } = this.#options;
    const end = events.findIndex((event, i) => i > 0 && workOf(event) > 0);
    const taken = events.splice(0, end < 0 ? events.length : end);
    if (events.length > 0) clients.add(client);
    else this.#deferred.delete(client);
    this.#waiting -= taken.length;
    return taken;
  }
}

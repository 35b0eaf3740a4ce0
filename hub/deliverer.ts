import type { Actions } from "./actions.ts";
import { isLoopback } from "../lib/ip_networks.ts";
import type { Clients } from "./clients.ts";
import type { Departures } from "./departures.ts";
import { ChangeNews } from "./change_news.ts";
import {
  BANNED,
  type ChangeEffect,
  type Effect,
  LOGGED_OUT,
  type Receivers,
  UNINVITED,
} from "./effects.ts";
import { MembershipNews } from "./membership_news.ts";
import type { HubPermissions } from "./permissions.ts";
import { type Memberships, takerOf } from "./memberships.ts";
import { Expulsions } from "./expulsions.ts";
import type { LogEntry, MessageResult } from "./message_log.ts";
import type { PresenceSender } from "./presence_sender.ts";
import type { OpenRooms } from "./open_rooms.ts";
import { type MessageEntry, type Room, sendLine, type Subscriber } from "./room.ts";
import { getOrMake } from "../lib/maps.ts";
import type { ServerLine } from "../protocol/mod.ts";

/** The parts of a {@linkcode Deliverer}. */
export interface DelivererOptions {
  readonly clients: Clients;
  readonly rooms: OpenRooms;
  readonly departures: Departures;
  readonly memberships: Memberships;
  readonly permissions: Pick<HubPermissions, "now" | "mayEnter" | "isKeptOut" | "viewOf">;
  readonly actions: Pick<Actions, "banNetworks">;
  readonly presenceSender: PresenceSender;
  /** Called when all sessions have ended, with the number of connections that were closed. */
  readonly onLogOut?: ((connections: number) => void) | undefined;
  /** Called with an error that no single client has caused. */
  onFault(error: unknown): void;
}

/** An entry that concerns only the client that caused it. */
type Outcome = Exclude<MessageResult<Subscriber>, MessageEntry>;

type Answer = Extract<LogEntry<Subscriber>, { readonly type: "answer" }>;

/**
 * Delivers the entries of the log. Messages that follow each other are gathered by room, so that each room
 * gets one frame; an effect ends the gathering, so that everyone receives what came before it, and only those
 * whom it leaves in their rooms receive what comes after it. One that may come later does not: each reply has one.
 */
export class Deliverer {
  /** The number of messages delivered, counted once for each member. */
  deliveries = 0;
  /** The number of changed messages delivered, counted once for each member. */
  changes = 0;
  readonly #options: DelivererOptions;
  readonly #expulsions: Expulsions;
  readonly #news: MembershipNews;
  readonly #changeNews = new ChangeNews((room, changes) => this.#tellChanges(room, changes));

  constructor(options: DelivererOptions) {
    this.#options = options;
    this.#expulsions = new Expulsions(options);
    this.#news = new MembershipNews({
      teller: (person) => {
        const read = options.memberships.reading(person);
        return (room, hidden) =>
          this.#try(() => {
            if (hidden && read(room) === undefined) {
              return this.#expulsions.expel({ type: "expel", person, room });
            }
            this.#tellMembership(person, room, read);
          });
      },
      isHere: (person) => options.clients.isHere(person),
    });
  }

  /** Cancels the lines not yet sent. */
  close(): void {
    this.#news.close();
    this.#changeNews.close();
  }

  /** Delivers entries, in the order of the log. */
  deliver(entries: readonly LogEntry<Subscriber>[]): void {
    let rooms = new Map<string, MessageEntry[]>();
    let outcomes: Outcome[] = [];
    for (const entry of entries) {
      if (entry.type === "effects" && entry.effects.every(isLate)) {
        for (const effect of entry.effects) this.#try(() => this.#apply(effect));
        continue;
      }
      if (entry.type === "effects" || entry.type === "answer") {
        this.#send(rooms, outcomes);
        rooms = new Map();
        outcomes = [];
        if (entry.type === "answer") this.#answer(entry);
        else for (const effect of entry.effects) this.#try(() => this.#apply(effect));
        continue;
      }
      this.#options.rooms.settleCharge(entry);
      if (entry.type === "message") getOrMake(rooms, entry.message.room, () => []).push(entry);
      else outcomes.push(entry);
    }
    this.#send(rooms, outcomes);
  }

  #answer({ origin, line, command }: Answer): void {
    this.#options.rooms.settleMade(origin, line);
    this.#options.departures.reply(origin, line, command);
  }

  #send(batches: ReadonlyMap<string, MessageEntry[]>, outcomes: readonly Outcome[]): void {
    const { rooms, departures } = this.#options;
    const unreached: MessageEntry[][] = [];
    for (const [name, batch] of batches) {
      const [first] = batch;
      if (first !== undefined) rooms.charge(first, performance.now());
      const room = rooms.open.get(name);
      if (room === undefined) {
        unreached.push(batch);
        continue;
      }
      rooms.settle(room);
      this.deliveries += batch.length * room.size;
      try {
        if (first?.message.seq === 1) this.#begin(room);
        const delivery = room.deliver(batch, this.#fromIn(name));
        departures.dropAll(delivery.lost);
        unreached.push(delivery.unreached);
      } catch (error) {
        // They would miss these messages without knowing it; they reconnect and resume.
        for (const client of [...room.members()]) departures.fail(client, error);
        unreached.push(batch);
      }
    }
    // Last, so that a sender receives its message after those before it.
    for (const batch of unreached) for (const entry of batch) this.#acknowledge(entry);
    for (const outcome of outcomes) this.#acknowledge(outcome);
  }

  /** Makes those who are in a room members of it, which they can be since it is stored. */
  #begin(room: Room): void {
    for (const client of room.members()) {
      if (client.format === "json") this.#options.memberships.join(takerOf(client), room.name);
    }
  }

  /** Sends a draft's outcome to its sender, if the sender does not receive it as a member. */
  #acknowledge(entry: MessageEntry | Outcome): void {
    const reply = (client: Subscriber, line: ServerLine) =>
      this.#options.departures.reply(client, line);
    if (entry.type === "failed") {
      const { origin, id } = entry.draft;
      return reply(origin, { type: "error", code: "storage", message: UNKNOWN, ref: id });
    }
    if (entry.type === "refused") {
      const { draft: { origin, id }, code, reason, retry } = entry;
      const message = `Cannot send: ${reason}`;
      const about = retry === undefined ? { ref: id } : { ref: id, retry };
      return reply(origin, { type: "error", code, message, ...about });
    }
    if (entry.origin) reply(entry.origin, { type: "message", ...entry.message });
  }

  #try(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.#options.onFault(error);
    }
  }

  #apply(effect: Effect): void {
    const { clients, departures, permissions } = this.#options;
    // Whatever becomes of the effect: what is remembered must not show more than is allowed.
    this.#forgetSight(effect);
    switch (effect.type) {
      case "send":
        return this.#sendTo(effect.to, effect.line);
      case "changed":
        return this.#changeNews.add(effect);
      case "expel":
        if (effect.late) return this.#news.add(effect.person, effect.room, true);
        return this.#expulsions.expel(effect);
      case "move":
        return this.#expulsions.move(effect);
      case "close":
        return this.#expulsions.close(effect);
      case "membership":
        if (effect.late) return this.#news.add(effect.person, effect.room);
        return this.#tellMembership(effect.person, effect.room);
      case "recheck":
        for (const client of [...clients.all()]) {
          departures.contain(client, () => {
            if (permissions.mayEnter(client.user.id)) return;
            departures.dismiss(client, UNINVITED);
          });
        }
        return;
      case "disconnect":
        return this.#disconnect(effect);
      case "log_out": {
        const closed = [...clients.all()].filter(({ session }) => session !== undefined);
        for (const client of closed) departures.dismiss(client, LOGGED_OUT);
        return this.#options.onLogOut?.(closed.length);
      }
      case "bar":
        for (const client of [...clients.all()]) {
          if (!effect.networks.includes(client.network)) continue;
          departures.contain(client, () => {
            if (!permissions.isKeptOut(client.user.id, client.network, permissions.now())) return;
            departures.dismiss(client, BANNED);
          });
        }
    }
  }

  /** Sends the members of a room changed messages, each to those who may see it. */
  #tellChanges(name: string, changes: readonly ChangeEffect[]): void {
    const { rooms, departures } = this.#options;
    const room = rooms.open.get(name);
    if (room === undefined) return;
    departures.containAll(() => room.members(), () => {
      this.changes += changes.length * room.size;
      departures.dropAll(room.change(changes, this.#fromIn(name)));
    });
  }

  /** Returns a function that tells the first `seq` of a room that a client may see. */
  #fromIn(room: string): (client: Subscriber) => number {
    const { permissions } = this.#options;
    return ({ user }) => permissions.viewOf(user.id, room)?.from ?? Infinity;
  }

  /** Forgets what people may see of a room in which an effect may change that. No other effect does. */
  #forgetSight(effect: Effect): void {
    const { clients, rooms } = this.#options;
    if (!("room" in effect) || effect.type === "changed") return;
    const room = rooms.open.get(effect.room);
    if (room === undefined) return;
    const all = "person" in effect ? clients.clientsOf(effect.person) : room.members();
    for (const client of all) room.forgetSight(client);
  }

  /** Closes connections of a person's browsers, and has their networks kept out if that is wanted. */
  #disconnect(effect: Extract<Effect, { type: "disconnect" }>): void {
    const { actions, clients, departures } = this.#options;
    const { person, closing, search } = effect;
    const found = clients.browsersOf(person).filter((client) => isClosed(client, effect));
    if (search !== undefined) {
      const { by, spare } = search;
      const spared = new Set([spare, ...[...clients.clientsOf(by)].map(({ network }) => network)]);
      const networks = found
        // This machine is everybody's who comes through a proxy on it.
        .filter(({ network, isBehindProxy }) => !isBehindProxy && !isLoopback(network))
        .map(({ network }) => network).filter((network) => !spared.has(network));
      if (networks.length > 0) {
        actions.banNetworks({ person, by, networks: [...new Set(networks)] });
      }
    }
    for (const client of found) departures.dismiss(client, closing);
  }

  #sendTo(to: Receivers, line: ServerLine): void {
    const { clients, rooms, departures } = this.#options;
    if (to === "everyone") return departures.dropAll(sendLine(clients.all(), line).lost);
    if ("room" in to) {
      const room = rooms.open.get(to.room);
      if (room) departures.dropAll(room.notify(line));
      if (to.people === undefined) return;
      const others = this.#clientsOf(to.people).filter((client) => !room?.has(client));
      return departures.dropAll(sendLine(others, line).lost);
    }
    const receivers = this.#clientsOf(to.people);
    departures.dropAll(sendLine(receivers, line).lost);
  }

  #clientsOf(people: readonly string[]): Subscriber[] {
    return people.flatMap((person) => [...this.#options.clients.clientsOf(person)]);
  }

  /**
   * Sends a person the present state of a membership. One that has ended again has its own effect.
   *
   * @param read Reads the membership.
   */
  #tellMembership(
    person: string,
    room: string,
    read = this.#options.memberships.reading(person),
  ): void {
    const { clients, departures, presenceSender } = this.#options;
    departures.containAll(() => clients.clientsOf(person), () => {
      presenceSender.admit(person, room);
      const receivers = [...clients.clientsOf(person)];
      const line = receivers.length > 0 && read(room);
      if (line) departures.dropAll(sendLine(receivers, line).lost);
    });
  }
}

/** Returns whether an effect may come later than what was committed with it. */
function isLate(effect: Effect): boolean {
  return "late" in effect && effect.late === true;
}

/** Returns whether an effect closes a connection of its person's browsers. */
function isClosed(
  { user, session }: Subscriber,
  { person, own, session: only, except }: Extract<Effect, { readonly type: "disconnect" }>,
): boolean {
  if (!own && only === undefined && except === undefined) return true;
  // A browser may be another person's now. A person who has taken a held name is not the one whose session it is.
  if (user.id !== person && session?.person !== person) return false;
  if (own) return true;
  return only === undefined ? (session?.id ?? "") !== except : session?.id === only;
}

const UNKNOWN = "It is not known whether the message was stored: send it again with the same id";

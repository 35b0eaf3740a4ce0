import { ActionJudge } from "./hub/action_judge.ts";
import { Channel } from "./lib/channel.ts";
import { RoomCommands } from "./hub/room_commands.ts";
import { gatherFullTurns, nextTurn } from "./lib/event_loop.ts";
import type { HubCommand } from "./hub/requests.ts";
import type { Draft, LogEntry, MessageLog } from "./hub/message_log.ts";
import type { ActionCommand, ErrorLine } from "./protocol/mod.ts";
import { editWork, REGISTRATION_WORK, ROOMS_PER_WORK, sendWork } from "./hub/event_work.ts";
import type { HubOptions } from "./hub/options.ts";
import type { Asker, Rest } from "./hub/actions.ts";
import { ACCOUNT_DELETED, BANNED, LOGGED_OUT, UNINVITED } from "./hub/effects.ts";
import { mayBeIn } from "./hub/permissions.ts";
import { Clients } from "./hub/clients.ts";
import { Departures } from "./hub/departures.ts";
import { Deliverer } from "./hub/deliverer.ts";
import type { Subscriber } from "./hub/room.ts";
import { PresenceSender } from "./hub/presence_sender.ts";
import { OpenRooms } from "./hub/open_rooms.ts";
import { StepQueue } from "./hub/step_queue.ts";
import type { SharedPresence } from "./hub/shared_presence.ts";
import { delay, MuxAsyncIterator } from "./lib/std.ts";
import { toError } from "./lib/errors.ts";
import { HOUR_MS } from "./lib/time.ts";
import { Histogram } from "./lib/histogram.ts";

type CommandEvent = Extract<HubEvent, { readonly type: "command" }>;

type HubEvent =
  | { type: "register"; client: Subscriber }
  | { type: "unregister"; client: Subscriber }
  | { type: "command"; client: Subscriber; command: HubCommand; due?: Due };

/** Why a command is taken again: it has waited for the turn of its person, or this is the rest of it. */
type Due = true | Rest;

/** The input of one step of the hub's loop. */
type Batch =
  | { type: "events"; events: HubEvent[] }
  | { type: "entries"; entries: LogEntry<Subscriber>[] }
  /** Changes wait in the presence. */
  | { type: "presence" };

/** The most events that may wait in the hub's inbox. */
const INBOX_EVENTS = 1 << 17;

/**
 * The requests of one step of the loop, their time in ms, and the rest after it: a storm of requests must not
 * delay messages. A large page of history takes about 1 ms, so that a message waits for a few of them.
 */
const STEP = { limit: 64, ms: 4, rest: 1 };

/** The time after {@linkcode Hub.close} in which deferred events still have their turns, in ms. */
const LAST_MS = 500;

/**
 * The hub keeps the members of each room, and sends every message to all members, the sender included,
 * in one order.
 *
 * Registrations and commands arrive through one channel and are handled by one loop, so they have one order
 * and the state needs no lock. All messages that arrive in a turn of the event loop are one batch for the log.
 * The hub broadcasts only what the log returns, committed and in order: one frame for each room and format,
 * shared by all members. The busier the hub, the cheaper a message. Presence works in the same way: the hub
 * sends only what the presence returns. It does not know whether the log and the presence belong to one
 * server or to several.
 */
export class Hub {
  /** The durations of the loop's steps, in seconds. */
  readonly stepSeconds = new Histogram([0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3]);
  readonly #log: MessageLog<Subscriber>;
  readonly #options: HubOptions;
  readonly #inbox = new Channel<HubEvent>({ capacity: INBOX_EVENTS, resume: nextTurn });
  readonly #presence: SharedPresence;
  readonly #clients: Clients;
  readonly #seeing: ReturnType<typeof setInterval>;
  readonly #rooms: OpenRooms;
  readonly #departures: Departures;
  readonly #presenceSender: PresenceSender;
  readonly #deliverer: Deliverer;
  readonly #roomCommands: RoomCommands;
  readonly #actionJudge: ActionJudge;
  readonly #steps = new StepQueue<HubEvent>({
    ...STEP,
    workOf: (event) => this.#workOf(event),
    isLast: ({ type }) => type === "unregister",
    isDroppable: ({ type }) => type === "command",
  });
  /** The time at which the loop ends, whatever waits, in ms. */
  #endsAt = Infinity;

  constructor(options: HubOptions) {
    const { log, presence, memberships, permissions, maxRooms, onFault = () => {} } = options;
    this.#log = log;
    this.#presence = presence;
    this.#options = options;
    const see = (person: string) => memberships.see(person);
    this.#clients = new Clients(see);
    this.#seeing = setInterval(() => this.#clients.ids().forEach(see), HOUR_MS);
    this.#rooms = new OpenRooms({
      presence,
      maxRooms,
      onChanges: (room) => this.#presenceSender.send(room),
    });
    const parts = { clients: this.#clients, rooms: this.#rooms, onFault };
    const departures = this.#departures = new Departures(parts);
    this.#presenceSender = new PresenceSender({
      presence,
      clients: this.#clients,
      rooms: this.#rooms.open,
      mayBeIn: (person, room) => mayBeIn(permissions, person, room),
      contain: (room, work) =>
        departures.containAll(() => this.#rooms.open.get(room)?.members() ?? [], work),
      drop: (lost) => departures.dropAll(lost),
    });
    const presenceSender = this.#presenceSender;
    this.#deliverer = new Deliverer({ ...options, ...parts, departures, presenceSender });
    this.#actionJudge = new ActionJudge({ ...options, ...parts });
    this.#roomCommands = new RoomCommands({ ...options, ...parts, departures, presenceSender });
  }

  /** The number of registered clients. */
  get size(): number {
    return this.#clients.size;
  }

  /** The number of occupied rooms. */
  get roomCount(): number {
    return this.#rooms.open.size;
  }

  /** The number of people who have a registered client. */
  get peopleCount(): number {
    return this.#clients.people;
  }

  /** The number of messages delivered, counted once for each member. */
  get deliveries(): number {
    return this.#deliverer.deliveries;
  }

  /** The number of changed messages delivered, counted once for each member. */
  get changeDeliveries(): number {
    return this.#deliverer.changes;
  }

  /** The number of events that wait: those that arrived in this turn, and those deferred to a later step. */
  get waiting(): number {
    return this.#inbox.size + this.#steps.waiting;
  }

  /** True once {@linkcode close} was called. */
  get closed(): boolean {
    return this.#inbox.closed;
  }

  /** Registers a client. Returns false if the hub is closed or its inbox is full. */
  register(client: Subscriber): boolean {
    return this.#inbox.trySend({ type: "register", client });
  }

  /** Removes a client from all rooms, and then releases it. Does nothing if it is not registered. */
  unregister(client: Subscriber): void {
    if (this.#inbox.trySend({ type: "unregister", client })) return;
    this.#departures.release(client);
  }

  /** Hands over a client's command. Returns false if the hub is closed or its inbox is full. */
  command(client: Subscriber, command: HubCommand): boolean {
    return this.#inbox.trySend({ type: "command", client, command });
  }

  /**
   * Stops accepting events. {@linkcode run} handles those that wait, for a short time if some are deferred, then drains
   * every client.
   */
  close(): void {
    this.#endsAt = Math.min(this.#endsAt, performance.now() + LAST_MS);
    this.#inbox.close();
  }

  /** Runs the hub's loop. Resolves after {@linkcode close}; the log and the presence are then disposed. */
  async run(): Promise<void> {
    const batches = new MuxAsyncIterator<Batch>();
    batches.add(this.#events());
    batches.add(this.#entries());
    batches.add(this.#presenceChanges());
    for await (const batch of batches) {
      const start = performance.now();
      this.#step(batch);
      this.stepSeconds.record((performance.now() - start) / 1000);
    }
    clearInterval(this.#seeing);
    this.#presenceSender.close();
    this.#deliverer.close();
    this.#rooms.close();
    const late = [...this.#steps.drop(), ...this.#inbox.take()];
    const strangers = late.filter(({ type }) => type === "register").map(({ client }) => client);
    this.#departures.drainAll(strangers);
  }

  /** Handles a batch. A fault that no client is ended for must not end the loop, and with it the chat. */
  #step(batch: Batch): void {
    try {
      if (batch.type === "events") this.#handle(batch.events);
      else if (batch.type === "entries") this.#deliverer.deliver(batch.entries);
      else this.#presenceSender.apply();
    } catch (error) {
      this.#options.onFault?.(error);
    }
  }

  async *#events(): AsyncGenerator<Batch> {
    while (this.#steps.waiting > 0 || await this.#inbox.wait()) {
      if (performance.now() >= this.#endsAt) break;
      // A timer lets the runtime look at its sockets, which nothing else does while events wait.
      if (this.#steps.waiting > 0) await delay(0);
      await gatherFullTurns(this.#inbox);
      yield { type: "events", events: this.#inbox.take() };
    }
    await this.#log[Symbol.asyncDispose]();
    await this.#presence[Symbol.asyncDispose]();
  }

  async *#entries(): AsyncGenerator<Batch> {
    for await (const entries of this.#log.entries) yield { type: "entries", entries };
  }

  async *#presenceChanges(): AsyncGenerator<Batch> {
    while (await this.#presence.changes.wait()) yield { type: "presence" };
  }

  #handle(events: HubEvent[]): void {
    const drafts: Draft<Subscriber>[] = [];
    for (const event of this.#steps.take(events)) {
      if (event.type === "unregister") this.#departures.release(event.client);
      else this.#try(event, drafts);
    }
    if (drafts.length > 0) this.#append(drafts);
  }

  #append(drafts: Draft<Subscriber>[]): void {
    try {
      this.#log.append(drafts);
    } catch (thrown) {
      const error = toError(thrown);
      this.#deliverer.deliver(drafts.map((draft) => ({ type: "failed", draft, error })));
      throw error;
    }
  }

  /** Handles an event that asks for rights, which the disk may fail to tell: only its client then ends. */
  #try(event: Exclude<HubEvent, { type: "unregister" }>, drafts: Draft<Subscriber>[]): void {
    const { client } = event;
    try {
      if (event.type === "register") this.#register(client);
      // A client that was dropped meanwhile needs no reply.
      else if (this.#clients.has(client)) this.#dispatch(event, drafts);
    } catch (error) {
      this.#departures.refuse(client, error);
    }
  }

  /** Returns the work of an event, in requests. */
  #workOf(event: HubEvent): number {
    if (event.type === "register") return REGISTRATION_WORK;
    if (event.type === "unregister") {
      return (this.#clients.rooms(event.client)?.size ?? 0) / ROOMS_PER_WORK;
    }
    const { client, command } = event;
    if (command.type === "typing") return 0;
    const work = command.type === "send"
      ? sendWork(command, this.#options.isRateLimited ?? true)
      : command.type === "edit"
      ? editWork(command)
      : 1;
    // What a client that has ended left is only forgotten.
    return work > 0 && this.#clients.has(client) ? work : 0;
  }

  #dispatch(event: CommandEvent, drafts: Draft<Subscriber>[]): void {
    const { client, command } = event;
    switch (command.type) {
      case "send":
      case "typing":
        client.taken?.();
        return this.#roomCommands.handle(client, command, drafts);
      case "join":
      case "leave":
      case "history":
      case "rooms":
        return this.#roomCommands.handle(client, command, drafts);
      default:
        return this.#act(client, command, event.due);
    }
  }

  /** Performs a command that the state answers, or takes it again when it is its person's turn: as work of that step. */
  #act(client: Subscriber, command: ActionCommand, due?: Due): void {
    if (typeof due === "function") return this.#goOn(client, command, due());
    const { actions } = this.#options;
    const refusal = this.#actionJudge.judge(client, command);
    if (refusal !== undefined) return this.#departures.reply(client, refusal, command);
    const turn = due ? undefined : actions.turn(command, client.user.id);
    if (turn === undefined) {
      const excess = this.#actionJudge.charge(client, command);
      if (excess !== undefined) return this.#departures.reply(client, excess, command);
      return this.#goOn(client, command, actions.handle(command, askerOf(client)));
    }
    const refuse = () => this.#departures.reply(client, tooManyWait(command.id), command);
    turn.then(() => this.#takeAgain(client, command, true), refuse);
  }

  /** Leaves the rest of a command for another turn of its client: other clients have theirs before. */
  #goOn(client: Subscriber, command: ActionCommand, rest: Rest | undefined): void {
    if (rest !== undefined) this.#takeAgain(client, command, rest);
  }

  #takeAgain(client: Subscriber, command: ActionCommand, due: Due): void {
    const isTaken = this.#inbox.trySend({ type: "command", client, command, due });
    // A hub that is closed ends its clients, which then know that there is no answer.
    if (!isTaken && !this.closed) this.#departures.reply(client, tooManyWait(command.id), command);
  }

  /** Adds a client. What is committed from now on concerns it; a ban, or the end of its session, before that is seen here. */
  #register(client: Subscriber): void {
    // Of those who reconnect all the time hundreds may wait, and the greeting of each takes some milliseconds.
    if (client.left) return;
    const { permissions } = this.#options;
    const people = [client.user.id, ...client.aliases ?? []];
    if (people.some((person) => permissions.isBanned(person))) return client.dismiss(BANNED);
    if (permissions.isKeptOut(client.user.id, client.network, permissions.now())) {
      return client.dismiss(BANNED);
    }
    if (permissions.isDeleted(client.user.id)) return client.dismiss(ACCOUNT_DELETED);
    if (!permissions.mayEnter(client.user.id)) return client.dismiss(UNINVITED);
    if (client.session && !permissions.isLoggedIn(client.session)) {
      return client.dismiss(LOGGED_OUT);
    }
    if (client.proof && !permissions.isProven(client.proof)) return client.dismiss(LOGGED_OUT);
    this.#clients.add(client);
    client.welcome();
    if (client.format === "plain") return;
    const { memberships } = this.#options;
    const ignored = memberships.readIgnored(client.user.id);
    if (ignored) this.#departures.reply(client, ignored);
    for (const line of memberships.readAll(client.user.id)) this.#departures.reply(client, line);
  }
}

/** Says who a client is to the state. */
function askerOf(client: Subscriber): Asker<Subscriber> {
  const { user, session, network } = client;
  const asker = { person: user.id, origin: client, network };
  return session?.person === user.id ? { ...asker, session: session.id } : asker;
}

/** The time after which a person of whom too many commands wait may try again, in ms. */
const CROWD_MS = 10_000;

/** Makes the error for a command that can't wait for its turn, because too many of its person do. */
function tooManyWait(id: string | undefined): ErrorLine {
  const message = "Too fast: too many commands of yours are waiting";
  const about = id === undefined ? {} : { ref: id };
  return { type: "error", code: "rate_limited", message, ...about, retry: CROWD_MS };
}

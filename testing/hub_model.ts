/**
 * The real hub and log, clients in this process, and a model of what each action must result in.
 *
 * @module
 */
import { setImmediate } from "node:timers";
import { nextTurn } from "../lib/event_loop.ts";
import { Hub } from "../hub.ts";
import type { Message, User } from "../protocol/mod.ts";
import type { Subscriber } from "../hub/room.ts";
import { LocalPresence } from "../hub/local_presence.ts";
import { LocalLog } from "../state/local_log.ts";
import { openLocalState } from "../state/local.ts";
import { SmallEvents } from "../state/small_events.ts";
import { StateActions } from "../state/actions.ts";
import { StateMessages } from "../state/messages.ts";
import { assert, assertEquals } from "./assert.ts";
import { type Change, InProcessClient, type ModelContext } from "./in_process_client.ts";
import { FakeTimers } from "./fake_timers.ts";
import { DeliveryChecker } from "./delivery_checker.ts";

/** The rooms of a {@linkcode HubModel}. */
export const ROOMS: readonly string[] = ["red", "green", "blue"];
/** The number of people; each is connected once at the start. */
export const PEOPLE = 3;
const MAX_ROOMS_PER_CLIENT = 2;
/** The steps that are waited for answers once the hub has nothing to do; without them, a lost one would stop the test. */
const STEPS = 10;

/** Something that happens. `who` counts among the connected clients, from the newest. */
export type Action =
  | { do: "connect"; person: number }
  /** A client that was dropped reconnects as the same person and remembers what it saw. */
  | { do: "reconnect" }
  | { do: "drop"; who: number }
  /** `from` counts from what was seen; without it the room is entered afresh. */
  | { do: "join"; who: number; room: string; from?: number | undefined }
  | { do: "leave"; who: number; room: string }
  | { do: "send"; who: number; room: string; id: string; copies: number }
  | { do: "change"; who: number; room: string } & Pick<Change, "what" | "back" | "on">
  /** More than one reply can have. */
  | { do: "flood"; who: number; room: string }
  | { do: "rename"; person: number; name: string }
  | { do: "turn" }
  | { do: "pause"; ms: number }
  | { do: "settle" }
  | { do: "restart" }
  /** The disk accepts no writes until "mend". */
  | { do: "break" }
  | { do: "mend" };

/** A hub and its log, people, and what must be in the log. Timers go off in pauses only. */
export class HubModel implements AsyncDisposable, ModelContext {
  readonly checker = new DeliveryChecker();
  readonly maxRoomsPerClient = MAX_ROOMS_PER_CLIENT;
  /** The stored messages of each room, in order: the author and the id of each. */
  readonly stored = new Map<string, string[]>(ROOMS.map((room) => [room, []]));
  broken = false;
  failure: unknown;
  readonly #timers = new FakeTimers();
  readonly #store = openLocalState<Subscriber>({ path: ":memory:", sync: "full" });
  readonly #users: User[] = Array.from(
    { length: PEOPLE },
    (_, i) => ({ id: `p${i}`, name: `guest-${i}` }),
  );
  #hub: Hub;
  #run: Promise<void>;
  #log: StateMessages<Subscriber>;
  #small: SmallEvents;
  #presence: LocalPresence;
  #connections: InProcessClient[] = [];
  #lost: InProcessClient[] = [];
  #floods = 0;
  #changes = 0;

  /** Calls `note` with the kind of each thing that happens. */
  constructor(readonly note: (kind: string) => void) {
    [this.#log, this.#small, this.#presence, this.#hub, this.#run] = this.#start();
    for (let person = 0; person < PEOPLE; person++) this.#connect(person);
  }

  get hub(): Hub {
    return this.#hub;
  }

  user(person: number): User {
    const user = this.#users[person];
    assert(user !== undefined);
    return user;
  }

  /** Performs an action; most of it is handled only later. */
  async take(action: Action): Promise<void> {
    const connection = "who" in action
      ? this.#connections.at(-1 - action.who % Math.max(1, this.#connections.length))
      : undefined;
    switch (action.do) {
      case "connect":
        return this.#connect(action.person);
      case "reconnect": {
        const former = this.#lost.shift();
        return former && this.#connect(former.person, former);
      }
      case "drop":
        return connection && this.#drop(connection);
      case "join":
        return connection?.join(action.room, action.from);
      case "leave":
        return connection?.command({ type: "leave", room: action.room });
      case "send":
        for (let i = 0; i < action.copies; i++) connection?.send(action.room, action.id);
        return;
      case "change":
        return connection?.change(action.room, { ...action, id: `c${this.#changes++}` });
      case "flood":
        for (let i = 0; i < 220; i++) connection?.send(action.room, `f${this.#floods++}`);
        return;
      case "rename": {
        const { id, name: was } = this.user(action.person);
        const user = { id, name: action.name };
        this.#users[action.person] = user;
        return this.#presence.rename(user, was);
      }
      case "turn":
        return await turn();
      case "pause":
        await turn();
        return this.#timers.pass(action.ms);
      case "settle":
        return await this.#settle();
      case "restart":
        return await this.#restart();
      case "break":
      case "mend":
        await this.#settle();
        this.broken = action.do === "break";
        this.#store.state.database.db.exec(`pragma query_only = ${this.broken}`);
    }
  }

  /** Waits for silence and compares what everyone knows with what is so. */
  async conclude(): Promise<void> {
    await this.take({ do: "mend" });
    // A command that is stored late is answered later still.
    for (let round = this.#changes === 0 ? 2 : 0; round < 3; round++) {
      await this.#settle();
      this.#timers.pass(10_000);
    }
    await this.#settle();
    assert(this.#log.healthy);
    const logged = new Map<string, Message[]>();
    for (const [room, expected] of this.stored) {
      const { messages } = await this.#log.read({ room, after: 0, limit: 1e6, bytes: 1e9 });
      for (const message of messages) this.checker.see(message);
      assertEquals(messages.map(({ seq }) => seq), messages.map((_, i) => i + 1));
      assertEquals(messages.map(({ user, id }) => `${user.id} ${id}`), expected);
      logged.set(room, messages);
    }
    for (const connection of this.#connections) {
      connection.conclude((room) => ({
        last: logged.get(room)?.length ?? 0,
        rev: Math.max(0, ...logged.get(room)?.map(({ rev = 0 }) => rev) ?? []),
        members: new Map(
          this.#connections.filter(({ rooms }) => rooms.has(room))
            .map(({ user: { id, name } }) => [id, name]),
        ),
      }));
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#close();
    this.#store[Symbol.dispose]();
    this.#timers[Symbol.dispose]();
  }

  #start(): [StateMessages<Subscriber>, SmallEvents, LocalPresence, Hub, Promise<void>] {
    const { state, links, markers, memberships, permissions } = this.#store;
    const { db } = state.database;
    const events = LocalLog.open(state);
    const log = new StateMessages<Subscriber>(state, events);
    const small = new SmallEvents(events, (outcomes) => log.deliver(outcomes));
    const actions = new StateActions<Subscriber>({
      ...{ db, permissions, links, markers, events: small, messages: log },
    });
    const presence = new LocalPresence();
    const limits = { maxRooms: 100, maxRoomsPerClient: MAX_ROOMS_PER_CLIENT };
    const parts = { log, actions, memberships, permissions, presence };
    const hub = new Hub({ store: "s1", ...parts, ...limits });
    return [log, small, presence, hub, hub.run()];
  }

  #connect(person: number, former?: InProcessClient): void {
    const connection = new InProcessClient(this, person, former);
    this.#connections.push(connection);
    this.#hub.register(connection);
  }

  #drop(connection: InProcessClient): void {
    connection.end();
    this.#hub.unregister(connection);
    this.#connections = this.#connections.filter((other) => other !== connection);
    this.#lost.push(connection);
  }

  async #restart(): Promise<void> {
    this.note("restarted");
    await this.#close();
    this.#lost.push(...this.#connections);
    this.#connections = [];
    [this.#log, this.#small, this.#presence, this.#hub, this.#run] = this.#start();
  }

  async #close(): Promise<void> {
    this.#small[Symbol.dispose]();
    let closed = false;
    const end = this.#run.finally(() => closed = true);
    this.#hub.close();
    while (!closed) await this.#wait();
    await end;
    // Commands handled while the hub closed are stored before the next hub begins, as when a process ends.
    this.#small[Symbol.dispose]();
  }

  /** Like {@linkcode wait}; and the hub's timers of no time, which let others be read, go off. */
  async #wait(): Promise<void> {
    await wait();
    this.#timers.pass(0);
  }

  /** Resolves when nothing is under way any more, timers aside. */
  async #settle(): Promise<void> {
    let idle: boolean;
    let patience = STEPS;
    do {
      // The hub defers commands and departures to a later step, and the probe overtakes them.
      const isBusy = this.#hub.waiting > 0;
      idle = !isBusy && this.#connections.every(({ idle }) => idle) &&
        (this.#connections.every(({ answered }) => answered) || patience-- === 0);
      let handled = false;
      const probe = new Probe(() => handled = true);
      this.#hub.register(probe);
      this.#hub.unregister(probe);
      while (!handled) await this.#wait();
      // Events appended in the same turn have come back after one more.
      await this.#wait();
      if (this.failure !== undefined) throw this.failure;
    } while (!idle);
  }
}

/** A subscriber that is registered and unregistered to learn that the hub has come so far. */
class Probe implements Subscriber {
  readonly format = "json";
  readonly network = "192.0.2.1";
  readonly user: User = { id: "probe", name: "probe" };
  readonly release: () => void;

  constructor(release: () => void) {
    this.release = release;
  }

  offer(): boolean {
    return true;
  }

  reply(): boolean {
    return true;
  }

  welcome(): void {}

  drop(): void {}

  dismiss(): void {}

  fail(): void {}

  drain(): void {}
}

/** Resolves when all that could be done has been done: later than a message port, sooner than a timer. */
function wait(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

function turn(): Promise<void> {
  return new Promise(nextTurn);
}

/**
 * The real hub and log, clients in this process, and a model of what must become of all that they do.
 *
 * @module
 */
import { setImmediate } from "node:timers";
import { nextTurn } from "../lib/channel.ts";
import { Hub } from "../hub.ts";
import type { Message, User } from "../protocol/mod.ts";
import type { Subscriber } from "../hub/room.ts";
import { LocalPresence } from "../hub/shared_presence.ts";
import { SqliteLog } from "../sqlite/message_log.ts";
import { openStore } from "../sqlite/database.ts";
import { assert, assertEquals } from "./assert.ts";
import { InProcessClient, type Surroundings } from "./in_process_client.ts";
import { FakeTimers } from "./fake_timers.ts";
import { Ledger } from "./delivery_checker.ts";

/** The rooms of a {@linkcode World}. */
export const ROOMS: readonly string[] = ["red", "green", "blue"];
/** How many people it has; each is connected once at the start. */
export const PEOPLE = 3;
const MAX_ROOMS_PER_CLIENT = 2;

/** What may happen. `who` counts among those connected, from the newest. */
export type Action =
  | { do: "connect"; person: number }
  /** One that was dropped comes back as the same person and remembers what it saw. */
  | { do: "reconnect" }
  | { do: "drop"; who: number }
  /** `from` counts from what was seen; without it the room is entered afresh. */
  | { do: "join"; who: number; room: string; from?: number | undefined }
  | { do: "leave"; who: number; room: string }
  | { do: "send"; who: number; room: string; id: string; copies: number }
  /** More than one reply can have. */
  | { do: "flood"; who: number; room: string }
  | { do: "rename"; person: number; name: string }
  | { do: "turn" }
  | { do: "pause"; ms: number }
  | { do: "settle" }
  | { do: "restart" }
  /** From here to "mend" the disk takes nothing. */
  | { do: "break" }
  | { do: "mend" };

/** A hub and its log, people, and what must be in the log. Timers go off in pauses only. */
export class World implements AsyncDisposable, Surroundings {
  readonly ledger = new Ledger();
  readonly maxRoomsPerClient = MAX_ROOMS_PER_CLIENT;
  /** What is stored in each room, in order: whose, and under which id. */
  readonly stored = new Map<string, string[]>(ROOMS.map((room) => [room, []]));
  broken = false;
  failure: unknown;
  readonly #timers = new FakeTimers();
  readonly #store = openStore({ path: ":memory:", sync: "full" });
  readonly #users: User[] = Array.from(
    { length: PEOPLE },
    (_, i) => ({ id: `p${i}`, name: `guest-${i}` }),
  );
  #hub: Hub;
  #run: Promise<void>;
  #log: SqliteLog<Subscriber>;
  #presence: LocalPresence;
  #connections: InProcessClient[] = [];
  #lost: InProcessClient[] = [];
  #floods = 0;

  /** `note` is told the kind of each thing that happens. */
  constructor(readonly note: (kind: string) => void) {
    [this.#log, this.#presence, this.#hub, this.#run] = this.#start();
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

  /** Lets something happen; most of it is handled only later. */
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
        this.#store.db.exec(`pragma query_only = ${this.broken}`);
    }
  }

  /** Waits for silence and compares what everyone knows with what is so. */
  async conclude(): Promise<void> {
    await this.take({ do: "mend" });
    await this.#settle();
    this.#timers.pass(10_000);
    await this.#settle();
    assert(this.#log.healthy);
    const logged = new Map<string, Message[]>();
    for (const [room, expected] of this.stored) {
      const { messages } = await this.#log.read({ room, after: 0, limit: 1e6, bytes: 1e9 });
      for (const message of messages) this.ledger.see(message);
      assertEquals(messages.map(({ seq }) => seq), messages.map((_, i) => i + 1));
      assertEquals(messages.map(({ user, id }) => `${user.id} ${id}`), expected);
      logged.set(room, messages);
    }
    for (const connection of this.#connections) {
      connection.conclude((room) => ({
        last: logged.get(room)?.length ?? 0,
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

  #start(): [SqliteLog<Subscriber>, LocalPresence, Hub, Promise<void>] {
    const log = new SqliteLog<Subscriber>(this.#store);
    const presence = new LocalPresence();
    const limits = { maxRooms: 100, maxRoomsPerClient: MAX_ROOMS_PER_CLIENT };
    const hub = new Hub({ log, presence, ...limits });
    return [log, presence, hub, hub.run()];
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
    [this.#log, this.#presence, this.#hub, this.#run] = this.#start();
  }

  async #close(): Promise<void> {
    let closed = false;
    const end = this.#run.finally(() => closed = true);
    this.#hub.close();
    while (!closed) await this.#wait();
    await end;
  }

  /** Like {@linkcode wait}; and the hub's timers of no time, which let others be read, go off. */
  async #wait(): Promise<void> {
    await wait();
    this.#timers.pass(0);
  }

  /** Resolves when nothing is under way any more, timers aside. */
  async #settle(): Promise<void> {
    let idle: boolean;
    do {
      idle = this.#connections.every(({ idle }) => idle);
      let handled = false;
      const probe = new Probe(() => handled = true);
      this.#hub.register(probe);
      this.#hub.unregister(probe);
      while (!handled) await this.#wait();
      // What was appended in the same turn has come back after one more.
      await this.#wait();
      if (this.failure !== undefined) throw this.failure;
    } while (!idle);
  }
}

/** Registered and unregistered, it tells when the hub has come so far. */
class Probe implements Subscriber {
  readonly format = "json";
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

  drop(): void {}

  drain(): void {}
}

/** Resolves when all that could be done has been done: later than a message port, sooner than a timer. */
function wait(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

function turn(): Promise<void> {
  return new Promise(nextTurn);
}

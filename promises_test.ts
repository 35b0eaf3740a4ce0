/** The promises of a room, over random interleavings on the real hub and log. */
import { setImmediate } from "node:timers";
import fc from "fast-check";
import { nextTurn } from "./channel.ts";
import { type Format, type Frame, frameOfLine } from "./formats.ts";
import { Hub, type HubCommand } from "./hub.ts";
import { type Message, parseLine, type ServerLine, type User } from "./protocol.ts";
import type { Subscriber } from "./room.ts";
import { SqliteLog } from "./sqlite_log.ts";
import { openStore } from "./store.ts";
import { assert, assertEquals } from "./testing/assert.ts";
import { FakeTimers } from "./testing/timers.ts";
import { Ledger, RoomView } from "./testing/witness.ts";

const RUNS = Number(Deno.env.get("HUBBUB_PROPERTY_RUNS") ?? 600);
const ROOMS = ["red", "green", "blue"];
const MAX_ROOMS_PER_CLIENT = 2;
const PEOPLE = 3;

/** What may happen. `who` counts among those connected, from the newest. */
type Action =
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

const who = fc.nat({ max: 5 });
const room = fc.constantFrom(...ROOMS);
const person = fc.nat({ max: PEOPLE - 1 });
const just = <T extends Action["do"]>(name: T) => fc.constant({ do: name });

const action: fc.Arbitrary<Action> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ do: fc.constant("connect"), person }) },
  { weight: 3, arbitrary: just("reconnect") },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("drop"), who }) },
  {
    weight: 12,
    arbitrary: fc.record({
      do: fc.constant("join"),
      who,
      room,
      from: fc.constantFrom(undefined, undefined, 0, 0, -1, -3, 3, -1000),
    }),
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constant("leave"), who, room }) },
  {
    weight: 16,
    arbitrary: fc.record({
      do: fc.constant("send"),
      who,
      room,
      id: fc.constantFrom(..."abcdefgh"),
      copies: fc.integer({ min: 1, max: 2 }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("flood"), who, room }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant("rename"),
      person,
      name: fc.constantFrom("Ann", "Bob", "Cy"),
    }),
  },
  { weight: 8, arbitrary: just("turn") },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("pause"), ms: fc.constantFrom(50, 250) }) },
  { weight: 2, arbitrary: just("settle") },
  { weight: 1, arbitrary: just("restart") },
  { weight: 1, arbitrary: just("break") },
  { weight: 2, arbitrary: just("mend") },
);

const red = { room: "red" };
const enter: Action = { do: "join", who: 0, ...red };

/** What is tried each time: interleavings that are rare and once went wrong. */
const EXAMPLES: Action[][] = [
  // Who enters is shown somebody who leaves before anyone is told.
  [{ do: "join", who: 1, ...red }, enter, { do: "leave", who: 0, ...red }],
  // Somebody takes another name between leaving and coming back.
  [
    ...[{ do: "join", who: 1, ...red }, enter, { do: "settle" }, { do: "pause", ms: 250 }] as const,
    { do: "leave", who: 0, ...red },
    { do: "rename", person: PEOPLE - 1, name: "Ann" },
    enter,
  ],
  // An id comes twice in the batch that stores it, behind another message.
  [
    enter,
    { do: "settle" },
    { do: "send", who: 0, ...red, id: "a", copies: 1 },
    { do: "send", who: 0, ...red, id: "b", copies: 2 },
  ],
  // The sender enters again before what was stored is told.
  [
    enter,
    { do: "settle" },
    { do: "send", who: 0, ...red, id: "a", copies: 1 },
    { do: "turn" },
    enter,
  ],
];

/** How often each thing was seen, so that a test that tries nothing can't pass. */
const seen = new Map<string, number>();

Deno.test("the promises hold whatever is joined, left, sent, dropped, resumed, renamed and broken", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(action, { minLength: 5, maxLength: 80, size: "max" }),
      async (actions) => {
        await using world = new World();
        for (const action of actions) await world.take(action);
        await world.conclude();
      },
    ),
    { numRuns: RUNS, examples: EXAMPLES.map((actions) => [actions]) },
  );
  const kinds = "joined left message again history presence renamed not_joined too_many storage " +
    "resumed restarted";
  for (const kind of kinds.split(" ")) {
    assert((seen.get(kind) ?? 0) >= RUNS / 50, `${kind} was seen ${seen.get(kind) ?? 0} times`);
  }
});

function note(kind: string): void {
  seen.set(kind, (seen.get(kind) ?? 0) + 1);
}

/** The hub and its log, the people, and what must be in the log. */
class World implements AsyncDisposable {
  readonly ledger = new Ledger();
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
  #connections: Connection[] = [];
  #lost: Connection[] = [];
  #floods = 0;

  constructor() {
    [this.#log, this.#hub, this.#run] = this.#start();
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
        return this.#hub.renamed(user, was);
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
    this.#hub.close();
    await this.#run;
    this.#store[Symbol.dispose]();
    this.#timers[Symbol.dispose]();
  }

  #start(): [SqliteLog<Subscriber>, Hub, Promise<void>] {
    const log = new SqliteLog<Subscriber>(this.#store);
    const hub = new Hub(log, { maxRooms: 100, maxRoomsPerClient: MAX_ROOMS_PER_CLIENT });
    return [log, hub, hub.run()];
  }

  #connect(person: number, former?: Connection): void {
    const connection = new Connection(this, person, former);
    this.#connections.push(connection);
    this.#hub.register(connection);
  }

  #drop(connection: Connection): void {
    connection.end();
    this.#hub.unregister(connection);
    this.#connections = this.#connections.filter((other) => other !== connection);
    this.#lost.push(connection);
  }

  async #restart(): Promise<void> {
    note("restarted");
    this.#hub.close();
    await this.#run;
    this.#lost.push(...this.#connections);
    this.#connections = [];
    [this.#log, this.#hub, this.#run] = this.#start();
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
      while (!handled) await wait();
      // What was appended in the same turn has come back after one more.
      await wait();
      if (this.failure !== undefined) throw this.failure;
    } while (!idle);
  }
}

/** A client that waits for one answer before it goes on, as the read pump does. */
class Connection implements Subscriber {
  readonly format: Format = "json";
  readonly person: number;
  /** Where it is, by the commands that were handed to the hub. */
  readonly rooms = new Set<string>();
  readonly #world: World;
  readonly #views: Map<string, RoomView>;
  /** What was not yet handed to the hub. */
  #waiting: (() => HubCommand)[] = [];
  /** The answer that it waits for before it goes on. */
  #asking: string | undefined;
  /** The answers to come, in order. */
  readonly #answers: string[] = [];
  /** The `after` of the `join` that is being answered. */
  #after: number | undefined;
  readonly #sent = new Set<string>();
  /** The messages of which it does not yet know what became. */
  readonly #unsettled = new Set<string>();
  #ended = false;

  constructor(world: World, person: number, former?: Connection) {
    this.#world = world;
    this.person = person;
    this.#views = former === undefined
      ? new Map(ROOMS.map((room) => [room, new RoomView(world.ledger, room)]))
      : former.#views;
  }

  get user(): User {
    return this.#world.user(this.person);
  }

  get idle(): boolean {
    return this.#waiting.length === 0 && this.#asking === undefined;
  }

  join(room: string, from?: number): void {
    this.#enqueue(() => {
      if (from === undefined) return { type: "join", room };
      if (this.#view(room).seen > 0) note("resumed");
      return { type: "join", room, after: Math.max(0, this.#view(room).seen + from) };
    });
  }

  send(room: string, id: string): void {
    this.command({ type: "send", room, id, text: `${id} of ${this.person}` });
  }

  command(command: HubCommand): void {
    this.#enqueue(() => command);
  }

  offer(frame: Frame): boolean {
    for (const text of frame.text.split("\n")) {
      const line = parseLine(text);
      try {
        assert(line !== undefined, text);
        if (!this.#ended) this.#read(line);
      } catch (error) {
        this.#world.failure ??= error;
      }
    }
    return true;
  }

  reply(line: ServerLine): boolean {
    const frame = frameOfLine(line, "json");
    return frame !== undefined && this.offer(frame);
  }

  release(): void {
    if (!this.#ended) this.#world.failure ??= new Error("It was taken out without asking");
  }

  drop(): void {
    this.#world.failure ??= new Error("It was dropped");
  }

  drain(): void {
    this.end();
  }

  /** The connection is no more. */
  end(): void {
    this.#ended = true;
    this.#waiting = [];
    for (const view of this.#views.values()) view.leave();
  }

  conclude(truth: (room: string) => { last: number; members: Map<string, string> }): void {
    assertEquals(this.#answers, []);
    assertEquals([...this.#unsettled], []);
    for (const [room, view] of this.#views) {
      assertEquals(view.current, this.rooms.has(room));
      if (!view.current) continue;
      const { last, members } = truth(room);
      assertEquals(view.seen, last);
      assertEquals([...view.members].sort(), [...members].sort());
    }
  }

  #enqueue(command: () => HubCommand): void {
    this.#waiting.push(command);
    this.#pump();
  }

  #pump(): void {
    while (this.#asking === undefined) {
      const command = this.#waiting.shift()?.();
      if (command === undefined || this.#world.hub.closed) return;
      this.#foresee(command);
      if (command.type === "join" || command.type === "history") {
        this.#asking = this.#answers.at(-1);
      }
      this.#world.hub.command(this, command);
    }
  }

  /** Notes what must come of a command: the hub handles all in the order in which they are given. */
  #foresee(command: HubCommand): void {
    if (command.type === "rooms") return;
    const { type, room } = command;
    if (type === "join") {
      this.#after = command.after;
      if (this.rooms.has(room) || this.rooms.size < MAX_ROOMS_PER_CLIENT) {
        this.rooms.add(room);
        this.#answers.push(`joined ${room}`);
      } else {
        this.#answers.push(`too_many ${room}`);
      }
    } else if (!this.rooms.has(room)) {
      this.#answers.push(`not_joined ${type === "send" ? command.id : room}`);
    } else if (type === "leave") {
      this.rooms.delete(room);
      this.#answers.push(`left ${room}`);
    } else if (type === "history") {
      this.#answers.push(`history ${room}`);
    } else if (type === "send") {
      this.#sent.add(`${room} ${command.id}`);
      this.#unsettled.add(`${room} ${command.id}`);
      const own = `p${this.person} ${command.id}`;
      const stored = this.#world.stored.get(room);
      if (!this.#world.broken && !stored?.includes(own)) stored?.push(own);
    }
  }

  #read(line: ServerLine): void {
    note(line.type === "error" ? line.code : line.type);
    switch (line.type) {
      case "joined":
        this.#answer(`joined ${line.room}`);
        this.#view(line.room).enter(line, this.#after);
        return this.#askOn(line.room);
      case "history":
        this.#answer(`history ${line.room}`);
        this.#view(line.room).extend(line);
        return this.#askOn(line.room);
      case "left":
        this.#answer(`left ${line.room}`);
        return this.#view(line.room).leave();
      case "error":
        if (line.code !== "storage") return this.#answer(`${line.code} ${line.ref}`);
        assert(this.#world.broken);
        for (const room of ROOMS) this.#unsettled.delete(`${room} ${line.ref}`);
        return;
      case "message":
        return this.#readMessage(line);
      case "presence":
        // A room that is being entered again may still tell what will be in its answer.
        assert(this.#view(line.room).inside || this.#answers.includes(`joined ${line.room}`));
        return this.#view(line.room).notice(line);
      case "renamed":
        for (const view of this.#views.values()) view.rename(line.user);
        return;
      default:
        throw new Error(`Nobody asked for ${line.type}`);
    }
  }

  #readMessage(message: Message): void {
    const { room, id, user } = message;
    const own = user.id === this.user.id;
    if (!this.#view(room).receive(message)) {
      note("again");
      assert(own && this.#sent.has(`${room} ${id}`), `${message.seq} of ${room} came unasked`);
    }
    if (own) this.#unsettled.delete(`${room} ${id}`);
  }

  #answer(received: string): void {
    assertEquals(received, this.#answers.shift());
    if (received !== this.#asking) return;
    this.#asking = undefined;
    // The read pump goes on after the hub.
    queueMicrotask(() => this.#ended || this.#pump());
  }

  #askOn(room: string): void {
    const view = this.#view(room);
    if (view.current) return;
    this.#waiting.unshift(() => ({ type: "history", room, after: view.seen, limit: 200 }));
  }

  #view(room: string): RoomView {
    const view = this.#views.get(room);
    assert(view !== undefined);
    return view;
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

import { Hub } from "../hub.ts";
import { LocalPresence } from "./local_presence.ts";
import type { Subscriber } from "./room.ts";
import { openLocalState } from "../state/local.ts";
import { LocalLog } from "../state/local_log.ts";
import { assert, assertEquals } from "../testing/assert.ts";
import { HubOnState } from "../testing/hub_on_state.ts";
import { Recorder } from "../testing/recorder.ts";

function fault(): never {
  throw new Error("This is broken");
}

/** A presence that fails to announce that people of one room leave. */
class BrokenPresence extends LocalPresence {
  override leave(room: string, person: string): void {
    if (room === "broken") fault();
    super.leave(room, person);
  }
}

/** A hub on a log in memory with two members of the lobby. */
class Fixture implements AsyncDisposable {
  readonly faults: unknown[] = [];
  readonly store = openLocalState<Subscriber>({ path: ":memory:", sync: "normal" });
  readonly presence = new BrokenPresence();
  readonly witness = new Recorder("witness");
  readonly hub: Hub;
  readonly #run: Promise<void>;
  #probes = 0;

  constructor() {
    const { messages: log, actions, memberships, permissions } = this.store;
    this.hub = new Hub({
      ...{ store: "s1", log, presence: this.presence, actions, memberships, permissions },
      ...{ maxRooms: 9, maxRoomsPerClient: 9, onFault: (error) => this.faults.push(error) },
    });
    this.#run = this.hub.run();
  }

  async enter(client: Recorder, ...rooms: string[]): Promise<void> {
    this.hub.register(client);
    for (const room of rooms) {
      this.hub.command(client, { type: "join", room });
      await client.first("joined", (line) => line.room === room);
    }
  }

  /** Ends all sessions of a person, as the state does it: through the log. */
  disconnect(person: string): void {
    const events = [{ type: "all_sessions_ended", person }] as const;
    LocalLog.open(this.store.state).append([...events], (result) => {
      if (result instanceof Error) throw result;
      this.store.messages.deliver([...result]);
    });
  }

  /** Resolves when the witness has received a message: the loop still runs. */
  async goesOn(): Promise<void> {
    const id = `probe-${this.#probes++}`;
    this.hub.command(this.witness, { type: "send", room: "lobby", id, text: id });
    await this.witness.first("message", ({ text }) => text === id);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.hub.close();
    await this.#run;
    this.store[Symbol.dispose]();
  }
}

type Method = "offer" | "reply" | "welcome" | "release" | "drop" | "dismiss" | "fail" | "drain";

/** For each method of a client, an action that makes the hub call it. */
const CALLS: Record<Exclude<Method, "drain">, (fixture: Fixture, client: Recorder) => void> = {
  offer: () => {},
  reply: ({ hub }, client) => hub.command(client, { type: "rooms" }),
  welcome: ({ hub }, client) => hub.register(client),
  release: ({ hub }, client) => hub.unregister(client),
  drop: (_, client) => client.offer = () => false,
  dismiss: (fixture, client) => fixture.disconnect(client.user.id),
  fail: (_, client) => client.offer = fault,
};

for (const [method, call] of Object.entries(CALLS)) {
  Deno.test(`Hub continues when ${method} of a client throws`, async () => {
    await using fixture = new Fixture();
    const { hub, witness } = fixture;
    await fixture.enter(witness, "lobby");
    const client = new Recorder("client");
    if (method !== "welcome") await fixture.enter(client, "lobby", "other");
    const throwing = { [method]: fault };
    Object.assign(client, throwing);
    call(fixture, client);
    await fixture.goesOn();
    await fixture.goesOn();
    assertEquals([hub.size, hub.roomCount], [1, 1]);
    assertEquals([...fixture.presence.members("lobby").keys()], [witness.user.id]);
    if (method === "fail") assertEquals(fixture.faults.length, 1);
    else assertEquals([client.end, fixture.faults.length], ["failed", 0]);
  });
}

Deno.test("Hub drains all clients although one of them throws", async () => {
  const [broken, witness] = [new Recorder("broken"), new Recorder("witness")];
  {
    await using fixture = new Fixture();
    await fixture.enter(broken, "lobby");
    await fixture.enter(witness, "lobby");
    broken.drain = fault;
  }
  assertEquals(witness.end, "drained");
});

Deno.test("Hub removes a client from all rooms although one of them fails to handle it", async () => {
  await using fixture = new Fixture();
  const { hub, witness, faults } = fixture;
  await fixture.enter(witness, "lobby");
  const client = new Recorder("client");
  await fixture.enter(client, "broken", "lobby", "other");
  hub.unregister(client);
  await fixture.goesOn();
  assertEquals([client.end, hub.size, hub.roomCount, faults.length], ["released", 1, 1, 1]);
});

Deno.test("Hub continues when a client throws while its history is sent", async () => {
  await using fixture = new Fixture();
  const { hub, witness } = fixture;
  await fixture.enter(witness, "lobby");
  const client = new Recorder("client");
  const ended = new Promise<void>((resolve) => client.fail = resolve);
  client.reply = fault;
  hub.register(client);
  hub.command(client, { type: "join", room: "lobby" });
  await ended;
  await fixture.goesOn();
  assertEquals(hub.size, 1);
});

Deno.test("Hub answers that messages failed when the log throws", async () => {
  await using fixture = new Fixture();
  const { hub, witness, store, faults } = fixture;
  await fixture.enter(witness, "lobby");
  const { append } = store.messages;
  store.messages.append = fault;
  hub.command(witness, { type: "send", room: "lobby", id: "a", text: "lost" });
  const { code, ref } = await witness.first("error");
  assertEquals([code, ref, faults.length], ["storage", "a", 1]);
  store.messages.append = append;
  await fixture.goesOn();
});

Deno.test("Hub ends the members of a room whose messages can't be delivered, and no others", async () => {
  await using fixture = new Fixture();
  const { hub, witness } = fixture;
  await fixture.enter(witness, "lobby");
  const [ann, bob] = [new Recorder("ann"), new Recorder("bob")];
  for (const client of [ann, bob]) await fixture.enter(client, "other");
  // The room reads it for each member, so that it is not the fault of one.
  Object.defineProperty(bob, "format", { get: fault });
  hub.command(ann, { type: "send", room: "other", id: "a", text: "one" });
  while (hub.size > 1) await fixture.goesOn();
  assertEquals([ann.end, bob.end], ["failed", "failed"]);
  assert(fixture.faults.length === 0);
});

Deno.test("Hub spends nothing on clients that have left before their registration", async () => {
  await using the = new HubOnState();
  const ann = the.person("ann");
  await ann.first("state");
  const { memberships } = the.store;
  const readAll = memberships.readAll.bind(memberships);
  let read = 0;
  memberships.readAll = (person) => {
    read++;
    return readAll(person);
  };
  const gone = Array.from({ length: 100 }, () => new Recorder("ann"));
  for (const client of gone) {
    client.left = true;
    the.hub.register(client);
    the.hub.unregister(client);
  }
  const tab = new Recorder("ann");
  the.hub.register(tab);
  await tab.first("state");
  assertEquals([read, the.hub.size], [1, 2]);
});

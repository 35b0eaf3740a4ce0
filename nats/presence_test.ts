import { Nats } from "./connection.ts";
import { NatsPresence } from "./presence.ts";
import { LocalPresence } from "../hub/local_presence.ts";
import type { SharedPresence, SharedPresenceChange } from "../hub/shared_presence.ts";
import { randomId } from "../people/session.ts";
import { deadline } from "../lib/std.ts";
import { assert, assertEquals } from "../testing/assert.ts";
import { natsTest as test, type TestNats } from "../testing/nats.ts";

/** Without a change for this long none comes any more. */
const PATIENCE_MS = 60_000;

/** A server that records the changes it sees, in short. */
class Server implements AsyncDisposable {
  readonly told: string[] = [];
  #wake = () => {};

  constructor(readonly presence: SharedPresence, readonly nats?: Nats) {
    void this.#listen();
  }

  static async open({ url }: TestNats): Promise<Server> {
    const nats = await Nats.connect({ url });
    return new Server(new NatsPresence(nats, { server: randomId() }), nats);
  }

  async #listen(): Promise<void> {
    for await (const batch of this.presence.changes.batches()) {
      this.told.push(...batch.map(short));
      this.#wake();
    }
  }

  /** Waits until something has come out. */
  async until(happened: () => boolean): Promise<void> {
    while (!happened()) {
      await deadline(new Promise<void>((resolve) => this.#wake = resolve), PATIENCE_MS);
    }
  }

  /** Waits for this line, and takes it and all before it. */
  async expect(line: string): Promise<string[]> {
    await this.until(() => this.told.includes(line));
    return this.told.splice(0, this.told.indexOf(line) + 1);
  }

  names(room: string): string[] {
    return [...this.presence.members(room).values()].map(({ name }) => name).toSorted();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.presence[Symbol.asyncDispose]();
    await this.nats?.[Symbol.asyncDispose]();
  }
}

function short(change: SharedPresenceChange): string {
  const { type, user } = change;
  return type === "renamed"
    ? `${change.was} is ${user.name}`
    : `${user.name} ${type} ${change.room}`;
}

const ann = { id: "p1", name: "ann" };
const bob = { id: "p2", name: "bob" };

/** Lets ann come into the lobby on one server and bob on the other; both servers know it then. */
async function meet(one: Server, two: Server): Promise<void> {
  one.presence.join("lobby", ann);
  two.presence.join("lobby", bob);
  await one.expect("bob joined lobby");
  await two.expect("ann joined lobby");
}

Deno.test("one server reports what it is given, once for each person", async () => {
  await using the = new Server(new LocalPresence());
  const { presence } = the;
  presence.join("lobby", ann);
  presence.join("lobby", ann);
  presence.join("other", ann);
  presence.join("lobby", bob);
  presence.typing("lobby", bob);
  presence.rename({ id: "p1", name: "anna" }, "ann");
  presence.rename({ id: "p3", name: "carl" }, "guest-3");
  presence.leave("lobby", "p2");
  presence.leave("lobby", "p2");
  assertEquals(the.names("lobby"), ["anna"], "the lists are of this moment");
  assertEquals(await the.expect("bob left lobby"), [
    "ann joined lobby",
    "ann joined other",
    "bob joined lobby",
    "bob typing lobby",
    "ann is anna",
    "guest-3 is carl",
    "bob left lobby",
  ]);
});

test("a person is in a room as long as one server has the person there", async (server) => {
  await using one = await Server.open(server);
  await using two = await Server.open(server);
  await meet(one, two);
  two.presence.join("lobby", ann);
  two.presence.typing("lobby", ann);
  await one.expect("ann typing lobby");
  one.presence.leave("lobby", "p1");
  one.presence.typing("lobby", bob);
  assertEquals((await two.expect("bob typing lobby")).at(-1), "bob typing lobby");
  one.presence.join("other", bob);
  assertEquals(await two.expect("bob joined other"), ["bob joined other"], "ann has not left");
  two.presence.leave("lobby", "p1");
  assertEquals((await one.expect("ann left lobby")).at(-1), "ann left lobby");
  assertEquals([one.names("lobby"), two.names("lobby")], [["bob"], ["bob"]]);
});

test("a server that starts later sees who is there", async (server) => {
  await using one = await Server.open(server);
  for (let i = 0; i < 3000; i++) one.presence.join(`r${i % 7}`, { id: `p${i}`, name: `n${i}` });
  await using two = await Server.open(server);
  await two.expect("n2999 joined r3");
  for (let room = 0; room < 7; room++) {
    assertEquals(two.names(`r${room}`), one.names(`r${room}`));
  }
});

test("a new name is shown everywhere, and the last one wins", async (server) => {
  await using one = await Server.open(server);
  await using two = await Server.open(server);
  one.presence.join("lobby", ann);
  two.presence.join("lobby", ann);
  await two.expect("ann joined lobby");
  one.presence.rename({ id: "p1", name: "anna" }, "ann");
  await two.expect("ann is anna");
  assertEquals(two.names("lobby"), ["anna"]);
  one.presence.rename({ id: "p9", name: "zoe" }, "guest-9");
  await two.expect("guest-9 is zoe");

  // On both at once: each receives the other's after its own.
  for (let round = 0; round < 20; round++) {
    one.presence.rename({ id: "p1", name: `one ${round}` }, "");
    two.presence.rename({ id: "p1", name: `two ${round}` }, "");
    one.presence.rename({ id: "p1", name: `last ${round}` }, "");
    one.presence.typing("lobby", { id: "p0", name: `${round}` });
    two.presence.typing("lobby", { id: "p0", name: `${round}` });
    await Promise.all(
      [one, two].map((the) =>
        the.until(() => the.told.filter((line) => line === `${round} typing lobby`).length === 2)
      ),
    );
    assertEquals(one.names("lobby"), two.names("lobby"));
  }
});

test("a new name is everybody's although the clock has jumped back since the last one", async (server) => {
  const { now } = Date;
  try {
    await using one = await Server.open(server);
    {
      await using two = await Server.open(server);
      Date.now = () => now() + 3_600_000;
      two.presence.join("lobby", ann);
      two.presence.rename({ id: "p1", name: "anna" }, "ann");
      await one.expect("ann is anna");
    }
    await one.expect("anna left lobby");
    Date.now = now;
    // A server that was not there when she took that name.
    await using three = await Server.open(server);
    three.presence.join("lobby", { id: "p1", name: "anna" });
    await one.expect("anna joined lobby");
    one.presence.join("lobby", bob);
    await three.expect("bob joined lobby");
    three.presence.rename({ id: "p1", name: "annie" }, "anna");
    await one.expect("anna is annie");
    assertEquals(one.names("lobby"), three.names("lobby"));
  } finally {
    Date.now = now;
  }
});

test("the notice of a former name that arrives late, or again, changes nothing", async (server) => {
  await using one = await Server.open(server);
  await using two = await Server.open(server);
  one.presence.join("lobby", bob);
  two.presence.join("lobby", { id: "p3", name: "carl" });
  await one.expect("carl joined lobby");
  // Of somebody who is in no room, only the word is known.
  one.presence.rename({ id: "p9", name: "zoe" }, "guest-9");
  await two.expect("guest-9 is zoe");
  two.presence.rename({ id: "p9", name: "Zoë" }, "zoe");
  await Promise.all([one, two].map((the) => the.expect("zoe is Zoë")));
  // Both servers repeat their notices for a server that joins.
  await using three = await Server.open(server);
  await three.until(() => three.names("lobby").length === 2);
  one.presence.typing("lobby", bob);
  two.presence.typing("lobby", { id: "p3", name: "carl" });
  for (const line of ["bob typing lobby", "carl typing lobby"]) {
    await Promise.all([one, two, three].map((the) => the.until(() => the.told.includes(line))));
  }
  assertEquals(three.told.findLast((line) => line.includes(" is ")), "zoe is Zoë");
  for (const { told } of [one, two]) assertEquals(told.filter((line) => / is /.test(line)), []);
  three.presence.join("lobby", { id: "p9", name: "zoe" });
  await one.expect("Zoë joined lobby");
});

test("a NATS that does not answer keeps no server from going", async (server) => {
  await using one = await Server.open(server);
  one.presence.join("lobby", ann);
  await one.expect("ann joined lobby");
  using _halted = server.halt();
  await one.presence[Symbol.asyncDispose]();
  assert(one.nats?.connected, "it did not wait until the client had given up");
});

test("a server that goes takes its people along at once, one that dies soon", async (server) => {
  await using one = await Server.open(server);
  const two = await Server.open(server);
  const three = await Server.open(server);
  two.presence.join("lobby", ann);
  three.presence.join("lobby", bob);
  await one.expect("bob joined lobby");
  await one.until(() => one.names("lobby").length === 2);
  await two[Symbol.asyncDispose]();
  await one.expect("ann left lobby");
  await three.nats?.connection.close();
  await one.expect("bob left lobby");
  assertEquals(one.names("lobby"), []);
  await three[Symbol.asyncDispose]();
});

test("lists agree again after an end of NATS, and nobody leaves meanwhile", async (server) => {
  await using one = await Server.open(server);
  await using two = await Server.open(server);
  await meet(one, two);
  const lost = Promise.withResolvers<void>();
  one.nats?.onOutage({ lost: lost.resolve, back: () => {} });
  await server.stop();
  await lost.promise;
  one.presence.join("lobby", { id: "p3", name: "carl" });
  one.presence.leave("lobby", "p1");
  one.presence.rename({ id: "p2", name: "bobby" }, "bob");
  await server.start();
  await two.until(() =>
    two.told.includes("carl joined lobby") && two.told.includes("bob is bobby")
  );
  assertEquals(two.told.toSorted(), ["ann left lobby", "bob is bobby", "carl joined lobby"]);
  assertEquals([one.names("lobby"), two.names("lobby")], [["bobby", "carl"], ["bobby", "carl"]]);
});

test("lines that get lost are made up for with the next heartbeat", async (server) => {
  await using one = await Server.open(server);
  await using two = await Server.open(server);
  one.presence.join("lobby", ann);
  await two.expect("ann joined lobby");
  const { connection } = one.nats ?? {};
  const publish = connection?.publish;
  assert(connection && publish);
  connection.publish = () => {};
  one.presence.join("lobby", bob);
  await one.expect("bob joined lobby");
  connection.publish = publish;
  // Nothing else is said that could show it.
  await two.expect("bob joined lobby");
});

test("a server receives crowds in rooms with long names, and a person in thousands of rooms", async (nats) => {
  await using one = await Server.open(nats);
  // Three bytes a character: the crowd is some 2.5 MB.
  const rooms = Array.from({ length: 100 }, (_, i) => `${"中".repeat(40)}${i}`);
  const crowd = Array.from({ length: 200 }, (_, i) => ({ id: `c${i}`, name: `c${i}` }));
  for (const user of crowd) for (const room of rooms) one.presence.join(room, user);
  const many = Array.from({ length: 10_000 }, (_, i) => `${"中".repeat(35)}of-ann-${i}`);
  for (const room of many) one.presence.join(room, ann);
  await one.expect(`ann joined ${many.at(-1)}`);

  await using two = await Server.open(nats);
  two.presence.join("lobby", bob);
  await two.until(() => two.told.includes(`ann joined ${many.at(-1)}`));
  for (const room of rooms) assertEquals(two.presence.members(room).size, crowd.length);
  for (const room of many) assertEquals(two.names(room), ["ann"]);

  // Rooms left meanwhile are missing when a server repeats everything.
  for (const room of many.slice(1)) one.presence.leave(room, ann.id);
  await two.until(() => two.told.includes(`ann left ${many.at(-1)}`));
  await using three = await Server.open(nats);
  await three.until(() => three.told.includes(`ann joined ${many[0]}`));
  assertEquals(three.names(`${many[1]}`), []);
  assertEquals(two.names(`${many[0]}`), ["ann"]);
});

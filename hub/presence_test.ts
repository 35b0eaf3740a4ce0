/** Presence as the members of rooms see it: on one server, and on two that share a NATS. */
import type { Frame } from "../protocol/frame.ts";
import { Hub } from "../hub.ts";
import { Nats } from "../nats/connection.ts";
import { NatsPresence } from "../nats/presence.ts";
import type { ServerLine, User } from "../protocol/mod.ts";
import type { Subscriber } from "./room.ts";
import { randomId } from "../people/session.ts";
import { LocalPresence } from "./local_presence.ts";
import type { SharedPresence } from "./shared_presence.ts";
import { openLocalState } from "../state/local.ts";
import { assert, assertEquals } from "../testing/assert.ts";
import { TestNats, withoutNats } from "../testing/nats.ts";
import { pick, seeded } from "../testing/random.ts";
import { linesOf, Recorder } from "../testing/recorder.ts";
import { PATIENCE_MS } from "../testing/waiter.ts";
import { DeliveryChecker } from "../testing/delivery_checker.ts";
import { RoomView } from "../testing/room_view.ts";

/** A server: a hub with its own log, and the people who are connected to it. */
class Site implements AsyncDisposable {
  readonly hub: Hub;
  readonly presence: SharedPresence;
  readonly clients = new Set<Recorder>();
  /** The names that people have taken, by id. */
  readonly names = new Map<string, string>();
  readonly #run: Promise<void>;
  readonly #store = openLocalState<Subscriber>({ path: ":memory:", sync: "full" });

  constructor(presence: (onRenamed: (user: User) => void) => SharedPresence, readonly nats?: Nats) {
    this.presence = presence((user) => this.#rename(user));
    this.hub = new Hub({
      store: "s1",
      log: this.#store.messages,
      actions: this.#store.actions,
      memberships: this.#store.memberships,
      permissions: this.#store.permissions,
      presence: this.presence,
      maxRooms: 100,
      maxRoomsPerClient: 100,
    });
    this.#run = this.hub.run();
  }

  static async open({ url }: TestNats): Promise<Site> {
    const nats = await Nats.connect({ url });
    return new Site(
      (onRenamed) => new NatsPresence(nats, { server: randomId(), onRenamed }),
      nats,
    );
  }

  connect<Client extends Recorder>(client: Client): Client {
    this.clients.add(client);
    this.hub.register(client);
    return client;
  }

  disconnect(client: Recorder): void {
    this.clients.delete(client);
    this.hub.unregister(client);
  }

  /** Connects a person who joins rooms; resolves when all replies have arrived. */
  async enter(name: string, ...rooms: string[]): Promise<Recorder> {
    const client = this.connect(new Recorder(name));
    for (const room of rooms) {
      this.hub.command(client, { type: "join", room });
      await client.first("joined", (line) => line.room === room);
    }
    return client;
  }

  rename({ id, name: was }: User, name: string): void {
    this.#rename({ id, name });
    this.presence.rename({ id, name }, was);
  }

  #rename(user: User): void {
    this.names.set(user.id, user.name);
    for (const client of this.clients) if (client.user.id === user.id) client.user = user;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.hub.close();
    await this.#run;
    this.#store[Symbol.dispose]();
    await this.nats?.[Symbol.asyncDispose]();
  }
}

/** A test with people in two places, run on one server and on two. */
function test(what: string, fn: (here: Site, there: Site) => Promise<void>): void {
  Deno.test(`Hub on one server ${what}`, async () => {
    await using site = new Site(() => new LocalPresence());
    await fn(site, site);
  });
  testTwo(what, fn);
}

/** A test with people on two servers. */
function testTwo(
  what: string,
  fn: (here: Site, there: Site, nats: TestNats) => Promise<void>,
): void {
  Deno.test({
    name: `Hub on two servers ${what}`,
    ignore: withoutNats(),
    fn: async () => {
      await using nats = await TestNats.start();
      await using here = await Site.open(nats);
      await using there = await Site.open(nats);
      await fn(here, there, nats);
    },
  });
}

function namesOf(users: Iterable<User>): string[] {
  return [...users].map(({ name }) => name).toSorted();
}

test(
  "shows all members to a person who joins, and announces each person once",
  async (here, there) => {
    const ann = await here.enter("ann", "lobby");
    await ann.first("presence", ({ count }) => count === 1);
    const bob = await there.enter("bob", "lobby");
    const { joined, left, count } = await ann.first("presence", (line) => line.count === 2);
    assertEquals([namesOf(joined), left, count], [["bob"], [], 2]);
    const carl = await here.enter("carl", "lobby");
    const welcome = await carl.first("joined");
    assertEquals([namesOf(welcome.members), welcome.count], [["ann", "bob", "carl"], 3]);
    await bob.first("presence", (line) => line.count === 3);

    // With a second connection, the first one can go.
    const again = await here.enter("bob", "lobby");
    assertEquals(again.all("joined")[0]?.count, 3);
    there.disconnect(bob);
    const dave = await there.enter("dave", "lobby");
    await ann.first("presence", (line) => line.joined.some(({ name }) => name === "dave"));
    assertEquals(ann.all("presence").flatMap(({ left }) => left), []);
    here.hub.command(again, { type: "leave", room: "lobby" });
    const gone = await dave.first("presence", ({ left }) => left.length > 0);
    assertEquals([namesOf(gone.left), gone.count], [["bob"], 3]);
  },
);

test("announces nobody who left before the room was opened", async (here, there) => {
  const ann = await there.enter("ann", "lobby");
  await ann.first("presence");
  there.hub.command(ann, { type: "leave", room: "lobby" });
  const bob = await there.enter("bob", "lobby");
  const { joined, left } = await bob.first("presence");
  assertEquals([namesOf(joined), left], [["bob"], []]);
  const carl = await here.enter("carl", "lobby");
  assertEquals(namesOf(carl.all("joined")[0]?.members ?? []), ["bob", "carl"]);
});

test("passes typing on to the others, on any server", async (here, there) => {
  const ann = await here.enter("ann", "lobby");
  const annToo = await there.enter("ann", "lobby");
  const bob = await there.enter("bob", "lobby");
  const carl = await there.enter("carl", "tea");
  await ann.first("presence", ({ count }) => count === 2);
  for (let i = 0; i < 10; i++) here.hub.command(ann, { type: "typing", room: "lobby" });
  assertEquals(await bob.first("typing"), { type: "typing", room: "lobby", user: ann.user });
  there.hub.command(bob, { type: "typing", room: "lobby" });
  assertEquals((await ann.first("typing")).user, bob.user);
  await annToo.first("typing");
  assertEquals([ann, annToo, bob, carl].map((client) => client.all("typing").length), [1, 1, 1, 0]);
});

test(
  "announces a new name once to all who share a room, and to the person",
  async (here, there) => {
    const ann = await here.enter("ann", "lobby", "tea");
    const idle = await there.enter("ann");
    const bob = await there.enter("bob", "lobby", "tea");
    const eve = await there.enter("eve", "other");
    await ann.first("presence", ({ room, count }) => room === "tea" && count === 2);
    const was = ann.user;
    const user = { ...was, name: "Ann" };
    here.rename(was, "Ann");
    const line = { type: "renamed", user, was: "ann" };
    for (const client of [ann, idle, bob]) {
      assertEquals<object>(
        await client.first("renamed"),
        line,
      );
    }
    assertEquals(idle.user, user, "the server knows the name of its people");
    // The same name again is an answer as well.
    here.rename(user, "Ann");
    await bob.first("renamed", ({ was }) => was === "Ann");
    await idle.first("renamed", ({ was }) => was === "Ann");
    assertEquals([bob, idle, eve].map((client) => client.all("renamed").length), [2, 2, 0]);
    there.hub.command(eve, { type: "join", room: "tea" });
    const { members } = await eve.first("joined", ({ room }) => room === "tea");
    assertEquals(namesOf(members), ["Ann", "bob", "eve"]);
  },
);

test("counts the people of all servers in the list of rooms", async (here, there) => {
  const ann = await here.enter("ann", "lobby", "tea");
  await there.enter("bob", "lobby", "there");
  await ann.first("presence", ({ count }) => count === 2);
  const dave = await here.enter("dave", "lobby");
  here.hub.command(dave, { type: "rooms" });
  const { rooms } = await dave.first("rooms");
  assertEquals(
    new Map(rooms.map(({ room, count }) => [room, count])),
    new Map([
      ["lobby", 3],
      ["tea", 1],
      ["there", 1],
    ]),
  );
});

test(
  "announces the leaving of a person who was in a snapshot, even at once",
  async (here, there) => {
    const ann = await here.enter("ann", "lobby");
    const dave = await there.enter("dave", "lobby");
    await ann.first("presence", ({ count }) => count === 2);
    there.disconnect(dave);
    await ann.first("presence", ({ left }) => left.length > 0);
    const again = await there.enter("dave", "lobby");
    const eve = await there.enter("eve", "lobby");
    assertEquals(namesOf(eve.all("joined")[0]?.members ?? []), ["ann", "dave", "eve"]);
    there.disconnect(again);
    await eve.first("presence", ({ left }) => left.some(({ name }) => name === "dave"));
    await ann.first(
      "presence",
      ({ joined, count }) => namesOf(joined).includes("eve") && count === 2,
    );
  },
);

testTwo("removes the people of a server that dies", async (here, there) => {
  const ann = await here.enter("ann", "lobby");
  await there.enter("bob", "lobby");
  await ann.first("presence", ({ count }) => count === 2);
  await there.nats?.connection.close();
  const { left, count } = await ann.first("presence", ({ left }) => left.length > 0);
  assertEquals([namesOf(left), count], [["bob"], 1]);
});

testTwo("removes the people of a server that stops at once", async (here, there, nats) => {
  const ann = await here.enter("ann", "lobby");
  const bob = await there.enter("bob", "lobby");
  await using dead = await Site.open(nats);
  await dead.enter("carl", "lobby");
  await ann.first("presence", ({ count }) => count === 3);
  await dead.nats?.connection.close();
  await there[Symbol.asyncDispose]();
  assertEquals(bob.end, "drained");
  const { left } = await ann.first("presence", ({ left }) => left.length > 0);
  assertEquals(namesOf(left), ["bob"], "one that dies is waited for");
});

const ROOMS = ["red", "green", "blue"];

/** A client that checks each line as it arrives, and tracks members by the lines alone. */
class Member extends Recorder {
  readonly views = new Map(ROOMS.map((room) => [room, new RoomView(new DeliveryChecker(), room)]));
  failure: unknown;
  /** The rooms whose reply has not arrived. */
  readonly #asked = new Set<string>();

  constructor(user: User, readonly site: Site, readonly changed: () => void) {
    super(user.id);
    this.user = user;
  }

  override reply(line: ServerLine): boolean {
    if (line.type === "joined" || line.type === "left") this.#asked.delete(line.room);
    return super.reply(line);
  }

  override offer(frames: readonly Frame[]): boolean {
    for (const line of frames.flatMap(linesOf)) {
      try {
        if (line.type === "joined") this.views.get(line.room)?.enter(line);
        else if (line.type === "left") this.views.get(line.room)?.leave();
        else if (line.type === "presence") this.views.get(line.room)?.notice(line);
        else if (line.type === "renamed") {
          for (const view of this.views.values()) view.rename(line.user);
        } else throw new Error(`Received ${line.type}`);
      } catch (error) {
        this.failure ??= error;
      }
    }
    this.changed();
    return true;
  }

  /** Joins or leaves a room, unless a reply is outstanding. */
  toggle(room: string): void {
    if (this.#asked.has(room)) return;
    this.#asked.add(room);
    this.site.hub.command(this, { type: this.isIn(room) ? "leave" : "join", room });
  }

  get idle(): boolean {
    return this.#asked.size === 0;
  }

  isIn(room: string): boolean {
    return this.views.get(room)?.inside === true;
  }

  /** Returns the members of a room as the lines say. */
  list(room: string): string {
    return listOf(this.views.get(room)?.members ?? []);
  }
}

/** Returns one text for the same people and names, in any order. */
function listOf(names: Iterable<readonly [id: string, name: string]>): string {
  return [...new Map(names)].map(String).toSorted().join("\n");
}

test("makes members and names agree after a storm", async (here, there) => {
  const random = seeded(20_260_606);
  const sites = [here, there];
  const people = Array.from({ length: 60 }, (_, i) => `p${i}`);
  const initial = (id: string) => `guest ${id}`;
  let members: Member[] = [];
  let wake = () => {};
  const connect = (site: Site) => {
    const id = pick(random, people);
    const user = { id, name: site.names.get(id) ?? initial(id) };
    members.push(site.connect(new Member(user, site, () => wake())));
  };
  for (let i = 0; i < 80; i++) connect(pick(random, sites));
  for (let step = 0; step < 3000; step++) {
    const member = pick(random, members);
    const chance = random();
    if (chance < 0.80) member.toggle(pick(random, ROOMS));
    else if (chance < 0.90) member.site.rename(member.user, `name ${step % 100}`);
    else if (chance < 0.95) connect(pick(random, sites));
    else if (members.length > 40) {
      member.site.disconnect(member);
      members = members.filter((other) => other !== member);
    }
    if (random() < 0.05) await new Promise((resolve) => setTimeout(resolve, 20 * random()));
  }
  const quiet = performance.now();
  const agree = () =>
    members.every(({ idle }) => idle) && ROOMS.every((room) => {
      const inside = members.filter((member) => member.isIn(room));
      const truth = listOf(inside.map(({ user: { id, name } }) => [id, name] as const));
      return inside.every((member) => member.list(room) === truth) &&
        sites.every(({ presence }) =>
          truth ===
            listOf(presence.members(room).values().map(({ id, name }) => [id, name] as const))
        );
    });
  const late = setTimeout(() => wake(), PATIENCE_MS);
  while (!agree() && performance.now() - quiet < PATIENCE_MS) {
    await new Promise<void>((resolve) => wake = resolve);
  }
  clearTimeout(late);
  for (const { failure } of members) if (failure !== undefined) throw failure;
  assert(agree(), "they disagree");
  assert(members.some((member) => member.list("red").split("\n").length > 10));
});

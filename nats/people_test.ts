import { type Cluster, openCluster } from "./cluster.ts";
import type { Nats } from "./connection.ts";
import { People } from "../people/people.ts";
import { DAY_MS } from "../lib/time.ts";
import type { Owner, PeopleStore } from "../people/store.ts";
import { SlowHash } from "../people/secret_hash.ts";
import { assert, assertEquals } from "../testing/assert.ts";
import { natsTest as test, type TestNats } from "../testing/nats.ts";
import { good } from "../testing/people.ts";

/** The people of one server of a cluster. */
class Server implements AsyncDisposable {
  readonly lost: string[];
  readonly cluster: Cluster<number>;

  private constructor(cluster: Cluster<number>, lost: string[]) {
    this.cluster = cluster;
    this.lost = lost;
  }

  static async open({ url }: TestNats): Promise<Server> {
    const lost: string[] = [];
    return new Server(await openCluster({ url, onNameLost: (key) => lost.push(key) }), lost);
  }

  get store(): PeopleStore {
    return this.cluster.people;
  }

  get nats(): Nats {
    return this.cluster.nats;
  }

  people(): Promise<People> {
    return People.open(this.store, { hashes: new SlowHash({ cost: { N: 2, r: 1, p: 1 } }) });
  }

  /** Ends as a process does that is killed: it says no more. */
  async die(): Promise<void> {
    await this.nats[Symbol.asyncDispose]();
    await this.cluster[Symbol.asyncDispose]();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.cluster[Symbol.asyncDispose]();
  }
}

/** A day that NATS's clock does not reach during a test: no server dates a use before that clock. */
const DAY = Math.floor(Date.now() / DAY_MS) + 2;

function ann(id: string, changes: Partial<Owner> = {}): Owner {
  return { id, name: "Ann", key: "ann", used: DAY, ...changes };
}

test("a name has one owner on all servers, and its former one is free at once", async (server) => {
  await using one = await Server.open(server);
  await using two = await Server.open(server);
  assert(await one.store.claim(ann("p1", { secret: "s" })));
  await caughtUp(one, two);
  assertEquals(await two.store.byKey("ann"), ann("p1", { secret: "s" }));
  assertEquals(await two.store.byId("p1"), ann("p1", { secret: "s" }));
  assertEquals(await two.store.claim(ann("p2")), false);
  assertEquals(await two.store.byId("p2"), undefined);

  const carl = ann("p1", { name: "Zoë 😀", key: "zoë 😀" });
  assert(await two.store.claim(carl));
  await caughtUp(two, one);
  assertEquals(await one.store.byId("p1"), { ...carl, secret: "s" }, "the secret stays");
  assertEquals(await one.store.byKey("ann"), undefined);
  assert(await one.store.claim(ann("p2")));
  await caughtUp(one, two);

  await two.store.free({ id: "p2", used: 0 });
  await caughtUp(two, one);
  assertEquals((await one.store.byKey("ann"))?.id, "p2", "used since");
  await two.store.use("p2", DAY + 2);
  await two.store.use("p2", DAY + 1);
  await caughtUp(two, one);
  assertEquals((await one.store.byKey("ann"))?.used, DAY + 2);
  // Days that no test can wait for.
  for (const { cluster: { state } } of [one, two]) {
    state.database.db.exec("update people set used = 5");
  }
  await two.store.free({ id: "p2", used: 5 });
  await caughtUp(two, one);
  assertEquals([await one.store.byKey("ann"), await one.store.byId("p2")], [undefined, undefined]);
});

/** Waits until one server has applied what another has. */
async function caughtUp(ahead: Server, behind: Server): Promise<void> {
  while (behind.cluster.state.progress.position < ahead.cluster.state.progress.position) {
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

test("two servers that start at once make one key and one id", async (server) => {
  const servers = await Promise.all(Array.from({ length: 8 }, () => Server.open(server)));
  const keys = servers.map(({ store }) => store.signingKeys().key);
  const ids = await Promise.all(servers.map(({ cluster }) => cluster.id));
  assertEquals(new Set(keys.map(String)).size, 1);
  assertEquals([keys[0]?.length, new Set(ids).size, ids[0]?.length], [32, 1, 32]);
  for (const server of servers) await server[Symbol.asyncDispose]();
});

test("a session that was ended on one server is ended on all", async (server) => {
  await using one = await Server.open(server);
  await using two = await Server.open(server);
  const cookie = good(await (await one.people()).enter({})).token;
  const [here, there] = [await one.people(), await two.people()];
  assertEquals(good(await there.enter({ cookie })).token, undefined, "the cookie is known there");
  await here.logout(cookie);
  await caughtUp(one, two);
  assert(good(await there.enter({ cookie })).token, "and is none any more");
});

test("of 100 who take one name on two servers, one gets it, each time", async (server) => {
  await using one = await Server.open(server);
  await using two = await Server.open(server);
  const people = [await one.people(), await two.people()];
  for (let round = 0; round < 5; round++) {
    const name = `Ann ${round}`;
    const tries = Array.from({ length: 100 }, async (_, i) => {
      const the = people[i % 2] ?? people[0];
      if (!the) throw new Error("There are two");
      const secret = `secret ${i}`;
      if (i % 4 < 2) return (await the.login({ name, secret })).ok ? "won" : "lost";
      const { person } = good(await the.enter({}));
      return (await the.take(person, { name, secret })).ok ? "won" : "lost";
    });
    const won = (await Promise.all(tries)).filter((outcome) => outcome === "won");
    assertEquals(won.length, 1);
  }
});

test("of 100 who own or hold one name at once on two servers, one person has it in the end", async (server) => {
  await using one = await Server.open(server);
  await using two = await Server.open(server);
  for (let round = 0; round < 10; round++) {
    const key = `ann ${round}`;
    const results = await Promise.all(Array.from({ length: 100 }, async (_, i) => {
      const { store } = i % 2 ? one : two;
      const id = `p${i}`;
      const owns = i % 4 < 2 ? false : await store.claim(ann(id, { name: key, key }));
      const holds = i % 4 < 2 && await store.hold(key, id);
      return { id, owns, holds };
    }));
    const owners = results.filter(({ owns }) => owns);
    assert(owners.length <= 1 && results.some(({ owns, holds }) => owns || holds));
    assert(results.filter(({ holds }) => holds).length <= 2, "at most one on each server");
    await caughtUp(one, two);
    await caughtUp(two, one);
    for (const { store } of [one, two]) assertEquals(await store.hold(key, "late"), false);
  }
});

test("of a claim and a hold in the same moment the claim wins", async (server) => {
  await using one = await Server.open(server);
  await using two = await Server.open(server);
  let lost = 0;
  for (let round = 0; lost === 0; round++) {
    const key = `ann ${round}`;
    const [held, claimed] = await Promise.all([
      one.store.hold(key, "p1"),
      two.store.claim(ann(`p${round + 2}`, { name: key, key })),
    ]);
    assert(held || claimed);
    if (!held || !claimed) continue;
    while (!one.lost.includes(key)) await new Promise((resolve) => setTimeout(resolve, 1));
    lost++;
  }
});

test("a name held while connected is free when the last server has let go of it", async (server) => {
  await using one = await Server.open(server);
  await using two = await Server.open(server);
  assert(await one.store.hold("ann", "p1"));
  assert(await two.store.hold("ann", "p1"), "the same person may be here too");
  assertEquals(await two.store.hold("ann", "p2"), false);
  assertEquals(await two.store.claim(ann("p2")), false);
  assertEquals(await two.store.byKey("ann"), undefined, "nobody owns it");
  await one.store.release("ann", "p1");
  assertEquals(await one.store.hold("ann", "p2"), false);
  await two.store.release("ann", "p1");
  const before = await messages(one.nats);
  for (let i = 0; i < 50; i++) {
    assert(await one.store.hold("ann", `p${i}`));
    void one.store.release("ann", `p${i}`);
  }
  assert(await two.store.hold("bob", "p3"));
  await two.store.release("bob", "p3");
  await one.store.release("ann", "p49");
  assert(await two.store.claim(ann("p2")));
  await caughtUp(two, one);
  assertEquals(await one.store.hold("ann", "p1"), false, "an owned name is not held");
  assertEquals(await messages(one.nats), before + 1, "names that come and go leave nothing");
});

test("a server that died holds nothing after a while", async (server) => {
  await using one = await Server.open(server);
  const two = await Server.open(server);
  assert(await two.store.hold("ann", "p1"));
  await two.die();
  assertEquals(await one.store.hold("ann", "p2"), false, "it may come back");
  while (!await one.store.hold("ann", "p2")) {
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
});

test("names stay held over an end of NATS", async (server) => {
  await using one = await Server.open(server);
  await using two = await Server.open(server);
  assert(await one.store.hold("ann", "p1"));
  assert(await one.store.hold("bob", "p2"));
  const back = Promise.withResolvers<void>();
  two.nats.onOutage({ lost: () => {}, back: back.resolve });
  await server.stop();
  const gone = one.store.release("bob", "p2");
  await server.start();
  await back.promise;
  await gone;
  assertEquals(await two.store.hold("ann", "p3"), false);
  while (!await two.store.hold("bob", "p3")) {
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  assertEquals(one.lost, []);
});

async function messages({ manager }: Nats): Promise<number> {
  return (await manager.streams.info("hubbub_log")).state.messages;
}

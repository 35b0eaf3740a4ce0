/** Servers whose states differ, and servers whose programs know other rules. */
import type { Draft } from "../hub/message_log.ts";
import { assert, assertEquals, assertMatch } from "../testing/assert.ts";
import { delay } from "../lib/std.ts";
import { draft, query } from "../testing/message_log_cases.ts";
import { batchSubject, natsTest as test, type TestNats } from "../testing/nats.ts";
import type { Event } from "../state/events.ts";
import { hasSetAside } from "../state/files.ts";
import { type Cluster, type ClusterOptions, openCluster } from "./cluster.ts";

const PACE = { everyMs: 200, everyEntries: 5 };

/** A server that opens its cluster again when its copy is unusable. */
class Reopening implements AsyncDisposable {
  readonly lines: string[] = [];
  rebuilds = 0;
  cluster: Promise<Cluster<number>>;
  readonly #open: () => Promise<Cluster<number>>;

  constructor({ url }: TestNats, copy: string, options: Partial<ClusterOptions> = {}) {
    this.#open = () =>
      openCluster<number>({
        ...{ url, copy, pace: PACE, ...options },
        onTrouble: (line) => this.lines.push(line),
        onCondition: () => this.cluster = this.#reopen(this.cluster),
      });
    this.cluster = this.#open();
  }

  async #reopen(before: Promise<Cluster<number>>): Promise<Cluster<number>> {
    const cluster = await before;
    if (cluster.condition !== "useless") return cluster;
    await cluster[Symbol.asyncDispose]();
    this.rebuilds++;
    return await this.#open();
  }

  async append(...drafts: Draft<number>[]): Promise<void> {
    const { messages: log } = await this.cluster;
    log.append(drafts);
    for await (const _ of log.entries) return;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await (await this.cluster)[Symbol.asyncDispose]();
  }
}

async function start(
  nats: TestNats,
  stack: AsyncDisposableStack,
  count: number,
  options: Partial<ClusterOptions> = {},
): Promise<Reopening[]> {
  const folder = Deno.makeTempDirSync({ prefix: "hubbub_copy_" });
  stack.defer(() => Deno.removeSync(folder, { recursive: true }));
  const servers = Array.from(
    { length: count },
    (_, i) => stack.use(new Reopening(nats, `${folder}/${i}.db`, options)),
  );
  await Promise.all(servers.map(({ cluster }) => cluster));
  return servers;
}

/** Makes one copy another than the others', as a fault of the disk could. */
async function corrupt(server: Reopening): Promise<void> {
  const { state, people } = await server.cluster;
  state.database.db.exec("update room set last = last + 5");
  // Messages keep a room in memory until another kind of event is applied.
  assert(await people.claim({ id: "p1", name: "Ann", key: "ann", used: 1 }));
}

/** Resolves when all servers have the same state. */
async function agreed(servers: readonly Reopening[]): Promise<void> {
  while (true) {
    const clusters = await Promise.all(servers.map(({ cluster }) => cluster));
    const sums = new Set(clusters.map(({ state }) => state.progress.checksum));
    const fit = clusters.every(({ condition, messages }) =>
      condition === "current" && messages.healthy
    );
    if (sums.size === 1 && fit) return;
    await delay(20);
  }
}

test("a server whose state differs from that of most others makes its copy again", async (nats) => {
  await using stack = new AsyncDisposableStack();
  // A server that made no claim for 2.5 times that is not counted, also if it is this process that was kept waiting.
  const pace = { ...PACE, everyMs: 4000 };
  const servers = await start(nats, stack, 3, { pace });
  const [one, two, three] = servers;
  assert(one && two && three);
  await one.append(draft("a"));
  await agreed(servers);
  await corrupt(three);
  await one.append(draft("b"));
  while (three.rebuilds === 0) await delay(20);
  await agreed(servers);
  assertMatch(three.lines.join(), /this server's state at \d+ of the log differs .* made again/);
  assertEquals(servers.map(({ rebuilds }) => rebuilds), [0, 0, 1]);
  const { messages } = await (await three.cluster).messages.read(query());
  assertEquals(messages.map(({ seq, id }) => [seq, id]), [[1, "a"], [2, "b"]]);
  assert(!hasSetAside((await three.cluster).state.database.path), "the log has all of it");
});

test("of two servers that differ, one continues, and in the end both match the log", async (nats) => {
  await using stack = new AsyncDisposableStack();
  const servers = await start(nats, stack, 2);
  const [one, two] = servers;
  assert(one && two);
  await one.append(draft("a"));
  await agreed(servers);
  await corrupt(one);
  await two.append(draft("b"));
  while (one.rebuilds === 0) {
    const both = await Promise.all(servers.map(({ cluster }) => cluster));
    assert(
      both.some(({ condition }) => condition === "current"),
      "the last one is never taken out",
    );
    await delay(20);
  }
  await agreed(servers);
  for (const { cluster } of servers) {
    assertEquals((await (await cluster).messages.read(query())).last, 2);
  }
});

test("the only server continues, whatever its checksum", async (nats) => {
  await using stack = new AsyncDisposableStack();
  const [one] = await start(nats, stack, 1);
  assert(one);
  const { nats: { connection } } = await one.cluster;
  await one.append(draft("a"));
  const { position } = (await one.cluster).state.progress;
  const claim = { position, checksum: "other", rules: 1, ready: false, isNew: true };
  for (let i = 0; i < 10; i++) {
    connection.publish("hubbub.state.other", JSON.stringify(claim));
    connection.publish("hubbub.state.other", "no claim");
    await delay(150);
  }
  assertEquals((await one.cluster).condition, "current");
  assertEquals(one.lines, []);
});

/** Appends an event to the log of a cluster. */
async function publish({ nats }: Cluster<number>, event: Event): Promise<void> {
  const run = crypto.randomUUID();
  const batch = { run, number: 1, events: [{ type: "program", run, rules: 9 }, event] };
  await nats.connection.request(await batchSubject(nats), JSON.stringify(batch), {
    timeout: 60_000,
  });
}

test("newer rules take effect when every server knows them, and stop one that does not", async (nats) => {
  const open = (maxRules: number, onCondition?: () => void) =>
    openCluster<number>({
      url: nats.url,
      pace: PACE,
      maxRules,
      ...(onCondition && { onCondition }),
    });
  const stopped = Promise.withResolvers<void>();
  {
    // It begins the chat, and writes: within 24 hours it may be back.
    await using old = await open(1);
    old.messages.append([draft("a")]);
    for await (const _ of old.messages.entries) break;
  }
  await using old = await open(1, stopped.resolve);
  await using one = await open(3);
  await using two = await open(2);
  // They are proposed several times.
  for (let i = 0; i < 5; i++) await delay(300);
  assertEquals([one, two, old].map(({ state }) => state.progress.rules), [1, 1, 1]);

  // As if the log had been without the old program for 24 hours.
  for (const { state } of [one, two, old]) state.database.db.exec("update run set rules = 9");
  await publish(one, { type: "rules", version: 2 });
  await stopped.promise;
  assertEquals(old.condition, "outdated");
  assertEquals(old.state.progress.rules, 1);
  while (two.state.progress.rules !== 2) await delay(10);
  assertEquals([one, two].map(({ condition }) => condition), ["current", "current"]);
});

test("a chat that begins with newer programs alone begins with newer rules", async (nats) => {
  const open = () => openCluster<number>({ url: nats.url, pace: PACE, maxRules: 2 });
  await using one = await open();
  await using two = await open();
  while (one.state.progress.rules < 2 || two.state.progress.rules < 2) await delay(10);
  assertEquals(one.state.progress.checksum, two.state.progress.checksum);
});

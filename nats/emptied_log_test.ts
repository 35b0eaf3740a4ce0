/** A chat whose log in NATS is emptied. */
import { delay } from "../lib/std.ts";
import { UserError } from "../lib/user_error.ts";
import { writeNatsArchive } from "../archive/nats.ts";
import { readArchive } from "../archive/state.ts";
import { openLocalState } from "../state/local.ts";
import { assert, assertEquals, assertMatch } from "../testing/assert.ts";
import { append, folder, openServer as open, setAside, texts } from "../testing/copies.ts";
import { draft, query } from "../testing/message_log_cases.ts";
import { batchSubject, natsTest as test, type TestNats } from "../testing/nats.ts";
import type { Cluster } from "./cluster.ts";
import { Nats } from "./connection.ts";
import { openCopy } from "./copy.ts";
import { NatsLog } from "./event_log.ts";
import { LogStream } from "./log_stream.ts";
import { Snapshots } from "./snapshots.ts";

test("a log that was emptied is restored from a copy, and clients start anew", async (nats) => {
  using dir = folder();
  const copy = `${dir.path}/a.db`;
  let [id, history] = ["", ""];
  {
    await using one = await open(nats, copy);
    [id, history] = [one.id, one.history];
    await append(one, draft("a"), draft("b"));
    await one.people.claim({ id: "p1", name: "ann", key: "ann", used: 1 });
    await one.nats.manager.streams.delete("hubbub_log");
  }
  await using again = await open(nats, copy);
  assertEquals(await texts(again), ["a", "b"]);
  assertEquals((await again.people.byKey("ann"))?.id, "p1");
  assertEquals(again.id, id, "cookies stay valid");
  assert(again.history !== history, "clients are told that the history is another one");
  await append(again, draft("c"));
  again.messages.append([draft("b")]);
  for await (const [entry] of again.messages.entries) {
    assertEquals(entry?.type, "duplicate", "ids are still known");
    break;
  }
  await using other = await open(nats, `${dir.path}/b.db`);
  assertEquals(await texts(other), ["a", "b", "c"]);
  assertEquals(other.history, again.history);
  assertEquals(other.state.progress, again.state.progress);
});

test("of several copies, the one that got furthest restores an emptied log, each time", async (nats) => {
  using dir = folder();
  const paths = ["a", "b", "c"].map((name) => `${dir.path}/${name}.db`);
  const [former, unread] = [`${dir.path}/former.db`, `${dir.path}/unread.db`];
  const openAll = (files: readonly string[]) => Promise.all(files.map((path) => open(nats, path)));
  const [one, two, three] = await openAll(paths);
  assert(one && two && three);
  await append(one, draft("a"));
  while ((await texts(two)).length === 0) await two.people.reach(Infinity);
  await two[Symbol.asyncDispose]();
  await append(one, draft("b"));
  let highest = 0;
  {
    await using four = await open(nats, former);
    await four.people.reach(Infinity);
    highest = four.state.progress.position;
  }
  await one.nats.manager.streams.delete("hubbub_log");
  await one[Symbol.asyncDispose]();
  await three[Symbol.asyncDispose]();
  const again = await openAll(paths);
  for (const server of again) {
    assertEquals(await texts(server), ["a", "b"]);
    assertEquals(server.history, again[0]?.history);
  }
  const [first] = again;
  assert(first);
  // A copy of a server that ended before it applied anything of the log behind the snapshot.
  const stream = await LogStream.find(first.nats, {});
  assert(stream && await new Snapshots(first.nats, {}).download(stream, unread));
  await append(first, draft("c"));
  assert(first.state.progress.position < highest, "the log that was restored counts from 1");
  await first.nats.manager.streams.delete("hubbub_log");
  for (const server of again) await server[Symbol.asyncDispose]();
  for (const server of await openAll([paths[0] ?? "", former, unread])) {
    assertEquals(await texts(server), ["a", "b", "c"]);
    await server[Symbol.asyncDispose]();
  }
  assertMatch(setAside(dir).join(), /^former\.db\.[^,]*\.before$/);
});

/** Makes the copies of two servers, of which the second got further, and empties the log. */
async function makeTwo(nats: TestNats, [behind, ahead]: readonly [string, string]): Promise<void> {
  await using two = await open(nats, ahead);
  {
    await using one = await open(nats, behind);
    await append(one, draft("a"));
  }
  await append(two, draft("b"));
  await two.nats.manager.streams.delete("hubbub_log");
}

test("a copy that got further than the one that the log was restored from is set aside", async (nats) => {
  using dir = folder();
  const paths = [`${dir.path}/a.db`, `${dir.path}/b.db`] as const;
  await makeTwo(nats, paths);
  await using one = await open(nats, paths[0]);
  const lines: string[] = [];
  await using two = await open(nats, paths[1], { onTrouble: (line) => lines.push(line) });
  assertEquals([await texts(two), two.history], [["a"], one.history]);
  const [kept = ""] = setAside(dir);
  assertMatch(
    lines.join(),
    /may have messages that the log in NATS does not have; what it was is in .*b\.db/,
  );
  using former = openLocalState<number>({ path: `${dir.path}/${kept}`, sync: "normal" });
  assertEquals((await former.messages.read(query())).messages.map(({ id }) => id), ["a", "b"]);
});

/** Snapshots that take until something has happened to be stored. */
class SlowSnapshots extends Snapshots {
  readonly uploading = Promise.withResolvers<void>();
  readonly goOn = Promise.withResolvers<void>();

  override async upload(...args: Parameters<Snapshots["upload"]>) {
    const uploaded = await super.upload(...args);
    this.uploading.resolve();
    await this.goOn.promise;
    return uploaded;
  }
}

test("a server that comes while another stores its copy restores the log if it got further", async (nats) => {
  using dir = folder();
  const paths = [`${dir.path}/a.db`, `${dir.path}/b.db`] as const;
  await makeTwo(nats, paths);
  await using connection = await Nats.connect({ url: nats.url });
  const stream = await LogStream.open(connection, {});
  const snapshots = new SlowSnapshots(connection, {});
  const heard = new Map<string, number>();
  connection.hear("hubbub.restore", (from) => {
    const times = 1 + (heard.get(from) ?? 0);
    heard.set(from, times);
    // More than once, so that the subscription of the first one has heard of it, too.
    if (heard.size > 1 && from !== [...heard.keys()][0] && times > 1) snapshots.goOn.resolve();
  });
  const opening = openCopy({
    ...{ path: paths[0], nats: connection, stream, snapshots, prefix: "hubbub", keepDays: 0 },
  });
  await snapshots.uploading.promise;
  await using two = await open(nats, paths[1]);
  using _copy = await opening;
  assertEquals(await texts(two), ["a", "b"]);
  assertEquals(setAside(dir), []);
});

test("a copy restores an emptied log whatever the epochs of its snapshot are", async (nats) => {
  using dir = folder();
  const copy = `${dir.path}/a.db`;
  {
    using store = openLocalState<number>({ path: `${dir.path}/chat.db`, sync: "normal" });
    store.messages.append([draft("a")]);
    const lines = [...readArchive(store.state.database)];
    await writeNatsArchive({ url: nats.url }, ReadableStream.from(lines));
  }
  {
    await using one = await open(nats, copy);
    // As after NATS was set back.
    const event = { type: "epoch", epoch: "third", was: one.state.store?.epoch };
    const batch = JSON.stringify({ run: "run", number: 1, events: [event] });
    await one.nats.connection.request(await batchSubject(one.nats), batch);
    await one.people.reach(Infinity);
    assertEquals(one.state.store?.epoch, "third");
    await one.nats.manager.streams.delete("hubbub_log");
  }
  await using again = await open(nats, copy);
  assertEquals(await texts(again), ["a"]);
});

test("a batch that is under way when the log is emptied can't begin the next one", async (nats) => {
  using dir = folder();
  const path = `${dir.path}/a.db`;
  {
    await using one = await open(nats, path);
    await append(one, draft("a"));
    await one.nats.manager.streams.delete("hubbub_log");
    // As another server does that starts.
    const stream = await LogStream.open(one.nats, {});
    one.messages.append([draft("b")]);
    for await (const [entry] of one.messages.entries) {
      assertEquals(entry?.type, "failed");
      break;
    }
    assertEquals((await stream.state()).last_seq, 0);
  }
  await using again = await open(nats, path);
  assertEquals(await texts(again), ["a"]);
});

/** Empties the log as a NATS does that has lost its disk, but not what its streams are. Returns its former subjects. */
async function emptyAsBefore({ manager: { streams } }: Nats): Promise<string[]> {
  const { config } = await streams.info("hubbub_log");
  await streams.delete(config.name);
  await streams.add(config);
  return config.subjects;
}

test("a log that takes batches of the former one again begins only with a chat", async (nats) => {
  using dir = folder();
  const path = `${dir.path}/a.db`;
  {
    await using one = await open(nats, path);
    await append(one, draft("a"));
    const { manager } = one.nats;
    const { config } = await manager.streams.info("hubbub_log");
    await manager.streams.delete(config.name);
    one.messages.append([draft("b")]);
    for await (const [entry] of one.messages.entries) {
      assertEquals(entry?.type, "failed");
      break;
    }
    await manager.streams.add(config);
    // It is published again.
    while ((await manager.streams.info(config.name)).state.last_seq === 0) await delay(20);
  }
  await using again = await open(nats, path);
  await using other = await open(nats, `${dir.path}/b.db`);
  for (const server of [again, other]) assertEquals(await texts(server), ["a"]);
  assertEquals(setAside(dir), []);
});

test("a server that is connected again publishes nothing for a log that NATS has lost", async (nats) => {
  using dir = folder();
  const given = Promise.withResolvers<void>();
  let back = () => {};
  await using one = await open(nats, `${dir.path}/a.db`, {
    outage: { lost: () => {}, back: () => back() },
    onCondition: given.resolve,
  });
  await append(one, draft("a"));
  back = () => one.messages.append([draft("b")]);
  await nats.stop();
  // As a power loss may: what the streams are is on the disk since they were made.
  const log = `${nats.directory}/store/jetstream/$G/streams/hubbub_log`;
  await Deno.remove(`${log}/msgs`, { recursive: true });
  await nats.start();
  await given.promise;
  const { state, config } = await one.nats.manager.streams.info("hubbub_log");
  assertEquals([state.last_seq, config.subjects.length], [0, 2]);
});

test("a server that has given up a log publishes nothing for it again", async (nats) => {
  using dir = folder();
  await using one = await open(nats, `${dir.path}/a.db`);
  const stream = await LogStream.open(one.nats, {});
  await stream.accept();
  const snapshots = new Snapshots(one.nats, {});
  await using log = new NatsLog(one.nats, stream, one.state, { snapshots });
  while (!log.healthy) await delay(10);
  await one.nats.manager.streams.delete("hubbub_log");
  let published = 0;
  one.nats.connection.subscribe(stream.subject, { callback: () => void published++ });
  log.append([{ type: "reports_expired", before: 0 }], () => {});
  log.giveUp("the log is another one", { forGood: true });
  // One that has not come back is published again after a second.
  await delay(1500);
  assertEquals(published, 1);
});

test("an emptied log takes no batches of the former one, though its stream does", async (nats) => {
  await using one = await open(nats, ":memory:");
  const [first, former] = await emptyAsBefore(one.nats);
  assert(first && former);
  await LogStream.open(one.nats, {});
  const { config } = await one.nats.manager.streams.info("hubbub_log");
  assertEquals(config.subjects, [first]);
});

test("an emptied log waits for a server that got further and is slow to close its copy", async (nats) => {
  using dir = folder();
  const paths = [`${dir.path}/a.db`, `${dir.path}/b.db`] as const;
  const one = await open(nats, paths[0]);
  {
    await using two = await open(nats, paths[1]);
    await append(two, draft("a"));
  }
  await append(one, draft("b"));
  await one.nats.manager.streams.delete("hubbub_log");
  // On a busy machine it may give up before the other one is back; a server tries again.
  const tryAgain = (): Promise<Cluster<number>> =>
    open(nats, paths[1]).catch((error) => {
      if (error instanceof UserError) return tryAgain();
      throw error;
    });
  const restored = tryAgain();
  // It takes longer than servers wait for each other.
  await delay(8000);
  await one[Symbol.asyncDispose]();
  await using again = await open(nats, paths[0]);
  await using two = await restored;
  assertEquals(await texts(again), ["a", "b"]);
  assertEquals(await texts(two), ["a", "b"]);
});

for (const kind of ["a copy in memory", "a new file"]) {
  test(`a server with ${kind} waits for one that is about to restore an emptied log`, async (nats) => {
    using dir = folder();
    const path = `${dir.path}/a.db`;
    let id = "";
    {
      await using one = await open(nats, path);
      id = one.id;
      await append(one, draft("a"));
    }
    await nats.wipe();
    await nats.start();
    const copy = kind === "a new file" ? `${dir.path}/b.db` : ":memory:";
    const joining = open(nats, copy, { patienceMs: 60_000 })
      .catch((error: Error) => error);
    // Nobody answers for the other one meanwhile.
    await delay(1000);
    await using one = await open(nats, path);
    const two = await joining;
    assertEquals([one.id, await texts(one)], [id, ["a"]]);
    assertEquals(setAside(dir), []);
    if (two instanceof Error) {
      assertEquals(copy, ":memory:");
      assertMatch(two.message, /Cannot start from a snapshot in memory: name a file with --data/);
      assert(![...Deno.readDirSync(".")].some(({ name }) => name.startsWith(":memory:")));
    } else {
      await using joined = two;
      assertEquals([joined.id, await texts(joined)], [id, ["a"]]);
    }
  });
}

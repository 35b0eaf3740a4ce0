/** Texts that were edited or deleted: nothing of them stays in the files of JetStream, once a snapshot is due. */
import type { LogEntry } from "../hub/message_log.ts";
import { readArchive } from "../archive/state.ts";
import { assert, assertEquals, assertMatch } from "../testing/assert.ts";
import { append, folder, openServer, texts } from "../testing/copies.ts";
import { temporaryFolder } from "../testing/folder.ts";
import { draft } from "../testing/message_log_cases.ts";
import { natsTest as test, type TestNats } from "../testing/nats.ts";
import { delay } from "../lib/std.ts";
import { countErasures } from "../state/erased_texts.ts";
import { DAY_MS } from "../lib/time.ts";
import { openCluster } from "./cluster.ts";
import { Nats } from "./connection.ts";
import { LogStream } from "./log_stream.ts";
import { SnapshotMaker } from "./snapshot_maker.ts";
import { Snapshots } from "./snapshots.ts";

/** The marks of texts that are in files below a folder. */
function marksIn(folder: string): string[] {
  const marks = new Set<string>();
  for (const { name, isDirectory } of Deno.readDirSync(folder)) {
    const path = `${folder}/${name}`;
    if (isDirectory) { for (const mark of marksIn(path)) marks.add(mark); }
    else {
      const bytes = new TextDecoder("latin1").decode(Deno.readFileSync(path));
      for (const [mark] of bytes.matchAll(/mark-\w+/g)) marks.add(mark);
    }
  }
  return [...marks].sort();
}

for (const earlier of [1, 3]) {
  const what = earlier === 1 ? "one was" : `${earlier} were`;
  test(
    `a snapshot that erasures make due erases the entries with their texts, if ${what} made before`,
    (nats) => checkErasure(nats, earlier),
  );
}

async function checkErasure(nats: TestNats, earlier: number): Promise<void> {
  await using folder = await temporaryFolder();
  await using connection = await Nats.connect(nats);
  const open = (name: string) =>
    openCluster<number>({ url: nats.url, copy: `${folder.path}/${name}.db` });
  await using one = await open("one");
  const entries: AsyncIterator<LogEntry<number>[]> = one.messages.entries[Symbol.asyncIterator]();
  const settled = async (count: number) => {
    for (let own = 0; own < count;) {
      const { value } = await entries.next();
      own += value.filter((entry: LogEntry<number>) => "origin" in entry).length;
    }
  };
  for (const text of ["kept", "deleted", "edited", "last"]) {
    one.messages.append([draft(text, { text: `mark-${text}` })]);
    await settled(1);
  }
  // A snapshot with everything in it.
  const stream = await LogStream.find(connection, {});
  assert(stream !== undefined);
  const snapshots = new Snapshots(connection, {});
  const { state } = one;
  const options = { state, stream, snapshots, restMs: 0, graceMs: 0 };
  // NATS's; the server's own does not matter.
  let now = Date.now();
  await using maker = new SnapshotMaker({
    ...{ ...options, every: 1, time: () => Promise.resolve(now) },
    onTrouble: (line) => {
      throw new Error(line);
    },
  });
  for (let i = 0; i < earlier; i++) {
    if (i > 0) one.messages.append([draft(`text ${i}`)]);
    if (i > 0) await settled(1);
    maker.see(1);
    await maker.settled();
  }
  assertEquals((await snapshots.list()).length, Math.min(earlier, 2));
  const act = (command: Parameters<typeof one.actions.handle>[0]) => {
    one.actions.handle(command, { person: "p1", origin: 1, network: "192.0.2.1" });
    return settled(1);
  };
  await act({ type: "delete", room: "lobby", seq: 2 });
  await act({ type: "edit", room: "lobby", seq: 3, id: "e1", text: "mark-middle" });
  await act({ type: "edit", room: "lobby", seq: 3, id: "e2", text: "mark-new" });
  assertEquals(state.database.truncation.now(), true);
  const store = `${nats.directory}/store`;
  assert(marksIn(store).includes("mark-deleted"));
  // Nothing is due before half a day has passed.
  await maker.checkErasures();
  await maker.settled();
  assertEquals((await snapshots.list()).length, Math.min(earlier, 2));
  now += DAY_MS;
  await maker.checkErasures();
  await maker.settled();
  assertEquals((await snapshots.list()).map(({ edits }) => edits), [3]);
  assertEquals(marksIn(store), ["mark-kept", "mark-last", "mark-new"]);
  assertEquals(marksIn(folder.path), ["mark-kept", "mark-last", "mark-new"]);
  // Nothing else was erased since.
  await maker.checkErasures();
  await maker.settled();
  assertEquals((await snapshots.list()).length, 1);
  // The log continues, for this server and for others.
  one.messages.append([draft("more", { text: "mark-more" })]);
  await settled(1);
  await using two = await open("two");
  assertEquals([...readArchive(two.state.database)], [...readArchive(state.database)]);
  assertEquals(two.state.progress, state.progress);
}

test("a snapshot that has a part of what is being erased is followed by another one", async (nats) => {
  using dir = folder();
  await using one = await openServer(nats, `${dir.path}/one.db`);
  await append(one, draft("a"));
  const { db } = one.state.database;
  const stream = await LogStream.find(one.nats, {});
  assert(stream !== undefined);
  const snapshots = new Snapshots(one.nats, {});
  let now = Date.now();
  await using maker = new SnapshotMaker({
    ...{ state: one.state, stream, snapshots, every: 1, restMs: 0, graceMs: 0 },
    time: () => Promise.resolve(now),
    onTrouble: (line) => {
      throw new Error(line);
    },
  });
  // As while the messages of a deleted room go in steps.
  db.exec("insert into erasure (author, next, last, step) values (99, 1, 1, 1)");
  maker.see(1);
  await maker.settled();
  db.exec("delete from erasure");
  now += DAY_MS;
  await maker.checkErasures();
  await maker.settled();
  const [newest] = await snapshots.list();
  assertEquals(newest?.edits, 0);
});

test("a server can start when a text of the very last entry of a snapshot was erased", async (nats) => {
  using dir = folder();
  await using one = await openServer(nats, `${dir.path}/one.db`);
  await append(one, draft("a"));
  const stream = await LogStream.find(one.nats, {});
  assert(stream !== undefined);
  const snapshots = new Snapshots(one.nats, {});
  const lines: string[] = [];
  await using maker = new SnapshotMaker({
    ...{ state: one.state, stream, snapshots, every: 1, restMs: 0, graceMs: 0 },
    time: () => Promise.resolve(Date.now()),
    onTrouble: (line) => void lines.push(line),
  });
  // The second and the third one wait for the first one, and share an entry.
  for (const id of ["e1", "e2", "e3"]) {
    one.actions.handle(
      { type: "edit", room: "lobby", seq: 1, id, text: `text of ${id}` },
      { person: "p1", origin: 1, network: "192.0.2.1" },
    );
  }
  while (countErasures(one.state.database.db) < 3) await delay(10);
  maker.see(1);
  await maker.settled();
  assertEquals(lines, []);
  await using two = await openServer(nats, `${dir.path}/two.db`);
  assertEquals(await texts(two), await texts(one));
  await append(two, draft("b"));
  await using three = await openServer(nats, `${dir.path}/three.db`);
  assertEquals(await texts(three), await texts(two));
});

test("a snapshot erases nothing of a log that has taken the place of its own meanwhile", async (nats) => {
  using dir = folder();
  let putBack = () => Promise.resolve();
  {
    await using one = await openServer(nats, `${dir.path}/a.db`);
    await append(one, draft("a"));
    putBack = await nats.keep();
  }
  const lines: string[] = [];
  const back = Promise.withResolvers<void>();
  const outage = { lost: () => {}, back: () => back.resolve() };
  await using one = await openServer(nats, `${dir.path}/a.db`, { outage });
  for (const id of ["b", "c"]) await append(one, draft(id));
  one.actions.handle(
    { type: "edit", room: "lobby", seq: 1, id: "e1", text: "new" },
    { person: "p1", origin: 1, network: "192.0.2.1" },
  );
  while (countErasures(one.state.database.db) === 0) await delay(10);
  const stream = await LogStream.find(one.nats, {});
  assert(stream !== undefined);
  const snapshots = new Snapshots(one.nats, {});
  await using maker = new SnapshotMaker({
    ...{ state: one.state, stream, snapshots, every: 1, restMs: 0, graceMs: 5000 },
    time: () => Promise.resolve(Date.now()),
    onTrouble: (line) => void lines.push(line),
  });
  maker.see(1);
  while ((await snapshots.list()).length === 0) await delay(10);
  await putBack();
  await nats.start();
  await back.promise;
  await using two = await openServer(nats, `${dir.path}/b.db`);
  for (const id of ["x", "y", "z"]) await append(two, draft(id));
  await maker.settled();
  assertMatch(lines.join(), /another one than when it was begun/);
  await using three = await openServer(nats, `${dir.path}/c.db`);
  assertEquals(await texts(three), ["a", "x", "y", "z"]);
});

/** Snapshots during which the log in NATS becomes another one. */
class OtherLogSnapshots extends Snapshots {
  constructor(private readonly nats: Nats) {
    super(nats, {});
  }

  override async upload(...args: Parameters<Snapshots["upload"]>) {
    const uploaded = await super.upload(...args);
    await this.nats.manager.streams.delete("hubbub_log");
    await LogStream.open(this.nats, {});
    for (let i = 0; i < 9; i++) await this.nats.connection.request("hubbub.log.begin", "{}");
    return uploaded;
  }
}

test("a snapshot purges nothing of a log that has taken the place of its own meanwhile", async (nats) => {
  using dir = folder();
  await using one = await openServer(nats, `${dir.path}/a.db`);
  await append(one, draft("a"));
  const stream = await LogStream.open(one.nats, {});
  for (const snapshots of [new Snapshots(one.nats, {}), new OtherLogSnapshots(one.nats)]) {
    await using maker = new SnapshotMaker({
      ...{ state: one.state, stream, snapshots, every: 1, restMs: 0, graceMs: 0 },
      time: () => Promise.resolve(Date.now()),
      onTrouble: (line) => {
        throw new Error(line);
      },
    });
    maker.see(1);
    await maker.settled();
  }
  assertEquals((await stream.state()).first_seq, 1);
});

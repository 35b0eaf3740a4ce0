/** Copies with entries that NATS has lost, unnoticed; and snapshots that are stored while others are. */
import { DatabaseSync } from "node:sqlite";
import { assert, assertEquals } from "../testing/assert.ts";
import { append, folder, openServer, setAside, texts } from "../testing/copies.ts";
import { temporaryFolder } from "../testing/folder.ts";
import { draft } from "../testing/message_log_cases.ts";
import { natsTest as test, type TestNats } from "../testing/nats.ts";
import { LogStream, nameOf } from "./log_stream.ts";
import { Snapshots } from "./snapshots.ts";
import { type Cluster, openCluster } from "./cluster.ts";
import { delay } from "../lib/std.ts";
import { DAY_MS } from "../lib/time.ts";

/** Stores a snapshot of what a server has applied. Returns the log, and the snapshot's position in it. */
async function makeSnapshot({ nats, state }: Cluster<number>, path: string) {
  const stream = await LogStream.find(nats, {});
  const { progress: { position }, store } = state;
  const entry = await stream?.get(position);
  assert(stream !== undefined && entry !== undefined && store !== undefined);
  state.database.db.exec(`vacuum into '${path}/snapshot'`);
  const about = { position, entry: nameOf(entry), epoch: store.epoch };
  await new Snapshots(nats, {}).upload(`${path}/snapshot`, about);
  return { stream, position };
}

/** A log that has other entries now than a copy, of which the last one is at `end`, and a snapshot `more` entries behind it. */
interface Loss {
  readonly more: number;
  readonly remove: (stream: LogStream, end: number) => Promise<void>;
}

const LOSSES: { readonly [what: string]: Loss } = {
  "purged up to its end": { more: 0, remove: (stream, end) => stream.purge(end) },
  "purged up to its end for a later snapshot": {
    more: 2,
    remove: (stream, end) => stream.purge(end),
  },
  "purged beyond its end": { more: 2, remove: (stream, end) => stream.purge(end + 2) },
  "erased at its end": { more: 2, remove: (stream, end) => stream.erase(end) },
};

/** Has a server acknowledge what NATS then loses; another one, which never saw it, goes on beyond a snapshot. */
async function loseEntries(nats: TestNats, path: string, { more, remove }: Loss) {
  {
    await using one = await openServer(nats, `${path}/one.db`);
    await append(one, draft("kept"));
  }
  const putBack = await nats.keep();
  let position = 0;
  {
    await using one = await openServer(nats, `${path}/one.db`);
    for (const id of ["lost1", "lost2"]) await append(one, draft(id));
    position = one.state.progress.position;
  }
  await putBack();
  await nats.start();
  await using two = await openServer(nats, `${path}/two.db`);
  while (two.state.progress.position < position + more) {
    await append(two, draft(`new${two.state.progress.position}`));
  }
  const { stream } = await makeSnapshot(two, path);
  await append(two, draft("last"));
  await remove(stream, position);
  return { all: await texts(two), history: two.history };
}

for (const [what, loss] of Object.entries(LOSSES)) {
  test(`a copy with entries that NATS lost is set aside though the log was ${what}`, async (nats) => {
    using dir = folder();
    const { all, history } = await loseEntries(nats, dir.path, loss);
    await using one = await openServer(nats, `${dir.path}/one.db`);
    assertEquals(await texts(one), all);
    assertEquals(setAside(dir).length, 1);
    assert(one.history !== history, "clients forget what is lost");
  });
}

test("a copy that differs from others is set aside if NATS lost entries that it has", async (nats) => {
  using dir = folder();
  const path = `${dir.path}/one.db`;
  const given = Promise.withResolvers<void>();
  let [history, putBack] = ["", () => Promise.resolve()];
  {
    const options = { pace: { everyMs: 50 }, onCondition: given.resolve };
    await using one = await openServer(nats, path, options);
    history = one.history;
    await append(one, draft("kept"));
    putBack = await nats.keep();
    while (!one.messages.healthy) await delay(10);
    await append(one, draft("lost"));
    const { position } = one.state.progress;
    const claim = { position, checksum: "other", rules: 1, ready: true, isNew: true };
    const { connection } = one.nats;
    const tell = () => connection.publish("hubbub.state.other", JSON.stringify(claim));
    const claims = setInterval(tell, 50);
    await given.promise;
    clearInterval(claims);
    assertEquals(one.condition, "useless");
  }
  await putBack();
  await nats.start();
  await using again = await openServer(nats, path);
  assertEquals(await texts(again), ["kept"]);
  assertEquals(setAside(dir).length, 1);
  assert(again.history !== history, "clients forget what is lost");
});

for (const { days, isKept } of [{ days: 2, isKept: false }, { days: 8, isKept: true }]) {
  const fate = isKept ? "set aside" : "deleted";
  test(`a copy of a log that was purged since is ${fate} if it is ${days} days older`, async (nats) => {
    using dir = folder();
    const path = `${dir.path}/one.db`;
    {
      await using one = await openServer(nats, path);
      await append(one, draft("a"));
    }
    {
      using db = new DatabaseSync(path);
      db.exec(
        `update run set at = at - ${days * DAY_MS}; update log set at = at - ${days * DAY_MS}`,
      );
      // Of a server that had ended before: the others have forgotten it by now.
      db.exec(
        `insert into run (id, number, at) select 'ended', 1, at - ${6.5 * DAY_MS} from log`,
      );
    }
    await using two = await openServer(nats, `${dir.path}/two.db`);
    const { history } = two;
    for (const id of ["b", "c"]) await append(two, draft(id));
    if (isKept) two.state.database.db.exec("delete from run where at < (select max(at) from run)");
    const { stream, position } = await makeSnapshot(two, dir.path);
    await stream.purge(position);
    await using one = await openServer(nats, path);
    assertEquals(await texts(one), ["a", "b", "c"]);
    assertEquals(setAside(dir).length, isKept ? 1 : 0);
    assertEquals(one.history, history, "nothing is known to be lost");
  });
}

test("a copy with entries that NATS lost is set aside though the log was emptied and restored since", async (nats) => {
  using dir = folder();
  const [one, two] = [`${dir.path}/one.db`, `${dir.path}/two.db`];
  {
    await using server = await openServer(nats, one);
    await append(server, draft("kept"));
  }
  const putBack = await nats.keep();
  {
    await using server = await openServer(nats, one);
    await append(server, draft("lost"));
  }
  await putBack();
  await nats.start();
  {
    await using server = await openServer(nats, two);
    for (const id of ["new1", "new2", "new3"]) await append(server, draft(id));
  }
  await nats.wipe();
  await nats.start();
  {
    await using _server = await openServer(nats, two);
  }
  await using server = await openServer(nats, one);
  assertEquals(await texts(server), ["kept", "new1", "new2", "new3"]);
  assertEquals(setAside(dir).length, 1);
});

test("a server begins with the snapshot that has most, though another one was stored later", async (nats) => {
  await using folder = await temporaryFolder();
  await using one = await openCluster<number>({ url: nats.url });
  await append(one, draft("a"));
  const stream = await LogStream.open(one.nats, {});
  const snapshots = new Snapshots(one.nats, {});
  await folder.write("state", "something");
  for (const position of [2, 1]) {
    const entry = await stream.get(position);
    assert(entry !== undefined);
    const about = { position, entry: nameOf(entry), epoch: "e" };
    await snapshots.upload(`${folder.path}/state`, about);
  }
  assertEquals((await snapshots.download(stream, `${folder.path}/copy`))?.position, 2);
});

test("a snapshot that takes long to store loses no part to two others meanwhile", async (nats) => {
  await using folder = await temporaryFolder();
  await using one = await openCluster<number>({ url: nats.url });
  await append(one, draft("a"));
  const stream = await LogStream.open(one.nats, {});
  const [first, second] = [await stream.get(1), await stream.get(2)];
  assert(first !== undefined && second !== undefined);
  const snapshots = new Snapshots(one.nats, {});
  await folder.write("state", "something");
  const path = `${folder.path}/state`;
  const begun = Promise.withResolvers<void>();
  const others = Promise.withResolvers<void>();
  const slow = snapshots.upload(path, { position: 2, entry: nameOf(second), epoch: "e" }, () => {
    begun.resolve();
    return others.promise;
  });
  await begun.promise;
  const about = { position: 1, entry: nameOf(first), epoch: "e" };
  for (let i = 0; i < 2; i++) await snapshots.upload(path, about);
  others.resolve();
  await slow;
  assertEquals((await snapshots.download(stream, `${folder.path}/copy`))?.position, 2);
});

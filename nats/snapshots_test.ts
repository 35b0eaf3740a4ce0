/** Snapshots, and the log that they let be purged. */
import type { LogEntry } from "../hub/message_log.ts";
import { readArchive } from "../archive/state.ts";
import { createHash, randomBytes } from "node:crypto";
import { assert, assertEquals, assertRejects } from "../testing/assert.ts";
import { temporaryFolder } from "../testing/folder.ts";
import { draft } from "../testing/message_log_cases.ts";
import { natsTest as test, TestNats, withoutNats } from "../testing/nats.ts";
import { type Cluster, openCluster } from "./cluster.ts";
import { openCopy } from "./copy.ts";
import { Nats } from "./connection.ts";
import { LogStream, nameOf } from "./log_stream.ts";
import { SnapshotMaker } from "./snapshot_maker.ts";
import { Snapshots } from "./snapshots.ts";

const EVERY = 50;
const MIB = 1024 * 1024;
/** With so many snapshots, which happens here alone, a start takes too long for one. */
const HURRY = /does not go on any more where this server's copy ends/;

/** Appends batches one after the other. */
async function write(
  { messages: log }: Cluster<number>,
  who: string,
  batches: number,
): Promise<void> {
  const entries: AsyncIterator<LogEntry<number>[]> = log.entries[Symbol.asyncIterator]();
  for (let i = 0; i < batches; i++) {
    const user = { id: who, name: who };
    log.append([
      draft(`${i}a`, { user, origin: i }),
      draft(`${i}b`, { user, room: who, origin: i }),
    ]);
    for (let own = 0; own < 2;) {
      const { value } = await entries.next();
      own += value.filter((entry: LogEntry<number>) => "origin" in entry).length;
    }
  }
}

function content({ state }: Cluster<number>): unknown {
  return [...readArchive(state.database)];
}

async function caughtUp(behind: Cluster<number>, position: number): Promise<void> {
  while (behind.state.progress.position < position) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

test("a server that starts from a snapshot and the rest of the log has what the others have", async (nats) => {
  const folder = Deno.makeTempDirSync({ prefix: "hubbub_copy_" });
  const lines: string[] = [];
  const open = (name: string) =>
    openCluster<number>({
      url: nats.url,
      copy: `${folder}/${name}.db`,
      snapshotEvery: EVERY,
      onTrouble: (line) => lines.push(line),
    });
  const streams = async ({ nats: { manager } }: Cluster<number>) => {
    const { state: log } = await manager.streams.info("hubbub_log");
    const { state: parts } = await manager.streams.info("hubbub_snapshots");
    return { log, parts };
  };
  {
    await using one = await open("one");
    await using two = await open("two");
    await Promise.all([write(one, "p1", 3 * EVERY), write(two, "p2", 3 * EVERY)]);
    // While one is made, no other is, so that some are left out.
    while ((await streams(one)).log.first_seq < 2) await write(one, "p1", EVERY);
    await caughtUp(two, one.state.progress.position);
    await using fresh = await open("fresh");
    assertEquals(fresh.state.progress, one.state.progress);
    assertEquals(content(fresh), content(one));
    assertEquals(content(two), content(one));
  }
  // Those who were making one have ended: two are kept, and the log from the older one on.
  await using again = await open("again");
  const { log, parts } = await streams(again);
  assert(log.first_seq > EVERY, `the log begins at ${log.first_seq}`);
  // Of several at once, which happens here alone, some may be cut off.
  assert(parts.messages <= 8, `${parts.messages} parts are kept`);
  // A copy that was away for longer than the log reaches back is made again.
  await using two = await open("two");
  assertEquals(two.state.progress, again.state.progress);
  assertEquals(lines.filter((line) => !HURRY.test(line)), []);
  Deno.removeSync(folder, { recursive: true });
});

test("a new copy begins with the newest snapshot, also when the log is whole", async (nats) => {
  const folder = Deno.makeTempDirSync({ prefix: "hubbub_copy_" });
  {
    const options = { url: nats.url, copy: `${folder}/one.db`, snapshotEvery: EVERY };
    await using one = await openCluster<number>(options);
    await write(one, "p1", EVERY);
    const stream = await LogStream.open(one.nats, {});
    const snapshots = new Snapshots(one.nats, {});
    while ((await snapshots.list()).length === 0) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    assertEquals((await stream.state()).first_seq, 1);
    const path = `${folder}/two.db`;
    using copy = await openCopy({
      ...{ path, nats: one.nats, stream, snapshots, prefix: "hubbub", keepDays: 0 },
    });
    assert(copy.state.progress.position >= EVERY);
  }
  Deno.removeSync(folder, { recursive: true });
});

test("snapshots that two servers store at the same time are both whole", async (nats) => {
  await using folder = await temporaryFolder();
  await using one = await openCluster<number>({ url: nats.url });
  await using other = await Nats.connect({ url: nats.url });
  const stream = await LogStream.open(one.nats, {});
  const first = await stream.get(1);
  assert(first);
  const about = { position: 1, entry: nameOf(first), epoch: "epoch" };
  const files = new Map<string, Uint8Array>();
  const both = Promise.withResolvers<void>();
  let parts = 0;
  const rest = () => {
    if (++parts === 2) both.resolve();
    return both.promise;
  };
  await Promise.all([one.nats, other].map(async (nats, i) => {
    const bytes = randomBytes(3_000_000 + i);
    files.set(createHash("sha256").update(bytes).digest("hex"), bytes);
    Deno.writeFileSync(`${folder.path}/${i}`, bytes);
    await new Snapshots(nats, {}).upload(`${folder.path}/${i}`, about, rest);
  }));
  const snapshots = new Snapshots(other, {});
  const stored = await snapshots.list();
  assertEquals(new Set(stored.map(({ sha256 }) => sha256)), new Set(files.keys()));
  assert((stored[0]?.parts[0] ?? 0) < (stored[1]?.parts.at(-1) ?? 0), "they were stored in turns");
  for (const { sha256, parts } of stored) {
    const path = `${folder.path}/read`;
    assertEquals((await snapshots.download(stream, path))?.sha256, sha256);
    assertEquals(new Uint8Array(files.get(sha256) ?? []), Deno.readFileSync(path));
    // The next download takes the other.
    await other.manager.streams.deleteMessage("hubbub_snapshots", parts[0] ?? 0);
  }
});

test("closing a server ends the snapshot that it makes", async (nats) => {
  await using folder = await temporaryFolder();
  const lines: string[] = [];
  await using one = await openCluster<number>({ url: nats.url, copy: `${folder.path}/one.db` });
  const { db } = one.state.database;
  db.exec("create table ballast (bytes blob); insert into ballast values (zeroblob(2000000))");
  const stream = await LogStream.open(one.nats, {});
  const snapshots = new Snapshots(one.nats, {});
  const onTrouble = (line: string) => lines.push(line);
  const parts = async () =>
    (await one.nats.manager.streams.info("hubbub_snapshots")).state.messages;
  {
    await using maker = new SnapshotMaker({
      ...{ state: one.state, stream, snapshots, every: 1, onTrouble, restMs: 3_600_000 },
      time: () => Promise.resolve(Date.now()),
    });
    maker.see(1);
    while (await parts().catch(() => 0) === 0) await new Promise((resolve) => setTimeout(resolve));
  }
  assertEquals([await parts(), await snapshots.list(), lines], [1, [], []]);
});

Deno.test({
  name: "a snapshot for which JetStream has no room leaves the room that it took to the chat",
  ignore: withoutNats(),
  fn: async () => {
    const config = `jetstream { max_file_store: ${32 * 1024 * 1024} }`;
    await using nats = await TestNats.start({ config });
    await using folder = await temporaryFolder();
    await using one = await openCluster<number>({ url: nats.url });
    const path = `${folder.path}/state`;
    Deno.writeFileSync(path, new Uint8Array(randomBytes(40 * 1024 * 1024)));
    const snapshots = new Snapshots(one.nats, {});
    const about = { position: 1, entry: "", epoch: "e" };
    await assertRejects(() => snapshots.upload(path, about), Error, "resources");
    const stored = async () => (await one.nats.manager.streams.info("hubbub_snapshots")).state;
    const { messages, last_seq: last } = await stored();
    assertEquals(messages, 0);
    await write(one, "p1", 3);
    // Trying again would take the room of the chat for a moment.
    await assertRejects(() => snapshots.upload(path, about), Error, "no room");
    assertEquals((await stored()).last_seq, last);
    Deno.truncateSync(path, 1024 * 1024);
    await snapshots.upload(path, about);
  },
});

/** Stores a snapshot that JetStream has no room for before `enlarge`. */
async function storeAgain(
  config: (mib: number, store: string) => string,
  enlarge: (nats: TestNats, connection: Nats, config: string) => Promise<void>,
): Promise<void> {
  await using folder = await temporaryFolder();
  const store = `${folder.path}/store`;
  await using nats = await TestNats.start({ jetStream: false, config: config(4, store) });
  await using connection = await Nats.connect(nats);
  const path = `${folder.path}/state`;
  Deno.writeFileSync(path, new Uint8Array(6 * MIB));
  const snapshots = new Snapshots(connection, {});
  const upload = () => snapshots.upload(path, { position: 1, entry: "", epoch: "e" });
  await assertRejects(upload, Error, "resource");
  await assertRejects(upload, Error, "no room");
  await enlarge(nats, connection, config(64, store));
  await upload();
}

Deno.test({
  name: "a snapshot is stored as soon as an account of NATS has been given room for it",
  ignore: withoutNats(),
  fn: async () => {
    const users = `users: [{ user: "u", password: "p" }]`;
    await storeAgain(
      (mib, store) => `
        jetstream { store_dir: "${store}" }
        accounts { chat { jetstream { max_file: ${mib * MIB} }, ${users} } }
        no_auth_user: "u"`,
      (nats, _, config) => nats.reload(config),
    );
  },
});

Deno.test({
  name: "a snapshot is stored as soon as NATS has been started with room for it",
  ignore: withoutNats(),
  fn: async () => {
    await storeAgain(
      (mib, store) => `jetstream { store_dir: "${store}", max_file_store: ${mib * MIB} }`,
      async (nats, connection, config) => {
        const { promise: isBack, resolve: back } = Promise.withResolvers<void>();
        using _outage = connection.onOutage({ lost: () => {}, back });
        await nats.stop();
        await nats.start(config);
        await isBack;
      },
    );
  },
});

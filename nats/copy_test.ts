/** A server's copy that does not match the log in NATS. */
import { writeNatsArchive } from "../archive/nats.ts";
import { assert, assertEquals, assertMatch, assertRejects } from "../testing/assert.ts";
import { draft, query } from "../testing/message_log_cases.ts";
import { batchSubject, natsTest as test } from "../testing/nats.ts";
import { append, folder, openServer as open, setAside, texts } from "../testing/copies.ts";
import { delay } from "../lib/std.ts";
import { openDatabase } from "../state/database.ts";
import { exists } from "../state/files.ts";
import { openLocalState } from "../state/local.ts";
import { UserError } from "../lib/user_error.ts";
import { Nats } from "./connection.ts";
import { openCopy } from "./copy.ts";
import { LogStream } from "./log_stream.ts";
import { Snapshots } from "./snapshots.ts";

test("a copy continues from its position, and a deleted one is rebuilt", async (nats) => {
  using dir = folder();
  {
    await using one = await open(nats, `${dir.path}/a.db`);
    await append(one, draft("a"), draft("b"));
  }
  {
    await using other = await open(nats, `${dir.path}/b.db`);
    await append(other, draft("c"));
  }
  await using again = await open(nats, `${dir.path}/a.db`);
  await using fresh = await open(nats, `${dir.path}/c.db`);
  assertEquals(await texts(again), ["a", "b", "c"]);
  assertEquals(await texts(fresh), ["a", "b", "c"]);
  assertEquals(again.state.progress, fresh.state.progress);
});

test("a server removes what a killed one left of the state beside its copy", async (nats) => {
  using dir = folder();
  const copy = `${dir.path}/a.db`;
  const left = [".snapshot", ".snapshot-wal", ".restore", ".restore-journal", ".part", ".own"]
    .map((ending) => copy + ending);
  const there = () => left.filter((path) => exists(path)).map((path) => path.slice(copy.length));
  const leave = () =>
    left.forEach((path) => Deno.writeTextFileSync(path, "the key of all cookies"));
  {
    leave();
    await using one = await open(nats, copy);
    assertEquals(there(), [".own"]);
    leave();
    // One that is refused has no business there.
    await assertRejects(() => open(nats, copy), UserError);
    assertEquals(there().length, left.length);
    await append(one, draft("a"));
  }
  await using one = await open(nats, copy, { snapshotEvery: 1 });
  assertEquals(there(), [".own"]);
  await append(one, draft("b"));
  const snapshots = new Snapshots(one.nats, {});
  while ((await snapshots.list()).length === 0) await delay(10);
  while (exists(`${copy}.snapshot`)) await delay(10);
  assertEquals(there(), [".own"]);
});

test("a copy of another log is set aside, and made again", async (nats) => {
  using dir = folder();
  const copy = `${dir.path}/a.db`;
  {
    await using one = await open(nats, copy);
    await append(one, draft("old1"));
    await append(one, draft("old2"));
    await one.nats.manager.streams.delete("hubbub_log");
  }
  // As long a log as before, of other entries.
  await using other = await open(nats, `${dir.path}/b.db`);
  for (let i = 0; i < 9; i++) await append(other, draft(`other${i}`));
  await using again = await open(nats, copy);
  assertEquals((await texts(again)).length, 9);
  assertEquals(again.history, other.history);
  assertEquals(setAside(dir).length, 1, "what was only there is kept");
});

test("a log that was set back is followed, and clients of every server start anew", async (nats) => {
  using dir = folder();
  let [history, putBack] = ["", () => Promise.resolve()];
  {
    await using one = await open(nats, `${dir.path}/a.db`);
    history = one.history;
    await append(one, draft("a"));
    putBack = await nats.keep();
    while (!one.messages.healthy) await delay(10);
    await append(one, draft("b"));
    await append(one, draft("c"));
  }
  await putBack();
  await nats.start();
  const changed = Promise.withResolvers<void>();
  await using two = await open(nats, `${dir.path}/b.db`, { onCondition: changed.resolve });
  assertEquals(two.history, history, "it does not know better");
  await append(two, draft("x"));
  await using one = await open(nats, `${dir.path}/a.db`);
  assertEquals(await texts(one), ["a", "x"]);
  assert(one.history !== history);
  await changed.promise;
  assertEquals(two.condition, "useless");
  await two[Symbol.asyncDispose]();
  await using again = await open(nats, `${dir.path}/b.db`);
  assertEquals(again.history, one.history);
  assertEquals(setAside(dir).length, 1);
});

test("clients start anew also if the first server that saw a log set back was killed", async (nats) => {
  using dir = folder();
  const path = `${dir.path}/a.db`;
  let [history, putBack] = ["", () => Promise.resolve()];
  {
    await using one = await open(nats, path);
    history = one.history;
    putBack = await nats.keep();
    while (!one.messages.healthy) await delay(10);
    await append(one, draft("a"));
  }
  await putBack();
  await nats.start();
  {
    // What a server has done that is killed before it has told the others.
    await using connection = await Nats.connect({ url: nats.url });
    const stream = await LogStream.open(connection, {});
    const snapshots = new Snapshots(connection, {});
    using _copy = await openCopy({ path, nats: connection, stream, snapshots, keepDays: 0 });
  }
  for (const expected of [undefined, "the same"]) {
    await using one = await open(nats, path);
    assertEquals(await texts(one), []);
    if (expected) assertEquals(one.history, history);
    else assert(one.history !== history);
    history = one.history;
  }
  assertEquals([...Deno.readDirSync(dir.path)].filter(({ name }) => /setback/.test(name)), []);
});

test("a server whose log was replaced while NATS was away says so and applies nothing", async (nats) => {
  using dir = folder();
  const changed = Promise.withResolvers<void>();
  const lines: string[] = [];
  await using one = await open(nats, `${dir.path}/a.db`, {
    onCondition: changed.resolve,
    onTrouble: (line) => lines.push(line),
  });
  await append(one, draft("a"));
  await nats.wipe();
  await nats.start();
  await changed.promise;
  assertMatch(lines.join(), /not the one that this server has applied/);
  assertEquals(one.condition, "useless");
  assert(!one.messages.healthy);
  assertEquals(await texts(one), ["a"]);
  one.messages.append([draft("b")]);
  for await (const [entry] of one.messages.entries) {
    assertEquals(entry?.type, "failed");
    break;
  }
});

test("a copy that a power loss has damaged is set aside, and made again before anyone is let in", async (nats) => {
  using dir = folder();
  const path = `${dir.path}/a.db`;
  {
    await using one = await open(nats, path);
    await append(one, ...Array.from({ length: 200 }, (_, i) => draft(`m${i}`)));
  }
  {
    // In the middle of an index, where only a check of the whole file finds it; and not closed cleanly.
    using file = Deno.openSync(path, { read: true, write: true });
    const { size } = file.statSync();
    for (let at = 4096 * 8; at < size; at += 4096) {
      file.seekSync(at, Deno.SeekMode.Start);
      file.writeSync(new Uint8Array(512).fill(7));
    }
  }
  Deno.writeFileSync(`${path}-wal`, new Uint8Array(64));
  const lines: string[] = [];
  await using again = await open(nats, path, { onTrouble: (line) => lines.push(line) });
  assertEquals((await again.messages.read(query())).last, 200);
  assertMatch(lines.join(), /the copy is damaged, and made again; what it was is in .*before/);
  assertEquals(setAside(dir).filter((name) => /before$/.test(name)).length, 1);
});

test("a copy whose first page is lost is made again, another file in its place is left as it is", async (nats) => {
  using dir = folder();
  const path = `${dir.path}/a.db`;
  {
    await using one = await open(nats, path);
    await append(one, draft("a"));
  }
  {
    using file = Deno.openSync(path, { read: true, write: true });
    file.writeSync(new Uint8Array(4096));
  }
  {
    await using again = await open(nats, path);
    assertEquals(await texts(again), ["a"]);
  }
  const letter = `${dir.path}/letter.txt`;
  Deno.writeTextFileSync(letter, "Dear Ann,");
  const { message } = await assertRejects(() => open(nats, letter), UserError);
  assertMatch(message, /it is not a database/);
  assertEquals(Deno.readTextFileSync(letter), "Dear Ann,");
});

test("the copy of a server that is closed is free, also while NATS does not answer", async (nats) => {
  using dir = folder();
  const path = `${dir.path}/a.db`;
  const one = await open(nats, path);
  using _halted = nats.halt();
  one.messages.append([draft("a")]);
  await one[Symbol.asyncDispose]();
  using again = openDatabase({ path, sync: "normal", isCopy: true });
  assert(again.db.isOpen);
});

test("two servers can't have one copy", async (nats) => {
  using dir = folder();
  await using one = await open(nats, `${dir.path}/a.db`);
  const { message } = await assertRejects(() => open(nats, `${dir.path}/a.db`), UserError);
  assertMatch(message, /in use by another Hubbub/);
  await append(one, draft("a"));
});

test("a file that contains a separate chat is never taken for a copy", async (nats) => {
  using dir = folder();
  const path = `${dir.path}/chat.db`;
  {
    using store = openLocalState<number>({ path, sync: "full" });
    store.messages.append([draft("precious")]);
  }
  const { message } = await assertRejects(() => open(nats, path), UserError);
  assertMatch(message, /it contains a separate chat/);
  using store = openLocalState<number>({ path, sync: "full" });
  assertEquals((await store.messages.read(query())).messages.length, 1);
});

test("a copy that a server has written to alone is never taken for a copy", async (nats) => {
  using dir = folder();
  const path = `${dir.path}/a.db`;
  await (await open(nats, path))[Symbol.asyncDispose]();
  const readAlone = (...ids: string[]) => {
    using store = openLocalState<number>({ path, sync: "full" });
    store.messages.append(ids.map((id) => draft(id)));
    return store.messages.read(query());
  };
  await readAlone("precious");
  await using other = await open(nats, `${dir.path}/b.db`, { snapshotEvery: 3 });
  const stream = await LogStream.open(other.nats, {});
  const writers: (() => unknown)[] = [
    () => {},
    () => append(other, draft("b"), draft("c")),
    // As an earlier program has left it.
    () => {
      using database = openDatabase({ path, sync: "normal" });
      database.db.exec("insert into run (id, number, at) values ('run', 1, 1)");
    },
    // The log is purged beyond it.
    async () => {
      for (let i = 0; (await stream.state()).first_seq <= 4; i++) {
        await append(other, draft(`d${i}`));
      }
    },
  ];
  for (const write of writers) {
    await write();
    const { message } = await assertRejects(() => open(nats, path), UserError);
    assertMatch(message, /it contains a separate chat/);
  }
  assertEquals((await readAlone()).messages.map(({ id }) => id), ["precious"]);
});

test("a copy of another log that was purged since is set aside", async (nats) => {
  using dir = folder();
  const copy = `${dir.path}/a.db`;
  {
    await using one = await open(nats, copy);
    await append(one, draft("a"));
    await one.nats.manager.streams.delete("hubbub_log");
  }
  await using other = await open(nats, `${dir.path}/b.db`, { snapshotEvery: 3 });
  const stream = await LogStream.open(other.nats, {});
  for (let i = 0; (await stream.state()).first_seq <= 4; i++) await append(other, draft(`b${i}`));
  const lines: string[] = [];
  await using again = await open(nats, copy, { onTrouble: (line) => lines.push(line) });
  assertEquals(again.history, other.history);
  assertMatch(lines.join(), /may have messages that the log in NATS does not have/);
  assertEquals(setAside(dir).length, 1);
});

test("a log with a hole stops a server in front of it", async (nats) => {
  using dir = folder();
  const lines: string[] = [];
  {
    await using one = await open(nats, `${dir.path}/a.db`);
    await append(one, draft("a"));
    await append(one, draft("b"));
    await append(one, draft("c"));
    await one.nats.manager.streams.deleteMessage("hubbub_log", 3);
  }
  const opening = open(nats, `${dir.path}/b.db`, { onTrouble: (line) => lines.push(line) });
  const { message } = await assertRejects(() => opening, UserError);
  assertMatch(message, /entry 3 is missing/);
  assertMatch(lines.join(), /entry 3 is missing/);
});

test("a server in front of an entry whose texts were erased begins with the snapshot that has the rest", async (nats) => {
  using dir = folder();
  const lines: string[] = [];
  const onTrouble = (line: string) => void lines.push(line);
  await using one = await open(nats, `${dir.path}/a.db`, { snapshotEvery: 4 });
  await append(one, draft("a"));
  {
    await using _two = await open(nats, `${dir.path}/b.db`);
  }
  for (const id of ["b", "c", "d", "e"]) await append(one, draft(id));
  const snapshots = new Snapshots(one.nats, {});
  while ((await snapshots.list()).length === 0) await delay(10);
  // As a server has left it that ended while it erased texts.
  await one.nats.manager.streams.deleteMessage("hubbub_log", 3);
  await using two = await open(nats, `${dir.path}/b.db`, { onTrouble });
  assertEquals(await texts(two), await texts(one));
  assertEquals(lines, []);
});

test("an entry that is no batch, or of malformed events, stops nobody", async (nats) => {
  using dir = folder();
  await using one = await open(nats, `${dir.path}/a.db`);
  const subject = await batchSubject(one.nats);
  for (const text of ["", "{", "[]", '{"run":"x","number":1,"events":[5,{"type":"message"}]}']) {
    one.nats.connection.publish(subject, text);
  }
  await append(one, draft("a"));
  await using two = await open(nats, `${dir.path}/b.db`);
  assertEquals(await texts(two), ["a"]);
  assertEquals(one.state.progress, two.state.progress);
});

test("a server stops in front of an event of a newer program, says so, and others read on", async (nats) => {
  using dir = folder();
  const lines: string[] = [];
  const said = Promise.withResolvers<void>();
  await using one = await open(nats, `${dir.path}/a.db`, {
    onTrouble: (line) => (lines.push(line), said.resolve()),
  });
  await append(one, draft("a"));
  const newer = { run: "newer", number: 1, events: [{ type: "reaction" }] };
  one.nats.connection.publish(await batchSubject(one.nats), JSON.stringify(newer));
  await said.promise;
  assertMatch(lines.join(), /doesn't know "reaction"/);
  assert(!one.messages.healthy);
  assertEquals(one.condition, "outdated");
  assertEquals(await texts(one), ["a"]);
});

test("a snapshot that was altered or cut is refused, and the one before it used", async (nats) => {
  using dir = folder();
  const file = `${dir.path}/import.jsonl`;
  {
    using store = openLocalState<number>({ path: `${dir.path}/chat.db`, sync: "normal" });
    store.messages.append([draft("a")]);
    const { readArchive } = await import("../archive/state.ts");
    const lines = [...readArchive(store.state.database)];
    await Deno.writeTextFile(file, JSON.stringify(lines));
    await writeNatsArchive(
      { url: nats.url },
      (async function* () {
        yield* lines;
      })(),
    );
  }
  {
    await using whole = await open(nats, `${dir.path}/a.db`);
    assertEquals(await texts(whole), ["a"]);
    const snapshots = new Snapshots(whole.nats, {});
    const [last] = await snapshots.list();
    assert(last);
    const altered = { ...last, sha256: "0".repeat(64) };
    const { connection } = whole.nats;
    await connection.request("hubbub.snapshot.whole", JSON.stringify(altered), { timeout: 60_000 });
  }
  const lines: string[] = [];
  const onTrouble = (line: string) => lines.push(line);
  {
    // The one before it is whole.
    await using other = await open(nats, `${dir.path}/b.db`, { onTrouble });
    assertEquals(await texts(other), ["a"]);
    assertMatch(lines.join(), /snapshot at 0 not used: it has changed since it was written/);
    const { streams } = other.nats.manager;
    const [, whole] = await new Snapshots(other.nats, {}).list();
    await streams.deleteMessage("hubbub_snapshots", whole?.parts[0] ?? 0);
  }
  const { message } = await assertRejects(
    () => open(nats, `${dir.path}/c.db`, { onTrouble }),
    UserError,
  );
  assertMatch(message, /no complete snapshot/);
  assertMatch(lines.join(), /snapshot at 0 not used: a part of it is missing/);
});

import { assert, assertEquals, assertRejects } from "../testing/assert.ts";
import { LogServer } from "../testing/jetstream.ts";
import {
  checkPages,
  checkPaging,
  checkTexts,
  draft,
  MANY,
  outcome,
  query,
  seqs,
  TEN,
  TEXTS,
} from "../testing/message_log_cases.ts";
import { batchSubject, natsTest as test } from "../testing/nats.ts";
import { openDatabase } from "../state/database.ts";
import { State } from "../state/state.ts";
import { NatsLog } from "./event_log.ts";
import { LogStream } from "./log_stream.ts";
import { Snapshots } from "./snapshots.ts";

test("each room counts from 1, and every server receives all in the same order", async (server) => {
  await using one = await LogServer.open(server);
  await using two = await LogServer.open(server);
  const told = await one.append(
    draft("a", { origin: 1 }),
    draft("b", { room: "other", origin: 2 }),
    draft("c", { origin: 3 }),
  );
  const of = (room: string) =>
    told.filter((entry) => entry.type === "message" && entry.message.room === room);
  assertEquals(of("lobby").map(outcome), ["message 1", "message 2"]);
  assertEquals(of("other").map(outcome), ["message 1"]);
  assertEquals(of("lobby").map((entry) => "origin" in entry && entry.origin), [1, 3]);
  assertEquals((await two.append(draft("d"))).map(outcome).at(-1), "message 3");

  const other = await two.until(({ length }) => length === 4);
  assert(other.slice(0, 3).every((entry) => !("origin" in entry)), "they are another server's");
  const page = await two.log.read(query());
  assertEquals(page.messages.map(({ id }) => id), ["a", "c", "d"]);
  assertEquals(page, { ...page, first: 1, last: 3, more: false });
});

test("the messages delivered are the messages stored, whatever the text", async (server) => {
  await using the = await LogServer.open(server);
  const told = await the.append(...TEXTS.map((text, i) => draft(`t${i}`, { text })));
  checkTexts(told);
  await using fresh = await LogServer.open(server);
  assertEquals(
    (await fresh.log.read(query())).messages,
    told.map((entry) => entry.type === "message" ? entry.message : undefined),
  );
});

test("an id of a person and room is stored once, on whichever server", async (server) => {
  await using one = await LogServer.open(server);
  await using two = await LogServer.open(server);
  const [first] = await one.append(draft("a"));
  await two.until(({ length }) => length === 1);
  const again = draft("a", { text: "again", user: { id: "p1", name: "renamed" }, origin: 2 });
  const [duplicate] = await two.append(again);
  assert(first?.type === "message" && duplicate?.type === "duplicate");
  assertEquals(duplicate.message, first.message);
  assertEquals(duplicate.origin, 2);
  const others = await two.append(
    draft("a", { room: "other" }),
    draft("a", { user: { id: "p2", name: "bob" } }),
    draft("b"),
    draft("b"),
  );
  assertEquals(others.map(outcome).toSorted(), [
    "duplicate 3",
    "message 1",
    "message 2",
    "message 3",
  ]);
});

test("numbers and ids outlive the ends of NATS and of the servers", async (server) => {
  {
    await using the = await LogServer.open(server);
    await the.append(draft("a"), draft("b"));
  }
  await server.stop();
  await server.start();
  await using the = await LogServer.open(server);
  assertEquals((await the.append(draft("b"), draft("c"))).map(outcome).toSorted(), [
    "duplicate 2",
    "message 3",
  ]);
  assertEquals(seqs(await the.log.read(query())), [1, 2, 3]);
});

test("the entries end after those that were settled when the log is closed", async (server) => {
  const the = await LogServer.open(server);
  the.log.append([draft("a"), draft("b")]);
  await the.log[Symbol.asyncDispose]();
  await the.until(({ length }) => length === 2);
  assertEquals(the.told.map(outcome), ["message 1", "message 2"]);
  await the[Symbol.asyncDispose]();
  await assertRejects(() => the.log.read(query()));
});

test("a page says what lies beyond it, in the direction asked", async (server) => {
  await using writer = await LogServer.open(server);
  assertEquals(await writer.log.read(query()), {
    first: 1,
    last: 0,
    messages: [],
    more: false,
    rev: 0,
  });
  await writer.append(...TEN);
  await using fresh = await LogServer.open(server);
  for (const { log } of [writer, fresh]) await checkPages(log);
});

test("paging either way gives everything once, within the bytes asked for", async (server) => {
  await using writer = await LogServer.open(server);
  await writer.append(...MANY);
  await using fresh = await LogServer.open(server);
  await checkPaging(fresh.log);
});

test("a page shows what its reader has seen on another server", async (server) => {
  await using one = await LogServer.open(server);
  await using two = await LogServer.open(server);
  for (let i = 1; i <= 200; i++) {
    await one.append(draft(`m${i}`));
    const { last, messages } = await two.log.read(query({ after: i }));
    assert(last >= i, `asked after ${i}, the last is ${last}`);
    assertEquals(messages, []);
  }
});

test("rooms are listed latest first and counted, on every server", async (server) => {
  await using one = await LogServer.open(server);
  await using early = await LogServer.open(server);
  assertEquals([one.log.roomCount, early.log.roomCount], [0, 0]);
  for (const [i, room] of ["one", "two", "three", "one"].entries()) {
    await one.append(draft(`m${i}`, { room }));
    // Rooms are ordered by time, which has milliseconds.
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  await early.until((told) => told.length === 4);
  await using late = await LogServer.open(server);
  for (const { log } of [one, early, late]) {
    assertEquals(log.roomCount, 3);
    assertEquals((await log.rooms(2)).map(({ room, last }) => [room, last]), [["one", 2], [
      "three",
      1,
    ]]);
  }
});

test("servers that write at once tell one order, each message once", async (server) => {
  await using one = await LogServer.open(server);
  await using two = await LogServer.open(server);
  const count = 2000;
  for (const [i, { log }] of [one, two].entries()) {
    const user = { id: `p${i}`, name: "" };
    for (let n = 0; n < count; n += 50) {
      log.append(Array.from({ length: 50 }, (_, k) => draft(`m${n + k}`, { user, origin: n + k })));
    }
  }
  const told = await Promise.all([one, two].map((the) => the.until((t) => t.length === 2 * count)));
  const [first, second] = told.map((entries) =>
    entries.map((entry) => entry.type === "message" ? entry.message : undefined)
  );
  assertEquals(first, second);
  assertEquals(first?.map((m) => m?.seq), Array.from({ length: 2 * count }, (_, i) => i + 1));
  for (const person of ["p0", "p1"]) {
    const own = first?.filter((m) => m?.user.id === person).map((m) => m?.id);
    assertEquals(own, Array.from({ length: count }, (_, i) => `m${i}`), "as they were appended");
  }
  const origins = told[0]?.flatMap((e) => e.type === "message" && "origin" in e ? [e.origin] : []);
  assertEquals(origins, Array.from({ length: count }, (_, i) => i));
});

test("a batch that is stored again later, or out of order, changes nothing on any server", async (server) => {
  await using one = await LogServer.open(server);
  await using two = await LogServer.open(server);
  await one.append(draft("a"));
  assert(await one.cluster.people.claim({ id: "p1", name: "Ann", key: "ann", used: 1 }));
  assert(await one.cluster.people.claim({ id: "p1", name: "Anna", key: "anna", used: 1 }));
  const { connection, manager } = one.nats;
  const { state } = await manager.streams.info("hubbub_log");
  const subject = await batchSubject(one.nats);
  for (let seq = state.last_seq; seq >= state.first_seq; seq--) {
    const stored = await manager.streams.getMessage("hubbub_log", { seq });
    if (stored) connection.publish(subject, stored.data);
  }
  // The run continues behind them.
  await one.append(draft("b"));
  await two.until((told) => told.filter(({ type }) => type === "message").length === 2);
  for (const { cluster, log } of [one, two]) {
    assertEquals((await log.read(query())).messages.map(({ id }) => id), ["a", "b"]);
    assertEquals((await cluster.people.byId("p1"))?.name, "Anna");
  }
  assertEquals(one.cluster.state.progress, two.cluster.state.progress);
});

test("a batch that is too large for one entry keeps its order, and each message its sender", async (server) => {
  await using one = await LogServer.open(server);
  await using two = await LogServer.open(server);
  // More at once are not stored within 5 s on a busy machine.
  const count = 10;
  // JSON writes each of these characters with six.
  const text = "\u0001".repeat(65_536);
  const told = await one.append(
    ...Array.from({ length: count }, (_, i) => draft(`m${i}`, { text, origin: i })),
  );
  assertEquals(told.map((entry) => entry.type === "message" && entry.origin), [
    ...Array(count).keys(),
  ]);
  await two.until(({ length }) => length === count);
  assertEquals(seqs(await two.log.read(query({ after: 5, bytes: 1 << 24 }))).length, 5);
  const { state } = await one.nats.manager.streams.info("hubbub_log");
  assert(state.messages > 5, "it was cut");
});

test("a server that the log has forgotten, since it stored nothing for a week, begins a new run", async (nats) => {
  await using one = await LogServer.open(nats);
  await using two = await LogServer.open(nats);
  await one.append(draft("a"));
  // As the first batch of a new run does it on every server.
  for (const { cluster: { state } } of [one, two]) state.database.db.exec("delete from run");
  one.log.append([draft("b")]);
  one.log.append([draft("c")]);
  one.log.append([draft("d")]);
  await one.until((told) => told.length >= 4);
  await one.append(draft("e"));
  assertEquals(one.told.map(({ type }) => type), Array.from({ length: 5 }, () => "message"));
  await two.until((told) => told.length >= 5);
  assertEquals(two.cluster.state.progress, one.cluster.state.progress);
});

test("a server that can't pass on what it has applied gives its copy up, and goes on", async (server) => {
  await using one = await LogServer.open(server);
  using database = openDatabase({ path: ":memory:", sync: "normal" });
  const stream = await LogStream.open(one.nats, {});
  await stream.accept();
  const lines: string[] = [];
  const { promise: changed, resolve: onCondition } = Promise.withResolvers<void>();
  await using log = new NatsLog(one.nats, stream, new State(database), {
    ...{ snapshots: new Snapshots(one.nats, {}), onCondition },
    onTrouble: (line) => lines.push(line),
  });
  await log.reach();
  log.listen(() => {
    throw new Error("the disk fails");
  });
  await one.append(draft("a"));
  await changed;
  assertEquals([log.condition, log.healthy], ["useless", false]);
  assertEquals(lines, ["what was applied could not be passed on: the disk fails"]);
});

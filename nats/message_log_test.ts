import { assert, assertEquals, assertRejects } from "../testing/assert.ts";
import { ClusterError } from "./cluster_error.ts";
import { Nats } from "./connection.ts";
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
import { natsTest as test } from "../testing/nats.ts";

test("each room counts from 1, and every server is told all in the same order", async (server) => {
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
  assertEquals(of("lobby").map((entry) => entry.type !== "failed" && entry.origin), [1, 3]);
  assertEquals((await two.append(draft("d"))).map(outcome).at(-1), "message 3");

  const other = await two.until(({ length }) => length === 4);
  assert(other.slice(0, 3).every((entry) => !("origin" in entry)), "they are another server's");
  const page = await two.log.read(query());
  assertEquals(page.messages.map(({ id }) => id), ["a", "c", "d"]);
  assertEquals(page, { ...page, first: 1, last: 3, more: false });
});

test("what is told is what is stored, whatever the text", async (server) => {
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

test("an id is refused by its subject, which JetStream keeps no window for", async (server) => {
  await using the = await LogServer.open(server);
  await the.append(draft("a"));
  const { config, state } = await the.nats.manager.streams.info("hubbub_room_lobby");
  assertEquals([config.max_msgs_per_subject, config.discard_new_per_subject], [1, true]);
  assertEquals(state.messages, 1);
  const stored = await the.nats.manager.streams.getMessage("hubbub_room_lobby", { seq: 1 });
  assertEquals(stored?.header.get("Nats-Msg-Id"), "", "what the window goes by is not used");
});

test("a draft that can't be stored fails alone", async (server) => {
  await using the = await LogServer.open(server);
  const entries = await the.append(
    draft("a"),
    draft("b", { at: NaN }),
    draft("c", { user: { id: "a.b", name: "" } }),
    draft("d"),
  );
  assertEquals(entries.map(outcome).toSorted(), ["failed", "failed", "message 1", "message 2"]);
  assert(the.log.healthy);
});

test("the entries end after those that were settled when the log is closed", async (server) => {
  const the = await LogServer.open(server);
  the.log.append([draft("a"), draft("b")]);
  await the.log[Symbol.asyncDispose]();
  await the.until(({ length }) => length === 2);
  assertEquals(the.told.map(outcome), ["message 1", "message 2"]);
  await assertRejects(() => the.log.read(query()));
  await the.nats[Symbol.asyncDispose]();
});

test("a page says what lies beyond it, in the direction asked", async (server) => {
  await using writer = await LogServer.open(server);
  assertEquals(await writer.log.read(query()), { first: 1, last: 0, messages: [], more: false });
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

test("rooms come latest first and are counted, on every server", async (server) => {
  await using one = await LogServer.open(server);
  assertEquals(one.log.roomCount, 0);
  await one.append(draft("a", { room: "one", at: 5 }));
  await one.append(draft("b", { room: "two", at: 9 }));
  await one.append(draft("c", { room: "three", at: 7 }));
  await one.append(draft("d", { room: "one", at: 11 }));
  await using two = await LogServer.open(server);
  for (const { log } of [one, two]) {
    assertEquals(log.roomCount, 3);
    assertEquals(await log.rooms(2), [
      { room: "one", last: 2, at: 11 },
      { room: "three", last: 1, at: 7 },
    ]);
  }
});

test("what is older than the days to keep goes, and no number returns", async (server) => {
  const keepDays = 1 / 86_400;
  await using the = await LogServer.open(server, { keepDays });
  await the.append(draft("a"), draft("b"));
  while ((await the.log.read(query())).first < 3) {
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  assertEquals(await the.log.read(query()), { first: 3, last: 2, messages: [], more: false });
  assertEquals((await the.append(draft("a"))).map(outcome), ["message 3"]);
  assertEquals(seqs(await the.log.read(query({ after: 1 }))), [3]);

  await using other = await LogServer.open(server, { keepDays: 0 });
  await other.append(draft("b"));
  const { config } = await other.nats.manager.streams.info("hubbub_room_lobby");
  assertEquals(config.max_age, 0, "a room follows the options of the last server to start");
});

test("what was sent too long ago goes, however late it was stored, as by an import", async (server) => {
  const day = 86_400_000;
  const aged = (count: number, days: number, room = "lobby") =>
    Array.from(
      { length: count },
      (_, i) => draft(`${days}-${i}`, { room, at: Date.now() - days * day }),
    );
  {
    await using the = await LogServer.open(server);
    await the.append(...aged(5, 3), ...aged(2, 1), ...aged(1, 3, "old"), ...aged(1, 1, "young"));
  }
  await using the = await LogServer.open(server, { keepDays: 2 });
  const firsts = async () => {
    const rooms = ["lobby", "old", "young"];
    const pages = await Promise.all(rooms.map((room) => the.log.read(query({ room }))));
    return pages.map(({ first }) => first);
  };
  while (JSON.stringify(await firsts()) !== "[6,2,1]") {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  assertEquals(seqs(await the.log.read(query())), [6, 7]);
  assertEquals((await the.append(...aged(1, 3, "old"))).map(outcome), ["message 2"]);
});

test("a room that begins high, as an imported one, is followed from there", async (server) => {
  await using the = await LogServer.open(server);
  await using maker = await LogServer.open(server);
  const { streams } = the.nats.manager;
  await maker.append(draft("first"));
  await streams.purge("hubbub_room_lobby", { seq: 1_000_000 });
  await the.until(({ length }) => length === 1);
  const told = await the.append(draft("a"));
  assertEquals(told.map(outcome), ["message 1000000"]);
  const page = await the.log.read(query({ after: 5 }));
  assertEquals(seqs(page), [1_000_000]);
});

test("another program's stream in the place of ours is named", async (server) => {
  const nats = await Nats.connect({ url: server.url });
  await nats.manager.streams.add({ name: "orders", subjects: ["hubbub.>"] });
  await nats[Symbol.asyncDispose]();
  const error = await assertRejects(() => LogServer.open(server), ClusterError, "stream orders");
  assert(!error.message.includes("\n"));
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

test("of many new rooms the first does not wait for the last", async (server) => {
  await using the = await LogServer.open(server);
  const rooms = Array.from({ length: 200 }, (_, i) => `room-${i}`);
  the.log.append(rooms.map((room) => draft("a", { room })));
  await the.until(({ length }) => length > 0);
  const { streams } = await the.nats.manager.getAccountInfo();
  assert(streams < rooms.length / 2, `${streams} are made`);
  const told = await the.until(({ length }) => length === rooms.length);
  assertEquals(told.map(outcome).filter((said) => said !== "message 1"), []);
});

test("a room that another server makes meanwhile keeps the order of what waits for it", async (server) => {
  await using one = await LogServer.open(server);
  await using two = await LogServer.open(server);
  const rooms = Array.from({ length: 300 }, (_, i) => `room-${i}`);
  one.log.append([...rooms, "late"].map((room) => draft("first", { room, origin: 1 })));
  await two.append(draft("other", { room: "late", user: { id: "p2", name: "" } }));
  const inLate = (told: typeof one.told) =>
    told.flatMap((entry) =>
      entry.type === "message" && entry.message.room === "late" ? [entry.message.id] : []
    );
  await one.until((told) => inLate(told).length > 0);
  one.log.append([draft("second", { room: "late", origin: 1 })]);
  const ids = inLate(await one.until((told) => inLate(told).length === 3));
  assertEquals(ids.filter((id) => id !== "other"), ["first", "second"]);
});

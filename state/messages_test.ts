import { assert, assertEquals, assertRejects } from "../testing/assert.ts";
import type { Draft, LogEntry } from "../hub/message_log.ts";
import type { Message } from "../protocol/mod.ts";
import { type LocalState, openLocalState } from "./local.ts";
import { LocalLog } from "./local_log.ts";
import type { StateMessages } from "./messages.ts";
import { Retention } from "./retention.ts";
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
import { DAY_MS, HOUR_MS } from "../lib/time.ts";
import { temporaryFolder } from "../testing/folder.ts";
import { pick as pickOne, seeded } from "../testing/random.ts";

interface FixtureOptions {
  path?: string;
  keepDays?: number;
  now?: number;
  retentionIntervalMs?: number;
}

/** A log on a file of its own, or on one that is given, with what a test asks of it. */
class Fixture implements AsyncDisposable {
  /** The log's time, in milliseconds since 1970. */
  now: number;
  readonly store: LocalState<number>;
  readonly log: StateMessages<number>;
  readonly #entries: AsyncIterator<LogEntry<number>[]>;
  readonly #temporary: string | undefined;
  /** Elapsed time that the retention trusts the clock by, in milliseconds. */
  #elapsed = 0;

  constructor(options: FixtureOptions = {}) {
    this.now = options.now ?? 1000;
    this.#temporary = options.path ? undefined : Deno.makeTempDirSync({ prefix: "hubbub_log_" });
    const path = options.path ?? `${this.#temporary}/chat.db`;
    this.store = openLocalState({
      ...options,
      ...{ path, sync: "normal" },
      now: () => this.now,
      elapsed: () => this.#elapsed,
    });
    this.log = this.store.messages;
    this.#entries = this.log.entries[Symbol.asyncIterator]();
  }

  async append(...drafts: Draft<number>[]): Promise<LogEntry<number>[]> {
    this.log.append(drafts);
    const { value } = await this.#entries.next();
    return value;
  }

  /** Lets time pass, by the clock as in fact. */
  pass(ms: number): void {
    this.now += ms;
    this.#elapsed += ms;
  }

  /** Lets an hour pass, after which the clock is trusted, and deletes what is too old. */
  async prune(): Promise<void> {
    await this.store.retention.step();
    this.pass(HOUR_MS);
    while (await this.store.retention.step());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.log[Symbol.asyncDispose]();
    this.store[Symbol.dispose]();
    if (this.#temporary) Deno.removeSync(this.#temporary, { recursive: true });
  }
}

Deno.test("each room counts from 1, and a batch comes out whole and in order", async () => {
  await using the = new Fixture();
  const first = await the.append(
    draft("a", { origin: 1 }),
    draft("b", { room: "other", origin: 2 }),
    draft("c", { origin: 3 }),
  );
  assertEquals(first.map(outcome), ["message 1", "message 1", "message 2"]);
  assertEquals(first.map((entry) => "origin" in entry && entry.origin), [1, 2, 3]);
  assertEquals((await the.append(draft("d"))).map(outcome), ["message 3"]);
  const page = await the.log.read(query());
  assertEquals(page.messages.map(({ id }) => id), ["a", "c", "d"]);
  assertEquals(page, { ...page, first: 1, last: 3, more: false });
});

Deno.test("the messages delivered are the messages stored, whatever the text", async () => {
  await using the = new Fixture();
  const told = await the.append(...TEXTS.map((text, i) => draft(`t${i}`, { text })));
  checkTexts(told);
  assertEquals(
    (await the.log.read(query())).messages,
    told.map((entry) => entry.type === "message" ? entry.message : undefined),
  );
});

Deno.test("an id of a person and room is stored once", async () => {
  await using the = new Fixture();
  const rest = [
    draft("a", { text: "again", origin: 2 }),
    draft("a", { room: "other" }),
    draft("a", { user: { id: "p2", name: "bob" } }),
    draft("a", { user: { id: "p1", name: "renamed" } }),
    draft("b"),
  ];
  const [first, again, ...others] = await the.append(draft("a"), ...rest);
  assertEquals(others.map(outcome), ["message 1", "message 2", "duplicate 1", "message 3"]);
  assert(first?.type === "message" && again?.type === "duplicate");
  assertEquals(again.message, first.message);
  assertEquals(again.origin, 2);
  assertEquals((await the.append(draft("b"), draft("c"))).map(outcome), [
    "duplicate 3",
    "message 4",
  ]);
});

Deno.test("numbers and ids outlive the process's end", async () => {
  const path = `${Deno.makeTempDirSync({ prefix: "hubbub_log_" })}/chat.db`;
  {
    await using the = new Fixture({ path });
    await the.append(draft("a"), draft("b"));
  }
  {
    await using the = new Fixture({ path });
    assertEquals((await the.append(draft("b"), draft("c"))).map(outcome), [
      "duplicate 2",
      "message 3",
    ]);
    assertEquals(seqs(await the.log.read(query())), [1, 2, 3]);
  }
  Deno.removeSync(path.replace(/\/[^/]*$/, ""), { recursive: true });
});

Deno.test("the entries end after those that were settled when the log is closed", async () => {
  const the = new Fixture();
  the.log.append([draft("a")]);
  the.log.append([draft("b")]);
  await the[Symbol.asyncDispose]();
  const left: string[] = [];
  for await (const batch of the.log.entries) left.push(...batch.map(outcome));
  assertEquals(left, ["message 1", "message 2"]);
  await assertRejects(() => the.log.read(query()));
});

Deno.test("a page says what lies beyond it, in the direction asked", async () => {
  await using the = new Fixture();
  assertEquals(await the.log.read(query()), {
    first: 1,
    last: 0,
    messages: [],
    more: false,
    rev: 0,
  });
  await the.append(...TEN);
  await checkPages(the.log);
});

Deno.test("paging either way gives everything once, within the bytes asked for", async () => {
  await using the = new Fixture();
  await the.append(...MANY);
  await checkPaging(the.log);
  const left = the.store.state.database.db.prepare("pragma wal_checkpoint(truncate)").get();
  assertEquals(left?.busy, 0, "a page cut short leaves no reader behind");
});

Deno.test("rooms are listed latest first and counted", async () => {
  await using the = new Fixture();
  assertEquals(the.log.roomCount, 0);
  // Within a minute, and a clock that goes back.
  const sent = [["one", 5], ["two", 9], ["old", 7], ["one", 8], ["new", DAY_MS], ["new", 10]];
  for (const [room, now] of sent as [string, number][]) {
    the.now = now;
    await the.append(draft(`${now}`, { room }));
  }
  assertEquals(the.log.roomCount, 4);
  assertEquals(await the.log.rooms(3), [
    { room: "new", last: 2, at: 10 },
    { room: "two", last: 1, at: 9 },
    { room: "one", last: 2, at: 8 },
  ]);
  the.now = DAY_MS;
  await the.append(draft("later", { room: "old" }));
  assertEquals((await the.log.rooms(9)).map(({ room }) => room), ["old", "new", "two", "one"]);
});

Deno.test("direct rooms are not counted with the others, and made rooms once", async () => {
  await using the = new Fixture();
  const { state } = the.store;
  const people = ["p1", "p2"];
  const made = { type: "room_made", title: "", topic: "", history: "all", by: "p1" } as const;
  state.append([
    ...people.map((person) =>
      ({ type: "name", person, name: person, key: person, used: 1 }) as const
    ),
    { ...made, room: "d1", kind: "direct", people },
    { ...made, room: "made", kind: "public", people: [] },
  ], 1);
  assertEquals(the.log.roomCount, 1);
  for (const room of ["made", "d1", "new"]) await the.append(draft(room, { room }));
  assertEquals(the.log.roomCount, 2);
});

Deno.test("messages older than the days to keep are deleted in small steps, and no seq is used again", async () => {
  await using the = new Fixture({ keepDays: 1, now: 10 * DAY_MS });
  await the.append(...Array.from({ length: 500 }, (_, i) => draft(`old${i}`)));
  the.pass(DAY_MS);
  await the.append(draft("kept", { user: { id: "p2", name: "bob" } }));
  the.pass(1);
  const sizes: number[] = [];
  let before = 501;
  while (await the.store.retention.step()) {
    const { first, last } = await the.log.read(query());
    sizes.push(before - (last - first + 1));
    before = last - first + 1;
  }
  assertEquals(sizes, [200, 200, 100]);
  const page = await the.log.read(query({ after: 3 }));
  assertEquals(page, { ...page, first: 501, last: 501, more: false });
  assertEquals(page.messages.map(({ id }) => id), ["kept"]);

  the.pass(2 * DAY_MS);
  await the.prune();
  assertEquals(await the.log.read(query()), {
    first: 502,
    last: 501,
    messages: [],
    more: false,
    rev: 0,
  });
  assertEquals([the.log.roomCount, await the.log.rooms(9)], [0, []]);
  assertEquals((await the.append(draft("old0"))).map(outcome), ["message 502"]);
  assertEquals(the.log.roomCount, 1);
});

Deno.test("Retention automatically deletes messages that are too old", async () => {
  await using the = new Fixture({ keepDays: 1, now: 10 * DAY_MS, retentionIntervalMs: 1 });
  await the.append(draft("a"));
  the.pass(2 * DAY_MS);
  while ((await the.log.read(query())).first === 1) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
});

Deno.test("a message that a wrong clock has dated ahead goes with an older one behind it", async () => {
  await using the = new Fixture({ keepDays: 1, now: 1000 * DAY_MS });
  for (const [room, id] of [["lobby", "ahead"], ["lobby", "old"], ["alone", "ahead"]] as const) {
    the.now = (id === "ahead" ? 30_000 : 100) * DAY_MS;
    await the.append(draft(id, { room }));
  }
  the.now = 110 * DAY_MS;
  await the.append(draft("young"));
  await the.prune();
  assertEquals(seqs(await the.log.read(query())), [3]);
  assertEquals(seqs(await the.log.read({ ...query(), room: "alone" })), [1], "its age is unknown");
});

Deno.test("Retention deletes nothing by a clock that jumps, until the clock has agreed for an hour", async () => {
  await using the = new Fixture({ keepDays: 1, now: 100 * DAY_MS });
  await the.append(draft("a"));
  the.pass(2 * HOUR_MS);
  assertEquals(await the.store.retention.step(), false, "it is young");
  the.now += 91 * DAY_MS;
  assertEquals(await the.store.retention.step(), false, "the clock has jumped ahead");
  the.pass(HOUR_MS - 1);
  assertEquals(await the.store.retention.step(), false, "for less than an hour");
  the.now -= 91 * DAY_MS;
  assertEquals(await the.store.retention.step(), false, "and back");
  assertEquals(seqs(await the.log.read(query())), [1]);
  the.pass(2 * DAY_MS);
  assertEquals(await the.store.retention.step(), true, "now it is old");
});

Deno.test("Retention deletes nothing by a clock that is behind the log", async () => {
  await using the = new Fixture({ keepDays: 1, now: 100 * DAY_MS });
  await the.append(draft("old"));
  the.now += 10 * DAY_MS;
  await the.append(draft("a"));
  the.now -= 5 * DAY_MS;
  for (let hours = 0; hours < 5; hours++) {
    the.pass(HOUR_MS);
    assertEquals(await the.store.retention.step(), false);
  }
  assertEquals(seqs(await the.log.read(query())), [1, 2]);
});

Deno.test("Retention deletes nothing by a clock that is ahead of the log's time from the start", async () => {
  // As on NATS, where another machine's clock gives the times.
  await using the = new Fixture({ keepDays: 90, now: 100 * DAY_MS });
  await the.append(draft("a"));
  const { state } = the.store;
  using retention = new Retention(state, LocalLog.open(state, { now: () => the.now }), {
    ...{ now: () => the.now + 91 * DAY_MS, elapsed: () => the.now },
    retentionIntervalMs: 1e9,
  });
  for (let hours = 0; hours < 5; hours++) {
    the.pass(HOUR_MS);
    assertEquals(await retention.step(), false);
  }
  assertEquals(seqs(await the.log.read(query())), [1]);
});

Deno.test("Retention deletes nothing by a clock that was behind the log before a restart", async () => {
  await using folder = await temporaryFolder();
  const path = `${folder.path}/chat.db`;
  {
    await using the = new Fixture({ path, keepDays: 1, now: 100 * DAY_MS });
    await the.append(draft("old"));
    the.now += 10 * DAY_MS;
    await the.append(draft("a"));
  }
  await using the = new Fixture({ path, keepDays: 1, now: 105 * DAY_MS });
  for (let hours = 0; hours < 5; hours++) {
    the.pass(HOUR_MS);
    assertEquals(await the.store.retention.step(), false);
  }
  assertEquals(seqs(await the.log.read(query())), [1, 2]);
});

Deno.test("random actions give the results of a model of the promises", async () => {
  const random = seeded(42);
  const pick = <T>(from: readonly T[]): T => pickOne(random, from);
  const path = `${Deno.makeTempDirSync({ prefix: "hubbub_log_" })}/chat.db`;
  const model = new Map<string, { last: number; kept: Message[] }>();
  let the = new Fixture({ path, keepDays: 2, now: 100 * DAY_MS });
  for (let step = 0; step < 600; step++) {
    const what = random();
    the.pass(Math.floor(random() * DAY_MS / 10));
    if (what < 0.05) {
      await the[Symbol.asyncDispose]();
      the = new Fixture({ path, keepDays: 2, now: the.now });
    } else if (what < 0.15) {
      await the.prune();
      for (const room of model.values()) {
        const young = room.kept.findIndex(({ at }) => at >= the.now - 2 * DAY_MS);
        room.kept.splice(0, young < 0 ? room.kept.length : young);
      }
    } else if (what < 0.6) {
      // Clocks are set back at times.
      const back = Math.floor(random() * DAY_MS);
      the.now -= back;
      const drafts = Array.from(
        { length: 1 + Math.floor(random() * 30) },
        () =>
          draft(`id${Math.floor(random() * 60)}`, {
            room: pick(["lobby", "a", "b"]),
            user: { id: pick(["p1", "p2"]), name: pick(["ann", "bob"]) },
            text: String(random()),
            origin: step,
          }),
      );
      const expected = drafts.map(({ room, id, user, text, origin }) => {
        const { last, kept } = getOrMake(model, room);
        const first = kept.find((m) => m.id === id && m.user.id === user.id);
        if (first) return { type: "duplicate", message: first, origin };
        const message = { room, seq: last + 1, id, user, text, at: the.now };
        kept.push(message);
        model.set(room, { last: last + 1, kept });
        return { type: "message", message, origin };
      });
      assertEquals<unknown>(await the.append(...drafts), expected);
      the.now += back;
    } else {
      const room = pick(["lobby", "a", "b", "never"]);
      const { last, kept } = model.get(room) ?? { last: 0, kept: [] };
      const bound = Math.floor(random() * (last + 3));
      const limit = 1 + Math.floor(random() * 20);
      const direction = pick(["after", "before", "newest"]);
      const asked = kept.filter(({ seq }) =>
        direction === "after" ? seq > bound : direction === "newest" || seq < bound
      );
      const messages = direction === "after" ? asked.slice(0, limit) : asked.slice(-limit);
      const page = await the.log.read(
        query({ room, limit, ...(direction === "newest" ? {} : { [direction]: bound }) }),
      );
      const expected = { first: last - kept.length + 1, last, messages };
      assertEquals(page, { ...expected, more: messages.length < asked.length, rev: 0 });
    }
  }
  assert([...model.values()].every(({ last }) => last > 300), "the rooms have seen enough");
  await the[Symbol.asyncDispose]();
  Deno.removeSync(path.replace(/\/[^/]*$/, ""), { recursive: true });
});

function getOrMake(model: Map<string, { last: number; kept: Message[] }>, room: string) {
  const made = model.get(room) ?? { last: 0, kept: [] };
  model.set(room, made);
  return made;
}

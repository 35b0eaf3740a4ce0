import { assert, assertEquals, assertRejects } from "../testing/assert.ts";
import type { Draft, Entry } from "../hub/message_log.ts";
import type { Message } from "../protocol/mod.ts";
import { SQL, SqliteLog, type SqliteLogOptions } from "../sqlite/message_log.ts";
import { openStore, type Store } from "../sqlite/database.ts";
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

const DAY_MS = 86_400_000;

/** A log on a file of its own, or on one that is given, with what a test asks of it. */
class Fixture implements AsyncDisposable {
  readonly store: Store;
  readonly log: SqliteLog<number>;
  readonly #entries: AsyncIterator<Entry<number>[]>;
  readonly #temporary: string | undefined;

  constructor(options: SqliteLogOptions & { path?: string } = {}) {
    this.#temporary = options.path ? undefined : Deno.makeTempDirSync({ prefix: "hubbub_log_" });
    const path = options.path ?? `${this.#temporary}/chat.db`;
    this.store = openStore({ path, sync: "normal" });
    this.log = new SqliteLog(this.store, options);
    this.#entries = this.log.entries[Symbol.asyncIterator]();
  }

  async append(...drafts: Draft<number>[]): Promise<Entry<number>[]> {
    this.log.append(drafts);
    const { value } = await this.#entries.next();
    return value;
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
  assertEquals(first.map((entry) => entry.type !== "failed" && entry.origin), [1, 2, 3]);
  assertEquals((await the.append(draft("d"))).map(outcome), ["message 3"]);
  const page = await the.log.read(query());
  assertEquals(page.messages.map(({ id }) => id), ["a", "c", "d"]);
  assertEquals(page, { ...page, first: 1, last: 3, more: false });
});

Deno.test("what is told is what is stored, whatever the text", async () => {
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

Deno.test("a draft that fits into no row fails alone", async () => {
  await using the = new Fixture();
  const entries = await the.append(draft("a"), draft("b", { at: NaN }), draft("c"));
  assertEquals(entries.map(outcome), ["message 1", "failed", "message 2"]);
  assert(the.log.healthy);
  assertEquals(seqs(await the.log.read(query())), [1, 2]);
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
  assertEquals(await the.log.read(query()), { first: 1, last: 0, messages: [], more: false });
  await the.append(...TEN);
  await checkPages(the.log);
});

Deno.test("paging either way gives everything once, within the bytes asked for", async () => {
  await using the = new Fixture();
  await the.append(...MANY);
  await checkPaging(the.log);
  const left = the.store.db.prepare("pragma wal_checkpoint(truncate)").get();
  assertEquals(left?.busy, 0, "a page cut short leaves no reader behind");
});

Deno.test("rooms come latest first and are counted", async () => {
  await using the = new Fixture();
  assertEquals(the.log.roomCount, 0);
  await the.append(
    draft("a", { room: "one", at: 5 }),
    draft("b", { room: "two", at: 9 }),
    draft("c", { room: "three", at: 7 }),
  );
  await the.append(draft("d", { room: "one", at: 8 }));
  assertEquals(the.log.roomCount, 3);
  assertEquals(await the.log.rooms(2), [
    { room: "two", last: 1, at: 9 },
    { room: "one", last: 2, at: 8 },
  ]);
});

Deno.test("what is older than the days to keep goes, in small steps, and no number returns", async () => {
  let now = 10 * DAY_MS;
  await using the = new Fixture({ keepDays: 1, now: () => now });
  const old = Array.from({ length: 500 }, (_, i) => draft(`old${i}`, { at: now - DAY_MS - 1 }));
  await the.append(...old, draft("kept", { at: now, user: { id: "p2", name: "bob" } }));
  const sizes: number[] = [];
  let before = 501;
  while (the.log.prune()) {
    const { first, last } = await the.log.read(query());
    sizes.push(before - (last - first + 1));
    before = last - first + 1;
  }
  assertEquals(sizes, [200, 200, 100]);
  const page = await the.log.read(query({ after: 3 }));
  assertEquals(page, { ...page, first: 501, last: 501, more: false });
  assertEquals(page.messages.map(({ id }) => id), ["kept"]);

  now += 2 * DAY_MS;
  while (the.log.prune());
  assertEquals(await the.log.read(query()), { first: 502, last: 501, messages: [], more: false });
  assertEquals([the.log.roomCount, await the.log.rooms(9)], [0, []]);
  assertEquals((await the.append(draft("old0", { at: now }))).map(outcome), ["message 502"]);
  assertEquals(the.log.roomCount, 1);
});

Deno.test("the log forgets by itself", async () => {
  await using the = new Fixture({ keepDays: 1, now: () => 10 * DAY_MS });
  await the.append(draft("a", { at: 0 }));
  while ((await the.log.read(query())).first === 1) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
});

Deno.test("every statement finds its rows by an index", async () => {
  await using the = new Fixture();
  await the.append(draft("a"));
  for (const [name, sql] of Object.entries(SQL)) {
    // One row; and as many entries as there are rooms, counted once after a change.
    if (name === "probe" || name === "roomCount") continue;
    const plan = the.store.db.prepare(`explain query plan ${sql}`).all().map((row) => row.detail);
    const scans = plan.filter((detail) => /^SCAN|TEMP B-TREE/.test(String(detail)));
    const allowed = name === "rooms" ? ["SCAN room USING INDEX room_by_newest"] : [];
    assertEquals<unknown[]>(scans, allowed, `${name}: ${plan.join("; ")}`);
  }
});

Deno.test("a random life gives what a model of the promises gives", async () => {
  const random = generator(42);
  const pick = <T>(from: readonly [T, ...T[]]): T =>
    from[Math.floor(random() * from.length)] ?? from[0];
  const path = `${Deno.makeTempDirSync({ prefix: "hubbub_log_" })}/chat.db`;
  let now = 100 * DAY_MS;
  const model = new Map<string, { last: number; kept: Message[] }>();
  const open = () => new Fixture({ path, keepDays: 2, now: () => now });
  let the = open();
  for (let step = 0; step < 600; step++) {
    const what = random();
    now += Math.floor(random() * DAY_MS / 10);
    if (what < 0.05) {
      await the[Symbol.asyncDispose]();
      the = open();
    } else if (what < 0.15) {
      while (the.log.prune());
      for (const room of model.values()) {
        const young = room.kept.findIndex(({ at }) => at >= now - 2 * DAY_MS);
        room.kept.splice(0, young < 0 ? room.kept.length : young);
      }
    } else if (what < 0.6) {
      const drafts = Array.from(
        { length: 1 + Math.floor(random() * 30) },
        () =>
          draft(`id${Math.floor(random() * 60)}`, {
            room: pick(["lobby", "a", "b"]),
            user: { id: pick(["p1", "p2"]), name: pick(["ann", "bob"]) },
            text: String(random()),
            // Clocks are set back at times.
            at: now - Math.floor(random() * DAY_MS),
            origin: step,
          }),
      );
      const expected = drafts.map((draft) => {
        const { room, id, user, text, at, origin } = draft;
        const { last, kept } = getOrMake(model, room);
        const first = kept.find((m) => m.id === id && m.user.id === user.id);
        if (first) return { type: "duplicate", message: first, origin };
        const message = { room, seq: last + 1, id, user, text, at };
        kept.push(message);
        model.set(room, { last: last + 1, kept });
        return { type: "message", message, origin };
      });
      assertEquals<unknown>(await the.append(...drafts), expected);
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
      assertEquals(page, { ...expected, more: messages.length < asked.length });
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

/** Numbers in [0, 1), the same for the same seed (mulberry32). */
function generator(seed: number): () => number {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

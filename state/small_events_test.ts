import type { DatabaseSync } from "node:sqlite";
import { openDatabase } from "./database.ts";
import { EventWork } from "./event_work.ts";
import type { Done, EventLog } from "./event_log.ts";
import { Links } from "./link_tokens.ts";
import type { Event } from "./events.ts";
import { LocalLog } from "./local_log.ts";
import { UNCHANGED } from "./outcome.ts";
import { StatePeople } from "./people.ts";
import { SmallEvents } from "./small_events.ts";
import { State } from "./state.ts";
import { delay } from "../lib/std.ts";
import { assert, assertEquals, assertRejects } from "../testing/assert.ts";

/** A log that counts its batches and takes its time, like a slow disk. */
class SlowLog {
  readonly batches: number[] = [];
  constructor(readonly inner: EventLog, readonly ms: number) {}

  append(events: readonly Event[], done: Done): void {
    this.batches.push(events.length);
    const end = performance.now() + this.ms;
    while (performance.now() < end);
    this.inner.append(events, done);
  }

  get log(): EventLog {
    const { inner } = this;
    return {
      append: (events, done) => this.append(events, done),
      listen: (listener) => inner.listen(listener),
      reach: () => inner.reach(),
      now: () => inner.now(),
      healthy: true,
      [Symbol.asyncDispose]: () => inner[Symbol.asyncDispose](),
    };
  }
}

function open(ms: number) {
  const database = openDatabase({ path: ":memory:", sync: "full" });
  const state = new State(database);
  const slow = new SlowLog(LocalLog.open(state), ms);
  const work = new EventWork(database.db);
  const events = new SmallEvents(slow.log, () => {}, (event) => work.of(event));
  return {
    ...{
      db: database.db,
      state,
      slow,
      events,
      people: new StatePeople(state, { log: slow.log, events }),
    },
    [Symbol.dispose]() {
      events[Symbol.dispose]();
      database[Symbol.dispose]();
    },
  };
}

Deno.test("SmallEvents commit the names, uses and ended sessions of a moment together", async () => {
  using the = open(0);
  const claims = Array.from({ length: 50 }, (_, i) => {
    const name = `name${i}`;
    return the.people.claim({ id: `p${i}`, name, key: name, used: 1 });
  });
  await Promise.all([...claims, the.people.endSession("s", { until: 1, forgets: false })]);
  assertEquals(the.slow.batches, [51]);
  assertEquals((await the.people.byKey("name49"))?.id, "p49");
  await Promise.all(Array.from({ length: 50 }, (_, i) => the.people.use(`p${i}`, 2)));
  assertEquals(the.slow.batches, [51, 50]);
});

Deno.test("SmallEvents tell everybody of few new pictures at a time", async () => {
  using the = open(0);
  await the.people.claim({ id: "p1", name: "Ann", key: "ann", used: 1 });
  const ask = async (person: string, count: number) => {
    the.slow.batches.length = 0;
    const pictures = Array.from({ length: count }, (_, i) => {
      const picture = { id: `i${i}`, mime: "image/png", data: "AAAA" };
      return the.events.append({ type: "picture", owner: person, picture, by: person });
    });
    const types = new Set((await Promise.all(pictures)).map(({ type }) => type));
    return { types: [...types], most: Math.max(...the.slow.batches) };
  };
  assertEquals(await ask("p1", 60), { types: ["changed"], most: 21 });
  // What is refused takes no time from others.
  assertEquals(await ask("guest", 60), { types: ["refused"], most: 60 });
});

Deno.test("SmallEvents let one of two simultaneous claims win, and nobody hold a claimed name", async () => {
  using the = open(0);
  const claim = (id: string) => the.people.claim({ id, name: "Ann", key: "ann", used: 1 });
  const claims = [claim("p1"), claim("p2"), claim("p1")];
  assertEquals(await the.people.hold("ann", "p3"), false);
  assertEquals(await Promise.all(claims), [true, false, true]);
});

Deno.test("SmallEvents take at most a third of the time on a slow disk", async () => {
  using the = open(10);
  const start = performance.now();
  // Ten people, each with one request at a time, as fast as they are answered.
  await Promise.all(Array.from({ length: 10 }, async (_, i) => {
    for (let n = 0; n < 30; n++) {
      const name = `name${i}x${n}`;
      assert(await the.people.claim({ id: `p${i}`, name, key: name, used: 1 }));
    }
  }));
  const took = performance.now() - start;
  const { length } = the.slow.batches;
  // Behind the last one nothing waits.
  assert((length - 1) * 10 < took / 3, `${length} batches in ${took} ms`);
  assert(length < 100, `300 names in ${length} batches`);
});

Deno.test("SmallEvents reject all of a batch that the disk refuses, and go on", async () => {
  using the = open(0);
  const { append } = the.slow.inner;
  the.slow.inner.append = (events, done) =>
    done(new Error("disk full"), { from: 0, to: events.length });
  const ends = ["a", "b"].map((id) => the.people.endSession(id, { until: 1, forgets: false }));
  for (const end of ends) await assertRejects(() => end, Error, "disk full");
  the.slow.inner.append = append;
  await the.people.endSession("a", { until: 1, forgets: false });
  assert(!await the.people.isLoggedIn({ id: "a", person: "p", generation: 0 }));
});

Deno.test("SmallEvents bound the work of a batch, and put other things between", async () => {
  using the = open(0);
  const ends = Array.from(
    { length: 200 },
    (_, i) => the.people.endSession(`s${i}`, { until: 1, forgets: false }),
  );
  await Promise.all(ends);
  assertEquals(the.slow.batches, [64, 64, 64, 8]);
  const markers = Array.from({ length: 400 }, (_, i) => ({ person: `p${i}`, room: "tea", seq: 1 }));
  await Promise.all([1, 2, 3, 4].map(() => the.events.append({ type: "markers", markers })));
  assertEquals(the.slow.batches.slice(4), [2, 2]);
});

/** A long event. */
function gone(person: string): Event {
  return { type: "account_deleted", person, generation: 0 };
}

Deno.test("SmallEvents let nobody wait for more than one of many long events", async () => {
  using the = open(0);
  const long = Array.from(
    { length: 80 },
    (_, i) => the.events.append(gone(`p${i}`), { network: `192.0.2.${i % 2}`, person: "" }),
  );
  const ends = [1, 2].map((n) => the.people.endSession(`s${n}`, { until: 1, forgets: false }));
  await Promise.all(ends);
  assert(the.slow.batches.length <= 2, `${the.slow.batches}`);
  await Promise.all(long);
  assertEquals(the.slow.batches.length, 81);
  // Nor do the long ones wait for all others.
  const last = the.events.append(gone("p"));
  for (let i = 0; i < 300; i++) {
    void the.people.endSession(`t${i}`, { until: 1, forgets: false });
  }
  await last;
  assert(the.slow.batches.length <= 83, `${the.slow.batches}`);
});

Deno.test("SmallEvents do not wait as long again as a disk has stalled", async () => {
  using the = open(1500);
  await the.people.endSession("s0", { until: 1, forgets: false });
  const start = performance.now();
  const next = the.people.endSession("s1", { until: 1, forgets: false });
  while (the.slow.batches.length < 2) await delay(10);
  // The second batch takes as long as the first one.
  const paused = performance.now() - start - 1500;
  await next;
  assert(paused < 1300, `a pause of ${paused} ms`);
});

Deno.test("SmallEvents put fewer events into a batch that touch many rows", async () => {
  using the = open(0);
  const { db, slow } = the;
  const user = { id: "p1", name: "p1" };
  for (const id of ["a", "b", "c"]) {
    await the.events.append({ type: "message", room: "tea", id, user, text: "" });
  }
  db.exec(`
    update room set id = 100 where name = 'tea';
    update message set room = 100;
    with recursive n (i) as (select 1 union all select i + 1 from n where i < 9900)
    insert into membership (person, room, visible_from, level, read, place, since)
      select 'p' || i, 100, 1, 'all', 0, 1, 1 from n;
    with recursive n (i) as (select 1 union all select i + 1 from n where i < 20)
    insert into emoji (room, seq, emoji, first, count)
      select 100, seq, i, i, 500 from n, (select 1 as seq union select 2);
    update membership set role = 'moderator' where person = 'p1';
  `);
  joinMany(db, "many", 400);
  const batchesOf = async (event: Event) => {
    const before = slow.batches.length;
    await Promise.all(Array.from({ length: 16 }, () => the.events.append(event)));
    return slow.batches.length - before;
  };
  const by = { person: "p1", room: "tea" };
  const of = async (events: Event[]) => {
    const counts: number[] = [];
    for (const event of events) counts.push(await batchesOf(event));
    return counts;
  };
  assertEquals(
    await of([
      { type: "delete", ...by, seq: 1 },
      { type: "clear_reactions", ...by, seq: 2 },
      { type: "room_setting", room: "tea", by: "p1", setting: "title", value: "t" },
      gone("nobody"),
      { type: "order", person: "many", room: "none" },
      { type: "all_read", person: "many" },
      { type: "report_closed", report: "r", outcome: "dismissed", by: "p1" },
      { type: "edit", ...by, seq: 1, id: "e", text: "", mentions: Array(50).fill("p2") },
    ]),
    [16, 16, 16, 16, 3, 2, 1, 2],
  );
  // Ordinary ones of the same kinds do not wait for that.
  assertEquals(await of([{ type: "delete", ...by, seq: 3 }, { type: "order", ...by }]), [1, 1]);
});

/** Gives a person memberships in so many rooms. */
function joinMany(db: DatabaseSync, person: string, rooms: number): void {
  db.prepare(`
    with recursive n (i) as (select 1 union all select i + 1 from n where i < ?)
    insert into membership (person, room, visible_from, level, read, place, since)
      select ?, 1000 + i, 1, 'all', 0, i, 1 from n
  `).run(rooms, person);
}

Deno.test("SmallEvents let nobody wait for hundreds of events of another network, and nor the server", async () => {
  using the = open(0);
  const { events, slow } = the;
  joinMany(the.db, "many", 200);
  const ignored = Array.from({ length: 500 }, (_, i) => {
    const by = { person: `p${i}`, network: `2001:db8:0:${i.toString(16)}::/64` };
    return events.append({ type: "ignore", person: "many", other: `o${i}`, on: true }, by);
  });
  await ignored[0];
  const before = slow.batches.length;
  const end = { type: "session_ended", session: "s", until: 1, forgets: false } as const;
  const markers = [{ person: "ann", room: "tea", seq: 1 }];
  await Promise.all([
    events.append(end, { person: "ann", network: "192.0.2.1" }),
    events.append({ type: "markers", markers }),
  ]);
  assertEquals(slow.batches.length - before, 1);
  await Promise.all(ignored);
  assertEquals(slow.batches.length, 50);
});

Deno.test("SmallEvents let no log-in wait for many events of the server, nor for those of other networks", async () => {
  using the = open(0);
  const { state, events, people, slow } = the;
  const links = new Links({ state, events, reach: () => Promise.resolve(), now: () => 0 });
  const owner = { name: "Ann", key: "ann", used: 1 };
  const from = "192.0.2.1";
  await people.claim({ id: "ann", ...owner });
  const waiting = Array.from({ length: 300 }, (_, i) => [
    events.append({ type: "all_read", person: `p${i}` }),
    events.append({ type: "all_read", person: `q${i}` }, { person: `q${i}`, network: "::" }),
  ]).flat();
  const before = slow.batches.length;
  await Promise.all([
    people.use("ann", 2, from),
    people.free({ id: "ben", used: 0 }, from),
    links.reset("", "secret", from),
    links.accept("", "ann", from),
    links.claim("", "ann", from),
  ]);
  assertEquals(slow.batches.length - before, 1);
  // Nor for those of somebody who asks for the person's name.
  const asked = Array.from({ length: 200 }, () => people.free({ id: "ann", used: 0 }, "192.0.2.9"));
  await people.use("ann", 3, from);
  assertEquals(slow.batches.length - before, 2);
  await Promise.all([...waiting, ...asked]);
});

Deno.test("SmallEvents that end append what there is time for, in batches, and reject the rest", async () => {
  const ends = (the: ReturnType<typeof open>, count: number) =>
    Promise.allSettled(
      Array.from({ length: count }, (_, i) => {
        return the.people.endSession(`s${i}`, { until: 1, forgets: false, from: `192.0.2.${i}` });
      }),
    );
  using quick = open(0);
  const all = ends(quick, 200);
  quick.events[Symbol.dispose]();
  assertEquals(quick.slow.batches, [64, 64, 64, 8]);
  assert((await all).every(({ status }) => status === "fulfilled"));
  using slow = open(300);
  const some = ends(slow, 200);
  slow.events[Symbol.dispose]();
  assertEquals(slow.slow.batches, [64, 64]);
  assertEquals((await some).filter(({ status }) => status === "rejected").length, 72);
});

Deno.test("SmallEvents keep the order of read markers, however many there are, and of what reads all", async () => {
  using the = open(0);
  const { db, events } = the;
  db.exec(`
    insert into room (id, name, last) values (100, 'tea', 40);
    insert into membership (person, room, visible_from, level, read, place, since)
      values ('ann', 100, 1, 'all', 0, 1, 1), ('bob', 100, 1, 'all', 0, 1, 1);
  `);
  const others = Array.from({ length: 300 }, (_, i) => ({ person: `p${i}`, room: "tea", seq: 1 }));
  const marked = (person: string, seq: number) =>
    ({ person, room: "tea", seq, back: true }) as const;
  // Long ones wait before them.
  const long = Array.from(
    { length: 4 },
    (_, i) => events.append(gone(`p${i}`)),
  );
  await Promise.all([
    ...long,
    events.append({ type: "markers", markers: [...others, marked("ann", 5), marked("bob", 5)] }),
    events.append({ type: "all_read", person: "ann" }),
    events.append({ type: "markers", markers: [marked("bob", 20)] }),
  ]);
  const rows = db.prepare("select read from membership order by person").all();
  assertEquals(rows.map(({ read }) => read), [40, 20]);
});

Deno.test("SmallEvents appends a batch when the one before is applied; if that fails, waiting events fail", async () => {
  const appended: [events: number, done: Done][] = [];
  using events = new SmallEvents({
    append: (batch, done) => void appended.push([batch.length, done]),
    listen: () => {},
    now: () => 0,
    reach: () => Promise.resolve(),
    healthy: true,
    [Symbol.asyncDispose]: () => Promise.resolve(),
  });
  const outcomes = Promise.allSettled(
    Array.from({ length: 130 }, (_, i) => events.append({ type: "all_read", person: `p${i}` })),
  );
  const turns = async (batches: number) => {
    while (appended.length < batches) await new Promise((resolve) => setTimeout(resolve));
  };
  await turns(1);
  await new Promise((resolve) => setTimeout(resolve));
  assertEquals(appended.map(([count]) => count), [64]);
  // In two parts, as a log does whose entries can't hold all.
  for (const range of [{ from: 0, to: 60 }, { from: 60, to: 64 }]) {
    appended[0]?.[1](Array.from({ length: range.to - range.from }, () => UNCHANGED), range);
  }
  await turns(2);
  assertEquals(appended.map(([count]) => count), [64, 64]);
  appended[1]?.[1](new Error("lost"), { from: 0, to: 64 });
  const statuses = (await outcomes).map(({ status }) => status);
  assertEquals(statuses.filter((status) => status === "fulfilled").length, 64);
  assertEquals(appended.length, 2);
});

Deno.test("SmallEvents begin a batch with what would be refused, and ask again whether it would", async () => {
  const batches: string[][] = [];
  let isGranted = false;
  using events = new SmallEvents(
    {
      append: (batch, done) => {
        const names = batch.map((event) => event.type === "all_read" ? event.person : "");
        batches.push(names);
        isGranted ||= names.includes("grant");
        done(batch.map(() => UNCHANGED), { from: 0, to: batch.length });
      },
      ...{ listen: () => {}, now: () => 0, reach: () => Promise.resolve(), healthy: true },
      [Symbol.asyncDispose]: () => Promise.resolve(),
    },
    () => {},
    (event) => {
      const name = event.type === "all_read" ? event.person : "";
      if (name === "large") return { queue: "ordered", work: 600 };
      if (!name.startsWith("wish")) return { queue: "ordered", work: 1 };
      return isGranted ? { queue: "others", work: 64 } : { queue: "doubtful", work: 1 };
    },
  );
  const append = (person: string) => events.append({ type: "all_read", person });
  const all = [append("large"), append("grant")];
  for (let i = 0; i < 40; i++) all.push(append(`wish${i}`));
  await Promise.all(all);
  const wishes = (batch: readonly string[] = []) =>
    batch.filter((name) => name.startsWith("wish")).length;
  // What needs a batch for itself has its turn, too; what comes before the grant is refused.
  assertEquals(batches[0]?.slice(wishes(batches[0])), ["large"]);
  assertEquals(batches[1]?.slice(wishes(batches[1])), ["grant"]);
  assertEquals(batches.map(wishes), [16, 16, ...Array.from({ length: 8 }, () => 1)]);
});

/** Reports of messages and people: who makes, sees and ends them. */
import { DAY_MS, HOUR_MS } from "../lib/time.ts";
import { REPLY_BYTES, type Report, type ServerLine } from "../protocol/mod.ts";
import { REPORTED_CHARACTERS } from "../protocol/reports.ts";
import { assert, assertEquals } from "../testing/assert.ts";
import { HubOnState, kindOf } from "../testing/hub_on_state.ts";
import type { Recorder } from "../testing/recorder.ts";
import type { Event } from "./events.ts";
import type { ReportEvent } from "./kinds/report.ts";
import { LocalLog } from "./local_log.ts";
import { OPEN_REPORTS, REASONS_LIMIT, REPORTS_LIMIT } from "./report_table.ts";
import { Retention } from "./retention.ts";

let ids = 0;

function message(person: string, room: string, text = "spam"): Event {
  return { type: "message", room, id: `r${ids++}`, user: { id: person, name: person }, text };
}

/** The open reports that somebody sees; the code of the error for who may not ask. */
async function seen(the: HubOnState, asker: Recorder): Promise<readonly Report[] | string> {
  const line = await the.ask(asker, { type: "reports" });
  return line.type === "reports" ? line.reports : kindOf(line);
}

function report(the: HubOnState, asker: Recorder, room: string, seq: number): Promise<ServerLine> {
  return the.ask(asker, { type: "report", room, seq, reason: "rude" });
}

Deno.test("a report reaches the admins and the moderators of its room, and nobody else", async () => {
  await using the = new HubOnState();
  const [mod, ann, bob, root, other] = [
    the.person("mod"),
    the.person("ann"),
    the.person("bob"),
    the.person("root", "admin"),
    the.person("other"),
  ];
  the.append(message(mod.user.id, "tea"), message(other.user.id, "garden"));
  the.append(message(bob.user.id, "tea", "you fool"));
  assertEquals(kindOf(await report(the, ann, "tea", 2)), "ok");
  const told = (client: Recorder) => client.all("reported").length;
  assertEquals([mod, root, ann, bob, other].map(told), [1, 1, 0, 0, 0]);
  for (const judge of [mod, root]) {
    const reports = await seen(the, judge);
    assert(typeof reports === "object");
    const [one] = reports;
    assert(one !== undefined && reports.length === 1);
    const { report: _, at: _at, reasons, ...shown } = one;
    assertEquals(shown, {
      ...{ user: { id: bob.user.id, name: bob.user.id }, text: "you fool" },
      ...{ room: "tea", seq: 2 },
    });
    assertEquals(reasons.map(({ user, reason }) => [user.name, reason]), [["ann", "rude"]]);
  }
  // Those who moderate another room ask, and see nothing.
  assertEquals(await seen(the, other), []);
  for (const stranger of [ann, bob]) assertEquals(await seen(the, stranger), "forbidden");
  // A second person adds a reason; the same one again changes nothing.
  await report(the, other, "tea", 2);
  await report(the, other, "tea", 2);
  assertEquals(told(mod), 2);
  const [one] = await seen(the, mod);
  assert(typeof one === "object");
  assertEquals(one.reasons.map(({ user }) => user.name), ["ann", "other"]);

  // Only those who see it end it, once.
  const close = (asker: Recorder) =>
    the.ask(asker, { type: "close_report", report: one.report, outcome: "acted" });
  assertEquals(kindOf(await close(ann)), "forbidden");
  assertEquals(kindOf(await close(other)), "stale");
  assertEquals(kindOf(await close(mod)), "ok");
  assertEquals(told(root), 3);
  assertEquals(kindOf(await close(root)), "stale");
  assertEquals([await seen(the, mod), await seen(the, root)], [[], []]);
  const audit = await the.ask(root, { type: "audit" });
  assert(audit.type === "audit");
  const { n: _n, at: _t, ...record } = audit.entries[0] ?? { n: 0, at: 0 };
  assertEquals<unknown>(record, {
    ...{ by: mod.user.id, action: "close_report", person: bob.user.id, detail: "acted" },
  });
  assert(!JSON.stringify(audit).includes("fool"));
  const { db } = the.store.state.database;
  for (const table of ["report", "report_reason"]) {
    assertEquals(db.prepare(`select * from ${table}`).all(), [], table);
  }
});

Deno.test("a message that a person may not read can't be reported, and looks as if it did not exist", async () => {
  await using the = new HubOnState();
  const [ann, bob, eve] = [the.person("ann"), the.person("bob"), the.person("eve", "guest")];
  const created = await the.ask(ann, {
    ...{ type: "create", kind: "private", title: "Staff", topic: "", history: "joined" },
  });
  assert(created.type === "created");
  const { room } = created;
  the.append(message(ann.user.id, room, "early"));
  const answer = async (asker: Recorder, address: string, seq: number) => {
    const { ref: _, ...line } = { ref: "", ...await report(the, asker, address, seq) };
    return line;
  };
  assertEquals(await answer(bob, room, 1), await answer(bob, `~${"z".repeat(20)}`, 1));
  assertEquals(await answer(eve, room, 1), await answer(bob, room, 1));
  await the.ask(ann, { type: "add", room, person: bob.user.id });
  // Below the first message that bob may see there is none.
  assertEquals(await answer(bob, room, 1), await answer(bob, room, 99));
  the.append(message(ann.user.id, room, "late"));
  assertEquals(kindOf(await report(the, bob, room, 2)), "ok");
  assertEquals(kindOf(await report(the, ann, room, 1)), "forbidden");
  assertEquals(kindOf(await report(the, ann, "nowhere", 1)), "no_room");
  const about = (person: string) => the.ask(ann, { type: "report", person, reason: "rude" });
  assertEquals(kindOf(await about("nobody")), "no_person");
  assertEquals(kindOf(await about(ann.user.id)), "forbidden");
  assertEquals(kindOf(await about(bob.user.id)), "ok");
});

Deno.test("nobody sees reports about themselves, and moderators none of before they may see", async () => {
  await using the = new HubOnState();
  const [mod, late, ann, root, boss] = [
    the.person("mod"),
    the.person("late"),
    the.person("ann"),
    the.person("root", "admin"),
    the.person("boss", "admin"),
  ];
  const created = await the.ask(mod, {
    ...{ type: "create", kind: "private", title: "Staff", topic: "", history: "joined" },
  });
  assert(created.type === "created");
  const { room } = created;
  await the.ask(mod, { type: "add", room, person: ann.user.id });
  the.append(message(mod.user.id, room, "one"));
  await the.ask(mod, { type: "add", room, person: late.user.id });
  await the.ask(mod, { type: "moderator", room, person: late.user.id, on: true });
  the.append(message(mod.user.id, room, "two"));
  for (const seq of [1, 2]) assertEquals(kindOf(await report(the, ann, room, seq)), "ok");
  const texts = async (asker: Recorder) => {
    const reports = await seen(the, asker);
    return typeof reports === "string" ? reports : reports.map(({ text }) => text);
  };
  assertEquals(await texts(mod), []);
  assertEquals(await texts(late), ["two"]);
  assertEquals(await texts(root), ["one", "two"]);
  // An admin learns where it was written, and reads nothing else of the room.
  const [first] = await seen(the, root);
  assert(typeof first === "object");
  assertEquals([first.room, first.title], [room, "Staff"]);
  assert(!the.store.permissions.mayRead(root.user.id, room));
  await the.ask(ann, { type: "report", person: root.user.id, reason: "unfair" });
  assertEquals([(await seen(the, root)).length, (await seen(the, boss)).length], [2, 3]);
  // A former moderator sees nothing.
  await the.ask(mod, { type: "moderator", room, person: late.user.id, on: false });
  assertEquals(await texts(late), "forbidden");
  // A deleted room leaves the reports to the admins.
  await the.ask(mod, { type: "delete_room", room });
  const rest = await seen(the, root);
  assert(typeof rest === "object");
  assertEquals(rest.map(({ text, room, seq }) => [text, room, seq]), [
    ["one", undefined, undefined],
    ["two", undefined, undefined],
  ]);
});

Deno.test("of a direct room admins see the reported message alone, and not where it is", async () => {
  await using the = new HubOnState();
  const [ann, bob, root] = [the.person("ann"), the.person("bob"), the.person("root", "admin")];
  const created = await the.ask(bob, { type: "direct", people: [ann.user.id] });
  assert(created.type === "created");
  the.append(message(bob.user.id, created.room, "hey you"), message(bob.user.id, created.room));
  assertEquals(kindOf(await report(the, ann, created.room, 1)), "ok");
  const line = await the.ask(root, { type: "reports" });
  assert(line.type === "reports");
  const [one] = line.reports;
  assertEquals([one?.text, one?.direct, one?.room, one?.seq], [
    ...["hey you", true, undefined, undefined],
  ]);
  assert(!JSON.stringify(line).includes(created.room));
});

Deno.test("open reports have limits, of which guests can't use up what people with a name need", async () => {
  await using the = new HubOnState();
  const [ann, root, eve] = [
    the.person("ann"),
    the.person("root", "admin"),
    the.person("eve", "guest"),
  ];
  const events = (count: number) => Array.from({ length: count }, () => message("w", "tea"));
  the.append(...events(REPORTS_LIMIT));
  const made = (by: string, seq: number): Event => ({
    ...{ type: "report", report: `q${seq}`, about: { room: "tea", seq } },
    ...{ reason: "spam", by, byName: by },
  });
  the.append(...Array.from({ length: OPEN_REPORTS }, (_, i) => made(ann.user.id, i + 1)));
  assertEquals(kindOf(await report(the, ann, "tea", 30)), "too_many");
  // One of them is ended: there is a place for another.
  await the.ask(root, { type: "close_report", report: "q1", outcome: "dismissed" });
  assertEquals(kindOf(await report(the, ann, "tea", 30)), "ok");
  // Beyond so many reasons nobody needs more.
  for (let i = 0; i < REASONS_LIMIT + 5; i++) the.append(made(`g${i}`, 2));
  const { db } = the.store.state.database;
  const reasons = db.prepare("select count(*) as count from report_reason where report = 'q2'");
  assertEquals(reasons.get()?.count, REASONS_LIMIT);
  const all = db.prepare("select count(*) as count from report");
  const half = REPORTS_LIMIT / 2;
  the.append(...Array.from({ length: half }, (_, i) => made(`guest${i}`, 100 + i)));
  assertEquals(all.get()?.count, half);
  assertEquals(kindOf(await report(the, eve, "tea", 900)), "too_many");
  assertEquals(kindOf(await report(the, root, "tea", 900)), "ok");
});

Deno.test("people who are new can't use up what others need for reports, and those of banned people end", async () => {
  await using the = new HubOnState();
  const [ann, root] = [the.person("ann"), the.person("root", "admin")];
  const { db } = the.store.state.database;
  db.prepare("update membership set since = since - ? where person = ?").run(DAY_MS, ann.user.id);
  the.append(...Array.from({ length: REPORTS_LIMIT }, () => message("w", "tea")));
  const names = Array.from({ length: REPORTS_LIMIT / OPEN_REPORTS }, (_, i) => `flood${i}`);
  the.append(
    ...names.map((name): Event => ({ type: "name", person: name, name, key: name, used: 1 })),
  );
  const made = (by: string, seq: number): ReportEvent => ({
    ...{ type: "report", report: `q${seq}`, about: { room: "tea", seq } },
    ...{ reason: "spam", by, byName: by },
  });
  const about = { person: root.user.id, name: "root" };
  the.append(
    { ...made("flood0", 0), report: "root", about },
    ...names.flatMap((name, n) =>
      Array.from({ length: OPEN_REPORTS }, (_, i) => made(name, n * OPEN_REPORTS + i + 1))
    ),
  );
  const count = () => Number(db.prepare("select count(*) as n from report").get()?.n);
  const most = count();
  assertEquals(most, REPORTS_LIMIT * 3 / 4);
  assertEquals(kindOf(await report(the, ann, "tea", 990)), "ok");
  // One that somebody else has made, too, stays open, and so does one about the admin who bans.
  assertEquals(kindOf(await report(the, ann, "tea", 1)), "ok");
  const told = () => root.all("reported").length;
  const before = told();
  const ban = { type: "ban", person: "flood0", reason: "spam" } as const;
  assertEquals(kindOf(await the.ask(root, ban)), "ok");
  assertEquals([count(), told() - before], [most + 1 - (OPEN_REPORTS - 2), 1]);
  const reasons = db.prepare("select person from report_reason where report in ('q1', 'root')")
    .all();
  assertEquals(reasons.map(({ person }) => person).sort(), ["flood0", ann.user.id]);
});

Deno.test("a list of long messages is cut, and continues with its next", async () => {
  await using the = new HubOnState();
  const root = the.person("root", "admin");
  const long = "x".repeat(60_000);
  the.append(...Array.from({ length: 9 }, () => message("w", "tea", long)));
  for (let seq = 1; seq <= 9; seq++) {
    the.append({
      ...{ type: "report", report: `q${seq}`, about: { room: "tea", seq }, reason: "long" },
      ...{ by: "p1", byName: "p1" },
    });
  }
  const found: string[] = [];
  for (let after: string | undefined, more = true; more;) {
    const line = await the.ask(root, { type: "reports", ...(after !== undefined && { after }) });
    assert(line.type === "reports" && line.reports.length > 0);
    assert(JSON.stringify(line).length < REPLY_BYTES + 1000);
    found.push(...line.reports.map(({ report }) => report));
    after = line.next;
    more = after !== undefined;
  }
  assertEquals(found, Array.from({ length: 9 }, (_, i) => `q${i + 1}`));
});

Deno.test("a report that nobody ends is deleted after 30 days, by a clock that can be trusted", async () => {
  await using the = new HubOnState();
  const [ann, root] = [the.person("ann"), the.person("root", "admin")];
  the.append(message("w", "tea", "old words"));
  await report(the, ann, "tea", 1);
  const start = Date.now();
  let [now, elapsed] = [start, 0];
  using retention = new Retention(
    the.store.state,
    LocalLog.open(the.store.state, { now: () => now }),
    {
      now: () => now,
      elapsed: () => elapsed,
      retentionIntervalMs: 1e9,
    },
  );
  const pass = (ms: number) => [now, elapsed] = [now + ms, elapsed + ms];
  pass(29 * DAY_MS);
  assertEquals(await retention.step(), false);
  assertEquals((await seen(the, root)).length, 1);
  // A clock that jumps deletes nothing.
  now += 90 * DAY_MS;
  assertEquals(await retention.step(), false);
  now -= 90 * DAY_MS;
  assertEquals(await retention.step(), false);
  pass(2 * DAY_MS);
  pass(2 * HOUR_MS);
  assertEquals(await retention.step(), true);
  assertEquals(await seen(the, root), []);
  const { db } = the.store.state.database;
  assertEquals(db.prepare("select * from report_reason").all(), []);
});

Deno.test("banned people report nothing, muted ones do", async () => {
  await using the = new HubOnState();
  const [ann, bob, root] = [the.person("ann"), the.person("bob"), the.person("root", "admin")];
  the.append(message(bob.user.id, "tea"));
  await the.ask(root, { type: "mute", person: ann.user.id });
  assertEquals(kindOf(await report(the, ann, "tea", 1)), "ok");
  the.append({
    ...{ type: "ban", person: bob.user.id, name: "bob", banned: true, reason: "" },
    by: root.user.id,
  });
  the.append({
    ...{ type: "report", report: "q", about: { person: ann.user.id, name: "ann" } },
    ...{ reason: "x", by: bob.user.id, byName: "bob" },
  });
  const reports = await seen(the, root);
  assert(typeof reports === "object");
  assertEquals(reports.map(({ user }) => user.id), [bob.user.id]);
});

Deno.test("each report has the text of its moment, whatever the author made of it before or after", async () => {
  await using the = new HubOnState();
  const [ann, bob, cid, dan] = ["ann", "bob", "cid", "dan"].map((name) => the.person(name));
  const root = the.person("root", "admin");
  assert(ann && bob && cid && dan);
  the.append(message(bob.user.id, "tea", "good morning"));
  const edit = (text: string) =>
    the.append({
      ...{ type: "edit", room: "tea", seq: 1, id: `r${ids++}`, person: bob.user.id, text },
    });
  await report(the, ann, "tea", 1);
  // An abuse, with a NUL and longer than what is kept of it.
  const abuse = `you fool\0${"😀".repeat(REPORTED_CHARACTERS / 2)}`;
  edit(abuse);
  await report(the, cid, "tea", 1);
  // The same person again changes nothing.
  edit("harmless");
  await report(the, cid, "tea", 1);
  await report(the, dan, "tea", 1);
  edit("good morning");
  await report(the, root, "tea", 1);
  const [one] = await seen(the, the.person("boss", "admin"));
  assert(typeof one === "object");
  assertEquals(one.text, "good morning");
  assertEquals(
    Object.fromEntries(one.reasons.map(({ user, text }) => [user.name, text])),
    {
      ann: undefined,
      cid: abuse.slice(0, REPORTED_CHARACTERS).toWellFormed(),
      dan: "harmless",
      root: undefined,
    },
  );
  await the.ask(root, { type: "close_report", report: one.report, outcome: "acted" });
  const { db } = the.store.state.database;
  assertEquals(db.prepare("select * from report_reason").all(), []);
});

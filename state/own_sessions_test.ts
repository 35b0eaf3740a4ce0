/** The sessions of people, as they see and end them. */
import type { ServerLine } from "../protocol/mod.ts";
import { type OwnSession, SESSIONS_LIMIT } from "../protocol/sessions.ts";
import { DAY_MS } from "../lib/time.ts";
import { assert, assertEquals } from "../testing/assert.ts";
import { HubOnState, kindOf } from "../testing/hub_on_state.ts";
import { Recorder } from "../testing/recorder.ts";
import type { SessionUsedEvent } from "./kinds/session_used.ts";

/** An event by which a person uses a session on a day. */
function use(person: string, session: string, used = 20_000, generation = 0): SessionUsedEvent {
  return { type: "session_used", session, person, generation, used, forgets: false };
}

/** A client that enters with a session. */
function enter(the: HubOnState, name: string, session?: string): Recorder {
  const client = new Recorder(name);
  if (session !== undefined) {
    client.session = { id: session, person: client.user.id, generation: 0 };
  }
  the.hub.register(client);
  return client;
}

function listed(line: ServerLine): readonly OwnSession[] {
  assert(line.type === "sessions", JSON.stringify(line));
  return line.sessions;
}

async function ids(the: HubOnState, client: Recorder): Promise<string[]> {
  return listed(await the.ask(client, { type: "sessions" })).map(({ id }) => id);
}

/** Two people with names, of whom ann has three sessions. */
function begin(the: HubOnState): void {
  for (const name of ["ann", "bob"]) {
    the.append({ type: "name", person: `id-of-${name}`, name, key: name, used: 1 });
  }
  the.append(
    use("id-of-ann", "phone", 20_001),
    { ...use("id-of-ann", "desk", 20_002), browser: "Firefox", system: "Linux" },
    use("id-of-ann", "cafe", 20_000),
    use("id-of-bob", "bobs"),
  );
}

Deno.test("who was let in by a secret that has changed since, or by a name that has one now, is not registered", async () => {
  await using the = new HubOnState();
  begin(the);
  const enterBy = (name: string, generation: number) => {
    const client = new Recorder(name);
    client.proof = { person: client.user.id, generation };
    the.hub.register(client);
    return client;
  };
  const before = enterBy("bob", 0);
  await the.ask(before, { type: "sessions" });
  the.append({ type: "all_sessions_ended", person: "id-of-bob", except: "" });
  const [late, next] = [enterBy("bob", 0), enterBy("bob", 1)];
  await the.ask(next, { type: "sessions" });
  assertEquals([before.end, late.closing?.reason, next.end], [undefined, "Logged out", undefined]);
});

Deno.test("a person sees their own sessions, the one that asks first, and nobody else's", async () => {
  await using the = new HubOnState();
  begin(the);
  const phone = enter(the, "ann", "phone");
  const sessions = listed(await the.ask(phone, { type: "sessions" }));
  const since = sessions[0]?.since ?? 0;
  assert(Math.abs(since - Date.now()) < DAY_MS);
  assertEquals(sessions, [
    { id: "phone", since, used: 20_001 * DAY_MS, current: true },
    { id: "desk", since, used: 20_002 * DAY_MS, browser: "Firefox", system: "Linux" },
    { id: "cafe", since, used: 20_000 * DAY_MS },
  ]);
  // Without a session, as with Basic, none is the present one.
  const basic = enter(the, "ann");
  const all = listed(await the.ask(basic, { type: "sessions" }));
  assertEquals(all.map(({ id, current }) => [id, current]), [
    ["desk", undefined],
    ["phone", undefined],
    ["cafe", undefined],
  ]);
  const bob = enter(the, "bob", "bobs");
  assertEquals(await ids(the, bob), ["bobs"]);
  const guest = enter(the, "guest", "guests");
  assertEquals(await ids(the, guest), []);
});

Deno.test("a person ends one session: its connections close at once, and it is not let in again", async () => {
  await using the = new HubOnState();
  begin(the);
  const [phone, tab] = [enter(the, "ann", "phone"), enter(the, "ann", "phone")];
  const desk = enter(the, "ann", "desk");
  assertEquals(kindOf(await the.ask(desk, { type: "end_session", session: "phone" })), "ok");
  for (const client of [phone, tab]) {
    assertEquals([client.end, client.closing], ["dismissed", { code: 1000, reason: "Logged out" }]);
  }
  assertEquals(desk.end, undefined);
  assertEquals(await ids(the, desk), ["desk", "cafe"]);
  // A connection that was let in before, and reaches the hub only now.
  const late = enter(the, "ann", "phone");
  await the.ask(desk, { type: "sessions" });
  assertEquals(late.closing?.reason, "Logged out");
  // A late record of its use does not bring it back.
  the.append(use("id-of-ann", "phone", 20_009));
  assertEquals(await ids(the, desk), ["desk", "cafe"]);
  // Again it changes nothing.
  assertEquals(kindOf(await the.ask(desk, { type: "end_session", session: "phone" })), "ok");
});

Deno.test("nobody ends another person's session, whose id they may know", async () => {
  await using the = new HubOnState();
  begin(the);
  const [ann, bob] = [enter(the, "ann", "phone"), enter(the, "bob", "bobs")];
  const guest = enter(the, "guest", "guests");
  for (const client of [bob, guest]) {
    for (const session of ["phone", "desk", "unknown"]) {
      const answer = await the.ask(client, { type: "end_session", session });
      assertEquals(kindOf(answer), "ok", "as for one that is not there");
    }
  }
  assertEquals(ann.end, undefined);
  assertEquals(await ids(the, ann), ["phone", "desk", "cafe"]);
});

Deno.test("a person ends all other sessions, also those that were never listed, and stays", async () => {
  await using the = new HubOnState();
  begin(the);
  const phone = enter(the, "ann", "phone");
  const others = [
    enter(the, "ann", "desk"),
    enter(the, "ann", "old cookie"),
    enter(the, "ann"),
  ];
  const bob = enter(the, "bob", "bobs");
  assertEquals(kindOf(await the.ask(phone, { type: "end_other_sessions" })), "ok");
  for (const client of others) assertEquals(client.closing?.reason, "Logged out");
  assertEquals([phone.end, bob.end], [undefined, undefined]);
  assertEquals(await ids(the, phone), ["phone"]);
  const { permissions } = the.store;
  const isIn = (id: string, generation: number) =>
    permissions.isLoggedIn({ id, person: "id-of-ann", generation });
  // The cookie of the phone is the former one.
  assertEquals(["phone", "desk", "old cookie"].map((id) => isIn(id, 0)), [true, false, false]);
  assert(isIn("new", 1), "a login after that");
  assertEquals(kindOf(await the.ask(phone, { type: "end_other_sessions" })), "ok");
  assertEquals([isIn("phone", 0), isIn("new", 1)], [true, false]);
  // When all are ended, the phone's is, too.
  the.append({ type: "all_sessions_ended", person: "id-of-ann" });
  await ids(the, bob);
  assertEquals([isIn("phone", 0), phone.closing?.reason], [false, "Logged out"]);
});

Deno.test("a client without a session ends all sessions, and those without one stay", async () => {
  await using the = new HubOnState();
  begin(the);
  const phone = enter(the, "ann", "phone");
  const [bot, other] = [enter(the, "ann"), enter(the, "ann")];
  assertEquals(kindOf(await the.ask(bot, { type: "end_other_sessions" })), "ok");
  assertEquals([phone.closing?.reason, bot.end, other.end], ["Logged out", undefined, undefined]);
  assertEquals(await ids(the, bot), []);
});

Deno.test("of two sessions that end each other at once, the first one stays", async () => {
  await using the = new HubOnState();
  begin(the);
  const [phone, desk] = [enter(the, "ann", "phone"), enter(the, "ann", "desk")];
  const end = (except: string) =>
    ({ type: "all_sessions_ended", person: "id-of-ann", except }) as const;
  await ids(the, phone);
  the.append(end("phone"), end("desk"));
  assertEquals(await ids(the, phone), ["phone"]);
  assertEquals([phone.end, desk.end], [undefined, "dismissed"]);
});

Deno.test("a browser that is another person now stays when the former one's sessions end", async () => {
  await using the = new HubOnState();
  begin(the);
  const phone = enter(the, "ann", "phone");
  // The browser was ann while she was muted, and is bob now.
  const bob = new Recorder("bob");
  bob.session = { id: "bobs", person: "id-of-bob", generation: 0 };
  Object.assign(bob, { aliases: ["id-of-ann"] });
  // Ann's browser under a name that is held while connected.
  const held = new Recorder("anna");
  held.session = { id: "desk", person: "id-of-ann", generation: 0 };
  Object.assign(held, { aliases: ["id-of-ann"] });
  for (const client of [bob, held]) the.hub.register(client);
  await the.ask(phone, { type: "end_session", session: "desk" });
  assertEquals([phone.end, bob.end, held.end], [undefined, undefined, "dismissed"]);
  await the.ask(phone, { type: "end_other_sessions" });
  assertEquals([phone.end, bob.end], [undefined, undefined]);
});

Deno.test("a login whose secret has changed meanwhile is refused, and so is a session that has ended", async () => {
  await using the = new HubOnState();
  begin(the);
  const { people } = the.store;
  const login = (id: string, generation: number) =>
    people.useSession({
      session: { id, person: "id-of-ann", generation },
      ...{ day: 20_003, forgets: false, device: {} },
    });
  assert(await login("new", 0));
  const name = { name: "ann", key: "ann", used: 1, secret: "hash" };
  the.append({ type: "name", person: "id-of-ann", ...name });
  assertEquals(await login("newer", 0), false);
  assert(await login("newest", 1));
  await people.endSession("newest", { until: 9e9, forgets: false });
  assertEquals(await login("newest", 1), false);
  const bot = enter(the, "ann");
  assertEquals(await ids(the, bot), [], "the new secret ended all others");
});

Deno.test("a person has a bounded number of sessions: a further one ends the one not used for longest", async () => {
  await using the = new HubOnState();
  begin(the);
  const cafe = enter(the, "ann", "cafe");
  for (let i = 3; i < SESSIONS_LIMIT; i++) the.append(use("id-of-ann", `s${i}`, 20_100 + i));
  assertEquals([(await ids(the, cafe)).length, cafe.end], [SESSIONS_LIMIT, undefined]);
  const bot = enter(the, "ann");
  the.append(use("id-of-ann", "onemore", 1));
  const left = await ids(the, bot);
  assertEquals([left.length, left.includes("cafe"), left.includes("onemore")], [100, false, true]);
  assertEquals(cafe.closing?.reason, "Logged out");
});

Deno.test("sessions of which no cookie can be valid any more are forgotten, and all with an expired name", async () => {
  await using the = new HubOnState();
  begin(the);
  const bot = enter(the, "ann");
  const today = Math.floor(Date.now() / DAY_MS);
  the.append(use("id-of-ann", "desk", today - 399));
  the.append({ ...use("id-of-ann", "new", today), forgets: true });
  assertEquals(await ids(the, bot), ["new", "desk"]);
  the.append({ type: "name_expired", person: "id-of-bob", used: 1 });
  const rows = the.store.state.database.db.prepare("select id from session order by id").all();
  assertEquals(rows.map(({ id }) => id), ["desk", "new"]);
});

Deno.test("a name whose owner has ended sessions does not expire, and their cookies stay void", async () => {
  await using the = new HubOnState();
  begin(the);
  const cookie = { id: "stolen", person: "id-of-ann", generation: 0 };
  const { permissions } = the.store;
  assert(permissions.isLoggedIn(cookie));
  the.append({ type: "all_sessions_ended", person: "id-of-ann" });
  assert(!permissions.isLoggedIn(cookie));
  the.append({ type: "name_expired", person: "id-of-ann", used: 1e9 });
  assert(!permissions.isLoggedIn(cookie));
});

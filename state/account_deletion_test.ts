/** The end of accounts: what goes, what stays, and who may end one. */
import { assert, assertEquals } from "../testing/assert.ts";
import { HubOnState, kindOf } from "../testing/hub_on_state.ts";
import { Recorder } from "../testing/recorder.ts";
import type { Event } from "./events.ts";

/** Makes a private room. */
const CREATE = { type: "create", kind: "private", title: "t", topic: "", history: "all" } as const;

const DELETED = { code: 1000, reason: "Account deleted" };

/** The event by which a person deletes their own account. */
function own({ user }: Recorder, generation = 0): Event {
  return { type: "account_deleted", person: user.id, generation };
}

function message(room: string, { user }: Recorder, text: string, mentions?: string[]): Event {
  const id = text.replaceAll(/[^a-z0-9]/gi, "-");
  return { type: "message", room, id, user, text, ...(mentions && { mentions }) };
}

/** The rows of a table that have a text somewhere. */
function rowsWith(the: HubOnState, text: string): string[] {
  const { db } = the.store.state.database;
  const tables = db.prepare("select name from sqlite_schema where type = 'table'").all();
  return tables.flatMap(({ name }) =>
    db.prepare(`select * from ${name}`).all().map((row) => `${name} ${JSON.stringify(row)}`)
  ).filter((row) => row.includes(text));
}

Deno.test("a person who deletes their account leaves their messages, without the name", async () => {
  await using the = new HubOnState();
  const [ann, bob] = [the.person("ann"), the.person("bob")];
  for (const client of [ann, bob]) await the.join(client, "lobby");
  the.append(
    message("lobby", ann, "one"),
    message("lobby", bob, "@ann two", [ann.user.id]),
    message("lobby", ann, "three"),
  );
  await bob.first("message", ({ text }) => text === "three");
  the.append(own(ann), message("lobby", ann, "four"), message("lobby", bob, "five"));
  await bob.first("message", ({ text }) => text === "five");
  assertEquals([ann.end, ann.closing], ["dismissed", DELETED]);
  assertEquals(bob.all("account_deleted"), [{ type: "account_deleted", person: ann.user.id }]);
  assertEquals(bob.texts, ["one", "@ann two", "three", "five"], "nothing that was on its way");

  // At once for readers, and in steps in the rows.
  const read = async () => {
    const reader = new Recorder("reader");
    the.hub.register(reader);
    await the.join(reader, "lobby");
    return reader.all("joined")[0]?.messages.map(({ user, mentions }) => [user, mentions]);
  };
  const gone = { id: ann.user.id, name: "", deleted: true };
  const bobs = [bob.user, undefined];
  const shown = [[gone, undefined], [bob.user, [ann.user.id]], [gone, undefined], bobs];
  assertEquals<unknown>(await read(), shown);
  await the.store.deletions.finish();
  assertEquals<unknown>(await read(), shown.with(1, bobs));
  assertEquals(rowsWith(the, '"ann"'), []);
});

Deno.test("with an account its name, sessions, memberships, wishes, links and reports' names go", async () => {
  await using the = new HubOnState();
  const [root, ann, bob] = [
    the.person("root", "admin"),
    the.person("ann", "admin"),
    the.person("bob"),
  ];
  const person = ann.user.id;
  the.append(
    { type: "session_used", session: "s1", person, generation: 0, used: 1, forgets: false },
    message("tea", ann, "one"),
  );
  for (
    const command of [
      { type: "invite" },
      { type: "reset_link", person },
      { type: "ignore", person: bob.user.id, on: true },
      { type: "report", person: bob.user.id, reason: "spam" },
    ] as const
  ) {
    assert(kindOf(await the.ask(ann, command)) !== "error");
  }
  await the.ask(bob, { type: "ignore", person, on: true });
  await the.ask(bob, { type: "report", room: "tea", seq: 1, reason: "rude" });
  the.append(own(ann));
  await the.store.deletions.finish();
  const left = rowsWith(the, person).map((row) => row.split(" ")[0]);
  // The author of what is left, what moderators and admins did, and the reports about it, all by the id.
  assertEquals([...new Set(left)].sort(), ["audit", "author", "report", "report_reason"]);
  assertEquals(rowsWith(the, '"ann"'), []);
  await the.ask(root, { type: "sessions" });
  assertEquals(root.all("admins").at(-1)?.admins, [root.user.id]);
  const { permissions } = the.store;
  assertEquals([permissions.role(person), permissions.mayEnter(person)], ["guest", false]);
  assert(!permissions.isLoggedIn({ id: "s1", person, generation: 9 }));
  // The name is free; the id is nobody's.
  the.append({ type: "name", person: bob.user.id, name: "ann", key: "ann", used: 1 });
  the.append({ type: "name", person, name: "anna", key: "anna", used: 1 });
  assertEquals([permissions.summary(bob.user.id).name, permissions.role(person)], ["ann", "guest"]);
});

Deno.test("nobody deletes the last admin, and only admins delete others, who are recorded", async () => {
  await using the = new HubOnState();
  const [root, ann, bob] = [the.person("root", "admin"), the.person("ann"), the.person("bob")];
  the.append(own(root));
  assertEquals(
    kindOf(await the.ask(root, { type: "delete_account", person: root.user.id })),
    "forbidden",
  );
  assertEquals(
    kindOf(await the.ask(ann, { type: "delete_account", person: bob.user.id })),
    "forbidden",
  );
  assertEquals([root.end, bob.end], [undefined, undefined]);
  assertEquals(kindOf(await the.ask(root, { type: "delete_account", person: bob.user.id })), "ok");
  assertEquals(bob.closing, DELETED);
  const again = await the.ask(root, { type: "delete_account", person: bob.user.id });
  assertEquals(kindOf(again), "no_person");
  the.append(own(ann));
  const audit = await the.ask(root, { type: "audit" });
  assert(audit.type === "audit");
  assertEquals(
    audit.entries.slice(0, 2).map(({ by, action, person, detail }) => [by, action, person, detail]),
    [
      [ann.user.id, "delete_account", ann.user.id, undefined],
      [root.user.id, "delete_account", bob.user.id, "bob"],
    ],
  );
  // Two who are in charge, at once: one of them stays.
  const zoe = the.person("zoe", "admin");
  the.append(
    { type: "account_deleted", person: root.user.id, by: zoe.user.id },
    { type: "account_deleted", person: zoe.user.id, by: root.user.id },
  );
  await the.ask(zoe, { type: "audit" });
  assertEquals([root.closing, zoe.end], [DELETED, undefined]);
});

Deno.test("a wish to delete an account is stale when the secret has changed, or all sessions ended", async () => {
  await using the = new HubOnState();
  const [ann, bob] = [the.person("ann"), the.person("bob")];
  the.append({ type: "all_sessions_ended", person: ann.user.id, except: "" }, own(ann));
  await the.ask(bob, { type: "sessions" });
  assertEquals([ann.end, the.store.permissions.role(ann.user.id)], [undefined, "member"]);
  the.append(own(ann, 1));
  await the.ask(bob, { type: "sessions" });
  assertEquals(ann.closing, DELETED);
});

Deno.test("rooms outlive an account: another person moderates, and hidden rooms without people are deleted", async () => {
  await using the = new HubOnState();
  const [ann, bob, eve] = [the.person("ann"), the.person("bob"), the.person("eve")];
  const make = async (title: string) => {
    const command = { type: "create", kind: "private", title, topic: "", history: "all" } as const;
    const answer = await the.ask(ann, command);
    assert(answer.type === "created");
    return answer.room;
  };
  const direct = async (by: Recorder, ...people: Recorder[]) => {
    const answer = await the.ask(by, { type: "direct", people: people.map(({ user }) => user.id) });
    assert(answer.type === "created");
    return answer.room;
  };
  const [shared, alone] = [await make("shared"), await make("alone")];
  await the.ask(ann, { type: "add", room: shared, person: bob.user.id });
  await the.join(bob, shared);
  const talk = await direct(ann, bob);
  const notes = await direct(ann, ann);
  the.append(message(talk, ann, "secret of two"), message(notes, ann, "secret of one"));
  the.append(message(alone, ann, "secret of nobody"), message("tea", ann, "public"));
  the.append({ type: "join", person: eve.user.id, room: "tea" });
  the.append(own(ann));
  const rooms = the.store.memberships.readAll(bob.user.id)[0]?.rooms ?? [];
  assertEquals(rooms.find(({ room }) => room === shared)?.role, "moderator");
  const eves = the.store.memberships.readAll(eve.user.id)[0]?.rooms ?? [];
  assertEquals(eves.find(({ room }) => room === "tea")?.role, "moderator");
  await the.ask(bob, { type: "sessions" });
  assertEquals(bob.all("member").slice(-2).map(({ user, role }) => [user.id, role]), [
    [ann.user.id, "none"],
    [bob.user.id, "moderator"],
  ]);
  const people = rooms.find(({ room }) => room === talk)?.people;
  assert(people?.some(({ id, deleted }) => id === ann.user.id && deleted));
  // Nobody is left to read it.
  the.append(message(talk, bob, "are you there?"));
  await the.store.deletions.finish();
  assertEquals(rowsWith(the, "are you there?"), []);
  assertEquals([rowsWith(the, "secret of one"), rowsWith(the, "secret of nobody")], [[], []]);
  assertEquals(rowsWith(the, "secret of two").length, 1);
  the.append(own(bob));
  await the.store.deletions.finish();
  assertEquals(rowsWith(the, "secret of two"), []);
});

Deno.test("a deletion closes the person's connections, also late ones, but no browser that is another's now", async () => {
  await using the = new HubOnState();
  const [ann, eve] = [the.person("ann"), the.person("eve")];
  const bob = new Recorder("bob");
  Object.assign(bob, { aliases: [ann.user.id] });
  bob.session = { id: "bobs", person: bob.user.id, generation: 0 };
  const held = new Recorder("anna");
  held.session = { id: "s1", person: ann.user.id, generation: 0 };
  Object.assign(held, { aliases: [ann.user.id] });
  for (const client of [bob, held]) the.hub.register(client);
  await the.ask(eve, { type: "sessions" });
  the.append(own(ann));
  // Let in before the deletion, and only now with the hub.
  const late = new Recorder("ann");
  the.hub.register(late);
  await the.ask(eve, { type: "sessions" });
  assertEquals([held, late].map(({ closing }) => closing), [DELETED, DELETED]);
  assertEquals([bob.end, eve.end], [undefined, undefined]);
});

Deno.test("who took a held name is also closed by its end, in a browser whose session is another person's", async () => {
  await using the = new HubOnState();
  const [root, bob] = [the.person("root", "admin"), the.person("bob")];
  const take = (name: string) => {
    const client = new Recorder(name);
    client.session = { id: `session-of-${name}`, person: "browser", generation: 0 };
    Object.assign(client, { aliases: ["browser"] });
    the.append({ type: "name", person: client.user.id, name, key: name, used: 1 });
    the.hub.register(client);
    return client;
  };
  const [ann, eve] = [take("ann"), take("eve")];
  const made = await the.ask(bob, CREATE);
  assert(made.type === "created");
  const { room } = made;
  await the.ask(bob, { type: "add", room, person: ann.user.id });
  for (const client of [bob, ann]) await the.join(client, room);
  assertEquals(kindOf(await the.ask(root, { type: "delete_account", person: ann.user.id })), "ok");
  the.append(message(room, bob, "for members"));
  await bob.first("message");
  assertEquals([ann.closing, ann.texts, eve.end], [DELETED, [], undefined]);
  the.append({ type: "all_sessions_ended", person: eve.user.id, except: "" });
  await the.ask(root, { type: "sessions" });
  assertEquals(eve.closing?.reason, "Logged out");
});

Deno.test("the end of an account puts its person out of hidden rooms, whatever becomes of the connections", async () => {
  await using the = new HubOnState();
  const [ann, bob] = [the.person("ann"), the.person("bob")];
  const made = await the.ask(bob, CREATE);
  const talk = await the.ask(ann, { type: "direct", people: [bob.user.id] });
  assert(made.type === "created" && talk.type === "created");
  await the.ask(bob, { type: "add", room: made.room, person: ann.user.id });
  the.append(message(talk.room, ann, "hello"));
  const [outcome] = the.store.state.append([own(ann)], Date.now());
  assert(outcome?.type === "changed");
  const expelled = outcome.effects?.filter((effect) => effect.type === "expel");
  assertEquals(expelled?.map(({ person, room }) => [person, room]), [
    [ann.user.id, made.room],
    [ann.user.id, talk.room],
  ]);
});

Deno.test("a deleted person stays muted and banned in the same browser", async () => {
  await using the = new HubOnState();
  const [root, ann] = [the.person("root", "admin"), the.person("ann")];
  await the.ask(root, { type: "ban", person: ann.user.id, reason: "spam" });
  await the.ask(root, { type: "delete_account", person: ann.user.id });
  const { permissions } = the.store;
  assert(permissions.isBanned(ann.user.id) && permissions.isDeleted(ann.user.id));
  const bans = await the.ask(root, { type: "bans" });
  assert(bans.type === "bans");
  assertEquals(bans.bans.map(({ user }) => user), [{ id: ann.user.id, name: "" }]);
});

Deno.test("each step of an erasure counts once, whatever the number of messages", async () => {
  await using the = new HubOnState();
  const [ann, bob] = [the.person("ann"), the.person("bob")];
  for (let i = 0; i < 50; i++) {
    the.append(
      ...Array.from({ length: 100 }, (_, n) => message("lobby", n % 2 ? ann : bob, `m${i}-${n}`)),
    );
  }
  the.append(own(ann));
  const { db } = the.store.state.database;
  const step = db.prepare("select author, step from erasure").get();
  const event: Event = {
    ...{ type: "person_erased", author: Number(step?.author), step: Number(step?.step) },
  };
  the.append(event, event, event);
  const named = () =>
    Number(db.prepare("select count(*) as n from message where name <> ''").get()?.n);
  assertEquals(named(), 4800, "one step changed 200 messages");
  await the.store.deletions.finish();
  assertEquals(named(), 2500);
});

Deno.test("no name comes back that was looked up before its account was deleted", async () => {
  await using the = new HubOnState();
  const [root, ann, bob] = [the.person("root", "admin"), the.person("ann"), the.person("bob")];
  const [person, by] = [ann.user.id, root.user.id];
  const about = { person, name: "ann" };
  the.append(
    own(ann),
    { type: "report", report: "r", about, reason: "spam", by: bob.user.id, byName: "bob" },
    { type: "ban", ...about, banned: true, reason: "spam", by },
  );
  const { db } = the.store.state.database;
  const names = db.prepare("select name from report union all select name from ban").all();
  assertEquals(names.map(({ name }) => name), ["", ""]);
  assertEquals(rowsWith(the, '"ann"'), []);
});

Deno.test("the names of many deleted people go in the same steps, those of later ones in the next", async () => {
  await using the = new HubOnState();
  const [bob, ...people] = Array.from({ length: 31 }, (_, i) => the.person(`p${i}`));
  assert(bob !== undefined);
  the.append(
    ...people.map((each) => message("lobby", each, "hello")),
    ...people.flatMap(({ user }) =>
      Array.from({ length: 7 }, (_, i) => message("lobby", bob, `${i} ${user.name}`, [user.id]))
    ),
  );
  const [late, ...others] = people;
  assert(late !== undefined);
  the.append(...others.map((each) => own(each)));
  const { deletions, state: { database: { db } } } = the.store;
  let steps = 0;
  for (; await deletions.step(); steps++) if (steps === 0) the.append(own(late));
  // 200 of the 203 mentions go in the first step.
  assertEquals(steps, 3);
  const names = db.prepare("select distinct name from message").all().map(({ name }) => name);
  assertEquals(names.sort(), ["", bob.user.name]);
  assertEquals(db.prepare("select count(*) as n from mention").get()?.n, 0);
});

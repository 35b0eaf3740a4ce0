import { assert, assertEquals, assertThrows } from "../testing/assert.ts";
import { HubOnState, kindOf } from "../testing/hub_on_state.ts";
import { Recorder } from "../testing/recorder.ts";
import type { ActionCommand } from "../protocol/mod.ts";
import type { Event } from "./events.ts";

Deno.test("StateActions accepts each command only from people with the right to it", async () => {
  const table: [ActionCommand, guest: string, member: string, admin: string][] = [
    [{ type: "role", person: "id-of-bob", role: "admin" }, "forbidden", "forbidden", "ok"],
    [{ type: "role", person: "id-of-bob", role: "member" }, "forbidden", "forbidden", "ok"],
    [{ type: "role", person: "nobody", role: "admin" }, "forbidden", "forbidden", "no_person"],
    [{ type: "role", person: "id-of-eve", role: "admin" }, "forbidden", "forbidden", "no_person"],
    [{ type: "set", setting: "name", value: "Team" }, "forbidden", "forbidden", "ok"],
    [{ type: "set", setting: "guests", value: false }, "forbidden", "forbidden", "ok"],
    [{ type: "mute", person: "id-of-bob", seconds: 60 }, "forbidden", "forbidden", "ok"],
    [{ type: "mute", person: "id-of-eve" }, "forbidden", "forbidden", "ok"],
    [{ type: "mute", person: "id-of-ann" }, "forbidden", "forbidden", "forbidden"],
    [{ type: "mute", person: "id-of-ann", seconds: 60 }, "forbidden", "forbidden", "forbidden"],
    [{ type: "mute", person: "id-of-ann", seconds: 0 }, "forbidden", "forbidden", "ok"],
    [{ type: "ban", person: "id-of-bob" }, "forbidden", "forbidden", "ok"],
    [{ type: "ban", person: "id-of-eve", reason: "spam" }, "forbidden", "forbidden", "ok"],
    [{ type: "ban", person: "id-of-ann" }, "forbidden", "forbidden", "forbidden"],
    [{ type: "unban", person: "id-of-bob" }, "forbidden", "forbidden", "ok"],
    [{ type: "end_sessions", person: "id-of-bob" }, "forbidden", "forbidden", "ok"],
    [{ type: "delete_account", person: "id-of-bob" }, "forbidden", "forbidden", "ok"],
    [{ type: "delete_account", person: "id-of-ann" }, "forbidden", "forbidden", "forbidden"],
    [{ type: "delete_account", person: "id-of-eve" }, "forbidden", "forbidden", "no_person"],
    [{ type: "remove_messages", person: "id-of-bob" }, "forbidden", "forbidden", "removed"],
    [{ type: "remove_messages", person: "id-of-eve" }, "forbidden", "forbidden", "removed"],
    [{ type: "remove_messages", person: "id-of-ann" }, "forbidden", "forbidden", "forbidden"],
    [
      { type: "remove_messages", person: "id-of-bob", room: "lobby" },
      "forbidden",
      "forbidden",
      "removed",
    ],
    [{ type: "sessions" }, "sessions", "sessions", "sessions"],
    [{ type: "end_session", session: "s1" }, "ok", "ok", "ok"],
    [{ type: "end_other_sessions" }, "ok", "ok", "ok"],
    [{ type: "rename", person: "id-of-bob", name: "Rob" }, "forbidden", "forbidden", "ok"],
    [{ type: "rename", person: "id-of-bob", name: "ROOT" }, "forbidden", "forbidden", "name_taken"],
    [
      { type: "rename", person: "id-of-bob", name: "guest-1" },
      "forbidden",
      "forbidden",
      "bad_name",
    ],
    [{ type: "rename", person: "id-of-eve", name: "Eve" }, "forbidden", "forbidden", "no_person"],
    [{ type: "reset_link", person: "id-of-bob" }, "forbidden", "forbidden", "link"],
    [{ type: "reset_link", person: "id-of-root" }, "forbidden", "forbidden", "link"],
    [{ type: "reset_link", person: "id-of-eve" }, "forbidden", "forbidden", "no_person"],
    [{ type: "invite", uses: 3 }, "forbidden", "forbidden", "link"],
    [{ type: "invites" }, "forbidden", "forbidden", "invites"],
    [{ type: "accept", link: "no link" }, "stale", "stale", "stale"],
    [{ type: "revoke", link: "hash" }, "forbidden", "forbidden", "ok"],
    [{ type: "people" }, "forbidden", "forbidden", "people"],
    [{ type: "bans" }, "forbidden", "forbidden", "bans"],
    [{ type: "audit" }, "forbidden", "forbidden", "audit"],
  ];
  for (const [command, ...expected] of table) {
    for (const [i, role] of (["guest", "member", "admin"] as const).entries()) {
      await using the = new HubOnState();
      the.person("bob");
      the.person("eve", "guest");
      the.person("root", "admin");
      const asker = the.person("ann", role);
      const answer = await the.ask(asker, command);
      assertEquals(kindOf(answer), expected[i], `${JSON.stringify(command)} of a ${role}`);
    }
  }
});

Deno.test("StateActions sends a person their new role before it answers", async () => {
  await using the = new HubOnState();
  const [root, bob] = [the.person("root", "admin"), the.person("bob")];
  await the.ask(root, { type: "role", person: bob.user.id, role: "admin" });
  const [you] = bob.all("you").slice(-1);
  assertEquals([you?.role, you?.may.administer, you?.user], ["admin", true, bob.user]);
  await the.ask(bob, { type: "role", person: root.user.id, role: "member" });
  assertEquals(root.all("you").at(-1)?.role, "member");
  // Its own change reaches the asker first.
  await the.ask(root, { type: "role", person: bob.user.id, role: "member" });
  assertEquals(root.all("error").at(-1)?.code, "forbidden");
  assertEquals(the.store.actions.refusals.get("forbidden"), 1);
});

Deno.test("StateActions sends the admins to everyone, and to a newcomer at once", async () => {
  await using the = new HubOnState();
  const [root, bob, eve] = [
    the.person("root", "admin"),
    the.person("bob"),
    the.person("eve", "guest"),
  ];
  const admins = () => eve.all("admins").at(-1)?.admins;
  await the.ask(root, { type: "role", person: bob.user.id, role: "admin" });
  assertEquals(admins(), [bob.user.id, root.user.id]);
  assertEquals(the.store.permissions.welcome("someone").admins, [bob.user.id, root.user.id]);
  await the.ask(root, { type: "ban", person: bob.user.id });
  assertEquals(admins(), [root.user.id]);
  await the.ask(root, { type: "ban", person: eve.user.id });
  await the.ask(root, { type: "unban", person: bob.user.id });
  // A change that concerns no admin sends no list of admins.
  assertEquals(root.all("admins").length, 2);
});

Deno.test("StateActions keeps the last admin, also of two who demote each other at once", async () => {
  await using the = new HubOnState();
  const [ann, bob] = [the.person("ann", "admin"), the.person("bob", "admin")];
  // Once both are there, their commands are taken in the order in which they are given.
  for (const each of [ann, bob]) await each.first("state");
  const answers = await Promise.all([
    the.ask(ann, { type: "role", person: bob.user.id, role: "member" }),
    the.ask(bob, { type: "role", person: ann.user.id, role: "member" }),
  ]);
  assertEquals(answers.map(kindOf), ["ok", "forbidden"]);
  const self = await the.ask(ann, { type: "role", person: ann.user.id, role: "member" });
  assertEquals(kindOf(self), "last_admin");
  assertEquals(the.store.permissions.admins(), [ann.user.id]);
});

Deno.test("StateActions leaves a role that is already so, and records each change once", async () => {
  await using the = new HubOnState();
  const [root, bob] = [the.person("root", "admin"), the.person("bob")];
  for (let i = 0; i < 2; i++) {
    const answer = await the.ask(root, { type: "role", person: bob.user.id, role: "admin" });
    assertEquals(kindOf(answer), "ok");
  }
  const rows = the.store.state.database.db.prepare(
    "select by, action, person, detail from audit order by n",
  ).all();
  assertEquals(rows.map((row) => ({ ...row })), [
    { by: null, action: "role", person: root.user.id, detail: "admin" },
    { by: root.user.id, action: "role", person: bob.user.id, detail: "admin" },
  ]);
});

Deno.test("a name with a role never expires", async () => {
  await using the = new HubOnState();
  const root = the.person("root", "admin");
  the.append({ type: "name_expired", person: root.user.id, used: 1000 });
  assertEquals(the.store.permissions.role(root.user.id), "admin");
});

Deno.test("a muted person may not write, but learns of a message that was stored before", async () => {
  await using the = new HubOnState();
  const [root, bob] = [the.person("root", "admin"), the.person("bob")];
  the.hub.command(bob, { type: "join", room: "lobby" });
  const send = (id: string) => the.hub.command(bob, { type: "send", room: "lobby", id, text: id });
  send("before");
  await bob.first("message");
  await the.ask(root, { type: "mute", person: bob.user.id, seconds: 60 });
  assert((bob.all("you").at(-1)?.muted ?? 0) > Date.now());
  send("during");
  const error = await bob.first("error");
  assertEquals([error.code, error.ref], ["muted", "during"]);
  assert((error.retry ?? 0) > 50_000 && (error.retry ?? 0) <= 60_000);
  send("before");
  while (bob.texts.length < 2) await new Promise((resolve) => setTimeout(resolve));
  assertEquals(bob.texts, ["before", "before"]);
  await the.ask(root, { type: "mute", person: bob.user.id, seconds: 0 });
  assertEquals(bob.all("you").at(-1)?.muted, undefined);
  send("after");
  await bob.first("message", ({ text }) => text === "after");
  const people = root.all("person").map(({ person }) => [person.name, person.muted !== undefined]);
  assertEquals(people, [["bob", true], ["bob", false]]);
});

Deno.test("a muted author in a batch of many leaves the messages of the others in order", async () => {
  await using the = new HubOnState();
  const [root, bob, carl] = [
    the.person("root", "admin"),
    the.person("bob"),
    the.person("carl"),
  ];
  await the.ask(root, { type: "mute", person: bob.user.id });
  the.hub.command(carl, { type: "join", room: "lobby" });
  await carl.first("joined");
  const expected: string[] = [];
  for (let i = 0; i < 40; i++) {
    the.append(...Array.from({ length: 1 + i % 20 }, (_, n): Event => {
      const user = n % 3 === 1 ? bob.user : carl.user;
      const text = `${i} ${n}`;
      if (user === carl.user) expected.push(text);
      return { type: "message", room: "lobby", id: text.replace(" ", "-"), user, text };
    }));
  }
  await carl.first("message", ({ text }) => text === expected.at(-1));
  assertEquals(carl.texts, expected);
});

Deno.test("a ban closes every connection at once, in the middle of a batch, and keeps the person out", async () => {
  await using the = new HubOnState();
  const [root, bob, tab, carl] = [
    the.person("root", "admin"),
    the.person("bob"),
    the.person("bob"),
    the.person("carl"),
  ];
  for (const client of [bob, carl]) the.hub.command(client, { type: "join", room: "lobby" });
  for (const client of [bob, carl]) await client.first("joined");
  const message = (text: string, user = carl.user): Event => ({
    ...{ type: "message", room: "lobby", id: text, user, text },
  });
  const person = bob.user.id;
  the.append(
    message("one"),
    { type: "ban", person, name: "bob", banned: true, reason: "spam", by: root.user.id },
    message("two"),
    message("three", bob.user),
    message("four"),
  );
  await carl.first("message", ({ text }) => text === "four");
  assertEquals(carl.texts, ["one", "two", "four"]);
  assertEquals(bob.texts, ["one"]);
  for (const client of [bob, tab]) {
    assertEquals([client.end, client.closing?.code, client.closing?.reason], [
      ...["dismissed", 1008, "Banned"],
    ]);
  }
  const again = new Recorder("bob");
  the.hub.register(again);
  while (again.end === undefined) await new Promise((resolve) => setTimeout(resolve));
  assertEquals(again.closing?.reason, "Banned");
  // The name stays the person's.
  the.append({ type: "name_expired", person, used: 1000 });
  assertEquals(the.store.permissions.summary(person).name, "bob");
  const bans = await the.ask(root, { type: "bans" });
  assert(bans.type === "bans");
  assertEquals(bans.bans.map(({ user, by, reason }) => [user, by, reason]), [
    [{ id: person, name: "bob" }, root.user.id, "spam"],
  ]);
  await the.ask(root, { type: "unban", person });
  const back = new Recorder("bob");
  the.hub.register(back);
  the.hub.command(back, { type: "join", room: "lobby" });
  await back.first("joined");
});

Deno.test("the last admin can't be banned, and a banned admin is none any more", async () => {
  await using the = new HubOnState();
  const [ann, bob] = [the.person("ann", "admin"), the.person("bob", "admin")];
  // Once both are there, their commands are taken in the order in which they are given.
  for (const each of [ann, bob]) await each.first("state");
  const answers = await Promise.all([
    the.ask(ann, { type: "ban", person: bob.user.id }),
    // Its connection is closed before it is answered.
    Promise.resolve(the.hub.command(bob, { type: "ban", person: ann.user.id })),
  ]);
  assertEquals(kindOf(answers[0]), "ok");
  assertEquals(the.store.permissions.admins(), [ann.user.id]);
  assertEquals(bob.closing?.reason, "Banned");
  assertEquals(
    kindOf(await the.ask(ann, { type: "role", person: bob.user.id, role: "admin" })),
    "forbidden",
  );
});

Deno.test("settings reach everyone before the answer, and keep guests from writing and creating rooms", async () => {
  await using the = new HubOnState();
  const [root, bob, eve] = [
    the.person("root", "admin"),
    the.person("bob"),
    the.person("eve", "guest"),
  ];
  for (const client of [bob, eve]) {
    the.hub.command(client, { type: "join", room: "lobby" });
    await client.first("joined");
  }
  await the.ask(root, { type: "set", setting: "name", value: "Team" });
  await the.ask(root, { type: "set", setting: "guests", value: false });
  await the.ask(root, { type: "set", setting: "createRooms", value: "admins" });
  const chat = {
    name: "Team",
    welcome: "",
    createRooms: "admins",
    guests: false,
    entry: "open",
    defaultRooms: ["lobby"],
    previews: false,
    keepDays: 0,
  } as const;
  for (const client of [root, bob, eve]) assertEquals(client.all("chat").at(-1)?.chat, chat);
  the.hub.command(eve, { type: "send", room: "lobby", id: "x", text: "x" });
  assertEquals((await eve.first("error")).code, "forbidden");
  the.hub.command(bob, { type: "send", room: "lobby", id: "y", text: "y" });
  await eve.first("message");
  the.hub.command(bob, { type: "join", room: "new" });
  const error = await bob.first("error");
  assertEquals([error.code, error.ref], ["no_room", "new"]);
  // Also of a message that was on its way when the setting changed.
  const user = bob.user;
  the.append({ type: "message", room: "new", id: "z", user, text: "z" });
  assertEquals(the.store.state.database.db.prepare("select name from room").all().length, 1);
  the.hub.command(root, { type: "join", room: "new" });
  await root.first("joined");
});

Deno.test("a ban ends the link with which the person could set a new secret, also when it is lifted", async () => {
  await using the = new HubOnState();
  const [root, bob] = [the.person("root", "admin"), the.person("bob")];
  const person = bob.user.id;
  const link = await the.ask(root, { type: "reset_link", person });
  assert(link.type === "link");
  await the.ask(root, { type: "ban", person });
  await the.ask(root, { type: "unban", person });
  assertEquals(await the.store.links.find(link.token), undefined);
});

Deno.test("a command that waits for its turn is judged once more: its person may be muted meanwhile", async () => {
  await using the = new HubOnState();
  const [root, ann] = [the.person("root", "admin"), the.person("ann")];
  const make = { type: "create", kind: "public", room: "tea", title: "", topic: "" } as const;
  assertEquals(kindOf(await the.ask(ann, make)), "created");
  const answers = Array.from({ length: 110 }, (_, i) => {
    const topic = { setting: "topic", value: `topic ${i}` } as const;
    return the.ask(ann, { type: "set_room", room: "tea", ...topic });
  });
  await ann.until(() => ann.all("ok").length >= 99);
  the.append({ type: "mute", person: ann.user.id, by: root.user.id });
  assertEquals((await Promise.all(answers)).map(kindOf).at(-1), "muted");
});

Deno.test("StateActions takes no turn for a command whose room can't be read", async () => {
  await using the = new HubOnState();
  const [ann, { actions, state: { database: { db } } }] = [the.person("ann"), the.store];
  const turn = () => actions.turn({ type: "sessions" }, ann.user.id);
  const turns = Array.from({ length: 500 }, () => turn()?.catch(() => "refused"));
  assertEquals(await turns.at(-1), "refused");
  db.exec("alter table room rename to lost");
  // A promise that nobody awaits would end the program.
  assertThrows(() =>
    actions.turn({ type: "set_room", room: "tea", setting: "slow", value: 1 }, ann.user.id)
  );
  db.exec("alter table lost rename to room");
});

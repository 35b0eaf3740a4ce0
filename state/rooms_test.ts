/** Public rooms that are managed: who may do what, and what everyone receives. */
import type { ActionCommand } from "../protocol/mod.ts";
import { assert, assertEquals } from "../testing/assert.ts";
import { HubOnState, kindOf } from "../testing/hub_on_state.ts";
import type { Recorder } from "../testing/recorder.ts";
import { DAY_MS, MINUTE_MS } from "../lib/time.ts";
import { openLocalState } from "./local.ts";

const CREATE = { type: "create", kind: "public", title: "", topic: "" } as const;

/** A chat with a room `tea` that Mod has made and Bob is in, and with others. */
async function teaRoom() {
  const the = new HubOnState();
  const [root, mod, bob, ann, eve] = [
    the.person("root", "admin"),
    the.person("mod"),
    the.person("bob"),
    the.person("ann"),
    the.person("eve", "guest"),
  ];
  await the.ask(mod, { ...CREATE, room: "tea", title: "Tea", topic: "All of it" });
  for (const client of [mod, bob]) await the.join(client, "tea");
  // The membership follows the join.
  await bob.until(() => bob.all("room").length > 0);
  return { the, root, mod, bob, ann, eve };
}

async function send(the: HubOnState, client: Recorder, text: string, room = "tea") {
  const answer = () =>
    client.lines.find((line) =>
      line.type === "error" ? line.ref === text : line.type === "message" && line.id === text
    );
  the.hub.command(client, { type: "send", room, id: text, text });
  await client.until(() => answer() !== undefined);
  const line = answer();
  assert(line !== undefined);
  return line;
}

Deno.test("create makes a room whose author moderates it, once for each address", async () => {
  await using the = new HubOnState();
  const [ann, bob, eve] = [the.person("ann"), the.person("bob"), the.person("eve", "guest")];
  const created = await the.ask(ann, { ...CREATE, room: "茶", title: "Tea", topic: "x" });
  assertEquals([created.type, "room" in created && created.room], ["created", "茶"]);
  assertEquals(ann.all("room").map(({ room, role }) => [room, role]), [["茶", "moderator"]]);
  await the.join(bob, "茶");
  const [joined] = bob.all("joined");
  assertEquals([joined?.info.title, joined?.info.topic, joined?.role], ["Tea", "x", undefined]);
  assertEquals(kindOf(await the.ask(bob, { ...CREATE, room: "茶" })), "room_taken");
  assertEquals(kindOf(await the.ask(eve, { ...CREATE, room: "new" })), "forbidden");
  const members = await the.ask(bob, { type: "members", room: "茶" });
  assert(members.type === "members");
  assertEquals(members.members.map(({ name, role }) => [name, role]), [
    ["ann", "moderator"],
    ["bob", "member"],
  ]);
});

Deno.test("create stops after 20 rooms in 24 hours, deleted ones included", async () => {
  await using the = new HubOnState();
  const ann = the.person("ann");
  for (let i = 0; i < 20; i++) {
    assertEquals(kindOf(await the.ask(ann, { ...CREATE, room: `r${i}` })), "created");
  }
  await the.ask(ann, { type: "delete_room", room: "r0" });
  assertEquals(kindOf(await the.ask(ann, { ...CREATE, room: "r20" })), "too_many");
});

Deno.test("join with create false opens nothing that nobody has made", async () => {
  await using the = new HubOnState();
  const [root, ann, bob] = [the.person("root", "admin"), the.person("ann"), the.person("bob")];
  the.hub.command(ann, { type: "join", room: "new", create: false });
  const error = await ann.first("error");
  assertEquals([error.code, error.ref], ["no_room", "new"]);
  // Somebody is there.
  await the.join(bob, "new");
  the.hub.command(ann, { type: "join", room: "new", create: false });
  await ann.first("joined");
  await the.ask(root, { type: "set", setting: "createRooms", value: "admins" });
  the.hub.command(ann, { type: "join", room: "other" });
  await ann.until(() => ann.all("error").length === 2);
  const [first, second] = ann.all("error").map(({ code, message }) => [code, message]);
  assertEquals(first, second);
});

Deno.test("a room is changed by its moderators, and by admins if it is public", async () => {
  const commands: [ActionCommand, outsider: string, member: string, others: string][] = [
    [
      { type: "set_room", room: "tea", setting: "topic", value: "Green" },
      "forbidden",
      "forbidden",
      "ok",
    ],
    [
      { type: "moderator", room: "tea", person: "id-of-bob", on: true },
      "forbidden",
      "forbidden",
      "ok",
    ],
    [
      { type: "moderator", room: "tea", person: "id-of-ann", on: true },
      "forbidden",
      "forbidden",
      "no_person",
    ],
    [{ type: "add", room: "tea", person: "id-of-carl" }, "forbidden", "forbidden", "ok"],
    [{ type: "add", room: "tea", person: "id-of-eve" }, "forbidden", "forbidden", "no_person"],
    [{ type: "remove", room: "tea", person: "id-of-eve" }, "forbidden", "forbidden", "ok"],
    [{ type: "make_private", room: "tea" }, "forbidden", "forbidden", "ok"],
    [{ type: "delete_room", room: "tea" }, "forbidden", "forbidden", "ok"],
    [{ type: "delete_room", room: "lobby" }, "forbidden", "forbidden", "forbidden"],
    [
      { type: "set_room", room: "never", setting: "slow", value: 1 },
      "no_room",
      "no_room",
      "no_room",
    ],
    [{ type: "members", room: "tea" }, "members", "members", "members"],
    [{ type: "directory" }, "directory", "directory", "directory"],
  ];
  for (const [command, ...expected] of commands) {
    const { the, root, mod, bob, ann, eve } = await teaRoom();
    await using _ = the;
    the.person("carl");
    const text = JSON.stringify(command);
    assertEquals(kindOf(await the.ask(ann, command)), expected[0], `outsider: ${text}`);
    assertEquals(kindOf(await the.ask(eve, command)), expected[0], `guest: ${text}`);
    assertEquals(kindOf(await the.ask(bob, command)), expected[1], `member: ${text}`);
    if (command.type === "delete_room" || command.type === "make_private") continue;
    assertEquals(kindOf(await the.ask(mod, command)), expected[2], `moderator: ${text}`);
    assertEquals(kindOf(await the.ask(root, command)), expected[2], `admin: ${text}`);
  }
});

Deno.test("a setting of a room reaches those in it and its members elsewhere, before the answer", async () => {
  const { the, mod, bob, ann, eve } = await teaRoom();
  await using _ = the;
  await the.join(eve, "tea");
  the.hub.command(bob, { type: "leave", room: "tea", keep: true });
  await bob.first("left");
  await the.ask(mod, { type: "set_room", room: "tea", setting: "title", value: "Teas" });
  for (const client of [mod, bob, eve]) {
    assertEquals(client.all("info").map(({ info }) => info.title), ["Teas"], client.user.name);
  }
  assertEquals(ann.all("info"), []);
});

Deno.test("posting, guests, slow and archived decide whether a person may write, and when", async () => {
  const { the, root, mod, bob, eve } = await teaRoom();
  await using _ = the;
  await the.join(eve, "tea");
  const set = (setting: "posting" | "guests" | "slow" | "archived", value: unknown) =>
    // The types of a setting and its value belong together, which a helper can't say.
    the.ask(mod, { type: "set_room", room: "tea", setting, value } as ActionCommand);
  let n = 0;
  const outcomes = async () => {
    const kinds: Record<string, string> = {};
    for (const client of [mod, bob, eve]) {
      kinds[client.user.name] = kindOf(await send(the, client, `m${n++}`));
    }
    return kinds;
  };
  assertEquals(await outcomes(), { mod: "message", bob: "message", eve: "message" });
  await set("guests", false);
  assertEquals(await outcomes(), { mod: "message", bob: "message", eve: "forbidden" });
  await set("posting", "moderators");
  assertEquals(await outcomes(), { mod: "message", bob: "forbidden", eve: "forbidden" });
  await set("posting", "all");
  await set("guests", true);
  await set("slow", 600);
  assertEquals(await outcomes(), { mod: "message", bob: "message", eve: "message" });
  assertEquals(await outcomes(), { mod: "message", bob: "rate_limited", eve: "rate_limited" });
  const { retry = 0 } = bob.all("error").at(-1) ?? {};
  assert(retry > 500_000 && retry <= 600_000, `${retry}`);
  // A message that was stored is answered, whatever the rules say now.
  assertEquals(kindOf(await send(the, bob, "m1")), "message");
  await set("slow", 0);
  await set("archived", true);
  assertEquals(await outcomes(), { mod: "archived", bob: "archived", eve: "archived" });
  assertEquals(kindOf(await set("slow", 1)), "archived");
  const archive = { type: "set_room", room: "tea", setting: "archived" } as const;
  for (const value of [false, true]) await the.ask(root, { ...archive, value });
  const audit = await the.ask(root, { type: "audit" });
  assert(audit.type === "audit");
  assertEquals(audit.entries[0]?.detail, "tea archived: true");
  await set("archived", false);
  assertEquals(await outcomes(), { mod: "message", bob: "message", eve: "message" });
});

Deno.test("a refused message in a batch of many leaves the messages of the others in order", async () => {
  const { the, mod, bob, ann } = await teaRoom();
  await using _ = the;
  await the.join(ann, "tea");
  await the.ask(mod, { type: "set_room", room: "tea", setting: "posting", value: "moderators" });
  const expected: string[] = [];
  for (let i = 0; i < 30; i++) {
    the.append(...Array.from({ length: 1 + i }, (_, n) => {
      const { user } = n % 3 === 1 ? bob : mod;
      const text = `${i}-${n}`;
      if (user === mod.user) expected.push(text);
      return { type: "message", room: "tea", id: text, user, text } as const;
    }));
  }
  await ann.first("message", ({ text }) => text === expected.at(-1));
  assertEquals(ann.texts, expected);
});

Deno.test("the last moderator stays one, and when a moderator is banned the oldest member follows", async () => {
  const { the, root, mod, bob } = await teaRoom();
  await using _ = the;
  const [person, other] = [mod.user.id, bob.user.id];
  const off = { type: "moderator", room: "tea", person, on: false } as const;
  assertEquals(kindOf(await the.ask(mod, off)), "forbidden");
  await the.ask(root, { type: "ban", person });
  assertEquals(bob.all("room").at(-1)?.role, "moderator");
  assertEquals(bob.all("member").map(({ user, role }) => [user.id, role]), [[other, "moderator"]]);
});

Deno.test("a removed person may rejoin a public room, and receives the reason", async () => {
  const { the, mod, bob } = await teaRoom();
  await using _ = the;
  const person = bob.user.id;
  await the.ask(mod, { type: "remove", room: "tea", person, reason: "off topic" });
  const left = await bob.first("left");
  assertEquals(left.why, "You were removed from the room: off topic");
  await send(the, mod, "after");
  assertEquals(bob.texts, []);
  await the.join(bob, "tea");
  await bob.first("joined", ({ messages }) => messages.length === 1);
});

Deno.test("directory lists public rooms page by page, and finds them by any of their texts", async () => {
  await using the = new HubOnState();
  const [root, ann] = [the.person("root", "admin"), the.person("ann")];
  const user = { id: "id-of-ann", name: "ann" };
  for (let i = 0; i < 150; i++) {
    const room = `r${String(i).padStart(3, "0")}`;
    the.append({ type: "message", room, id: "m", user, text: "x" });
  }
  await the.ask(root, { ...CREATE, room: "z", title: "Crème Brûlée", topic: "Sweet" });
  await the.ask(root, { ...CREATE, kind: "private", title: "Secret", history: "all" });
  const list = async (command: Omit<ActionCommand & { type: "directory" }, "type">) => {
    const answer = await the.ask(ann, { type: "directory", ...command });
    assert(answer.type === "directory");
    return answer;
  };
  const first = await list({});
  assertEquals([first.rooms.length, first.next], [100, "r098"]);
  const second = await list({ after: "r098" });
  assertEquals([second.rooms.length, second.next], [52, undefined]);
  assertEquals(first.rooms.slice(0, 2).map(({ room, last }) => [room, last]), [["lobby", 0], [
    "r000",
    1,
  ]]);
  for (const text of ["crème", "BRÛLÉE", "sweet", "z"]) {
    const { rooms } = await list({ text });
    assertEquals(rooms.map(({ room, members, last, at }) => [room, members, last, at]), [
      ["z", 1, 0, 0],
    ], text);
  }
  assertEquals((await list({ text: "secret" })).rooms, []);
  assertEquals(kindOf(await the.ask(ann, { type: "directory", private: true })), "forbidden");
  const hidden = await the.ask(root, { type: "directory", private: true });
  assert(hidden.type === "directory");
  assertEquals(hidden.rooms.map(({ title, members }) => [title, members]), [["Secret", 1]]);
});

Deno.test("a deleted room is gone at once for everyone, and its address for good", async () => {
  const { the, mod, bob, eve } = await teaRoom();
  await using _ = the;
  await the.join(eve, "tea");
  for (let i = 0; i < 3; i++) await send(the, bob, `m${i}`);
  await the.ask(mod, { type: "delete_room", room: "tea" });
  for (const client of [mod, bob, eve]) {
    assertEquals(client.all("left").map(({ why }) => why), ["The room was deleted"]);
  }
  the.hub.command(bob, { type: "join", room: "tea" });
  assertEquals((await bob.first("error")).code, "no_room");
  assertEquals(kindOf(await the.ask(bob, { ...CREATE, room: "tea" })), "room_taken");
  const user = { id: "id-of-bob", name: "bob" };
  the.append({ type: "message", room: "tea", id: "late", user, text: "late" });
  const rows = (sql: string) => the.store.state.database.db.prepare(sql).all().length;
  assertEquals(
    [
      rows("select 1 from room where name = 'tea'"),
      rows("select 1 from membership where room > 1"),
    ],
    [0, 0],
  );
});

Deno.test("keepDays of a room decides for that room, whatever the chat keeps", async () => {
  for (const [chatDays, roomDays, left] of [[0, 3, [8, 9]], [3, 6, [5, 6, 7, 8, 9]]] as const) {
    let now = 100 * DAY_MS;
    using store = openLocalState({
      ...{ path: ":memory:", sync: "normal", keepDays: chatDays },
      ...{ now: () => now, elapsed: () => now },
    });
    const { state } = store;
    const [user, by] = [{ id: "p1", name: "ann" }, "p1"];
    state.append([
      { type: "name", person: by, name: "ann", key: "ann", used: 1 },
      {
        ...{ type: "room_made", room: "tea", kind: "public", title: "", topic: "", history: "all" },
        ...{ people: [], by },
      },
      { type: "room_setting", room: "tea", by, setting: "keepDays", value: roomDays },
    ], now);
    for (let day = 0; day < 10; day++) {
      state.append([{ type: "message", room: "tea", id: `m${day}`, user, text: `${day}` }], now);
      now += DAY_MS;
    }
    // The clock is trusted after an hour without a jump.
    await store.retention.step();
    for (let minute = 0; minute < 70; minute++) {
      now += MINUTE_MS;
      while (await store.retention.step());
    }
    const page = await store.messages.read({ room: "tea", after: 0, limit: 99, bytes: 1e6 });
    assertEquals(page.messages.map(({ text }) => Number(text)), [...left]);
  }
});

Deno.test("members says to other members when each was last seen, and to nobody else", async () => {
  const { the, bob, ann, eve } = await teaRoom();
  await using _ = the;
  the.store.markers.flush();
  await the.ask(bob, { type: "all_read" });
  const seen = async (client: Recorder) => {
    const line = await the.ask(client, { type: "members", room: "tea" });
    assert(line.type === "members");
    return line.members.map(({ name, seen }) => [name, seen !== undefined]);
  };
  assertEquals(await seen(bob), [["mod", true], ["bob", true]]);
  for (const other of [ann, eve]) assertEquals(await seen(other), [["mod", false], ["bob", false]]);
});

Deno.test("a deleted room leaves no mentions behind", async () => {
  const { the, mod, bob } = await teaRoom();
  await using _ = the;
  the.hub.command(bob, { type: "send", room: "tea", id: "m", text: "Hi @mod" });
  await mod.first("message", ({ mentions }) => mentions !== undefined);
  const { database } = the.store.state;
  const count = () => database.db.prepare("select count(*) as n from mention").get()?.n;
  assertEquals(count(), 1);
  await the.ask(mod, { type: "delete_room", room: "tea" });
  await mod.until(() => mod.all("left").length > 0);
  while (count() !== 0) await new Promise((resolve) => setTimeout(resolve, 20));
});

Deno.test("actions of moderators send nothing to people who have nothing to do with their room", async () => {
  const { the, mod, bob } = await teaRoom();
  await using _ = the;
  const eve = the.person("eve");
  for (const { user } of [eve, bob]) {
    const remove = { type: "remove", room: "tea", person: user.id, reason: "spam" } as const;
    assertEquals(kindOf(await the.ask(mod, remove)), "ok");
  }
  assertEquals([eve.all("left").length, bob.all("left").length], [0, 1]);
});

Deno.test("nobody is added to rooms and removed again by others more often than 50 times", async () => {
  await using the = new HubOnState();
  const [ann, bob] = [the.person("ann"), the.person("bob")];
  const created = await the.ask(ann, {
    type: "create",
    kind: "private",
    title: "x",
    topic: "",
    history: "all",
  });
  assert(created.type === "created");
  const add = { type: "add", room: created.room, person: bob.user.id } as const;
  const kinds: string[] = [];
  for (let i = 0; i < 51; i++) {
    kinds.push(kindOf(await the.ask(ann, add)));
    await the.ask(ann, { ...add, type: "remove" });
  }
  assertEquals([kinds.indexOf("rate_limited"), new Set(kinds.slice(0, 50)).size], [50, 1]);
  // People who may not add others are refused, whatever the person was added to.
  assertEquals(kindOf(await the.ask(bob, add)), "no_room");
});

Deno.test("the moderators of a room share the turns to change it, which nobody else uses up", async () => {
  const { the, mod, bob } = await teaRoom();
  await using _ = the;
  const second = the.person("second");
  the.append({ type: "join", person: second.user.id, room: "tea" });
  await the.ask(mod, { type: "moderator", room: "tea", person: second.user.id, on: true });
  const command = { type: "set_room", room: "tea", setting: "slow", value: 1 } as const;
  const waits = ({ user }: Recorder) => the.store.actions.turn(command, user.id) !== undefined;
  assertEquals(Array.from({ length: 90 }, () => waits(bob)).includes(true), false);
  assertEquals(Array.from({ length: 90 }, () => waits(mod)).includes(true), false);
  assertEquals(Array.from({ length: 90 }, () => waits(second)).includes(true), true);
});

Deno.test("a public room without a title has its address as the title once it is private", async () => {
  await using the = new HubOnState();
  const ann = the.person("ann");
  for (const [room, title] of [["staff", ""], ["tea", "Kettles"]] as const) {
    await the.ask(ann, { type: "create", kind: "public", room, title, topic: "" });
    await the.ask(ann, { type: "make_private", room });
  }
  const titles = ann.all("room").flatMap(({ kind, title }) => kind === "private" ? [title] : []);
  assertEquals(titles, ["staff", "Kettles"]);
});

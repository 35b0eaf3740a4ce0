/** Private and direct rooms: who is in them, and that they don't exist for others. */
import type { HubCommand } from "../hub/requests.ts";
import type { ActionCommand, ServerLine } from "../protocol/mod.ts";
import { newHiddenRoom } from "../protocol/addresses.ts";
import { assert, assertEquals } from "../testing/assert.ts";
import { HubOnState, kindOf } from "../testing/hub_on_state.ts";
import { Recorder } from "../testing/recorder.ts";
import type { Event } from "./events.ts";

const CREATE = { type: "create", kind: "private", title: "Board", topic: "" } as const;

/** Makes a private room, and returns its address. */
async function create(
  the: HubOnState,
  by: Recorder,
  people: readonly Recorder[] = [],
  history: "all" | "joined" = "all",
): Promise<string> {
  const answer = await the.ask(by, { ...CREATE, history });
  assert(answer.type === "created");
  const { room } = answer;
  await the.join(by, room);
  for (const { user } of people) await the.ask(by, { type: "add", room, person: user.id });
  for (const client of people) await the.join(client, room);
  return room;
}

/** Opens the direct room of people, and returns its address. */
async function direct(the: HubOnState, by: Recorder, ...people: readonly Recorder[]) {
  const ids = people.map(({ user }) => user.id);
  const answer = await the.ask(by, { type: "direct", people: ids });
  assert(answer.type === "created", JSON.stringify(answer));
  return answer.room;
}

function message(room: string, { user }: Recorder, text: string): Event {
  return { type: "message", room, id: text, user, text };
}

Deno.test("a private room is for its members, whom its moderators add and remove", async () => {
  await using the = new HubOnState();
  const [ann, bob, eve] = [the.person("ann"), the.person("bob"), the.person("eve", "guest")];
  const room = await create(the, ann, [bob]);
  assertEquals(bob.all("room").map((line) => line.room), [room]);
  assertEquals(bob.all("joined")[0]?.info.kind, "private");
  assertEquals(ann.all("member").map(({ user, role, by }) => [user.name, role, by]), [
    ["bob", "member", ann.user.id],
  ]);
  const add = { type: "add", room, person: eve.user.id } as const;
  assertEquals(kindOf(await the.ask(ann, add)), "no_person");
  assertEquals(kindOf(await the.ask(bob, { ...add, person: ann.user.id })), "forbidden");
  const remove = { type: "remove", room, person: bob.user.id } as const;
  assertEquals(kindOf(await the.ask(ann, { ...remove, person: ann.user.id })), "forbidden");
  await the.ask(ann, remove);
  assertEquals(bob.all("left").map(({ why }) => why), ["You were removed from the room"]);
  assertEquals(kindOf(await the.ask(ann, remove)), "no_person");
});

Deno.test("nothing after a removal reaches the removed person, also in one batch", async () => {
  await using the = new HubOnState();
  const [ann, bob] = [the.person("ann"), the.person("bob")];
  const room = await create(the, ann, [bob]);
  const person = bob.user.id;
  the.append(
    message(room, ann, "one"),
    message(room, bob, "two"),
    { type: "room_removal", room, person, reason: "", by: ann.user.id },
    message(room, ann, "three"),
    message(room, bob, "four"),
    { type: "room_setting", room, by: ann.user.id, setting: "topic", value: "Secret" },
    message(room, ann, "five"),
  );
  await ann.first("message", ({ text }) => text === "five");
  assertEquals(ann.texts, ["one", "two", "three", "five"]);
  assertEquals(bob.texts, ["one", "two"]);
  assertEquals([bob.all("info"), bob.lines.at(-1)?.type], [[], "left"]);
  // A message that was on its way, and one that was stored before, are answered alike.
  for (const id of ["late", "two"]) {
    the.hub.command(bob, { type: "send", room, id, text: id });
    await bob.first("error", ({ ref, code }) => ref === id && code === "not_joined");
  }
});

Deno.test("with history from joining, earlier messages do not exist for a new member", async () => {
  await using the = new HubOnState();
  const [ann, bob, carl] = [the.person("ann"), the.person("bob"), the.person("carl")];
  const room = await create(the, ann, [], "joined");
  the.append(...["a", "b", "c"].map((text) => message(room, ann, text)));
  await the.ask(ann, { type: "add", room, person: bob.user.id });
  await the.join(bob, room);
  const [joined] = bob.all("joined");
  assertEquals([joined?.first, joined?.last, joined?.messages, joined?.more], [4, 3, [], false]);
  the.append(message(room, ann, "d"));
  for (const query of [{ after: 0 }, { before: 99 }, { at: 0 }]) {
    the.hub.command(bob, { type: "history", room, limit: 200, ...query });
  }
  await bob.until(() => bob.all("history").length === 3);
  for (const { messages, more } of bob.all("history")) {
    assertEquals([messages.map(({ text }) => text), more], [["d"], false]);
  }
  the.hub.command(bob, { type: "join", room, after: 1 });
  await bob.until(() => bob.all("joined").length === 2);
  const again = bob.all("joined")[1];
  assertEquals([again?.first, again?.messages.map(({ seq }) => seq)], [4, [4]]);
  // In another room the whole history is there.
  const whole = await create(the, ann);
  the.append(message(whole, ann, "x"));
  await the.ask(ann, { type: "add", room: whole, person: carl.user.id });
  await the.join(carl, whole);
  assertEquals(carl.all("joined")[0]?.messages.length, 1);
});

Deno.test("to outsiders every command about a private room is answered as if it was never made", async () => {
  await using the = new HubOnState();
  const [ann, bob, carl] = [the.person("ann"), the.person("bob"), the.person("carl")];
  const root = the.person("root", "admin");
  const eve = the.person("eve", "guest");
  const room = await create(the, ann, [bob]);
  const talk = await direct(the, ann, bob);
  the.append(message(room, ann, "secret"), message(talk, ann, "secret"));
  // It comes later than other news.
  await bob.first("room", (line) => line.room === talk && line.last === 1);
  await the.ask(ann, { type: "remove", room, person: bob.user.id });
  const person = ann.user.id;
  const commands = (room: string): HubCommand[] => [
    { type: "join", room },
    { type: "join", room, after: 0 },
    { type: "join", room, create: false },
    { type: "leave", room },
    { type: "leave", room, keep: true },
    { type: "history", room, after: 0, limit: 200 },
    { type: "history", room, at: 0, limit: 200 },
    { type: "send", room, id: "m", text: "m" },
    { type: "send", room, id: "secret", text: "m" },
    { type: "typing", room },
    { type: "members", room, id: "c" },
    { type: "set_room", room, id: "c", setting: "topic", value: "x" },
    { type: "add", room, id: "c", person },
    { type: "remove", room, id: "c", person },
    { type: "moderator", room, id: "c", person, on: true },
    { type: "make_private", room, id: "c" },
  ];
  // Admins may close rooms, see them in a list, and enter where that is recorded.
  const closing = (room: string): HubCommand[] => [
    { type: "set_room", room, id: "c", setting: "archived", value: true },
    { type: "delete_room", room, id: "c" },
    { type: "add", room, id: "c", person: "id-of-carl" },
  ];
  const never = newHiddenRoom();
  for (const asker of [carl, bob, root, eve]) {
    const about = asker === bob ? [room] : [room, talk];
    for (const hidden of about) {
      const list = asker === root
        ? commands
        : (room: string) => [...commands(room), ...closing(room)];
      for (const [i, command] of list(hidden).entries()) {
        const other = list(never)[i];
        assert(other !== undefined);
        const [answer, reference] = [
          await answerTo(the, asker, command),
          await answerTo(
            the,
            asker,
            other,
          ),
        ];
        const [a, b] = [answer, reference].map((line) =>
          JSON.stringify(line).replaceAll(hidden, "R").replaceAll(never, "R")
        );
        assertEquals(a, b, JSON.stringify(command));
      }
    }
  }
});

/** Gives a command, and returns the first line that it causes. */
async function answerTo(
  the: HubOnState,
  client: Recorder,
  command: HubCommand,
): Promise<ServerLine | undefined> {
  const before = client.lines.length;
  the.hub.command(client, command);
  await client.until(() => client.lines.length > before);
  return client.lines[before];
}

Deno.test("no list, notice or plain client reveals a private or direct room to outsiders", async () => {
  await using the = new HubOnState();
  const [ann, bob, carl] = [the.person("ann"), the.person("bob"), the.person("carl")];
  for (const client of [ann, bob, carl]) await the.join(client, "lobby");
  const before = carl.lines.length;
  const room = await create(the, ann, [bob]);
  const talk = await direct(the, ann, bob);
  for (const client of [ann, bob]) await the.join(client, talk);
  the.append(message(room, ann, "secret"), message(talk, bob, "secret"));
  the.hub.command(ann, { type: "typing", room });
  await bob.first("typing");
  await bob.first("presence", (line) => line.room === room);
  const list = await the.ask(carl, { type: "directory" });
  the.hub.command(carl, { type: "rooms" });
  const rooms = await carl.first("rooms");
  assertEquals(rooms.rooms.map((line) => line.room), ["lobby"]);
  assertEquals(kindOf(list), "directory");
  const plain = new Recorder("plain", { format: "plain" });
  the.hub.register(plain);
  the.hub.command(plain, { type: "join", room, newest: 50 });
  the.hub.command(plain, { type: "send", room, id: "p", text: "p" });
  await the.ask(carl, { type: "directory", text: "Board" });
  assertEquals(plain.frames, []);
  const seen = JSON.stringify(carl.lines.slice(before));
  for (const secret of [room, talk, "Board", "secret"]) assert(!seen.includes(secret), secret);
});

Deno.test("a message in a private room mentions nobody who can't read it, also when they are added", async () => {
  await using the = new HubOnState();
  const [ann, bob, carl] = [the.person("ann"), the.person("bob"), the.person("carl")];
  const room = await create(the, ann, [bob]);
  const mentions = [bob.user.id, carl.user.id];
  the.append({ type: "message", room, id: "m", user: ann.user, text: "@bob, @carl", mentions });
  assertEquals((await bob.first("message")).mentions, [bob.user.id]);
  await the.ask(ann, { type: "add", room, person: carl.user.id });
  await the.join(carl, room);
  const messages = carl.all("joined").flatMap((line) => line.messages);
  assertEquals(messages.map((each) => each.mentions), [[bob.user.id]]);
  the.hub.command(carl, { type: "read", room, seq: 0, back: true, id: "r" });
  await carl.first("room", ({ unread }) => unread === 1);
  assertEquals(carl.all("room").map((line) => line.mentions), [0, 0]);
});

Deno.test("a public room made private keeps its messages, and its members follow", async () => {
  await using the = new HubOnState();
  const [ann, bob] = [the.person("ann"), the.person("bob")];
  const [carl, eve] = [the.person("carl"), the.person("eve", "guest")];
  const plain = new Recorder("plain", { format: "plain" });
  await the.ask(ann, { type: "create", kind: "public", room: "staff", title: "Staff", topic: "" });
  for (const client of [ann, bob, eve]) await the.join(client, "staff");
  the.hub.register(plain);
  the.hub.command(plain, { type: "join", room: "staff" });
  the.append(message("staff", ann, "one"));
  await bob.until(() => bob.all("room").length > 0);
  await the.ask(ann, { type: "make_private", room: "staff" });
  const { to } = await ann.first("moved");
  assertEquals(bob.all("moved"), [{ type: "moved", room: "staff", to }]);
  assertEquals([eve.all("left").map(({ why }) => why), eve.all("moved")], [
    ["The room is private now"],
    [],
  ]);
  assertEquals([plain.end, plain.closing?.code], ["dismissed", 1008]);
  // Members who come back later learn of it, too; nobody else does, and nobody makes it again.
  the.hub.command(bob, { type: "join", room: "staff", after: 1 });
  await bob.until(() => bob.all("moved").length === 2);
  the.hub.command(bob, { type: "join", room: to, after: 0 });
  const joined = await bob.first("joined", ({ room }) => room === to);
  assertEquals(joined.messages.map(({ seq, text }) => [seq, text]), [[1, "one"]]);
  for (const client of [carl, eve]) {
    the.hub.command(client, { type: "join", room: "staff" });
    assertEquals((await client.first("error")).code, "no_room");
  }
  const create = { type: "create", kind: "public", room: "staff", title: "", topic: "" } as const;
  assertEquals(kindOf(await the.ask(carl, create)), "room_taken");
  the.append(message("staff", carl, "two"), message(to, carl, "three"), message(to, bob, "four"));
  await bob.first("message", ({ text }) => text === "four");
  assertEquals(bob.texts, ["one", "four"]);
  assertEquals(bob.all("message").at(-1)?.seq, 2);
});

Deno.test("the last of a private room to leave deletes it; before that a moderator has an heir", async () => {
  await using the = new HubOnState();
  const [ann, bob] = [the.person("ann"), the.person("bob")];
  const room = await create(the, ann, [bob]);
  the.append(message(room, ann, "one"));
  the.hub.command(ann, { type: "leave", room });
  await ann.first("left");
  assertEquals(bob.all("room").at(-1)?.role, "moderator");
  the.hub.command(bob, { type: "leave", room });
  await bob.first("left");
  const { db } = the.store.state.database;
  assertEquals(db.prepare("select kind from room where kind <> 'public'").all().length, 1);
  await the.store.deletions.finish();
  const rows = ["room where kind <> 'public'", "message", "job"].map((table) =>
    db.prepare(`select 1 from ${table}`).all().length
  );
  assertEquals(rows, [0, 0, 0]);
});

Deno.test("a direct room is one for each set of people, who see it from its first message on", async () => {
  await using the = new HubOnState();
  const [ann, bob, carl] = [the.person("ann"), the.person("bob"), the.person("carl")];
  const talk = await direct(the, ann, bob);
  assertEquals(await direct(the, bob, ann), talk);
  assertEquals(await direct(the, bob, bob, ann), talk);
  assert(await direct(the, ann, bob, carl) !== talk);
  const notes = await direct(the, ann);
  the.append(message(notes, ann, "note"));
  assertEquals(carl.all("room"), []);
  await the.join(ann, talk);
  assertEquals(ann.all("joined").at(-1)?.info.kind, "direct");
  the.append(message(talk, ann, "hi"));
  await bob.first("room", (line) => line.room === talk && line.last === 1);
  for (const command of closingCommands(talk)) {
    assertEquals(kindOf(await the.ask(ann, command)), "forbidden", command.type);
  }
  // Leaving hides it until the next message.
  the.hub.command(bob, { type: "leave", room: talk });
  await bob.first("left");
  const before = bob.all("room").length;
  the.append(message(talk, ann, "again"));
  await bob.until(() => bob.all("room").length > before);
  await the.join(bob, talk);
  assertEquals(bob.all("joined").at(-1)?.messages.map(({ text }) => text), ["hi", "again"]);
});

function closingCommands(room: string): ActionCommand[] {
  return [
    { type: "set_room", room, setting: "title", value: "x" },
    { type: "add", room, person: "id-of-carl" },
    { type: "remove", room, person: "id-of-bob" },
    { type: "moderator", room, person: "id-of-bob", on: true },
    { type: "delete_room", room },
  ];
}

Deno.test("a direct room can't be opened with guests or banned people, and ends when nobody can answer", async () => {
  await using the = new HubOnState();
  const [root, ann, bob] = [the.person("root", "admin"), the.person("ann"), the.person("bob")];
  const eve = the.person("eve", "guest");
  for (const [by, person] of [[ann, eve], [eve, ann]] as const) {
    const answer = await the.ask(by, { type: "direct", people: [person.user.id] });
    assertEquals(kindOf(answer), by === ann ? "no_person" : "forbidden");
  }
  const talk = await direct(the, ann, bob);
  await the.join(ann, talk);
  await the.ask(root, { type: "ban", person: bob.user.id });
  the.hub.command(ann, { type: "send", room: talk, id: "m", text: "m" });
  assertEquals((await ann.first("error", ({ ref }) => ref === "m")).code, "forbidden");
  const answer = await the.ask(ann, { type: "direct", people: [bob.user.id, root.user.id] });
  assertEquals(kindOf(answer), "no_person");
});

Deno.test("an admin can make themselves a member of a private room, which is shown and recorded", async () => {
  await using the = new HubOnState();
  const [root, ann] = [the.person("root", "admin"), the.person("ann")];
  const room = await create(the, ann);
  the.append(message(room, ann, "secret"));
  the.hub.command(root, { type: "join", room });
  assertEquals((await root.first("error")).code, "no_room");
  await the.ask(root, { type: "add", room, person: root.user.id });
  assertEquals(ann.all("member").map(({ user }) => user.name), ["root"]);
  await the.join(root, room);
  const audit = await the.ask(root, { type: "audit" });
  assert(audit.type === "audit");
  assertEquals([audit.entries[0]?.action, audit.entries[0]?.detail], ["add", room]);
});

Deno.test("a name with a membership in a private room never expires", async () => {
  await using the = new HubOnState();
  const [ann, bob, carl] = [the.person("ann"), the.person("bob"), the.person("carl")];
  await create(the, ann);
  const talk = await direct(the, bob, carl);
  the.append(message(talk, bob, "hi"));
  for (const { user } of [ann, bob, carl]) {
    the.append({ type: "name_expired", person: user.id, used: 1000 });
    assertEquals(the.store.permissions.summary(user.id).name, user.name);
  }
});

Deno.test("a public room that its moderator leaves has an heir, and the default room has none", async () => {
  await using the = new HubOnState();
  const [ann, bob] = [the.person("ann"), the.person("bob")];
  const root = the.person("root", "admin");
  for (const room of ["tea", "lobby"]) {
    the.append(message(room, ann, "one"));
    for (const client of [ann, bob]) the.append({ type: "join", person: client.user.id, room });
  }
  const appoint = { type: "moderator", room: "lobby", person: ann.user.id, on: true } as const;
  assertEquals(kindOf(await the.ask(root, appoint)), "ok");
  for (const room of ["tea", "lobby"]) {
    the.append({ type: "leave", person: ann.user.id, room });
    await ann.first("left", (line) => line.room === room);
  }
  const roles = the.store.memberships.readAll(bob.user.id).flatMap(({ rooms }) => rooms)
    .map(({ room, role }) => [room, role]);
  assertEquals(roles.sort(), [["lobby", undefined], ["tea", "moderator"]]);
});

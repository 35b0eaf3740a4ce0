import { HOUR_MS } from "../lib/time.ts";
import { assert, assertEquals } from "../testing/assert.ts";
import { HubOnState, kindOf } from "../testing/hub_on_state.ts";
import { seeded } from "../testing/random.ts";
import type { Recorder } from "../testing/recorder.ts";
import type { RoomState } from "../protocol/mod.ts";
import type { Event } from "./events.ts";
import { MembershipTable } from "./membership_table.ts";
import { UnreadCounter } from "./unread.ts";

let ids = 0;

/** A message of a person, as from another server. */
function message(person: string, text: string, room = "tea", mentions?: string[]): Event {
  const event: Event = {
    ...{ type: "message", room, id: `m${ids++}`, user: { id: person, name: "" }, text },
  };
  return mentions === undefined ? event : { ...event, mentions };
}

/** A person with a name, who is a member of rooms that have messages. */
async function member(the: HubOnState, name: string, ...rooms: string[]): Promise<Recorder> {
  const client = the.person(name);
  for (const room of rooms) {
    await the.join(client, room);
    await client.until(() => stateOf(the, client, room) !== undefined);
  }
  return client;
}

function stateOf(the: HubOnState, { user }: Recorder, room = "tea"): RoomState | undefined {
  return the.store.memberships.readAll(user.id).flatMap(({ rooms }) => rooms)
    .find((state) => state.room === room);
}

/** A person's marker, and the counts of what is unread. */
function unread(the: HubOnState, client: Recorder, room = "tea"): number[] {
  const state = stateOf(the, client, room);
  assert(state !== undefined);
  return [state.read, state.unread, state.mentions];
}

Deno.test("one's own messages are never unread, those of others are until the marker is at them", async () => {
  await using the = new HubOnState();
  the.append(message("w", "one"));
  const ann = await member(the, "ann", "tea");
  const me = ann.user.id;
  assertEquals(unread(the, ann), [1, 0, 0]);
  the.append(message(me, "two"), message("w", "three"), message(me, "four"), message("v", "five"));
  assertEquals(unread(the, ann), [1, 2, 0]);
  the.hub.command(ann, { type: "read", room: "tea", seq: 3 });
  await ann.first("room", ({ read }) => read === 3);
  assertEquals(unread(the, ann), [3, 1, 0]);
});

Deno.test("two devices see one marker, which only rises unless it is set back", async () => {
  await using the = new HubOnState();
  the.append(message("w", "one"));
  const ann = await member(the, "ann", "tea");
  const phone = await member(the, "ann", "tea");
  the.append(...Array.from({ length: 9 }, () => message("w", "more")));
  // Of several the highest counts.
  for (const seq of [4, 7, 5]) the.hub.command(ann, { type: "read", room: "tea", seq });
  for (const client of [ann, phone]) {
    const line = await client.first("room", ({ read }) => read > 1);
    assertEquals([line.read, line.unread], [7, 3]);
  }
  the.hub.command(phone, { type: "read", room: "tea", seq: 2, back: true });
  for (const client of [ann, phone]) await client.first("room", ({ read }) => read === 2);
  assertEquals(unread(the, ann), [2, 8, 0]);
  // A marker beyond the newest message is that message, which a later one does not change.
  the.hub.command(ann, { type: "read", room: "tea", seq: 1000 });
  await phone.first("room", ({ read }) => read === 10);
  the.append(message("w", "new"));
  assertEquals(unread(the, ann), [10, 1, 0]);
});

Deno.test("a device that connects right after another one has read sees the new marker", async () => {
  await using the = new HubOnState();
  the.append(message("w", "one"), message("w", "two"));
  const ann = await member(the, "ann", "tea");
  the.append(message("w", "three"), message("w", "four"));
  assertEquals(unread(the, ann), [2, 2, 0]);
  await the.ask(ann, { type: "read", room: "tea", seq: 3 });
  assertEquals(unread(the, ann), [3, 1, 0]);
  await the.ask(ann, { type: "read", room: "tea", seq: 1, back: true });
  assertEquals(unread(the, ann), [1, 3, 0]);
  await the.ask(ann, { type: "read", room: "tea", seq: 9 });
  assertEquals(unread(the, ann), [4, 0, 0]);
  await the.ask(ann, { type: "read", room: "tea", seq: 2, back: true });
  await the.ask(ann, { type: "all_read" });
  assertEquals(unread(the, ann), [4, 0, 0]);
});

Deno.test("a device that saw a marker set back also receives that it was set again", async () => {
  await using the = new HubOnState();
  the.append(message("w", "one"), message("w", "two"));
  const ann = await member(the, "ann", "tea");
  const phone = the.person("ann");
  for (const command of [{ type: "read", room: "tea", seq: 2 }, { type: "all_read" }] as const) {
    const before = phone.all("room").length;
    await the.ask(ann, { type: "read", room: "tea", seq: 1, back: true });
    assertEquals(unread(the, phone), [1, 1, 0]);
    await the.ask(ann, command);
    await phone.until(() => phone.all("room").slice(before).some(({ read }) => read === 2));
  }
});

Deno.test("read, level and order are for members of the room", async () => {
  await using the = new HubOnState();
  the.append(message("w", "one"));
  const [ann, guest] = [the.person("ann"), the.person("eve", "guest")];
  for (const client of [ann, guest]) {
    for (const room of ["tea", "never"]) {
      const answers = [
        await the.ask(client, { type: "read", room, seq: 1 }),
        await the.ask(client, { type: "level", room, level: "all" }),
        await the.ask(client, { type: "order", room }),
      ];
      assertEquals(answers.map(kindOf), ["no_room", "no_room", "no_room"]);
    }
    assertEquals(kindOf(await the.ask(client, { type: "all_read" })), "ok");
  }
});

Deno.test("a level, and the place of a room, follow to all devices", async () => {
  await using the = new HubOnState();
  for (const room of ["a", "b", "c"]) the.append(message("w", "one", room));
  const ann = await member(the, "ann", "a", "b", "c");
  const phone = the.person("ann");
  assertEquals(kindOf(await the.ask(ann, { type: "level", room: "b", level: "mentions" })), "ok");
  assertEquals((await phone.first("room")).level, "mentions");
  const order = () =>
    the.store.memberships.readAll(ann.user.id).flatMap(({ rooms }) => rooms.map(({ room }) => room))
      .filter((room) => room !== "lobby").join("");
  assertEquals(order(), "abc");
  await the.ask(ann, { type: "order", room: "c", before: "a" });
  assertEquals(order(), "cab");
  await the.ask(ann, { type: "order", room: "c" });
  assertEquals(order(), "abc");
  const missing = await the.ask(ann, { type: "order", room: "c", before: "never" });
  assertEquals(kindOf(missing), "no_room");
  // Between the same two again and again: their places have no number in between some time.
  for (let i = 0; i < 60; i++) {
    const [first = "", second = "", third = ""] = order();
    await the.ask(ann, { type: "order", room: third, before: second });
    assertEquals(order(), first + third + second);
  }
});

Deno.test("all_read marks every room as read, and forgets markers that wait", async () => {
  await using the = new HubOnState();
  for (const room of ["a", "b"]) the.append(message("w", "one", room));
  const ann = await member(the, "ann", "a", "b");
  for (const room of ["a", "b", "b"]) the.append(message("w", "two", room));
  await the.ask(ann, { type: "read", room: "b", seq: 1, back: true });
  await the.ask(ann, { type: "all_read" });
  assertEquals([unread(the, ann, "a"), unread(the, ann, "b")], [[2, 0, 0], [3, 0, 0]]);
  the.store.markers.flush();
  await the.ask(ann, { type: "role", person: "nobody", role: "member" });
  assertEquals(unread(the, ann, "b"), [3, 0, 0]);
});

Deno.test("all_read comes after markers that wait for their turn", async () => {
  await using the = new HubOnState();
  the.append(message("w", "one", "a"));
  const ann = await member(the, "ann", "a");
  the.append(message("w", "two", "a"));
  const { events, markers } = the.store;
  for (let i = 0; i < 200; i++) {
    void events.append({ type: "session_ended", session: `s${i}`, until: 1, forgets: false });
  }
  await the.ask(ann, { type: "read", room: "a", seq: 1, back: true });
  markers.flush();
  await the.ask(ann, { type: "all_read" });
  await events.append({ type: "session_ended", session: "last", until: 1, forgets: false });
  assertEquals(unread(the, ann, "a"), [2, 0, 0]);
});

Deno.test("a message mentions people by the longest name, who receive the room's state wherever they are", async () => {
  await using the = new HubOnState();
  the.append(message("w", "one"));
  const ann = await member(the, "ann", "tea");
  const lee = await member(the, "ann lee", "tea");
  const bob = await member(the, "bob", "tea");
  const text = "Hi @Ann Lee, @bob and @nobody; mail me@ann.example";
  the.hub.command(ann, { type: "send", room: "tea", id: "x", text });
  const line = await bob.first("message", ({ id }) => id === "x");
  assertEquals(line.mentions, [lee.user.id, bob.user.id].sort());
  for (const client of [lee, bob]) {
    const { unread, mentions } = await client.first("room", ({ mentions }) => mentions > 0);
    assertEquals([unread, mentions], [1, 1]);
  }
  assertEquals(unread(the, ann), [1, 0, 0]);
  // Also those who read it later see whom it mentions, and the sender who resends it.
  const late = the.person("late");
  await the.join(late, "tea");
  assertEquals(late.all("joined").at(-1)?.messages.at(-1)?.mentions, line.mentions);
  the.hub.command(ann, { type: "send", room: "tea", id: "x", text: "other" });
  await ann.until(() => ann.all("message").length === 2);
  assertEquals(ann.all("message").map(({ mentions }) => mentions), [line.mentions, line.mentions]);
});

Deno.test("@room mentions all members but its author, by a member, and in a large room by a moderator", async () => {
  await using the = new HubOnState();
  const ann = the.person("ann");
  await the.join(ann, "tea");
  the.hub.command(ann, { type: "send", room: "tea", id: "x", text: "one" });
  await ann.first("room", ({ room }) => room === "tea");
  const bob = await member(the, "bob", "tea");
  the.hub.command(bob, { type: "send", room: "tea", id: "x", text: "@room come, @ann" });
  assertEquals((await ann.first("message", ({ seq }) => seq === 2)).mentions, ["*"]);
  assertEquals([unread(the, ann), unread(the, bob)], [[0, 1, 1], [1, 0, 0]]);
  for (let i = 0; i < 50; i++) {
    the.append(
      { type: "name", person: `p${i}`, name: `p${i}`, key: `p${i}`, used: 1 },
      { type: "join", person: `p${i}`, room: "tea" },
    );
  }
  the.hub.command(bob, { type: "send", room: "tea", id: "y", text: "@room again" });
  the.hub.command(ann, { type: "send", room: "tea", id: "y", text: "@room I may" });
  const lines = await Promise.all([3, 4].map((n) => bob.first("message", ({ seq }) => seq === n)));
  assertEquals(lines.map(({ mentions }) => mentions), [undefined, ["*"]]);
});

Deno.test("unread counts agree with a count of all messages, through retention and markers", async () => {
  await using the = new HubOnState();
  const random = seeded(7);
  const below = (n: number) => Math.floor(random() * n);
  the.append(message("w", "one"));
  const people = [await member(the, "ann", "tea"), await member(the, "bob", "tea")];
  const authors = ["w", ...people.map(({ user }) => user.id)];
  const log: { author: string; mentions: string[] }[] = [{ author: "w", mentions: [] }];
  const markers = people.map(() => 1);
  const { db } = the.store.state.database;
  const memberships = new MembershipTable(db);
  let now = 0;
  // Another second each time: else it would look at no more than the newest messages.
  const counter = new UnreadCounter(db, () => now += 1000);
  let first = 1;
  for (let step = 0; step < 300; step++) {
    const what = random();
    if (what < 0.6) {
      // Sometimes many of one author: more than the newest authors that are remembered.
      const author = authors[below(3)] ?? "";
      const batch = Array.from({ length: random() < 0.05 ? 400 : 1 + below(9) }, () => {
        const mentioned = people.filter(() => random() < 0.1).map(({ user }) => user.id);
        log.push({ author, mentions: mentioned.filter((id) => id !== author) });
        return message(author, "x", "tea", mentioned);
      });
      the.append(...batch);
    } else if (what < 0.9) {
      const who = below(2);
      const seq = below(log.length + 1);
      const back = random() < 0.5;
      const person = people[who]?.user.id ?? "";
      the.append({
        type: "markers",
        markers: [back ? { person, room: "tea", seq, back } : { person, room: "tea", seq }],
      });
      markers[who] = back ? seq : Math.max(markers[who] ?? 0, seq);
    } else if (random() < 0.3) {
      const before = Math.min(first + below(50), log.length + 1);
      the.append({ type: "retention", room: "tea", before });
      first = before;
    }
    for (const [i, client] of people.entries()) {
      const read = markers[i] ?? 0;
      const me = client.user.id;
      const news = log.slice(Math.max(read, first - 1)).filter(({ author }) => author !== me);
      const mine = news.filter(({ mentions }) => mentions.includes(me));
      const expected = [read, Math.min(news.length, 100), Math.min(mine.length, 100)];
      const membership = memberships.of(me, "tea");
      assert(membership !== undefined);
      const counts = counter.count(membership, counter.readerOf(me));
      const counted = [membership.read, counts.unread, counts.mentions];
      assertEquals(counted, expected, `step ${step}`);
    }
  }
});

Deno.test("a first name joins the default rooms, which an admin changes", async () => {
  await using the = new HubOnState();
  const rooms = ({ user }: Recorder) =>
    the.store.memberships.readAll(user.id).flatMap((line) => line.rooms.map(({ room }) => room));
  const root = the.person("root", "admin");
  assertEquals(rooms(root), ["lobby"]);
  the.append(message("w", "one", "news"), message("w", "two", "news"));
  const value = ["news", "help"];
  const set = await the.ask(root, { type: "set", setting: "defaultRooms", value });
  assertEquals(kindOf(set), "ok");
  assertEquals((await root.first("chat")).chat.defaultRooms, value);
  const eve = the.person("eve", "guest");
  await the.join(eve, "lobby");
  assertEquals(rooms(eve), []);
  the.append({ type: "name", person: eve.user.id, name: "Eve", key: "eve", used: 1 });
  await eve.until(() => eve.all("room").length === 2);
  assertEquals(eve.all("room").map(({ room, read }) => [room, read]), [["news", 2], ["help", 0]]);
  // A later name joins nothing.
  the.append(
    { type: "leave", person: eve.user.id, room: "news" },
    { type: "name", person: eve.user.id, name: "Eva", key: "eva", used: 1 },
  );
  assertEquals(rooms(eve), ["help"]);
  // The first message of such a room opens it as any other.
  the.hub.command(eve, { type: "join", room: "help" });
  the.hub.command(eve, { type: "send", room: "help", id: "x", text: "Hello?" });
  assertEquals((await eve.first("message")).seq, 1);
});

Deno.test("10,000 markers and 10,000 joins cost few entries of the log", async () => {
  await using the = new HubOnState();
  the.append(message("w", "one"), message("w", "two"));
  const people = Array.from({ length: 1000 }, (_, i) => `p${i}`);
  the.append(...people.map((id): Event => ({
    ...{ type: "name", person: id, name: id, key: id, used: 1 },
  })));
  const { store } = the;
  const position = () => store.state.progress.position;
  const before = position();
  for (let i = 0; i < 10; i++) {
    for (const person of people) store.memberships.join({ person, network: "192.0.2.1" }, "tea");
  }
  const root = the.person("root", "admin");
  await the.ask(root, { type: "set", setting: "name", value: "x" });
  const joined = position();
  assert(joined - before < 20, `${joined - before} entries`);
  for (let i = 0; i < 10; i++) {
    for (const person of people) store.markers.add({ person, room: "tea", seq: 1, back: true });
  }
  store.markers.flush();
  const marked = store.state.database.db.prepare(
    "select count(*) as count from membership where read = 1",
  );
  for (const person of people) await store.markers.settled(person, [{ room: "tea" }]);
  assertEquals(marked.get()?.count, 1000);
  assert(position() - joined < 20, `${position() - joined} entries`);
});

Deno.test("the last hour in which a person with a name was connected is kept, once an hour", async () => {
  await using the = new HubOnState();
  const hour = () => Math.floor(Date.now() / HOUR_MS);
  const start = hour();
  const [ann, eve] = [the.person("ann"), the.person("eve", "guest")];
  for (const client of [ann, eve]) await the.join(client, "lobby");
  const { state, markers } = the.store;
  const stored = () => state.database.db.prepare("select id, seen from people").all();
  markers.flush();
  await the.ask(ann, { type: "role", person: "nobody", role: "member" });
  const [row] = stored();
  assertEquals([stored().length, row?.id], [1, ann.user.id]);
  assert(row?.seen === start || row?.seen === hour());
  const { position } = state.progress;
  the.hub.unregister(ann);
  const phone = the.person("ann");
  await the.join(phone, "lobby");
  markers.flush();
  await the.ask(phone, { type: "role", person: "nobody", role: "member" });
  // The name and the two commands, unless another hour has begun.
  assert(state.progress.position - position <= (start === hour() ? 2 : 3));
});

Deno.test("many messages that mention a person are sent as one change of the membership", async () => {
  await using the = new HubOnState();
  the.append(message("writer", "first"));
  const people = [await member(the, "ann", "tea"), await member(the, "bob", "tea")];
  const ids = people.map(({ user }) => user.id);
  const before = people.map((client) => client.all("room").length);
  the.append(...Array.from({ length: 90 }, () => message("writer", "@ann @bob", "tea", ids)));
  for (const [i, client] of people.entries()) {
    await client.until(() => client.all("room").length > Number(before[i]));
    const changes = client.all("room").slice(before[i]);
    assertEquals(changes.map(({ unread, mentions }) => [unread, mentions]), [[90, 90]]);
  }
});

Deno.test("the authors of unread messages are counted from the newest messages if there are many", async () => {
  await using the = new HubOnState();
  the.append(message("w", "one"));
  const ann = await member(the, "ann", "tea");
  the.append(message("w", "two"));
  the.append(...Array.from({ length: 300 }, () => message(ann.user.id, "more")));
  let now = 0;
  const { db } = the.store.state.database;
  const counter = new UnreadCounter(db, () => now);
  const membership = new MembershipTable(db).of(ann.user.id, "tea");
  assert(membership !== undefined);
  const count = () => counter.count(membership, counter.readerOf(ann.user.id)).unread;
  const counts = Array.from({ length: 100 }, count);
  assertEquals(new Set(counts.slice(0, 60)), new Set([1]));
  assertEquals(counts.at(-1), 0);
  now += 1000;
  assertEquals(count(), 1);
});

Deno.test("moving rooms about gives the order that a list would have", async () => {
  await using the = new HubOnState();
  const rooms = ["a", "b", "c", "d", "e", "f"];
  const person = "id-of-ann";
  the.append({ type: "name", person, name: "ann", key: "ann", used: 1 });
  the.append(...rooms.map((room) => message("w", "one", room)));
  the.append(...rooms.map((room): Event => ({ type: "join", person, room })));
  const listed = () =>
    the.store.memberships.readAll(person).flatMap((line) => line.rooms.map(({ room }) => room));
  let list = listed();
  const random = seeded(7);
  for (let i = 0; i < 400; i++) {
    // Mostly two rooms before each other, until there is no number left between them.
    const some = i % 100 < 60 ? list.slice(0, 2) : list;
    const room = some[Math.floor(random() * some.length)] ?? "";
    const before = random() < 0.2 ? undefined : some[Math.floor(random() * some.length)];
    the.append({ type: "order", person, room, ...(before !== undefined && { before }) });
    if (before !== room) {
      const others = list.filter((each) => each !== room);
      const at = before === undefined ? others.length : others.indexOf(before);
      list = others.toSpliced(at, 0, room);
    }
    assertEquals(listed(), list, `${i}: ${room} before ${before}`);
  }
});

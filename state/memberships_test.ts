import { takerOf } from "../hub/memberships.ts";
import { assertEquals } from "../testing/assert.ts";
import { openDatabase } from "./database.ts";
import type { Event } from "./events.ts";
import { effectsOf } from "./outcome.ts";
import { State } from "./state.ts";
import { HubOnState } from "../testing/hub_on_state.ts";
import type { Recorder } from "../testing/recorder.ts";

/** A message of somebody else, as from another server. */
function write(the: HubOnState, room: string, ...texts: string[]): void {
  const user = { id: "writer", name: "" };
  the.append(...texts.map((text) => ({ type: "message" as const, room, id: text, user, text })));
}

/** The rooms that a person is a member of, as the table has them, without the default one. */
function roomsOf(the: HubOnState, person: string): string[] {
  return the.store.memberships.readAll(person)
    .flatMap(({ rooms }) => rooms.map(({ room }) => room)).filter((room) => room !== "lobby");
}

/** Resolves when all events that were asked for are applied. */
async function applied(the: HubOnState, client: Recorder): Promise<void> {
  // It is an event, too, though it is refused.
  await the.ask(client, { type: "role", person: "nobody", role: "member" });
}

Deno.test("a person with a name who joins a room with messages becomes a member, on all devices", async () => {
  await using the = new HubOnState();
  write(the, "tea", "one", "two");
  const [ann, phone] = [the.person("ann"), the.person("ann")];
  await the.join(ann, "tea");
  for (const client of [ann, phone]) {
    const { since, ...state } = await client.first("room", ({ room }) => room === "tea");
    assertEquals(state, {
      ...{ type: "room", room: "tea", last: 2, read: 2, unread: 0, mentions: 0 },
      ...{ level: "all", order: 2 << 20 },
    });
    assertEquals(since > 0, true);
  }
  // Joining again begins nothing, also from another connection.
  const { position } = the.store.state.progress;
  await the.join(phone, "tea");
  await the.join(ann, "tea");
  await applied(the, ann);
  assertEquals(the.store.state.progress.position, position + 1);
  const later = the.person("ann");
  const { rooms, more } = await later.first("state");
  assertEquals([rooms.map(({ room }) => room), more], [["lobby", "tea"], false]);
});

Deno.test("guests, plain clients and rooms without messages have no memberships", async () => {
  await using the = new HubOnState();
  write(the, "tea", "one");
  const [guest, ann] = [the.person("eve", "guest"), the.person("ann")];
  await the.join(guest, "tea");
  await the.join(ann, "empty");
  await applied(the, ann);
  assertEquals([guest.all("state"), guest.all("room")], [[], []]);
  assertEquals(roomsOf(the, ann.user.id), []);
});

Deno.test("the first message of a room makes its author a moderator, and people in the room members", async () => {
  await using the = new HubOnState();
  const [ann, bob, eve] = [the.person("ann"), the.person("bob"), the.person("eve", "guest")];
  for (const client of [ann, bob, eve]) await the.join(client, "tea");
  the.hub.command(ann, { type: "send", room: "tea", id: "m1", text: "one" });
  const [of, other] = await Promise.all(
    [ann, bob].map((client) => client.first("room", ({ room }) => room === "tea")),
  );
  assertEquals([of?.role, other?.role], ["moderator", undefined]);
  assertEquals([roomsOf(the, ann.user.id), roomsOf(the, bob.user.id)], [["tea"], ["tea"]]);
  // The lobby, which is there for everybody, has no creator.
  await the.join(ann, "lobby");
  the.hub.command(ann, { type: "send", room: "lobby", id: "m1", text: "one" });
  await ann.first("message", ({ room }) => room === "lobby");
  assertEquals(the.store.memberships.read(ann.user.id, "lobby")?.role, undefined);
});

Deno.test("leave ends a membership on all of the person's connections, and with keep only the subscription", async () => {
  await using the = new HubOnState();
  write(the, "tea", "one");
  const [ann, phone, bob] = [the.person("ann"), the.person("ann"), the.person("bob")];
  for (const client of [ann, phone, bob]) await the.join(client, "tea");
  await phone.first("room", ({ room }) => room === "tea");
  the.hub.command(phone, { type: "leave", room: "tea", keep: true });
  assertEquals(await phone.first("left"), { type: "left", room: "tea" });
  assertEquals([ann.all("left"), roomsOf(the, ann.user.id)], [[], ["tea"]]);
  await the.join(phone, "tea");
  the.hub.command(ann, { type: "leave", room: "tea" });
  await ann.first("left");
  await phone.until(() => phone.all("left").length === 2);
  write(the, "tea", "two");
  await bob.first("message", ({ text }) => text === "two");
  assertEquals([ann.texts, phone.texts, bob.texts], [[], [], ["two"]]);
  assertEquals([ann.all("left").length, phone.all("left").length, bob.all("left")], [1, 2, []]);
  assertEquals(roomsOf(the, ann.user.id), []);
  // A person who is not in the room can't leave it.
  the.hub.command(ann, { type: "leave", room: "tea" });
  assertEquals((await ann.first("error")).code, "not_joined");
});

Deno.test("two devices that leave at once end one membership, and each is answered", async () => {
  await using the = new HubOnState();
  write(the, "tea", "one");
  const [ann, phone] = [the.person("ann"), the.person("ann")];
  for (const client of [ann, phone]) await the.join(client, "tea");
  for (const client of [ann, phone]) the.hub.command(client, { type: "leave", room: "tea" });
  for (const client of [ann, phone]) await client.first("left");
  await applied(the, ann);
  assertEquals([ann, phone].map((client) => client.all("left").length), [1, 1]);
});

Deno.test("a person who leaves and joins again is a member", async () => {
  await using the = new HubOnState();
  write(the, "tea", "one");
  const ann = the.person("ann");
  await the.join(ann, "tea");
  the.hub.command(ann, { type: "leave", room: "tea" });
  await ann.first("left");
  await the.join(ann, "tea");
  await applied(the, ann);
  assertEquals(roomsOf(the, ann.user.id), ["tea"]);
});

Deno.test("a name that expires ends its memberships", async () => {
  await using the = new HubOnState();
  write(the, "tea", "one");
  const ann = the.person("ann");
  await the.join(ann, "tea");
  await ann.first("room", ({ room }) => room === "tea");
  the.append({ type: "name_expired", person: ann.user.id, used: 1000 });
  const { count } = the.store.state.database.db.prepare(
    "select count(*) as count from membership",
  ).get() ?? {};
  assertEquals(count, 0);
});

Deno.test("nobody is a member of more than 200 rooms", async () => {
  await using the = new HubOnState();
  const ann = the.person("ann");
  for (let i = 0; i < 205; i++) {
    write(the, `r${i}`, "one");
    the.append({ type: "join", person: ann.user.id, room: `r${i}` });
  }
  // With the default one.
  assertEquals(roomsOf(the, ann.user.id).length, 199);
});

Deno.test("a client that leaves before the membership is refused is answered, too", async () => {
  await using the = new HubOnState();
  const ann = the.person("ann");
  for (let i = 0; i < 201; i++) {
    write(the, `r${i}`, "one");
    the.append({ type: "join", person: ann.user.id, room: `r${i}` });
  }
  const { memberships } = the.store;
  const answer = new Promise<string>((resolve) => {
    memberships.join(takerOf(ann), "r200");
    // Nothing else runs between the two, so that the first is not known to be refused.
    const begun = memberships.leave(takerOf(ann), "r200", {
      onNone: () => resolve("none"),
      onFailure: () => resolve("failure"),
    });
    assertEquals(begun, true);
  });
  assertEquals(await answer, "none");
  // With the default one.
  assertEquals(roomsOf(the, ann.user.id).length, 199);
});

Deno.test("of many rooms that one command changes, all but the one that it names are sent late", () => {
  using database = openDatabase({ path: ":memory:", sync: "normal" });
  const state = new State(database);
  // Their places have no number in between.
  database.db.exec(`
    with recursive n (i) as (select 1 union all select i + 1 from n where i < 40)
      insert into room (id, name, last) select 100 + i, 'room' || i, 1 from n;
    insert into membership (person, room, visible_from, level, read, place, since)
      select 'ann', id, 1, 'all', 0, id, 1 from room where name like 'room%';
  `);
  const lateIn = (event: Event) => {
    const [outcome] = state.append([event], 1e12);
    const rooms = (outcome ? effectsOf(outcome) : []).filter((effect) =>
      effect.type === "membership"
    );
    const late = rooms.filter((effect) => effect.late).length;
    return [late, ...rooms.filter((effect) => !effect.late).map(({ room }) => room)];
  };
  const moved = lateIn({ type: "order", person: "ann", room: "room40", before: "room2" });
  assertEquals(moved, [39, "room40"]);
  assertEquals(lateIn({ type: "all_read", person: "ann" }), [40]);
});

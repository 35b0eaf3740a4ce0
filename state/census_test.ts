import { assertEquals } from "../testing/assert.ts";
import { HubOnState } from "../testing/hub_on_state.ts";
import { Census } from "./census.ts";

Deno.test("Census counts people by role and rooms by kind, whatever becomes of them", async () => {
  await using the = new HubOnState();
  const { numbers } = the.store.census;
  assertEquals(numbers, {
    people: { member: 0, admin: 0 },
    rooms: { public: 0, private: 0, direct: 0 },
    ...{ reports: 0, bans: 0, removals: 0 },
  });
  const count = () => {
    const { people, rooms } = new Census({
      db: the.store.state.database.db,
      guard: (read) => read(),
    }).numbers;
    return [people.member, people.admin, rooms.public, rooms.private, rooms.direct];
  };
  const ann = the.person("ann", "admin");
  const bob = the.person("bob");
  the.person("eve", "guest");
  // The lobby is there for those who are its members.
  assertEquals(count(), [1, 1, 1, 0, 0]);
  await the.join(bob, "tea");
  the.append({ type: "message", room: "tea", id: "m", user: bob.user, text: "tea" });
  for (const room of ["staff", "~not-yet"]) {
    if (room === "staff") {
      await the.ask(ann, { type: "create", kind: "public", room, title: "", topic: "" });
    } else {await the.ask(ann, {
        type: "create",
        kind: "private",
        title: room,
        topic: "",
        history: "all",
      });}
  }
  await the.ask(ann, { type: "direct", people: [bob.user.id] });
  await the.ask(ann, { type: "direct", people: [] });
  assertEquals(count(), [1, 1, 3, 1, 2]);
  await the.ask(ann, { type: "make_private", room: "staff" });
  assertEquals(count(), [1, 1, 2, 2, 2]);
  the.append({ type: "message", room: "tea", id: "n", user: bob.user, text: "more" });
  the.append({ type: "room_deleted", room: "tea", by: ann.user.id });
  assertEquals(count(), [1, 1, 1, 2, 2]);
  const many = Array.from({ length: 201 }, (_, i) => {
    return { type: "message", room: "lobby", id: `m${i}`, user: bob.user, text: "spam" } as const;
  });
  the.append(...many);
  await the.ask(ann, { type: "report", room: "lobby", seq: 1, reason: "spam" });
  await the.ask(ann, { type: "ban", person: bob.user.id });
  await the.ask(ann, { type: "remove_messages", person: bob.user.id });
  const { reports, bans, removals } = new Census({
    db: the.store.state.database.db,
    guard: (read) => read(),
  }).numbers;
  assertEquals([reports, bans, removals], [1, 1, 1]);
  assertEquals(the.store.actions.changes.get("remove_messages"), 1);
});

Deno.test("Census counts again when a thousand times the time of counting has passed", async () => {
  await using the = new HubOnState();
  const { db } = the.store.state.database;
  let [now, reads] = [0, 0];
  const census = new Census({
    db,
    guard(read) {
      now += 5;
      reads++;
      return read();
    },
    now: () => now,
  });
  assertEquals(census.numbers.people.member, 0);
  the.person("ann");
  now = 5_004;
  assertEquals([census.numbers.people.member, reads], [0, 1]);
  now = 5_005;
  assertEquals([census.numbers.people.member, reads], [1, 2]);
});

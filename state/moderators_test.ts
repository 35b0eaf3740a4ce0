/** Rooms always have somebody in charge, while one of their people can be that. */
import { assert, assertEquals } from "../testing/assert.ts";
import { HubOnState, kindOf } from "../testing/hub_on_state.ts";
import type { Recorder } from "../testing/recorder.ts";
import type { Event } from "./events.ts";

/** Makes a private room with these people. */
async function create(the: HubOnState, by: Recorder, ...people: Recorder[]): Promise<string> {
  const command = {
    type: "create",
    kind: "private",
    title: "",
    topic: "",
    history: "all",
  } as const;
  const answer = await the.ask(by, command);
  assert(answer.type === "created");
  for (const { user } of people) {
    await the.ask(by, { type: "add", room: answer.room, person: user.id });
  }
  return answer.room;
}

function roleOf(the: HubOnState, { user }: Recorder, room: string): string | undefined {
  return the.store.permissions.viewOf(user.id, room)?.role;
}

function ban({ user }: Recorder, by: Recorder, banned = true): Event {
  return { type: "ban", person: user.id, name: "", banned, reason: "", by: by.user.id };
}

Deno.test("a private room whose people were all banned has a moderator when one of them is back", async () => {
  await using the = new HubOnState();
  const [root, ann, bob] = [the.person("root", "admin"), the.person("ann"), the.person("bob")];
  const room = await create(the, ann, bob);
  the.append(ban(bob, root), ban(ann, root), ban(bob, root, false));
  assertEquals(roleOf(the, bob, room), "moderator");
  the.append(ban(ann, root, false));
  assertEquals(roleOf(the, ann, room), "moderator", "it stays one, too");

  // Only somebody who is banned is left when the moderator's account ends.
  const cat = the.person("cat");
  const other = await create(the, cat, ann);
  the.append(ban(ann, root), { type: "account_deleted", person: cat.user.id, by: root.user.id });
  assertEquals(roleOf(the, ann, other), "member");
  the.append(ban(ann, root, false));
  assertEquals(roleOf(the, ann, other), "moderator");
});

Deno.test("an admin who enters a private room that has nobody in charge moderates it", async () => {
  await using the = new HubOnState();
  const [root, ann, bob] = [the.person("root", "admin"), the.person("ann"), the.person("bob")];
  const [empty, led] = [await create(the, ann), await create(the, bob)];
  the.append(ban(ann, root));
  for (const room of [empty, led]) {
    const answer = await the.ask(root, { type: "add", room, person: root.user.id });
    assertEquals(kindOf(answer), "ok");
  }
  assertEquals([roleOf(the, root, empty), roleOf(the, root, led)], ["moderator", "member"]);
  assertEquals(
    root.all("room").map((line) => [line.room, line.role]),
    [[empty, "moderator"], [led, undefined]],
  );
});

Deno.test("a room has another moderator when the name of the only one expires", async () => {
  await using the = new HubOnState();
  const [ann, bob] = [the.person("ann"), the.person("bob")];
  await the.ask(ann, { type: "create", kind: "public", title: "", topic: "", room: "tea" });
  await the.join(bob, "tea");
  await bob.first("room");
  the.append({ type: "name_expired", person: ann.user.id, used: 1 });
  await the.ask(bob, { type: "sessions" });
  assertEquals([roleOf(the, ann, "tea"), roleOf(the, bob, "tea")], [undefined, "moderator"]);
  assertEquals(bob.all("member").map(({ user, role }) => [user.id, role]), [
    [bob.user.id, "moderator"],
  ]);
});

Deno.test("a room has at most 100 moderators", async () => {
  await using the = new HubOnState();
  const ann = the.person("ann");
  const room = await create(the, ann);
  const people = Array.from({ length: 100 }, (_, i) => the.person(`p${i}`).user.id);
  const by = ann.user.id;
  the.append(
    ...people.map((person): Event => ({ type: "room_member", room, person, by })),
  );
  const appoint = (person: string, on = true): Event => ({
    type: "moderator",
    room,
    person,
    on,
    by,
  });
  the.append(...people.slice(0, 99).map((person) => appoint(person)));
  const ask = (person = "", on = true) => the.ask(ann, { type: "moderator", room, person, on });
  const refused = await ask(people[99]);
  assertEquals(kindOf(refused), "too_many");
  assertEquals(kindOf(await ask(people[0], false)), "ok");
  assertEquals(kindOf(await ask(people[99])), "ok");
});

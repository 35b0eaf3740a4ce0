/** Ignoring people, on the server. */
import { assert, assertEquals } from "../testing/assert.ts";
import { HubOnState, kindOf } from "../testing/hub_on_state.ts";
import { Recorder } from "../testing/recorder.ts";
import { IGNORED_LIMIT } from "../protocol/ignoring.ts";
import type { RoomState } from "../protocol/mod.ts";
import type { Event } from "./events.ts";

let ids = 0;

function message(person: string, room: string, mentions?: string[]): Event {
  const event: Event = {
    ...{ type: "message", room, id: `i${ids++}`, user: { id: person, name: "" }, text: "hi" },
  };
  return mentions === undefined ? event : { ...event, mentions };
}

function stateOf(the: HubOnState, { user }: Recorder, room: string): RoomState | undefined {
  return the.store.memberships.readAll(user.id).flatMap(({ rooms }) => rooms)
    .find((state) => state.room === room);
}

Deno.test("ignoring a person is sent to all devices of the one who ignores, and to nobody else", async () => {
  await using the = new HubOnState();
  const [ann, phone, bob, root] = [
    the.person("ann"),
    the.person("ann"),
    the.person("bob"),
    the.person("root", "admin"),
  ];
  for (const client of [ann, bob, root]) await the.join(client, "lobby");
  const before = [bob.lines.length, root.lines.length];
  const answer = await the.ask(ann, { type: "ignore", person: bob.user.id, on: true });
  assertEquals(kindOf(answer), "ok");
  const line = { type: "ignoring", user: { id: bob.user.id, name: "bob" }, on: true };
  assertEquals<unknown>([ann.all("ignoring"), phone.all("ignoring")], [[line], [line]]);
  // Repeating it changes nothing.
  await the.ask(ann, { type: "ignore", person: bob.user.id, on: true });
  assertEquals(phone.all("ignoring").length, 1);
  // An answer shows that what came before would have arrived.
  assertEquals(kindOf(await the.ask(bob, { type: "audit" })), "forbidden");
  const audit = await the.ask(root, { type: "audit" });
  // Only their own answers have come.
  assertEquals([bob.lines.length, root.lines.length].map((n, i) => n - (before[i] ?? 0)), [1, 1]);
  assert(audit.type === "audit" && !JSON.stringify(audit).includes("ignor"));
  // A device that connects later receives the list before its rooms.
  const tablet = the.person("ann");
  await tablet.first("state");
  assertEquals(tablet.all("ignored"), [{ type: "ignored", people: [line.user] }]);
  assert(
    tablet.lines.findIndex(({ type }) => type === "ignored") <
      tablet.lines.findIndex(({ type }) => type === "state"),
  );
  await the.ask(tablet, { type: "ignore", person: bob.user.id, on: false });
  assertEquals(ann.all("ignoring").at(-1)?.on, false);
  assertEquals(the.store.memberships.readIgnored(ann.user.id), undefined);
});

Deno.test("guests ignore nobody on the server, nobody ignores themselves, and there is a limit", async () => {
  await using the = new HubOnState();
  const [ann, eve, bob] = [the.person("ann"), the.person("eve", "guest"), the.person("bob")];
  const ignore = async (asker: Recorder, person: string) =>
    kindOf(await the.ask(asker, { type: "ignore", person, on: true }));
  assertEquals(await ignore(eve, ann.user.id), "forbidden");
  assertEquals(await ignore(ann, ann.user.id), "forbidden");
  assertEquals(await ignore(ann, eve.user.id), "ok");
  assertEquals(ann.all("ignoring").at(-1)?.user.name, "guest-id-o");
  const many = Array.from({ length: IGNORED_LIMIT - 1 }, (_, i): Event => ({
    ...{ type: "ignore", person: ann.user.id, other: `p${i}`, on: true },
  }));
  the.append(...many);
  assertEquals(await ignore(ann, bob.user.id), "too_many");
  the.append({ type: "ignore", person: ann.user.id, other: "p0", on: false });
  assertEquals(await ignore(ann, bob.user.id), "ok");
});

Deno.test("messages of ignored people are not unread, and their mentions do not count", async () => {
  await using the = new HubOnState();
  the.append(message("w", "tea"));
  const [ann, bob, carl] = [the.person("ann"), the.person("bob"), the.person("carl")];
  for (const client of [ann, bob, carl]) await the.join(client, "tea");
  for (const client of [ann, bob, carl]) {
    await client.until(() => stateOf(the, client, "tea") !== undefined);
  }
  const counts = () => {
    const state = stateOf(the, ann, "tea");
    return [state?.unread, state?.mentions];
  };
  const me = ann.user.id;
  const two = () =>
    the.append(
      message(bob.user.id, "tea", [me]),
      message(bob.user.id, "tea", ["*"]),
      message(carl.user.id, "tea", [me]),
      message(carl.user.id, "tea"),
    );
  two();
  assertEquals(counts(), [4, 3]);
  await the.ask(ann, { type: "ignore", person: bob.user.id, on: true });
  assertEquals(counts(), [2, 1]);
  // The other devices receive the new number.
  await ann.first("room", ({ unread }) => unread === 2);
  // Long ago it is counted from the rows.
  for (let i = 0; i < 100; i++) two();
  assertEquals(counts(), [100, 100]);
  await the.ask(ann, { type: "ignore", person: carl.user.id, on: true });
  assertEquals(counts(), [0, 0]);
  for (const person of [bob, carl]) {
    await the.ask(ann, { type: "ignore", person: person.user.id, on: false });
  }
  assertEquals(counts(), [100, 100]);
});

Deno.test("a direct room does not appear with a message of an ignored person, who does not notice", async () => {
  await using the = new HubOnState();
  const [ann, bob, carl] = [the.person("ann"), the.person("bob"), the.person("carl")];
  await the.ask(ann, { type: "ignore", person: bob.user.id, on: true });
  const rooms = async (asker: Recorder, ...people: Recorder[]) => {
    const answer = await the.ask(asker, {
      ...{ type: "direct", people: people.map(({ user }) => user.id) },
    });
    assert(answer.type === "created");
    return answer.room;
  };
  const room = await rooms(bob, ann);
  await the.join(bob, room);
  the.append(message(bob.user.id, room));
  assertEquals(stateOf(the, ann, room), undefined);
  assertEquals(ann.all("room"), []);
  assertEquals(bob.all("error"), []);
  assertEquals(stateOf(the, bob, room)?.last, 1);
  const members = await the.ask(bob, { type: "members", room });
  assert(members.type === "members");
  assertEquals(members.members.map(({ name }) => name), ["ann", "bob"]);
  // It is there for ann all the same, and appears when somebody else writes.
  assert(the.store.permissions.mayRead(ann.user.id, room));
  const group = await rooms(bob, ann, carl);
  the.append(message(bob.user.id, group));
  assertEquals([stateOf(the, ann, group), stateOf(the, carl, group)?.last], [undefined, 1]);
  the.append(message(carl.user.id, group));
  assertEquals(stateOf(the, ann, group)?.last, 2);
});

Deno.test("whom a person ignores is forgotten with the name", async () => {
  await using the = new HubOnState();
  const ann = the.person("ann");
  await the.ask(ann, { type: "ignore", person: "p7", on: true });
  the.append({ type: "name_expired", person: ann.user.id, used: 1 });
  const { db } = the.store.state.database;
  assertEquals(db.prepare("select * from ignored").all(), []);
});

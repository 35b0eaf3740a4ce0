/** Who may be shown as being in a hidden room. */
import { newHiddenRoom } from "../protocol/addresses.ts";
import { assertEquals } from "../testing/assert.ts";
import { message } from "../testing/change_scene.ts";
import { HubOnState } from "../testing/hub_on_state.ts";
import type { Recorder } from "../testing/recorder.ts";

/** Makes a room of people, the first of whom makes it. */
function make(
  the: HubOnState,
  kind: "private" | "direct",
  history: "all" | "joined",
  ...people: readonly Recorder[]
): string {
  const room = newHiddenRoom();
  const [by = "", ...others] = people.map(({ user }) => user.id);
  const ids = kind === "direct" ? [by, ...others].sort() : [];
  the.append({ type: "room_made", room, kind, title: "", topic: "", history, people: ids, by });
  if (kind === "direct") return room;
  the.append(...others.map((person) => ({ type: "room_member", room, person, by }) as const));
  return room;
}

Deno.test("the readers of a hidden room are the same, whether asked for at once or one by one", async () => {
  await using the = new HubOnState();
  const [ann, bob, carl] = [the.person("ann"), the.person("bob"), the.person("carl")];
  const people = [ann, bob, carl, the.person("eve", "guest"), the.person("root", "admin")];
  const ids = [...people.map(({ user }) => user.id), "nobody", "", '"]'];
  const { permissions } = the.store;
  const compare = (room: string, expected: readonly Recorder[]) => {
    const readers = permissions.readersAmong(ids, room);
    assertEquals([...readers].sort(), expected.map(({ user }) => user.id).sort());
    assertEquals(
      ids.filter((id) => permissions.mayRead(id, room)),
      ids.filter((id) => readers.has(id)),
    );
  };
  const room = make(the, "private", "all", ann, bob);
  compare(room, [ann, bob]);
  the.append(
    { type: "room_removal", room, person: bob.user.id, reason: "", by: ann.user.id },
    { type: "room_member", room, person: carl.user.id, by: ann.user.id },
  );
  compare(room, [ann, carl]);
  const ban = { type: "ban", name: "carl", reason: "", by: "id-of-root", banned: true } as const;
  the.append({ ...ban, person: carl.user.id });
  compare(room, [ann, carl].filter(({ user }) => permissions.mayRead(user.id, room)));
  const late = make(the, "private", "joined", ann);
  the.append(message(ann, late, "early"));
  the.append({ type: "room_member", room: late, person: bob.user.id, by: ann.user.id });
  compare(late, [ann, bob]);
  const pair = make(the, "direct", "all", ann, bob);
  compare(pair, [ann, bob]);
  the.append(message(ann, pair, "hello"));
  the.append({ type: "leave", room: pair, person: bob.user.id });
  compare(pair, [ann, bob]);
  compare(newHiddenRoom(), []);
});

Deno.test("who joins a private room is shown its people by as many questions as for few", async () => {
  await using the = new HubOnState();
  const people = Array.from({ length: 30 }, (_, i) => the.person(`person ${i}`));
  const [first, ...others] = people;
  const room = make(the, "private", "all", ...people);
  const { permissions } = the.store;
  const view = permissions.viewOf.bind(permissions);
  let asked = 0;
  permissions.viewOf = (person, room) => {
    asked++;
    return view(person, room);
  };
  const join = async (client: Recorder): Promise<number> => {
    asked = 0;
    await the.join(client, room);
    return asked;
  };
  const before = first && await join(first);
  for (const client of others) await the.join(client, room);
  const after = first && await join(first);
  assertEquals(first?.all("joined").map(({ members }) => members.length), [1, 30]);
  assertEquals(after, before);
});

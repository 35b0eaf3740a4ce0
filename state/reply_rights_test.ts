/** Replies to messages that not everyone in the room may see. */
import type { Message } from "../protocol/mod.ts";
import { newHiddenRoom } from "../protocol/addresses.ts";
import { assert, assertEquals } from "../testing/assert.ts";
import { message } from "../testing/change_scene.ts";
import { HubOnState } from "../testing/hub_on_state.ts";
import type { Recorder } from "../testing/recorder.ts";
import { NO_ROOM, refused } from "./outcome.ts";

Deno.test("nothing names the author of a message to those who may see only the reply to it", async () => {
  await using the = new HubOnState();
  const [ann, bob, carl] = [the.person("ann"), the.person("bob"), the.person("carl")];
  const made = await the.ask(ann, {
    ...{ type: "create", kind: "private", title: "Board", topic: "", history: "joined" },
  });
  assert(made.type === "created");
  const { room } = made;
  the.append({ type: "room_member", room, person: carl.user.id, by: ann.user.id });
  the.append(message(carl, room, "before"));
  the.append({ type: "room_member", room, person: bob.user.id, by: ann.user.id });
  for (const client of [ann, bob, carl]) await the.join(client, room);
  const mentions = [bob.user.id];
  the.append(
    message(ann, room, "to carl", { re: 1, mentions }),
    message(ann, room, "to ann", { re: 2, mentions }),
  );
  const wholes = [[2, 1, carl.user.id], [3, 2, ann.user.id]];
  const shown = (messages: readonly Message[]) =>
    messages.filter(({ re }) => re !== undefined)
      .map(({ seq, re, answers }) => [seq, re, answers]);
  const cut = [[2, 1, undefined], [3, 2, ann.user.id]];
  for (const [client, expected] of [[ann, wholes], [bob, cut], [carl, wholes]] as const) {
    await client.first("message", ({ seq }) => seq === 3);
    assertEquals(shown(client.all("message")), expected);
    assertEquals(shown(await readings(the, client, room, "👍")), repeated(expected));
  }
  const inbox = await the.ask(bob, { type: "inbox", limit: 9 });
  const pins = await pinned(the, ann, bob, room);
  for (const line of [inbox, pins]) {
    assert("messages" in line && line.type !== "deleted");
    assertEquals(shown(line.messages), cut.toReversed());
  }
  const changed = (client: Recorder) =>
    client.all("changed").filter(({ id }) => id === undefined).map((line) => line.message);
  for (const [client, expected] of [[carl, wholes], [bob, cut]] as const) {
    the.append({ type: "react", room, seq: 2, emoji: "🎉", on: true, person: ann.user.id });
    await client.until(() => changed(client).some(({ seq }) => seq === 2));
    assertEquals(shown(changed(client).slice(-1)), expected.slice(0, 1));
  }
});

Deno.test("a message of a person who was just removed is refused alike, whatever it replies to, names or repeats", async () => {
  await using the = new HubOnState();
  const [ann, bob] = [the.person("ann"), the.person("bob")];
  const room = newHiddenRoom();
  const { id: by } = ann.user;
  const { id: person } = bob.user;
  the.append(
    {
      type: "room_made",
      room,
      kind: "private",
      title: "",
      topic: "",
      history: "all",
      people: [],
      by,
    },
    { type: "room_member", room, person, by },
    message(bob, room, "one", { id: "one" }),
    { type: "edit", room, seq: 1, id: "edit", text: "two", person },
    { type: "room_removal", room, person, reason: "", by },
  );
  const late = [{}, { re: 1 }, { re: 2 }, { files: ["A".repeat(22)] }, { id: "one" }, {
    id: "edit",
  }]
    .map((more) => message(bob, room, "late", more));
  const outcomes = the.store.state.append(late, Date.now());
  assertEquals(outcomes, late.map(() => refused(...NO_ROOM)));
});

/** Returns both messages in every way in which a person can read them. */
async function readings(the: HubOnState, client: Recorder, room: string, emoji: string) {
  const found: Message[][] = [];
  the.hub.command(client, { type: "history", room, after: 1, limit: 9 });
  found.push([...(await client.first("history")).messages]);
  const revised = [2, 3].map((seq) =>
    the.ask(client, { type: "react", room, seq, emoji, on: true })
  );
  const messages = await Promise.all(revised);
  found.push(messages.flatMap((line) => line.type === "changed" ? [line.message] : []));
  const changes = await the.ask(client, { type: "changes", room, rev: 0 });
  assert(changes.type === "changes");
  found.push([...changes.messages].sort((a, b) => a.seq - b.seq));
  the.hub.command(client, { type: "join", room, after: 3, rev: 0 });
  const { changed = [] } = await client.first("joined", (line) => line.changed !== undefined);
  found.push([...changed].sort((a, b) => a.seq - b.seq));
  return found.flat();
}

/** Pins both messages, and returns them as another person reads them. */
async function pinned(the: HubOnState, by: Recorder, reader: Recorder, room: string) {
  for (const seq of [2, 3]) await the.ask(by, { type: "pin", room, seq, on: true });
  return await the.ask(reader, { type: "pins", room });
}

function repeated<T>(expected: readonly T[]): T[] {
  return [expected, expected, expected, expected].flat();
}

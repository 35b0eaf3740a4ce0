import { assert, assertEquals } from "../testing/assert.ts";
import { HubOnState } from "../testing/hub_on_state.ts";
import type { Recorder } from "../testing/recorder.ts";
import type { InboxLine } from "../protocol/mod.ts";
import { EVERYONE } from "../protocol/types.ts";
import type { Event } from "./events.ts";

let ids = 0;

/** A message of a person that mentions others, as from another server. */
function message(room: string, by: Recorder, text: string, mentions: string[]): Event {
  const { id, name } = by.user;
  const own = { type: "message", room, id: `m${ids++}`, user: { id, name }, text } as const;
  return mentions.length > 0 ? { ...own, mentions } : own;
}

async function inbox(
  the: HubOnState,
  client: Recorder,
  { limit = 50, before }: { limit?: number; before?: string } = {},
): Promise<InboxLine> {
  const where = before === undefined ? {} : { before };
  const line = await the.ask(client, { type: "inbox", limit, ...where });
  assert(line.type === "inbox");
  return line;
}

function texts({ messages }: InboxLine): string[] {
  return messages.map(({ text }) => text);
}

/** Makes a private room of two people; returns its address. */
async function makePrivate(the: HubOnState, ann: Recorder, bob: Recorder): Promise<string> {
  const created = await the.ask(ann, {
    type: "create",
    kind: "private",
    title: "Plans",
    topic: "",
    history: "all",
  });
  assert(created.type === "created");
  await the.ask(ann, { type: "add", room: created.room, person: bob.user.id });
  return created.room;
}

Deno.test("Inbox has the mentions of a person in all rooms, newest first, in pages", async () => {
  await using the = new HubOnState();
  const [ann, bob] = [the.person("ann"), the.person("bob")];
  for (const room of ["tea", "garden"]) await the.join(bob, room);
  const me = bob.user.id;
  the.append(message("tea", ann, "first", []));
  await the.join(bob, "tea");
  for (let i = 1; i <= 9; i++) {
    const room = ["tea", "garden", "tea"][i % 3] ?? "tea";
    the.append(message(room, ann, `to bob ${i}`, [me]), message(room, ann, "to nobody", []));
  }
  the.append(message("tea", ann, "to all", [EVERYONE]), message("tea", bob, "by bob", [EVERYONE]));
  const expected = ["to all", ...[9, 8, 7, 6, 5, 4, 3, 2, 1].map((i) => `to bob ${i}`)];
  const whole = await inbox(the, bob);
  assertEquals([texts(whole), whole.next], [expected, undefined]);
  const pages: string[] = [];
  let before: string | undefined;
  do {
    const page = await inbox(the, bob, { limit: 3, ...(before !== undefined && { before }) });
    assert(page.messages.length <= 3);
    pages.push(...texts(page));
    before = page.next;
  } while (before !== undefined);
  assertEquals(pages, expected);
  // Nobody else's.
  assertEquals(texts(await inbox(the, the.person("carl"))), []);
  assertEquals(texts(await inbox(the, the.person("eve", "guest"))), []);
});

Deno.test("Inbox has only what its person may read now, and nothing that was deleted or is of those ignored", async () => {
  await using the = new HubOnState();
  const [ann, bob, carl] = [the.person("ann"), the.person("bob"), the.person("carl")];
  const me = bob.user.id;
  const room = await makePrivate(the, ann, bob);
  the.append(message("tea", ann, "in tea", [me]), message(room, ann, "in private", [me]));
  the.append(message("tea", carl, "by carl", [me]));
  assertEquals(texts(await inbox(the, bob)), ["by carl", "in private", "in tea"]);
  await the.ask(bob, { type: "ignore", person: carl.user.id, on: true });
  assertEquals(texts(await inbox(the, bob)), ["in private", "in tea"]);
  await the.ask(ann, { type: "remove", room, person: me });
  assertEquals(texts(await inbox(the, bob)), ["in tea"]);
  await the.join(ann, "tea");
  const [{ seq } = { seq: 0 }] = (await inbox(the, bob)).messages;
  await the.ask(ann, { type: "delete", room: "tea", seq });
  assertEquals(texts(await inbox(the, bob)), []);
});

Deno.test("Inbox refuses what is no next of an answer, and goes on from any that may be one", async () => {
  await using the = new HubOnState();
  const [ann, bob] = [the.person("ann"), the.person("bob")];
  the.append(message("tea", ann, "hello", [bob.user.id]));
  const refused = await the.ask(bob, { type: "inbox", limit: 5, before: "x-1" });
  assert(refused.type === "error" && refused.code === "bad_value");
  assertEquals(texts(await inbox(the, bob, { before: "0" })), []);
  assertEquals(texts(await inbox(the, bob, { before: "999999999999999" })), ["hello"]);
});

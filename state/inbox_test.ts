import { assert, assertEquals, assertMatch } from "../testing/assert.ts";
import { HubOnState } from "../testing/hub_on_state.ts";
import { Recorder } from "../testing/recorder.ts";
import type { InboxLine } from "../protocol/mod.ts";
import { EVERYONE } from "../protocol/types.ts";
import type { Event } from "./events.ts";
import { Inbox } from "./inbox.ts";

let ids = 0;

/** A message of a person that mentions others, and perhaps replies, as from another server. */
function message(room: string, by: Recorder, text: string, mentions: string[], re?: number): Event {
  const { id, name } = by.user;
  const replies = re === undefined ? {} : { re };
  const own = {
    type: "message",
    room,
    id: `m${ids++}`,
    user: { id, name },
    text,
    ...replies,
  } as const;
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

function texts({ messages }: Pick<InboxLine, "messages">): string[] {
  return messages.map(({ text }) => text);
}

/** Returns the texts of all pages, which a person would have to wait for. */
function readAll({ store }: HubOnState, { user }: Recorder): string[][] {
  const whole = new Inbox(store.state.database.db, store.permissions);
  const pages: string[][] = [];
  for (let before: number | undefined = Infinity; before !== undefined;) {
    const reading = whole.read({ person: user.id, before, limit: 50, bytes: 1 << 18 });
    let part = reading.next();
    while (!part.done) part = reading.next();
    pages.push(texts(part.value));
    before = part.value.next;
  }
  return pages;
}

/** Makes a private room of two people; returns its address. */
async function makePrivate(
  the: HubOnState,
  ann: Recorder,
  bob: Recorder,
  history: "all" | "joined" = "all",
): Promise<string> {
  const created = await the.ask(ann, {
    type: "create",
    kind: "private",
    title: "Plans",
    topic: "",
    history,
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

Deno.test("Inbox has only messages that its person may read now, none deleted or by ignored people", async () => {
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

Deno.test("Inbox has the replies of others to a person, once if they also mention the person", async () => {
  await using the = new HubOnState();
  const [ann, bob, carl] = [the.person("ann"), the.person("bob"), the.person("carl")];
  const me = bob.user.id;
  await the.join(ann, "tea");
  const mentions = () => the.store.memberships.read(me, "tea")?.mentions;
  the.append(
    message("tea", bob, "a question", []),
    message("tea", ann, "no reply", []),
    message("tea", ann, "an early reply", [], 1),
  );
  assertEquals(texts(await inbox(the, bob)), ["an early reply"]);
  await the.join(bob, "tea");
  await bob.first("room", ({ room }) => room === "tea");
  assertEquals(mentions(), 1);
  the.append(
    message("tea", ann, "reply", [], 1),
    message("tea", ann, "reply @bob", [me], 1),
    message("tea", ann, "reply @room", [EVERYONE], 1),
    message("tea", bob, "by bob", [], 1),
    message("tea", carl, "by carl", [], 1),
    message("tea", carl, "to ann", [], 2),
  );
  // The count comes without having been asked for, as for mentions.
  await bob.first("room", (line) => line.last === 9 && line.mentions === 5);
  assertEquals(mentions(), 5);
  const all = ["by carl", "reply @room", "reply @bob", "reply", "an early reply"];
  assertEquals(texts(await inbox(the, bob)), all);
  const pages: string[] = [];
  let before: string | undefined;
  do {
    const page = await inbox(the, bob, { limit: 1, ...(before !== undefined && { before }) });
    pages.push(...texts(page));
    before = page.next;
  } while (before !== undefined);
  assertEquals(pages, all);
  assertEquals(texts(await inbox(the, ann)), ["to ann"]);
  assertEquals(texts(await inbox(the, carl)), []);

  await the.ask(bob, { type: "ignore", person: carl.user.id, on: true });
  assertEquals([texts(await inbox(the, bob)), mentions()], [all.slice(1), 4]);
  await the.ask(ann, { type: "delete", room: "tea", seq: 4 });
  await bob.first("room", (line) => line.mentions === 3);
  assertEquals(texts(await inbox(the, bob)), ["reply @room", "reply @bob", all.at(-1)]);
  // A reply stays in the inbox when an edit removes its mention.
  await the.ask(ann, { type: "edit", room: "tea", seq: 5, id: "e1", text: "reply" });
  assertEquals(mentions(), 3);
  assertEquals(texts(await inbox(the, bob)), ["reply @room", "reply", all.at(-1)]);
});

Deno.test("Inbox has no replies in rooms that its person may not read any more, or not yet, and none for guests", async () => {
  await using the = new HubOnState();
  const [ann, bob, guest] = [the.person("ann"), the.person("bob"), the.person("eve", "guest")];
  const room = await makePrivate(the, ann, bob, "joined");
  the.append(
    message(room, bob, "mine", []),
    message(room, ann, "in private", [], 1),
    message("tea", guest, "a guest's", []),
    message("tea", ann, "to a guest", [], 1),
  );
  assertEquals(texts(await inbox(the, bob)), ["in private"]);
  assertEquals(texts(await inbox(the, guest)), []);
  await the.ask(ann, { type: "remove", room, person: bob.user.id });
  the.append(message(room, ann, "behind his back", [], 1), message("tea", ann, "to all", [], 1));
  assertEquals(texts(await inbox(the, bob)), []);
  // A new member of a room whose past is hidden sees nothing of it, be it an answer.
  await the.ask(ann, { type: "add", room, person: bob.user.id });
  the.append(message(room, ann, "after that", [], 1));
  assertEquals(texts(await inbox(the, bob)), ["after that"]);
  const membership = the.store.memberships.read(bob.user.id, room);
  assertEquals([membership?.unread, membership?.mentions], [1, 1]);
});

Deno.test("Inbox continues after as many own replies as one answer reads, which do not count", async () => {
  await using the = new HubOnState();
  const [ann, bob] = [the.person("ann"), the.person("bob")];
  await the.join(bob, "tea");
  the.append(message("tea", bob, "question", []), message("tea", ann, "reply", [], 1));
  the.append(...Array.from({ length: 2_500 }, (_, i) => message("tea", bob, `own ${i}`, [], 1)));
  const first = await inbox(the, bob);
  assertEquals(first.messages, []);
  // Only the newest 200 are looked at.
  assertEquals(the.store.memberships.read(bob.user.id, "tea")?.mentions, 0);
  assert(first.next !== undefined);
  const second = await inbox(the, bob, { before: first.next });
  assertEquals([texts(second), second.next], [["reply"], undefined]);
});

Deno.test("Inbox has its order and its pages in more rooms than it keeps in mind, for mentions and replies", async () => {
  await using the = new HubOnState();
  const [ann, bob] = [the.person("ann"), the.person("bob")];
  const rooms = Array.from({ length: 250 }, (_, i) => `room-${i}`);
  the.append(...rooms.map((room) => message(room, bob, "question", [])));
  const expected: string[] = [];
  // Every other room has replies, and each its newest one at another time.
  for (const round of [0, 1]) {
    const events = rooms.map((_, i) => {
      const at = (i * 7 + round) % rooms.length;
      expected.unshift(`${round} in ${at}`);
      const mentions = at % 2 === 0 ? [bob.user.id] : [];
      return message(
        `room-${at}`,
        ann,
        `${round} in ${at}`,
        mentions,
        at % 2 === 0 ? undefined : 1,
      );
    });
    the.append(...events);
  }
  assertEquals(readAll(the, bob).flat(), expected);
});

Deno.test("Inbox goes on where the newest messages that it keeps in mind are not for its person", async () => {
  await using the = new HubOnState();
  const [ann, bob] = [the.person("ann"), the.person("bob")];
  const rooms = Array.from({ length: 250 }, (_, i) => `room-${i}`);
  const to = [bob.user.id];
  the.append(...rooms.map((room, i) => message(room, ann, `in ${i}`, to)));
  the.append(...rooms.slice(0, 220).map((room) => message(room, bob, "own", to)));
  const pages = readAll(the, bob);
  assertEquals(pages.flat(), rooms.map((_, i) => `in ${i}`).reverse());
  assert(pages.length < 12, `${pages.length}`);
});

Deno.test("Inbox is read in parts, between which the hub handles the commands of others", async () => {
  let time = 0;
  // Each look at the clock is after another room.
  await using the = new HubOnState(undefined, () => time++);
  const [ann, bob] = [the.person("ann"), the.person("bob")];
  const eve = new Recorder("eve", { network: "198.51.100.7" });
  the.hub.register(eve);
  const rooms = Array.from({ length: 40 }, (_, i) => `room-${i}`);
  the.append(...rooms.map((room) => message(room, ann, `in ${room}`, [bob.user.id])));
  const secret = await makePrivate(the, ann, bob);
  the.append(message(secret, ann, "a secret", [bob.user.id]));
  the.hub.command(bob, { type: "inbox", limit: 20, id: "all" });
  for (const word of ["in the first part", "and later"]) {
    await the.ask(eve, { type: "profile", person: bob.user.id });
    assertEquals(bob.all("inbox"), [], word);
  }
  // The answer has what its person may read at the end, and nothing that is newer than its beginning.
  const [by, person] = [ann.user.id, bob.user.id];
  the.append(
    { type: "room_removal", room: secret, person, by, reason: "" },
    message("tea", ann, "later", [person]),
  );
  const answer = await bob.first("inbox");
  const newest = rooms.map((room) => `in ${room}`).reverse();
  assertEquals(texts(answer), newest.slice(0, 19));
  const { next } = answer;
  assertEquals(texts(await inbox(the, bob, { ...next && { before: next } })), newest.slice(19));
});

Deno.test("Inbox takes the turns of five commands", async () => {
  await using the = new HubOnState();
  const ann = the.person("ann");
  let turns = 0;
  let wait: Promise<void> | undefined;
  do {
    wait = the.store.actions.turn({ type: "inbox", limit: 20 }, ann.user.id);
    if (wait === undefined) turns++;
  } while (wait === undefined);
  await wait;
  assert(turns >= 20 && turns < 100, `${turns}`);
});

Deno.test("Inbox refuses an invalid next, and tells by it nothing of what is written elsewhere", async () => {
  await using the = new HubOnState();
  const [ann, bob] = [the.person("ann"), the.person("bob")];
  the.append(message("tea", ann, "hello", [bob.user.id]));
  for (const text of ["again", "and again"]) the.append(message("tea", ann, text, [bob.user.id]));
  const { next = "" } = await inbox(the, bob, { limit: 1 });
  assertMatch(next, /^[\w-]{22}$/);
  assertEquals(texts(await inbox(the, bob, { limit: 5, before: next })), ["again", "hello"]);
  // By a number that may be chosen, one would find the place of a message among all.
  for (
    const before of ["x-1", "2", "999999999999999", next.slice(1), `${next}A`, next.toLowerCase()]
  ) {
    const refused = await the.ask(bob, { type: "inbox", limit: 5, before });
    assert(refused.type === "error" && refused.code === "bad_value", before);
  }
});

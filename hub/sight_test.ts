/** What members see of a room in which each sees what came after them. */
import type { ChangeEffect } from "./effects.ts";
import { LocalPresence } from "./local_presence.ts";
import { Room } from "./room.ts";
import type { Message } from "../protocol/mod.ts";
import { assert, assertEquals } from "../testing/assert.ts";
import { message } from "../testing/change_scene.ts";
import { HubOnState } from "../testing/hub_on_state.ts";
import { Recorder } from "../testing/recorder.ts";

/** A reply to the first message of a room. */
function reply(seq: number): Message {
  const user = { id: "writer", name: "writer" };
  return { room: "tea", seq, id: `m${seq}`, user, text: "x", at: 1, re: 1, answers: "author" };
}

function change(seq: number, rev: number): ChangeEffect {
  return { type: "changed", room: "tea", rev, message: { ...reply(seq), rev }, partial: true };
}

Deno.test("Room asks once what each member may see, and prints once what is the same for several", async () => {
  await using presence = new LocalPresence();
  const room = new Room("tea", presence, () => {});
  const members = Array.from({ length: 90 }, (_, i) => new Recorder(`p${i}`));
  for (const client of members) {
    room.add(client);
    room.goLive(client, { last: 0, messages: [], rev: 0 });
  }
  let asked = 0;
  // A third sees all, a third no longer the first message, and a third none of those that change.
  const fromOf = ({ user }: { readonly user: { readonly id: string } }) => {
    asked++;
    return [1, 2, 9][Number(user.id.slice("id-of-p".length)) % 3] ?? Infinity;
  };
  const frames = () => new Set(members.flatMap(({ frames }) => frames.splice(0))).size;
  room.deliver([{ type: "message", message: reply(9), partial: true }], fromOf);
  assertEquals(members.slice(0, 3).map(({ lines: [line] }) => line && "answers" in line), [
    true,
    false,
    false,
  ]);
  assertEquals([asked, frames()], [90, 2]);
  room.change([change(5, 1), change(6, 2)], fromOf);
  assertEquals(members.slice(0, 3).map((client) => client.all("changed").length), [2, 2, 0]);
  assertEquals([asked, frames()], [90, 2]);
  // A member that may see nothing now is asked for again.
  const [first] = members;
  assert(first !== undefined);
  room.forgetSight(first);
  for (let i = 0; i < 2; i++) room.change([change(5, 3)], () => (asked++, Infinity));
  assertEquals([asked, first.frames.length], [92, 0]);
});

Deno.test("Room prints each message and each change twice at most, though each member sees it from another on", async () => {
  await using presence = new LocalPresence();
  const room = new Room("tea", presence, () => {});
  const count = 60;
  const members = Array.from({ length: count }, (_, i) => new Recorder(`p${i}`));
  for (const client of members) {
    room.add(client);
    room.goLive(client, { last: 0, messages: [], rev: 0 });
  }
  const fromOf = ({ user }: { readonly user: { readonly id: string } }) =>
    Number(user.id.slice("id-of-p".length)) + 1;
  const take = () => members.map(({ frames }) => frames.splice(0));
  const long = "x".repeat(2048);
  const replies = Array.from({ length: count }, (_, i) => {
    return { ...reply(100 + i), text: long, re: 1 + i };
  });
  room.deliver(replies.map((message) => ({ type: "message", message, partial: true })), fromOf);
  const delivered = take();
  assertEquals(new Set(delivered.flat()).size, 2 * count - 1);
  for (const [i, frames] of delivered.entries()) {
    const named = frames.map(({ text }) => text.includes('"answers"'));
    assertEquals(named, replies.map(({ re }) => re > i), `what ${i} sees`);
  }
  room.change(
    replies.map((message, i) => ({
      ...change(100 + i, 1 + i),
      message: { ...message, rev: 1 + i },
    })),
    fromOf,
  );
  assertEquals(new Set(take().flat()).size, 2 * count - 1);
  // Short ones are joined for each sight, so that no client has to join them for itself.
  const short = replies.map((message) => ({ ...message, text: "x" }));
  room.deliver(short.map((message) => ({ type: "message", message, partial: true })), fromOf);
  const joined = take();
  assertEquals(joined.map(({ length }) => length), joined.map(() => 1));
  for (const [i, [frame]] of joined.entries()) {
    assertEquals(frame?.text.split('"answers"').length, count - i + 1, `what ${i} sees`);
  }
});

Deno.test("Room joins deletions that follow each other, each for those who saw the message", async () => {
  await using presence = new LocalPresence();
  const room = new Room("tea", presence, () => {});
  const members = [1, 6].map((from) => new Recorder(`p${from}`));
  for (const client of members) {
    room.add(client);
    room.goLive(client, { last: 0, messages: [], rev: 0 });
  }
  const deleted = (seq: number): ChangeEffect => {
    const { text: _, answers: _a, re: _r, ...rest } = reply(seq);
    return { ...change(seq, seq), message: { ...rest, rev: seq, text: "", deleted: "author" } };
  };
  room.change(
    [deleted(4), deleted(5), change(6, 6), deleted(7), deleted(8)],
    ({ user }) => user.id.endsWith("p1") ? 1 : 6,
  );
  const kinds = members.map(({ lines }) => lines.map(({ type }) => type));
  assertEquals(kinds, [["deleted", "changed", "deleted"], ["changed", "deleted"]]);
});

/** Ann's room with two messages, the first of which is Carl's. Bob is a member from the second one on. All are in it. */
async function scene() {
  const the = new HubOnState();
  const [ann, bob, carl] = [the.person("ann"), the.person("bob"), the.person("carl")];
  const made = await the.ask(ann, {
    ...{ type: "create", kind: "private", title: "Board", topic: "", history: "joined" },
  });
  assert(made.type === "created");
  const { room } = made;
  const [by, person] = [ann.user.id, bob.user.id];
  const add = { type: "room_member", room, person, by } as const;
  const addCarl = { ...add, person: carl.user.id };
  the.append(addCarl, message(carl, room, "1"), add, message(ann, room, "2"));
  for (const client of [ann, bob, carl]) await the.join(client, room);
  return {
    ...{ the, ann, bob, carl, room, add, by, person },
    remove: { type: "room_removal", room, person, reason: "", by } as const,
    /** Replies to a message, and returns whether Bob learns whose it is; undefined if he does not receive the reply. */
    async repliesTo(re: number) {
      const event = message(ann, room, "reply", { re });
      the.append(event);
      const isReply = (line: { readonly id: string }) => "id" in event && line.id === event.id;
      await ann.first("message", isReply);
      const received = bob.all("message").find(isReply);
      return received && received.answers !== undefined;
    },
    [Symbol.asyncDispose]: () => the[Symbol.asyncDispose](),
  };
}

type Scene = Awaited<ReturnType<typeof scene>>;

/** What may change from where on Bob sees the room; after it he sees nothing of what was there before. */
const CAUSES: Record<string, (s: Scene) => Promise<void> | void> = {
  "was removed and added in one batch": ({ the, remove, add }) => the.append(remove, add),
  "was removed and added": ({ the, remove, add }) => {
    the.append(remove);
    the.append(add);
  },
  "left and added": ({ the, room, person, add }) =>
    the.append({ type: "leave", room, person }, add),
  "left by command and added": async ({ the, bob, room, add }) => {
    the.hub.command(bob, { type: "leave", room });
    await bob.first("left");
    the.append(add);
  },
};

for (const [cause, happen] of Object.entries(CAUSES)) {
  Deno.test(`a member who ${cause} sees nothing from before that`, async () => {
    await using s = await scene();
    const { the, ann, bob, room } = s;
    assertEquals([await s.repliesTo(1), await s.repliesTo(2)], [false, true]);
    await happen(s);
    // It is out of the room until it joins it again.
    assertEquals(await s.repliesTo(2), undefined);
    await the.join(bob, room);
    assertEquals([await s.repliesTo(2), await s.repliesTo(5)], [false, true]);
    the.append({ type: "react", room, seq: 2, emoji: "👍", on: true, person: ann.user.id });
    await ann.first("changed");
    assertEquals(bob.all("changed"), []);
  });
}

Deno.test("what a member sees is asked again after everything that may change it, and stays with another role", async () => {
  await using s = await scene();
  const { the, bob, carl, room, by, person } = s;
  assertEquals(await s.repliesTo(2), true);
  the.append({ type: "moderator", room, person, on: true, by });
  assertEquals([await s.repliesTo(1), await s.repliesTo(2)], [false, true]);
  const { db } = the.store.state.database;
  db.prepare("update membership set visible_from = 3 where person = ?").run(person);
  // The news of another person's membership changes nothing for Bob, and that of his own does.
  const tell = (person: string) =>
    the.store.messages.deliver([
      { type: "changed", effects: [{ type: "membership", person, room }] },
    ]);
  tell(carl.user.id);
  assertEquals(await s.repliesTo(2), true);
  tell(person);
  assertEquals(await s.repliesTo(2), false);
  assertEquals(bob.end, undefined);
});

Deno.test("nobody whose account, membership or room is deleted receives what follows", async () => {
  for (const end of ["account", "member", "room"]) {
    await using s = await scene();
    const { the, ann, bob, carl, room, by, person, remove } = s;
    assertEquals(await s.repliesTo(2), true);
    const before = bob.texts.length;
    the.append(
      end === "account"
        ? { type: "account_deleted", person, generation: 0 }
        : end === "member"
        ? remove
        : { type: "room_deleted", room, by },
      message(ann, room, "after", { re: 2 }),
      message(carl, "lobby", "last"),
    );
    await the.join(ann, "lobby");
    assertEquals(bob.texts.length, before, end);
  }
});

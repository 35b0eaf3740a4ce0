/** Edits, deletions, reactions, pins and replies. */
import type { ChangeCommand } from "../protocol/mod.ts";
import { assert, assertEquals } from "../testing/assert.ts";
import { change, changed, edit, message, read, scene } from "../testing/change_scene.ts";
import { kindOf } from "../testing/hub_on_state.ts";
import type { Recorder } from "../testing/recorder.ts";
import type { Event } from "./events.ts";

Deno.test("an edit gives a message another text, for everyone and in everything that is read", async () => {
  await using s = await scene();
  const { the, ann, bob } = s;
  const answer = await the.ask(bob, edit(2, "second"));
  const { edited, ...rest } = changed(answer);
  assert(edited !== undefined && edited >= rest.at);
  assertEquals({ text: rest.text, rev: rest.rev, seq: rest.seq }, {
    text: "second",
    rev: 1,
    seq: 2,
  });
  assert(answer.type === "changed" && answer.by === bob.user.id);
  // It was sent to the room at once, and also answered.
  await bob.until(() => bob.all("changed").length === 2);
  assertEquals(bob.all("changed").map(({ rev }) => rev), [1, undefined]);
  await ann.until(() => ann.all("changed").length > 0);
  const [told] = ann.all("changed");
  assertEquals([told?.message.text, told?.rev, told?.by], ["second", 1, bob.user.id]);
  for (const client of [ann, bob]) {
    const texts = (await read(the, client)).map(({ text }) => text);
    assertEquals(texts, ["one", "second", "three"]);
  }
  // Shorter, longer than the first one, and longer than its place.
  for (const text of ["2", "x".repeat(70), "é😀".repeat(3000), "茶", " ends with spaces  "]) {
    assertEquals(changed(await the.ask(bob, edit(2, text))).text, text);
    assertEquals((await read(the, ann))[1]?.text, text);
  }
});

Deno.test("an edit that is repeated changes nothing, also if another one came between", async () => {
  await using s = await scene();
  const { the, bob, ann } = s;
  const first: Event = {
    ...{ type: "edit", room: "tea", seq: 2, id: "e1", person: bob.user.id, text: "first" },
  };
  const outcome = (event: Event) => the.store.state.append([event], 1)[0];
  assertEquals(outcome(first)?.type, "revised");
  assertEquals(outcome({ ...first, id: "e2", text: "second" })?.type, "revised");
  assertEquals(outcome(first)?.type, "unchanged");
  assertEquals((await read(the, ann))[1]?.text, "second");
  // One set of ids for messages and edits, but for each person one.
  const refusal = (event: Event) => {
    const found = outcome(event);
    return found?.type === "refused" ? found.code : found?.type;
  };
  const user = { id: bob.user.id, name: "bob" };
  the.append({ type: "message", room: "tea", id: "s1", user, text: "more" });
  assertEquals(refusal({ ...first, id: "s1" }), "bad_id");
  assertEquals(refusal({ ...first, seq: 4 }), "bad_id");
  assertEquals(refusal({ type: "message", room: "tea", id: "e1", user, text: "more" }), "bad_id");
  const ownId = { id: ann.user.id, name: "ann" };
  assertEquals(
    refusal({ type: "message", room: "tea", id: "e1", user: ownId, text: "x" }),
    "message",
  );
  // Sending a message again returns it as it is now.
  assertEquals(outcome({ ...first, id: "e3", seq: 4, text: "edited" })?.type, "revised");
  const again = outcome({ type: "message", room: "tea", id: "s1", user, text: "more" });
  assert(again?.type === "duplicate" && again.message.text === "edited");
});

Deno.test("a deletion leaves the place of a message, and nothing else of it", async () => {
  await using s = await scene();
  const { the, ann, bob, carl, guest } = s;
  the.append(message(bob, "tea", "with @ann", { mentions: [ann.user.id], re: 1 }));
  await the.ask(ann, change({ type: "react", room: "tea", seq: 4, emoji: "👍", on: true }));
  await the.ask(ann, change({ type: "pin", room: "tea", seq: 4, on: true }));
  const { re, answers } = (await read(the, ann))[3] ?? {};
  assertEquals([re, answers], [1, ann.user.id]);
  const deleted = changed(await the.ask(bob, change({ type: "delete", room: "tea", seq: 4 })));
  const { id: _, at: _at, user: _user, ...rest } = deleted;
  assertEquals(rest, { room: "tea", seq: 4, text: "", deleted: "author", rev: 3 });
  assertEquals((await read(the, ann))[3], deleted);
  // By moderators and admins.
  const byAnn = changed(await the.ask(ann, change({ type: "delete", room: "tea", seq: 3 })));
  assertEquals(byAnn.deleted, "moderator");
  const byCarl = changed(await the.ask(carl, change({ type: "delete", room: "tea", seq: 1 })));
  assertEquals(byCarl.deleted, "moderator");
  assertEquals(
    kindOf(await the.ask(bob, change({ type: "delete", room: "tea", seq: 1 }))),
    "forbidden",
  );
  assertEquals(
    kindOf(await the.ask(guest, change({ type: "delete", room: "tea", seq: 2 }))),
    "forbidden",
  );
  // A second time changes nothing.
  assertEquals(kindOf(await the.ask(ann, change({ type: "delete", room: "tea", seq: 1 }))), "ok");
  // It is not there to be changed any more.
  for (
    const command of [
      edit(4, "again"),
      change({ type: "react", room: "tea", seq: 4, emoji: "👍", on: true }),
    ]
  ) assertEquals(kindOf(await the.ask(bob, command)), "bad_value");
  assertEquals(
    kindOf(await the.ask(ann, change({ type: "pin", room: "tea", seq: 4, on: true }))),
    "bad_value",
  );
  const pins = await the.ask(ann, change({ type: "pins", room: "tea" }));
  assert(pins.type === "pins" && pins.messages.length === 0);
  const audit = await the.ask(carl, { type: "audit" });
  assert(audit.type === "audit");
  assertEquals(audit.entries.map(({ action, detail }) => [action, detail]).slice(0, 2), [
    ["delete_message", "tea"],
    ["delete_message", "tea"],
  ]);
});

Deno.test("reactions are counted by their emoji, in the order of the first of each", async () => {
  await using s = await scene();
  const { the, ann, bob, carl, guest } = s;
  const react = (client: Recorder, emoji: string, on = true) =>
    the.ask(client, change({ type: "react", room: "tea", seq: 1, emoji, on }));
  await react(bob, "👍");
  await react(ann, "🎉");
  const line = await react(ann, "👍");
  assertEquals(changed(line).reactions, [
    { emoji: "👍", users: [bob.user.id, ann.user.id], count: 2 },
    { emoji: "🎉", users: [ann.user.id], count: 1 },
  ]);
  assertEquals(kindOf(await react(ann, "👍")), "ok");
  assertEquals(kindOf(await react(carl, "👍", false)), "ok");
  await react(bob, "👍", false);
  await react(guest, "👍");
  await react(ann, "🎉", false);
  await react(ann, "🎉");
  assertEquals((await read(the, carl))[0]?.reactions, [
    { emoji: "👍", users: [ann.user.id, guest.user.id], count: 2 },
    { emoji: "🎉", users: [ann.user.id], count: 1 },
  ]);
  await react(ann, "🎉", false);
  await react(ann, "👍", false);
  assertEquals(changed(await react(guest, "👍", false)).reactions, undefined);
  // At most 20 different ones, of which nobody brings more than ten.
  const face = (i: number) => String.fromCodePoint(0x1f600 + i);
  for (let i = 0; i < 10; i++) await react(ann, face(i));
  assertEquals(kindOf(await react(ann, face(10))), "too_many");
  for (let i = 10; i < 20; i++) assertEquals(kindOf(await react(carl, face(i))), "changed");
  assertEquals(kindOf(await react(bob, "👍")), "too_many");
  assertEquals(kindOf(await react(bob, face(0))), "changed");
  // Everyone may add to a reaction that is already there.
  assertEquals(kindOf(await react(ann, face(10))), "changed");
});

Deno.test("moderators remove the reactions of everyone, with one emoji or all", async () => {
  await using s = await scene();
  const { the, ann, bob, carl, guest } = s;
  for (const [client, emoji] of [[bob, "👍"], [guest, "👍"], [bob, "🎉"], [guest, "❤️"]] as const) {
    await the.ask(client, change({ type: "react", room: "tea", seq: 1, emoji, on: true }));
  }
  const clear = (client: Recorder, emoji?: string, seq = 1) =>
    the.ask(client, {
      ...{ type: "clear_reactions", room: "tea", seq },
      ...(emoji !== undefined && { emoji }),
    });
  assertEquals(kindOf(await clear(bob, "👍")), "forbidden");
  assertEquals(kindOf(await clear(ann, "👍", 9)), "bad_value");
  assertEquals(changed(await clear(ann, "👍")).reactions, [
    { emoji: "🎉", users: [bob.user.id], count: 1 },
    { emoji: "❤️", users: [guest.user.id], count: 1 },
  ]);
  assertEquals(kindOf(await clear(ann, "👍")), "ok");
  assertEquals(changed(await clear(carl)).reactions, undefined);
  assertEquals(kindOf(await clear(ann)), "ok");
  const { db } = the.store.state.database;
  assertEquals(db.prepare("select * from reaction, emoji").all(), []);
  const audit = await the.ask(carl, { type: "audit" });
  assert(audit.type === "audit");
  assertEquals(
    audit.entries.map(({ by, action, person, detail }) => [by, action, person, detail]).slice(0, 2),
    [
      [carl.user.id, "clear_reactions", ann.user.id, "tea"],
      [ann.user.id, "clear_reactions", ann.user.id, "tea"],
    ],
  );
});

Deno.test("a message names ten of the people who react, and reactions lists all of them", async () => {
  await using s = await scene();
  const { the, ann } = s;
  const people = Array.from({ length: 230 }, (_, i) => `r${i}`);
  the.append(...people.map((person): Event => ({
    ...{ type: "react", room: "tea", seq: 1, emoji: "👍", on: true, person },
  })));
  const [first] = await read(the, ann);
  assertEquals(first?.reactions, [{ emoji: "👍", users: people.slice(0, 10), count: 230 }]);
  const ask = { type: "reactions", room: "tea", seq: 1, emoji: "👍" } as const;
  const seen: string[] = [];
  let after: string | undefined;
  do {
    const line = await the.ask(ann, after === undefined ? ask : { ...ask, after });
    assert(line.type === "reactions");
    seen.push(...line.people.map(({ id }) => id));
    after = line.next;
  } while (after !== undefined);
  assertEquals(seen, people);
});

Deno.test("pins are listed, the last one first, at most 50 of a room", async () => {
  await using s = await scene();
  const { the, ann, bob, carl } = s;
  const pin = (client: Recorder, seq: number, on = true) =>
    the.ask(client, change({ type: "pin", room: "tea", seq, on }));
  assertEquals(kindOf(await pin(bob, 2)), "forbidden");
  assertEquals(changed(await pin(ann, 2)).pinned, true);
  assertEquals(changed(await pin(carl, 1)).pinned, true);
  assertEquals(kindOf(await pin(ann, 1)), "ok");
  const pins = async () => {
    const line = await the.ask(bob, change({ type: "pins", room: "tea" }));
    assert(line.type === "pins" && line.next === undefined);
    return line.messages.map(({ seq }) => seq);
  };
  assertEquals(await pins(), [1, 2]);
  assertEquals(changed(await pin(ann, 1, false)).pinned, undefined);
  assertEquals(await pins(), [2]);
  the.append(...Array.from({ length: 60 }, (_, i) => message(bob, "tea", `m${i}`)));
  for (let seq = 4; seq < 53; seq++) assertEquals(kindOf(await pin(ann, seq)), "changed");
  assertEquals(kindOf(await pin(ann, 60)), "too_many");
  // Large ones take several answers.
  for (let seq = 4; seq < 53; seq++) {
    the.append({
      ...{ type: "edit", room: "tea", seq, id: `big${seq}`, person: bob.user.id },
      text: "x".repeat(16_000),
    });
  }
  const all: number[] = [];
  for (let after: string | undefined, i = 0; i < 9; i++) {
    const line = await the.ask(bob, {
      ...change({ type: "pins", room: "tea" }),
      ...(after !== undefined && { after }),
    } as ChangeCommand);
    assert(line.type === "pins");
    all.push(...line.messages.map(({ seq }) => seq));
    after = line.next;
    if (after === undefined) break;
  }
  assertEquals(all, [...Array.from({ length: 49 }, (_, i) => 52 - i), 2]);
});

Deno.test("a message replies to another that its author can see", async () => {
  await using s = await scene();
  const { the, bob } = s;
  const outcome = (re: number) => {
    const [found] = the.store.state.append([message(bob, "tea", "reply", { re })], 1);
    return found?.type === "message" ? found.message.re : found?.type === "refused" && found.code;
  };
  assertEquals(outcome(1), 1);
  assertEquals(outcome(4), 4);
  // One that is gone is left out: what was written counts. One that never was is a mistake.
  assertEquals(outcome(0), undefined);
  assertEquals(outcome(7), "bad_value");
  assertEquals((await read(the, bob)).map(({ re }) => re).slice(3), [1, 4, undefined]);
});

Deno.test("the id of an edit is used also if the edit was the first of its room and changed nothing", async () => {
  await using s = await scene();
  const { the, bob } = s;
  const user = { id: bob.user.id, name: "bob" };
  const append = (event: Event) => the.store.state.append([event], 1)[0]?.type;
  const edit = { type: "edit", room: "tea", seq: 2, id: "e1", person: user.id } as const;
  assertEquals(append({ ...edit, text: "two" }), "unchanged");
  assertEquals(append({ type: "message", room: "tea", id: "e1", user, text: "more" }), "refused");
});

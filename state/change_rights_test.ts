/** Changes of messages: who may make them, and who learns of them. */
import type { Message } from "../protocol/mod.ts";
import { assert, assertEquals } from "../testing/assert.ts";
import { change, edit, message, scene } from "../testing/change_scene.ts";
import { kindOf } from "../testing/hub_on_state.ts";
import type { Recorder } from "../testing/recorder.ts";
import type { Event } from "./events.ts";

let ids = 0;

Deno.test("people who may not write in a room may delete their messages there, but change none", async () => {
  await using s = await scene();
  const { the, ann, bob, carl, guest } = s;
  const kinds = async (client: Recorder, seq: number) => {
    const commands = [
      edit(seq, `by ${ids++}`),
      change({ type: "react", room: "tea", seq, emoji: "👍", on: true }),
    ];
    const found: string[] = [];
    for (const command of commands) found.push(kindOf(await the.ask(client, command)));
    return found;
  };
  assertEquals(await kinds(bob, 2), ["changed", "changed"]);
  assertEquals(await kinds(bob, 1), ["forbidden", "changed"]);
  const mute = (seconds?: number) =>
    the.append({
      ...{ type: "mute", person: bob.user.id, by: carl.user.id },
      ...(seconds !== undefined && { seconds }),
    });
  mute();
  assertEquals(await kinds(bob, 2), ["muted", "muted"]);
  mute(0);
  const set = (setting: string, value: unknown) =>
    the.append({ type: "room_setting", room: "tea", by: ann.user.id, setting, value } as Event);
  set("posting", "moderators");
  assertEquals(await kinds(bob, 2), ["forbidden", "forbidden"]);
  set("posting", "all");
  set("guests", false);
  assertEquals(await kinds(guest, 3), ["forbidden", "forbidden"]);
  set("guests", true);
  set("archived", true);
  assertEquals(await kinds(bob, 2), ["archived", "archived"]);
  assertEquals(await kinds(ann, 1), ["archived", "archived"]);
  const remove = (client: Recorder, seq: number) =>
    the.ask(client, change({ type: "delete", room: "tea", seq }));
  // An archived room changes only by a moderator's deletion.
  assertEquals(kindOf(await remove(bob, 2)), "archived");
  assertEquals(kindOf(await remove(ann, 3)), "changed");
  set("archived", false);
  mute();
  assertEquals(kindOf(await remove(bob, 2)), "changed");
});

Deno.test("messages before the first one that a member may see do not exist for that member", async () => {
  await using s = await scene();
  const { the, ann, bob } = s;
  const room = `~${"a".repeat(20)}`;
  the.append({
    ...{ type: "room_made", room, kind: "private", title: "T", topic: "", history: "joined" },
    by: ann.user.id,
  } as Event);
  the.append(message(ann, room, "secret one"), message(ann, room, "secret two"));
  the.append({ type: "room_member", room, person: bob.user.id, by: ann.user.id } as Event);
  the.append(message(ann, room, "for both"));
  await the.join(ann, room);
  await the.join(bob, room);
  const before = bob.lines.length;
  await the.ask(ann, change({ type: "react", room, seq: 1, emoji: "👍", on: true }));
  await the.ask(ann, change({ type: "pin", room, seq: 2, on: true }));
  await the.ask(ann, change({ type: "react", room, seq: 3, emoji: "👍", on: true }));
  await bob.until(() => bob.all("changed").length > 0);
  for (
    const command of [
      change({ type: "react", room, seq: 1, emoji: "👍", on: true }),
      change({ type: "delete", room, seq: 1 }),
      change({ type: "reactions", room, seq: 1, emoji: "👍" }),
      change({ type: "edit", room, seq: 1, id: "x", text: "mine" }),
      change({ type: "react", room, seq: 99, emoji: "👍", on: true }),
    ]
  ) {
    const line = await the.ask(bob, command);
    assert(line.type === "error");
    assertEquals([line.code, line.message], [
      "bad_value",
      "Cannot do that: there is no such message",
    ]);
  }
  const pins = await the.ask(bob, change({ type: "pins", room }));
  assert(pins.type === "pins" && pins.messages.length === 0);
  const changes = await the.ask(bob, change({ type: "changes", room, rev: 0 }));
  assert(changes.type === "changes");
  assertEquals([changes.messages.map(({ seq }) => seq), changes.rev, changes.more], [
    [3],
    3,
    false,
  ]);
  const outcome = the.store.state.append([message(bob, room, "reply", { re: 1 })], 1)[0];
  assert(outcome?.type === "message" && outcome.message.re === undefined);
  assert(!JSON.stringify(bob.lines.slice(before)).includes("secret"));
  // For a stranger the room is one that was never made.
  const stranger = the.person("dora");
  const line = await the.ask(stranger, change({ type: "changes", room, rev: 0 }));
  assertEquals(kindOf(line), "no_room");
});

Deno.test("changes gives each message once that was changed after a rev, in its present state", async () => {
  await using s = await scene();
  const { the, ann, bob } = s;
  the.append(...Array.from({ length: 300 }, (_, i) => message(bob, "tea", `m${i}`)));
  // A hundred changes of one message are one entry.
  for (let i = 0; i < 100; i++) {
    the.append({
      type: "edit",
      room: "tea",
      seq: 2,
      id: `x${i}`,
      person: bob.user.id,
      text: `v${i}`,
    });
  }
  const changes = async (rev: number) => {
    const line = await the.ask(ann, change({ type: "changes", room: "tea", rev }));
    assert(line.type === "changes");
    return line;
  };
  const one = await changes(0);
  assertEquals([one.messages.map(({ text }) => text), one.rev, one.more], [["v99"], 100, false]);
  assertEquals((await changes(100)).messages, []);
  for (let seq = 4; seq <= 303; seq++) {
    the.append({ type: "react", room: "tea", seq, emoji: "👍", on: true, person: bob.user.id });
  }
  const seen: number[] = [];
  for (let rev = 0;;) {
    const line = await changes(rev);
    seen.push(...line.messages.map(({ seq }) => seq));
    rev = line.rev;
    if (!line.more) break;
  }
  assertEquals(seen, [2, ...Array.from({ length: 300 }, (_, i) => i + 4)]);
});

Deno.test("join with after and rev gives the messages up to after that were changed meanwhile", async () => {
  await using s = await scene();
  const { the, ann, bob } = s;
  const join = async (after: number, rev: number) => {
    const before = ann.all("joined").length;
    the.hub.command(ann, { type: "join", room: "tea", after, rev });
    await ann.until(() => ann.all("joined").length > before);
    const line = ann.all("joined").at(-1);
    assert(line?.changed !== undefined);
    const seqs = (messages: readonly Message[]) => messages.map(({ seq }) => seq);
    return [seqs(line.messages), seqs(line.changed), line.rev, line.moreChanged];
  };
  assertEquals(await join(3, 0), [[], [], 0, false]);
  for (const seq of [3, 1, 2]) {
    the.append({ type: "react", room: "tea", seq, emoji: "👍", on: true, person: bob.user.id });
  }
  assertEquals(await join(2, 0), [[3], [1, 2], 3, false]);
  assertEquals(await join(3, 1), [[], [1, 2], 3, false]);
  assertEquals(await join(3, 3), [[], [], 3, false]);
  // As many as fit beside the messages.
  the.append(...Array.from({ length: 250 }, (_, i) => message(bob, "tea", `m${i}`)));
  const [messages, changed, rev, more] = await join(3, 0);
  assertEquals([(messages as number[]).length, changed, rev, more], [200, [], 3, true]);
});

Deno.test("unread counts and mentions follow edits and deletions", async () => {
  await using s = await scene();
  const { the, ann, bob } = s;
  const state = () => the.store.memberships.read(ann.user.id, "tea");
  const unread = () => [state()?.unread, state()?.mentions];
  the.append({ type: "markers", markers: [{ person: ann.user.id, room: "tea", seq: 3 }] } as Event);
  assertEquals(unread(), [0, 0]);
  the.append(message(bob, "tea", "a"), message(bob, "tea", "b @ann", { mentions: [ann.user.id] }));
  assertEquals(unread(), [2, 1]);
  await the.ask(bob, change({ type: "delete", room: "tea", seq: 4 }));
  assertEquals(unread(), [1, 1]);
  await the.ask(bob, edit(5, "b"));
  assertEquals(unread(), [1, 0]);
  await the.ask(bob, edit(5, "b @ann"));
  assertEquals(unread(), [1, 1]);
  await the.ask(bob, change({ type: "delete", room: "tea", seq: 5 }));
  assertEquals(unread(), [0, 0]);
});

Deno.test("a change that is refused, or changes nothing, leaves no trace of its author", async () => {
  await using s = await scene();
  const { the, ann, bob } = s;
  const authors = () => the.store.state.database.db.prepare("select person from author").all();
  const react = (emoji: string, on: boolean) =>
    change({ type: "react", room: "tea", seq: 1, emoji, on });
  for (const [i, emoji] of [..."😀😁😂🤣😃😄😅😆😉😊😋😎😍😘😗😙😚🙂🤗🤔"].entries()) {
    assertEquals(kindOf(await the.ask(i % 2 ? ann : bob, react(emoji, true))), "changed");
  }
  const before = authors();
  const kinds: string[] = [];
  for (
    const command of [
      edit(1, "by a stranger"),
      change({ type: "delete", room: "tea", seq: 1 }),
      change({ type: "pin", room: "tea", seq: 1, on: true }),
      react("👍", true),
      react("😀", false),
    ]
  ) {
    const guest = the.person(`guest ${ids++}`, "guest");
    await the.join(guest, "tea");
    kinds.push(kindOf(await the.ask(guest, command)));
  }
  assertEquals(kinds, ["forbidden", "forbidden", "forbidden", "too_many", "ok"]);
  assertEquals(authors(), before);
});

Deno.test("a message that is refused leaves nothing of its author, and no room", async () => {
  await using s = await scene();
  const { the, ann, carl } = s;
  const { db } = the.store.state.database;
  const kept = () => [
    db.prepare("select person from author").all(),
    db.prepare("select name from room").all(),
    db.prepare("select * from membership where person like 'id-of-stranger%'").all(),
    db.prepare("select * from last_send").all(),
  ];
  const set = (setting: string, value: unknown) =>
    the.append({ type: "room_setting", room: "tea", by: ann.user.id, setting, value } as Event);
  const guests = (value: boolean) =>
    the.append({ type: "setting", by: carl.user.id, setting: "guests", value } as Event);
  const before = kept();
  const kinds: string[] = [];
  const refuse = async ({ room = "tea", re }: { room?: string; re?: number }) => {
    const stranger = the.person(`stranger ${ids++}`, "guest");
    await the.join(stranger, room);
    const send = { type: "send", room, id: `m${ids++}`, text: "hi" } as const;
    the.hub.command(stranger, { ...send, ...(re !== undefined && { re }) });
    kinds.push((await stranger.first("error")).code);
  };
  await refuse({ re: 99 });
  await refuse({ room: "new", re: 1 });
  set("posting", "moderators");
  await refuse({});
  set("posting", "all");
  set("guests", false);
  await refuse({});
  guests(false);
  await refuse({});
  await refuse({ room: "lobby" });
  assertEquals(kinds, [
    ...["bad_value", "bad_value", "forbidden"],
    ...["forbidden", "forbidden", "forbidden"],
  ]);
  assertEquals(kept(), before);
});

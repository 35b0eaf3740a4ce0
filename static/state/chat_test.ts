import type { User } from "../../protocol/mod.ts";
import { assert, assertEquals } from "../../testing/assert.ts";
import type { ScriptedClient } from "../../testing/scripted_server.ts";
import { MemoryStorage } from "../../testing/storage.ts";
import {
  arrived,
  BOB,
  hello,
  joined,
  ME,
  message,
  openChat,
  OWN,
  type ScriptedChat,
  seqs,
  stretch,
  until,
} from "./chat_fixture.ts";

Deno.test("Enters its rooms, and again behind the last message after the connection ended", async () => {
  await using test = await openChat();
  const { chat, client, server } = test;
  hello(client);
  assertEquals(await client.receive("join"), { type: "join", room: "lobby" });
  client.send(joined(3, stretch(1, 3)), { type: "message", ...message(4) });
  await arrived(chat, 4);

  client.cut();
  await until(() => chat.connection.state.value.kind === "closed");
  const second = await server.accept();
  hello(second);
  assertEquals(await second.receive("join"), {
    ...{ type: "join", room: "lobby", after: 4, rev: 0 },
  });
  second.send(joined(206, stretch(5, 6), { more: true }), { type: "message", ...message(207) });
  assertEquals((await second.receive("history")).after, 6);
  second.send({ type: "history", room: "lobby", messages: stretch(7, 206), more: false });
  await arrived(chat, 207);
  assertEquals(seqs(chat), stretch(1, 207).map(({ seq }) => seq));
});

Deno.test("Resends unacknowledged messages under the same id, and shows them once", async () => {
  await using test = await openChat();
  const { chat, client, server } = test;
  hello(client);
  client.send(joined(0, []));
  await until(() => chat.active.value.live.value);
  chat.send("first");
  chat.send("second");
  const first = await client.receive("send");
  assertEquals(first.text, "first");
  client.cut();

  const again = await server.accept();
  hello(again);
  await again.receive("join");
  // It was stored, and the acknowledgement was lost: it comes with what was missed.
  again.send(joined(1, [message(1, { user: ME, id: first.id, text: "first" })]));
  const second = await again.receive("send");
  assertEquals(second.text, "second");
  again.send({ type: "message", ...message(2, { user: ME, id: second.id, text: "second" }) });
  await arrived(chat, 2);
  assertEquals(chat.outbox.pending, []);
  assertEquals(chat.active.value.keys, [first.id, second.id]);
});

Deno.test("Waits as long as the server says, then sends the refused one first", async () => {
  await using test = await openChat();
  const { chat, client } = test;
  hello(client);
  client.send(joined(0, []));
  await until(() => chat.active.value.live.value);
  chat.send("a");
  chat.send("b");
  const { id } = await client.receive("send");
  client.send({ type: "error", code: "rate_limited", message: "slow", ref: id, retry: 50 });
  assertEquals((await client.receive("send")).id, id);
  client.send({ type: "error", code: "storage", message: "full", ref: id, retry: 10 });
  assertEquals((await client.receive("send")).id, id);
  client.send({ type: "error", code: "too_long", message: "long", ref: id });
  assertEquals((await client.receive("send")).text, "b");
  assertEquals(chat.outbox.pending[0]?.failed, "too_long");
});

Deno.test("Counts unread messages, shows where they begin, and forgets both once they are read", async () => {
  let attentive = true;
  await using test = await openChat({ attentive: () => attentive });
  const { chat, client } = test;
  hello(client);
  client.send(joined(2, stretch(1, 2)));
  await arrived(chat, 2);
  const room = chat.active.value;
  assertEquals([room.unread.value, room.line.value], [0, undefined]);

  attentive = false;
  client.send({ type: "message", ...message(3, { text: "hey @ann" }) });
  client.send({ type: "message", ...message(4) });
  await arrived(chat, 4);
  assertEquals([room.unread.value, room.line.value, room.mentions.value], [2, 2, 1]);
  chat.markRead(room);
  assertEquals([room.unread.value, room.mentions.value, chat.unread.value], [0, 0, 0]);

  chat.open("garden");
  chat.open("lobby");
  assertEquals(room.line.value, undefined);
});

Deno.test("To a newcomer nothing is unread, whatever was said before", async () => {
  await using test = await openChat();
  const { chat, client } = test;
  chat.markRead(chat.active.value);
  hello(client);
  client.send(joined(9, stretch(1, 9)));
  await arrived(chat, 9);
  const room = chat.active.value;
  assertEquals([room.read.value, room.unread.value, room.line.value], [9, 0, undefined]);
});

Deno.test("Shows who joined and left, once and under the latest name", async () => {
  await using test = await openChat();
  const { chat, client } = test;
  hello(client);
  client.send(joined(1, stretch(1, 1)));
  const presence = { type: "presence", room: "lobby", joined: [], left: [], count: 2 } as const;
  const guest: User = { id: "g", name: "guest-g" };
  client.send(
    { ...presence, joined: [ME, guest] },
    { type: "renamed", user: { id: "g", name: "Gus" }, was: "guest-g" },
    { ...presence, left: [BOB] },
    { ...presence, joined: [BOB] },
  );
  const room = chat.active.value;
  await until(() => room.members.value.has("g") && room.members.value.has("bob"));
  assertEquals(room.notices.value.map(({ kind, user }) => [kind, user.name]), [["joined", "Gus"]]);
  client.send({ ...presence, left: [{ id: "g", name: "Gus" }] }, {
    type: "renamed",
    user: { id: "bob", name: "Robert" },
    was: "Bob",
  });
  await until(() => !room.members.value.has("g"));
  assertEquals(room.notices.value.map(({ kind, was }) => [kind, was]), [["renamed", "Bob"]]);
});

Deno.test("Read messages stay read after a reload, and unsent messages are still sent", async () => {
  const area = new MemoryStorage();
  const id = await (async () => {
    await using test = await openChat({ area });
    const { chat, client } = test;
    hello(client);
    client.send(joined(5, stretch(1, 5)));
    await arrived(chat, 5);
    chat.markRead(chat.active.value);
    client.cut();
    chat.send("written in between");
    return chat.outbox.pending[0]?.id;
  })();
  await using test = await openChat({ area });
  const { chat, client } = test;
  hello(client);
  assertEquals(await client.receive("join"), { type: "join", room: "lobby" });
  client.send(joined(7, stretch(1, 7)));
  assertEquals((await client.receive("send")).id, id);
  assertEquals(chat.active.value.unread.value, 2);
});

Deno.test("A history that begins anew is taken as it is", async () => {
  await using test = await openChat();
  const { chat, client, server } = test;
  hello(client);
  client.send(joined(9, stretch(1, 9)));
  await arrived(chat, 9);
  client.cut();
  const other = await server.accept();
  hello(other, "1.0.1");
  assertEquals((await other.receive("join")).after, 9);
  other.send(joined(2, []));
  assertEquals((await other.receive("join")).after, undefined);
  other.send(joined(2, stretch(1, 2)));
  await until(() => {
    chat.active.value.revision.value;
    return seqs(chat).length === 2;
  });
  assert(chat.outdated.value, "the server's version changed");
});

/** The next connection to a chat that had messages up to `seq` and lost the one before. */
async function comeBack(
  { chat, client, server }: ScriptedChat,
  seq: number,
): Promise<ScriptedClient> {
  hello(client);
  client.send(joined(seq, stretch(1, seq)));
  await arrived(chat, seq);
  client.cut();
  const second = await server.accept();
  hello(second);
  assertEquals((await second.receive("join")).after, seq);
  return second;
}

Deno.test("After a gap of thousands the newest are shown, and the others when asked for, without a hole", async () => {
  await using test = await openChat({ attentive: () => false });
  const { chat } = test;
  const client = await comeBack(test, 9);
  client.send(joined(3009, stretch(10, 209), { more: true }), {
    type: "message",
    ...message(3010),
  });
  assertEquals((await client.receive("join")).after, undefined);
  // The old messages stay until there are new ones to replace them.
  assertEquals(seqs(chat), stretch(1, 9).map(({ seq }) => seq));
  client.send(joined(3010, stretch(2961, 3010), { more: true }));
  client.send({ type: "message", ...message(3011) });
  await arrived(chat, 3011);
  const room = chat.active.value;
  assertEquals(seqs(chat), stretch(2961, 3011).map(({ seq }) => seq));
  assertEquals([room.unread.value, room.line.value], [3002, 9]);

  chat.places.seek(room, 2000);
  for (let before = 2961; before > 2000; before -= 200) {
    const asked = await client.receive("history");
    assertEquals(asked.before, before);
    const messages = stretch(before - 200, before - 1);
    client.send({ type: "history", room: "lobby", messages, more: true });
  }
  await until(() => room.revision.value > 0 && room.timeline.first === 1961);
  assertEquals(seqs(chat), stretch(1961, 3011).map(({ seq }) => seq));
  assertEquals(room.keys.length, 1051);

  // So far away that those between are not loaded.
  chat.places.seek(room, 10);
  assertEquals((await client.receive("history")).after, 9);
});

Deno.test("If the server no longer keeps missed messages, it sends all that it keeps", async () => {
  await using test = await openChat({ attentive: () => false });
  const { chat } = test;
  const client = await comeBack(test, 9);
  client.send(joined(400, stretch(101, 300), { first: 101, more: true }));
  assertEquals((await client.receive("history")).after, 300);
  client.send({ type: "history", room: "lobby", messages: stretch(301, 400), more: false });
  await arrived(chat, 400);
  const room = chat.active.value;
  assertEquals(seqs(chat), stretch(101, 400).map(({ seq }) => seq));
  assertEquals([room.unread.value, room.line.value], [300, 100]);
});

Deno.test("Tabs of one browser are in the same rooms, and know what was read in another", async () => {
  const area = new MemoryStorage();
  await using test = await openChat({ area });
  const { chat, client } = test;
  hello(client);
  client.send(joined(5, stretch(1, 5)));
  await arrived(chat, 5);
  const names = () => chat.rooms.value.map(({ name }) => name);
  function elsewhere(rooms: unknown): void {
    area.setItem(`hubbub.${OWN}rooms`, JSON.stringify(rooms));
    chat.changedElsewhere(`${OWN}rooms`, JSON.stringify(rooms));
  }
  elsewhere(["lobby", "garden", "reading"]);
  assertEquals(names(), ["lobby", "garden", "reading"]);
  for (const room of ["lobby", "garden", "reading"]) {
    assertEquals((await client.receive("join")).room, room);
  }
  chat.open("garden");
  elsewhere(["lobby", "reading"]);
  assertEquals((await client.receive("leave")).room, "garden");
  assertEquals([names(), chat.active.value.name], [["lobby", "reading"], "lobby"]);
  for (const junk of [[], null, ["Bad Room"], "lobby"]) elsewhere(junk);
  assertEquals(names(), ["lobby", "reading"]);

  client.send({ type: "message", ...message(6, { text: "@ann" }) });
  await arrived(chat, 6);
  const room = chat.active.value;
  assertEquals([room.unread.value, room.mentions.value], [1, 1]);
  chat.changedElsewhere(`${OWN}read.lobby`, "6");
  chat.changedElsewhere(`${OWN}read.lobby`, "2");
  chat.changedElsewhere(`${OWN}read.lobby`, "junk");
  assertEquals([room.unread.value, room.mentions.value], [0, 0]);
});

Deno.test("A message that another tab has sent or deleted is not sent by this one", async () => {
  await using test = await openChat();
  const { chat, client } = test;
  chat.send("twice");
  chat.send("once");
  const [{ id } = { id: "" }] = chat.outbox.pending;
  chat.changedElsewhere(`of.new.outbox.${id}`, "{}");
  assertEquals(chat.outbox.pending.length, 2);
  chat.changedElsewhere(`of.new.outbox.${id}`, "");
  hello(client);
  client.send(joined(0, []));
  assertEquals((await client.receive("send")).text, "once");
});

Deno.test("A room that refuses is reported and forgotten, but the last one stays", async () => {
  await using test = await openChat();
  const { chat, client } = test;
  hello(client);
  await client.receive("join");
  client.send({ type: "error", code: "too_many", message: "full", ref: "lobby" });
  await until(() => chat.problem.value !== undefined);
  assertEquals(chat.rooms.value.map(({ name }) => name), ["lobby"]);
  chat.problem.value = undefined;
  chat.open("garden", { create: true });
  await client.receive("join");
  client.send({ type: "error", code: "too_many", message: "full", ref: "garden" });
  await until(() => chat.problem.value !== undefined);
  assertEquals([chat.rooms.value.length, chat.active.value.name], [1, "lobby"]);
});

Deno.test("What waits for a room that refuses a new connection stays to be seen as unsent", async () => {
  await using test = await openChat();
  const { chat, client } = test;
  hello(client);
  client.send(joined(0, []));
  chat.open("garden", { create: true });
  client.send(joined(0, [], { room: "garden" }));
  await until(() => chat.room("garden")?.live.value === true);
  client.cut();
  chat.send("written on the way");
  const again = await test.server.accept();
  hello(again);
  again.send({ type: "error", code: "too_many", message: "full", ref: "garden" });
  await until(() => chat.problem.value !== undefined);
  assertEquals(chat.rooms.value.map(({ name }) => name), ["lobby"]);
  const unsent = chat.unsent().map(({ room, text, failed }) => [room, text, failed]);
  assertEquals(unsent, [["garden", "written on the way", "too_many"]]);
});

Deno.test("Ignores lines that it does not know", async () => {
  await using test = await openChat();
  const { chat, client } = test;
  hello(client);
  client.send({ type: "message", ...message(1, { room: "elsewhere" }) });
  client.send({ type: "history", room: "lobby", messages: stretch(1, 3), more: true });
  client.send(joined(1, stretch(1, 1)));
  await arrived(chat, 1);
});

Deno.test("A wish for a name is answered, also when the connection ends meanwhile", async () => {
  await using test = await openChat();
  const { chat, client } = test;
  hello(client);
  await until(() => chat.me.value !== undefined);
  const taken = chat.takeName({ name: "Bob" });
  await client.receive("name");
  client.send({ type: "error", code: "name_taken", message: "taken" });
  assertEquals(await taken, { ok: false, code: "name_taken" });
  const given = chat.takeName({ name: "Ann B" });
  await client.receive("name");
  client.send({ type: "renamed", user: { id: "me", name: "Ann B" }, was: "Ann" });
  assertEquals(await given, { ok: true });
  assertEquals(chat.me.value?.name, "Ann B");
  const lost = chat.takeName({ name: "Ann C" });
  client.cut();
  assertEquals(await lost, { ok: false, code: "offline" });
});

Deno.test("Connects at once when it wakes up, and gives up a connection when it falls asleep", async () => {
  await using test = await openChat();
  const { chat, client, server } = test;
  hello(client);
  await until(() => chat.connection.state.value.kind === "open");
  chat.connection.sleep();
  assertEquals(chat.connection.state.value, { kind: "closed", offline: false });
  chat.connection.wake();
  hello(await server.accept());
  await until(() => chat.connection.state.value.kind === "open");
});

Deno.test("Asks a connection that may be dead whether it lives", async () => {
  await using test = await openChat();
  const { chat, client, server } = test;
  hello(client);
  await until(() => chat.connection.state.value.kind === "open");
  chat.connection.wake();
  await client.receive("rooms");
  // The server stays silent, so the page turns to a new connection.
  await server.accept();
});

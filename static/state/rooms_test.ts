import { assertEquals } from "../../testing/assert.ts";
import type { User } from "../../protocol/mod.ts";
import { MemoryStorage } from "../../testing/storage.ts";
import {
  arrived,
  hello,
  joined,
  ME,
  message,
  openChat,
  OWN,
  stretch,
  until,
} from "./chat_fixture.ts";
import { Room } from "./room.ts";

Deno.test("An address alone makes no room: the list shows it only once it is created", async () => {
  const area = new MemoryStorage();
  await using test = await openChat({ area });
  const { chat, client } = test;
  hello(client);
  client.send(joined(1, stretch(1, 1)));
  await arrived(chat, 1);
  const names = () => chat.rooms.value.map(({ name }) => name);
  const noRoom = { type: "error", code: "no_room", message: "no", ref: "enginering" } as const;

  chat.open("enginering");
  assertEquals([chat.active.value.name, chat.visiting.value], ["enginering", true]);
  await client.receive("join");
  assertEquals(await client.receive("join"), { type: "join", room: "enginering", create: false });
  client.send(noRoom);
  await until(() => chat.active.value.missing.value);
  assertEquals([names(), chat.visiting.value], [["lobby"], true]);
  assertEquals(area.getItem(`hubbub.${OWN}rooms`), null);

  // Another address: the first is left without a trace.
  chat.open("engineering");
  assertEquals(chat.room("enginering"), undefined);
  client.send(joined(7, [], { count: 1, members: [ME], room: "engineering" }));
  await until(() => !chat.visiting.value);
  assertEquals(names(), ["lobby", "engineering"]);

  chat.open("enginering");
  client.send(noRoom);
  await until(() => chat.active.value.missing.value);
  chat.open("enginering", { create: true });
  assertEquals(names(), ["lobby", "engineering", "enginering"]);
  await client.receive("join");
  await client.receive("join");
  assertEquals(await client.receive("join"), { type: "join", room: "enginering" });
});

Deno.test("Leaving a room can be undone: its place, marker and pending messages are as before", async () => {
  await using test = await openChat();
  const { chat, client } = test;
  hello(client);
  client.send(joined(5, stretch(1, 5)));
  await arrived(chat, 5);
  chat.open("garden", { create: true });
  chat.open("lobby");
  chat.markRead(chat.active.value);
  chat.active.value.live.value = false;
  chat.send("waits");
  const undo = chat.leave(chat.active.value);
  assertEquals((await client.receive("leave")).room, "lobby");
  assertEquals([chat.rooms.value.map(({ name }) => name), chat.active.value.name], [
    ["garden"],
    "garden",
  ]);
  assertEquals(chat.outbox.pending, []);
  undo();
  undo();
  assertEquals([chat.rooms.value.map(({ name }) => name), chat.active.value.name], [
    ["lobby", "garden"],
    "lobby",
  ]);
  assertEquals(chat.active.value.read.value, 5);
  assertEquals(chat.outbox.pending.map(({ text }) => text), ["waits"]);
  client.send(joined(5, stretch(1, 5)));
  assertEquals((await client.receive("send")).text, "waits");
});

Deno.test("Own messages from another device are read, and so are those before them", async () => {
  const area = new MemoryStorage();
  area.setItem(`hubbub.${OWN}read.lobby`, "2");
  area.setItem("hubbub.owner", OWN.slice(3, -1));
  await using test = await openChat({ area });
  const { chat, client } = test;
  hello(client);
  const own = message(4, { user: ME });
  client.send(joined(6, [...stretch(1, 3), own, ...stretch(5, 6)]));
  await arrived(chat, 6);
  const room = chat.active.value;
  assertEquals([room.read.value, room.unread.value, room.line.value], [4, 2, 4]);
  client.send({ type: "message", ...message(7, { user: ME }) });
  await arrived(chat, 7);
  assertEquals([room.read.value, room.unread.value], [7, 0]);
});

Deno.test("Guests come and go without notice, and nobody is announced in a crowd", async () => {
  await using test = await openChat();
  const { chat, client } = test;
  hello(client);
  client.send(joined(1, stretch(1, 1)));
  await arrived(chat, 1);
  const presence = { type: "presence", room: "lobby", joined: [], left: [], count: 3 } as const;
  const guests = [{ id: "g", name: "guest-g" }, { id: "n", name: "" }];
  const cy: User = { id: "c", name: "Cy" };
  client.send(
    { ...presence, joined: guests },
    { ...presence, left: guests },
    { ...presence, joined: [cy], count: 21 },
    { type: "renamed", user: { ...cy, name: "Cyril" }, was: "Cy" },
    { ...presence, joined: [{ id: "d", name: "Di" }] },
  );
  const room = chat.active.value;
  await until(() => room.members.value.has("d"));
  assertEquals(room.notices.value.map(({ kind, user }) => [kind, user.name]), [["joined", "Di"]]);
});

Deno.test("A room whose reader is another one has the settings of a new one", () => {
  const room = new Room("lobby", 3);
  room.level.value = "nothing";
  room.order.value = 2;
  room.slowUntil.value = Date.now() + 60_000;
  room.forget(undefined);
  assertEquals([room.level.value, room.order.value, room.slowUntil.value], ["all", Infinity, 0]);
});

Deno.test("A room that does not let this person in is gone, also after a reload; its messages stay", async () => {
  const area = new MemoryStorage();
  const gone: string[] = [];
  {
    await using test = await openChat({ area, onGone: ({ room }) => gone.push(room.name) });
    const { chat, client } = test;
    hello(client);
    client.send(joined(1, stretch(1, 1)));
    await arrived(chat, 1);
    chat.open("garden", { create: true });
    chat.send("to the garden");
    client.send({ type: "error", code: "forbidden", message: "no", ref: "garden" });
    await until(() => chat.problem.value !== undefined);
    assertEquals([gone, chat.unsent().map(({ failed }) => failed)], [["garden"], ["forbidden"]]);
  }
  await using test = await openChat({ area });
  assertEquals(test.chat.rooms.value.map(({ name }) => name), ["lobby"]);
  assertEquals(test.chat.unsent().map(({ text }) => text), ["to the garden"]);
});

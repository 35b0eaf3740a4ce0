import type { RoomState } from "../../protocol/memberships.ts";
import { NEW_ROOM } from "../../protocol/mod.ts";
import { assertEquals } from "../../testing/assert.ts";
import type { ScriptedClient } from "../../testing/scripted_server.ts";
import { MemoryStorage } from "../../testing/storage.ts";
import type { GoneRoom } from "./chat_options.ts";
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
  stretch,
  until,
} from "./chat_fixture.ts";

const STAFF = "~abcdefghijklmnopqrst";
const MEMBER = { type: "you", user: ME, role: "member" } as const;
const MAY = { administer: false, createRooms: true };

/** A room's state, by default one in which everything is read. */
function stateOf(room: string, order: number, options: Partial<RoomState> = {}): RoomState {
  const { last = 5 } = options;
  const all = {
    room,
    last,
    read: last,
    unread: 0,
    mentions: 0,
    level: "all",
    order,
    since: 1,
  } as const;
  return { ...all, ...options };
}

/** Greets a person with a name, and sends their rooms. */
function welcome(client: ScriptedClient, ...rooms: RoomState[]): void {
  hello(client, "1.0.0", { role: "member" });
  client.send({ type: "state", rooms, more: false });
}

function names({ chat }: ScriptedChat): string[] {
  return chat.rooms.value.map(({ name }) => name);
}

/** The storage of a browser that has handed over what it kept. */
function used(rooms: readonly string[]): MemoryStorage {
  const area = new MemoryStorage();
  area.setItem("hubbub.owner", OWN.slice(3, -1));
  area.setItem(`hubbub.${OWN}handedOver`, "yes");
  area.setItem(`hubbub.${OWN}rooms`, JSON.stringify(rooms));
  return area;
}

Deno.test("Memberships are the server's list in its order, whatever the browser remembers", async () => {
  await using test = await openChat({ area: used(["lobby", "left-elsewhere"]) });
  const { chat, client } = test;
  hello(client, "1.0.0", { role: "member" });
  const some = stateOf("garden", 20, {
    last: 9,
    read: 5,
    unread: 3,
    mentions: 1,
    level: "mentions",
  });
  client.send({ type: "state", rooms: [some], more: true });
  client.send({ type: "state", rooms: [stateOf("lobby", 10)], more: false });
  assertEquals((await client.receive("join")).room, "lobby");
  assertEquals((await client.receive("join")).room, "garden");
  assertEquals(names(test), ["lobby", "garden"]);
  const garden = chat.room("garden");
  assertEquals([garden?.unread.value, garden?.mentions.value, chat.unread.value], [3, 1, 1]);

  // The person has joined another on another device, and put it first.
  client.send({ type: "room", ...stateOf(STAFF, 5) });
  assertEquals((await client.receive("join")).room, STAFF);
  client.send(
    joined(5, [], { room: STAFF, info: { ...NEW_ROOM, kind: "private", title: "Staff" } }),
  );
  await until(() => chat.room(STAFF)?.info.value.title === "Staff");
  assertEquals(names(test), [STAFF, "lobby", "garden"]);
});

Deno.test("Memberships send how far a room was read, again after a lost connection", async () => {
  await using test = await openChat({ area: used(["lobby"]) });
  const { chat, client, server } = test;
  welcome(client, stateOf("lobby", 1, { read: 2, unread: 2 }));
  client.send(joined(5, stretch(1, 5), { role: "member" }));
  await arrived(chat, 5);
  const room = chat.active.value;
  assertEquals(room.unread.value, 2);
  chat.markRead(room);
  const { id: _, ...read } = await client.receive("read");
  assertEquals(read, { type: "read", room: "lobby", seq: 5 });
  // A state from before it changes nothing.
  client.send({ type: "room", ...stateOf("lobby", 1, { read: 2, unread: 2, level: "nothing" }) });
  await until(() => room.level.value === "nothing");
  assertEquals([room.read.value, room.unread.value], [5, 0]);

  client.cut();
  const again = await server.accept();
  welcome(again, stateOf("lobby", 1, { read: 2, unread: 2 }));
  assertEquals((await again.receive("read")).seq, 5);
  assertEquals(room.unread.value, 0);
});

Deno.test("Memberships send no marker of one person for the next one", async () => {
  await using test = await openChat({ area: used(["lobby"]) });
  const { chat, client, server } = test;
  welcome(client, stateOf("lobby", 1, { read: 2, unread: 2 }));
  client.send(joined(5, stretch(1, 5), { role: "member" }));
  await arrived(chat, 5);
  chat.markRead(chat.active.value);
  assertEquals((await client.receive("read")).seq, 5);
  client.cut();
  const again = await server.accept();
  hello(again, "1.0.0", { role: "member", user: BOB });
  again.send({
    type: "state",
    rooms: [stateOf("lobby", 1, { read: 2, unread: 2 })],
    more: false,
  });
  await again.receive("join");
  assertEquals([chat.active.value.read.value, chat.active.value.unread.value], [2, 2]);
});

Deno.test("Memberships send a marker again that the server could not store", async () => {
  await using test = await openChat({ area: used(["lobby"]) });
  const { chat, client } = test;
  welcome(client, stateOf("lobby", 1, { read: 2, unread: 2 }));
  client.send(joined(5, stretch(1, 5), { role: "member" }));
  await arrived(chat, 5);
  const room = chat.active.value;
  chat.markRead(room);
  const { id, seq } = await client.receive("read");
  client.send({ type: "error", code: "storage", message: "Try again", ref: String(id) });
  assertEquals((await client.receive("read")).seq, seq);
  assertEquals(room.unread.value, 0);
});

Deno.test("Memberships sends waiting markers when the page may be about to end", async () => {
  await using test = await openChat({ area: used(["lobby"]) });
  const { chat, client } = test;
  welcome(client, stateOf("lobby", 1, { read: 2, unread: 2 }));
  client.send(joined(5, stretch(1, 5), { role: "member" }));
  await arrived(chat, 5);
  chat.markRead(chat.active.value);
  assertEquals((await client.receive("read")).seq, 5);
  client.send({ type: "message", ...message(6) });
  await arrived(chat, 6);
  chat.markRead(chat.active.value);
  chat.memberships.sendWaiting();
  void chat.memberships.setLevel(chat.active.value, "mentions");
  // It comes before what is sent after it.
  assertEquals((await client.receive("read")).seq, 6);
  assertEquals((await client.receive("level")).level, "mentions");
});

Deno.test("A room that was marked as unread stays so until it is opened again, on each device", async () => {
  await using test = await openChat({ area: used(["lobby", "garden"]) });
  const { chat, client } = test;
  welcome(client, stateOf("lobby", 1), stateOf("garden", 2));
  client.send(joined(5, stretch(1, 5), { role: "member" }));
  await arrived(chat, 5);
  const lobby = chat.active.value;
  chat.markUnread(lobby, 4);
  const { id: _, ...read } = await client.receive("read");
  assertEquals(read, { type: "read", room: "lobby", seq: 3, back: true });
  chat.markRead(lobby);
  assertEquals([lobby.read.value, lobby.unread.value], [3, 2]);
  chat.open("garden");
  chat.open("lobby");
  chat.markRead(lobby);
  assertEquals(lobby.unread.value, 0);

  // On another device.
  const garden = chat.room("garden");
  client.send({ type: "room", ...stateOf("garden", 2, { read: 3, unread: 2 }) });
  await until(() => garden?.held.value === true);
  assertEquals(garden?.unread.value, 2);
});

Deno.test("A room where nobody has written yet stays in the list after a reload, and then follows the server's", async () => {
  const area = used(["lobby"]);
  {
    await using test = await openChat({ area });
    welcome(test.client, stateOf("lobby", 1));
    await until(() => test.chat.rooms.value.length === 1);
    test.chat.open("quiet", { create: true });
    test.client.send(joined(0, [], { room: "quiet" }));
    await until(() => test.chat.room("quiet")?.live.value === true);
    // In another tab, which has opened one as well.
    await using other = await openChat({ area });
    welcome(other.client, stateOf("lobby", 1));
    await until(() => other.chat.room("lobby")?.role.value !== undefined);
    assertEquals(names(other), ["lobby", "quiet"]);
    other.chat.open("still", { create: true });
    test.client.send({ type: "room", ...stateOf("tea", 2) });
    await until(() => test.chat.room("tea") !== undefined);
  }
  {
    await using test = await openChat({ area });
    welcome(test.client, stateOf("lobby", 1), stateOf("tea", 2));
    const asked = [];
    for (let joins = 0; joins < 4; joins++) asked.push(await test.client.receive("join"));
    assertEquals(asked.map(({ room, create = true }) => [room, create]).sort(), [
      ...[["lobby", true], ["quiet", true], ["still", true], ["tea", true]],
    ]);
    assertEquals(names(test), ["lobby", "tea", "quiet", "still"]);
    // Somebody has written there.
    test.client.send({ type: "room", ...stateOf("quiet", 3) });
    await until(() => test.chat.room("quiet")?.role.value === "member");
    const still = test.chat.room("still");
    if (still) test.chat.leave(still);
  }
  // Meanwhile it was left on another device.
  await using test = await openChat({ area });
  welcome(test.client, stateOf("lobby", 1), stateOf("tea", 2));
  await until(() => test.chat.room("lobby")?.role.value !== undefined);
  assertEquals(names(test), ["lobby", "tea"]);
  assertEquals(area.getItem(`hubbub.${OWN}opened`), null);
});

Deno.test("Rooms that a guest has opened stay in the list when the guest takes a name, also after a reload", async () => {
  const area = new MemoryStorage();
  {
    await using test = await openChat({ area });
    const { chat, client } = test;
    hello(client);
    client.send(joined(5, stretch(1, 5)));
    await arrived(chat, 5);
    chat.open("quiet", { create: true });
    client.send(joined(0, [], { room: "quiet" }));
    await until(() => chat.room("quiet")?.live.value === true);
    client.send({ ...MEMBER, may: MAY });
    const { id = "" } = await client.receive("members");
    client.send({ type: "members", room: "lobby", members: [], id });
    client.send({ type: "room", ...stateOf("lobby", 1) });
    await until(() => chat.room("lobby")?.role.value === "member");
  }
  await using test = await openChat({ area });
  welcome(test.client, stateOf("lobby", 1));
  await until(() => test.chat.room("lobby")?.role.value !== undefined);
  assertEquals(names(test), ["lobby", "quiet"]);
});

Deno.test("Memberships imports once the rooms that a guest's browser kept, when the guest takes a name", async () => {
  const area = new MemoryStorage();
  await using test = await openChat({ area });
  const { chat, client } = test;
  hello(client);
  client.send(joined(5, stretch(1, 5)));
  await arrived(chat, 5);
  chat.open("garden", { create: true });
  client.send(joined(7, [], { room: "garden" }));
  await until(() => chat.room("garden")?.read.value === 7);
  for (let joins = 0; joins < 2; joins++) await client.receive("join");

  client.send({ ...MEMBER, may: MAY });
  const joinedAgain = [await client.receive("join"), await client.receive("join")];
  assertEquals(joinedAgain.map(({ room }) => room).sort(), ["garden", "lobby"]);
  const { id = "" } = await client.receive("members");
  client.send({ type: "room", ...stateOf("garden", 2, { last: 7, read: 0, unread: 7 }) });
  const { id: _, ...read } = await client.receive("read");
  assertEquals(read, { type: "read", room: "garden", seq: 7 });
  assertEquals(chat.room("garden")?.unread.value, 0);
  client.send({ type: "members", room: "lobby", members: [], id });
  const key = `hubbub.${OWN}handedOver`;
  client.send({ type: "room", ...stateOf("lobby", 1) });
  await until(() => chat.room("lobby")?.role.value === "member");
  assertEquals(area.getItem(key), "yes");
});

Deno.test("Only what one has written or begun in a room that was taken away stays, and is never sent", async () => {
  const area = used(["lobby", STAFF]);
  const gone: GoneRoom[] = [];
  await using test = await openChat({ area, onGone: (room) => gone.push(room) });
  const { chat, client } = test;
  welcome(client, stateOf("lobby", 1), stateOf(STAFF, 2));
  const info = { ...NEW_ROOM, kind: "private", title: "Staff" } as const;
  client.send(
    joined(5, stretch(1, 5), { role: "member" }),
    joined(5, [], { room: STAFF, info, role: "member" }),
  );
  await until(() => chat.room(STAFF)?.live.value === true);
  chat.open(STAFF);
  chat.drafts.set(STAFF, "half a thought");
  chat.send("the whole of it");
  await client.receive("send");
  client.send({ type: "left", room: STAFF, why: "You were removed from the room" });
  await until(() => chat.active.value.name === "lobby");
  assertEquals(gone.map(({ room, why, hasBegun }) => [room.info.value.title, why, hasBegun]), [
    ["Staff", "You were removed from the room", true],
  ]);
  // Nobody has chosen to go on there.
  assertEquals(chat.active.value.isSubstitute, true);
  assertEquals([names(test), chat.room(STAFF)], [["lobby"], undefined]);
  assertEquals(chat.unsent().map(({ text, failed }) => [text, failed]), [
    ["the whole of it", "removed"],
    ["half a thought", "removed"],
  ]);
  const kept = Array.from({ length: area.length }, (_, i) => area.key(i) ?? "")
    .map((key) => [key, area.getItem(key) ?? ""])
    .filter(([key, value]) => `${key}${value}`.includes(STAFF))
    .map(([key = ""]) => key.replace(/outbox\..*/, "outbox"));
  assertEquals(kept, [`hubbub.${OWN}outbox`, `hubbub.${OWN}outbox`]);

  // The others continue.
  chat.open("lobby");
  assertEquals(chat.active.value.isSubstitute, false);
  chat.send("to the lobby");
  assertEquals((await client.receive("send")).room, "lobby");
});

Deno.test("A room that was made private is followed to its address, with its pending messages", async () => {
  await using test = await openChat({ area: used(["lobby", "staff"]) });
  const { chat, client } = test;
  welcome(client, stateOf("lobby", 1), stateOf("staff", 2));
  client.send(joined(5, stretch(1, 5), { role: "member" }));
  await arrived(chat, 5);
  chat.open("staff");
  chat.drafts.set("staff", "a draft");
  chat.send("for the staff");
  client.send({ type: "moved", room: "staff", to: STAFF });
  await until(() => chat.active.value.name === STAFF);
  assertEquals(names(test), ["lobby", STAFF]);
  assertEquals([chat.drafts.get(STAFF), chat.drafts.get("staff")], ["a draft", ""]);
  assertEquals(chat.outbox.pending.map(({ room }) => room), [STAFF]);
  client.send(joined(5, [], { room: STAFF, role: "member" }));
  assertEquals((await client.receive("send")).room, STAFF);
});

Deno.test("Leaving a room is not mistaken for a removal, also when it is undone at once", async () => {
  const gone: GoneRoom[] = [];
  await using test = await openChat({ area: used(["lobby"]), onGone: (room) => gone.push(room) });
  const { chat, client } = test;
  welcome(client, stateOf("lobby", 1), stateOf("garden", 2));
  const garden = { room: "garden", role: "member" } as const;
  client.send(joined(5, stretch(1, 5), { role: "member" }), joined(5, [], garden));
  await until(() => chat.room("garden")?.live.value === true);
  const room = chat.room("garden");
  if (!room) throw new Error("There is no room");
  const undo = chat.leave(room);
  // Sent before the server received that.
  client.send({ type: "room", ...stateOf("garden", 2, { level: "mentions" }) });
  client.send({ type: "room", ...stateOf("lobby", 1, { level: "mentions" }) });
  await until(() => chat.room("lobby")?.level.value === "mentions");
  assertEquals(names(test), ["lobby"]);
  undo();
  client.send({ type: "left", room: "garden" }, joined(5, [], garden));
  client.send({ type: "room", ...stateOf("garden", 2) });
  await until(() => chat.room("garden")?.live.value === true);
  assertEquals([names(test), gone], [["lobby", "garden"], []]);

  // The server could not store that it was left.
  chat.leave(room);
  client.send({ type: "error", code: "storage", message: "Try again", ref: "garden" });
  client.send({ type: "room", ...stateOf("garden", 2) }, joined(5, [], garden));
  await until(() => chat.room("garden")?.live.value === true);

  // On another device.
  client.send({ type: "left", room: "garden" });
  await until(() => chat.room("garden") === undefined);
  assertEquals(gone.map(({ isAsked }) => isAsked), [true]);
});

Deno.test("In a slow room a message waits as long as the server says, and the other rooms don't", async () => {
  await using test = await openChat({ area: used(["lobby", "slow"]) });
  const { chat, client } = test;
  welcome(client, stateOf("lobby", 1), stateOf("slow", 2));
  client.send(
    joined(5, stretch(1, 5), { role: "member" }),
    joined(5, [], { room: "slow", info: { ...NEW_ROOM, slow: 3600 }, role: "member" }),
  );
  await until(() => chat.room("slow")?.live.value === true);
  chat.open("slow");
  chat.send("too soon");
  const { id } = await client.receive("send");
  client.send({ type: "error", code: "rate_limited", message: "slow", ref: id, retry: 3_000_000 });
  chat.open("lobby");
  chat.send("at once");
  assertEquals((await client.receive("send")).text, "at once");
  assertEquals(chat.outbox.of("slow").map(({ failed }) => failed), [undefined]);

  const at = Date.now();
  client.send({
    type: "message",
    ...message(6, { room: "slow", user: ME, id, text: "too soon", at }),
  });
  await until(() => chat.room("slow")?.slowUntil.value === at + 3_600_000);
});

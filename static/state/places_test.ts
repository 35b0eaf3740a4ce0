import type { HistoryLine } from "../../protocol/mod.ts";
import type { ScriptedClient } from "../../testing/scripted_server.ts";
import { assertEquals } from "../../testing/assert.ts";
import {
  arrived,
  hello,
  joined,
  ME,
  message,
  openChat,
  type ScriptedChat,
  stretch,
  until,
} from "./chat_fixture.ts";
import type { Room } from "./room.ts";

/** Opens a chat in a room with many messages, of which the newest 50 are here. */
async function open(last = 1000): Promise<ScriptedChat> {
  const test = await openChat();
  hello(test.client);
  await test.client.receive("join");
  test.client.send(joined(last, stretch(last - 49, last), { more: true }));
  await arrived(test.chat, last);
  return test;
}

function answer(messages: HistoryLine["messages"], more: boolean): HistoryLine {
  return { type: "history", room: "lobby", messages, more };
}

/** Answers what is asked around a message. */
async function answerAround(client: ScriptedClient, seq: number, last = 1000): Promise<void> {
  const { after, limit } = await client.receive("history");
  assertEquals([after, limit], [seq - 1, 50]);
  client.send(answer(stretch(seq, Math.min(seq + 49, last)), seq + 49 < last));
  assertEquals((await client.receive("history")).before, seq);
  client.send(answer(stretch(Math.max(1, seq - 50), seq - 1), seq > 51));
}

function shown(room: Room): [first: number | undefined, last: number | undefined, count: number] {
  const { first, last, messages } = room.shown;
  assertEquals(room.keys.length, messages.length);
  return [first, last, messages.length];
}

Deno.test("LogPlaces shows an old message with those around it, and takes live ones meanwhile without a gap", async () => {
  await using test = await open();
  const { chat, client } = test;
  const room = chat.active.value;
  const found = chat.places.goTo(room, 300);
  await answerAround(client, 300);
  assertEquals(await found, true);
  assertEquals(shown(room), [250, 349, 100]);
  assertEquals(room.target.value, { kind: "message", seq: 300, isMarked: true });

  // This message is the newest, and a reader at the old place has not read it.
  client.send({ type: "message", ...message(1001) });
  await until(() => room.last.value === 1001);
  chat.markRead(room);
  assertEquals([room.read.value, room.unread.value], [1000, 1]);
  assertEquals(shown(room), [250, 349, 100]);

  chat.places.loadOlder(room);
  assertEquals((await client.receive("history")).before, 250);
  client.send(answer(stretch(150, 249), true));
  await until(() => room.revision.value > 0 && room.shown.first === 150);
  for (let after = 349; after < 950; after += 100) {
    chat.places.loadFurther(room);
    assertEquals((await client.receive("history")).after, after);
    const { value: revision } = room.revision;
    client.send(answer(stretch(after + 1, after + 100), true));
    await until(() => room.revision.value > revision);
  }
  // The stretch has reached the newest messages, and is one with them.
  assertEquals(room.place.value, undefined);
  assertEquals(shown(room), [150, 1001, 852]);
  assertEquals(room.shown.messages.every(({ seq }, i) => seq === 150 + i), true);
  assertEquals(room.shown.hasOlder, true);
  chat.markRead(room);
  assertEquals(room.read.value, 1001);
});

Deno.test("LogPlaces goes to a message that is here without asking, and back to the newest", async () => {
  await using test = await open();
  const { chat, client } = test;
  const room = chat.active.value;
  assertEquals(await chat.places.goTo(room, 960), true);
  assertEquals(room.place.value, undefined);
  const found = chat.places.goTo(room, 20);
  await answerAround(client, 20);
  assertEquals(await found, true);
  assertEquals(shown(room), [1, 69, 69]);
  chat.places.toNewest(room);
  assertEquals(shown(room), [951, 1000, 50]);
  assertEquals(room.target.value, { kind: "end" });
});

Deno.test("LogPlaces joins loaded messages to the newest ones where they meet", async () => {
  await using test = await open();
  const { chat, client } = test;
  const room = chat.active.value;
  const found = chat.places.goTo(room, 920);
  await answerAround(client, 920);
  assertEquals(await found, true);
  assertEquals(room.place.value, undefined);
  assertEquals(shown(room), [870, 1000, 131]);
});

Deno.test("LogPlaces says that a message is not there: below the first, beyond the last, or missing", async () => {
  await using test = await openChat();
  const { chat, client } = test;
  hello(client);
  await client.receive("join");
  client.send(joined(1000, stretch(951, 1000), { first: 501, more: true }));
  await arrived(chat, 1000);
  const room = chat.active.value;
  for (const seq of [0, 500, 1001, Infinity]) {
    assertEquals([seq, await chat.places.goTo(room, seq)], [seq, false]);
  }
  const found = chat.places.goTo(room, 600);
  await client.receive("history");
  // Retention was faster.
  client.send(answer(stretch(701, 750), true));
  assertEquals(await found, false);
  assertEquals([room.place.value, room.wanted, room.target.value], [
    undefined,
    undefined,
    undefined,
  ]);
  assertEquals(shown(room), [951, 1000, 50]);
});

Deno.test("LogPlaces waits for the room, and continues after a lost connection", async () => {
  await using test = await openChat();
  const { chat, client, server } = test;
  const found = chat.places.goTo(chat.active.value, 300);
  hello(client);
  await client.receive("join");
  client.send(joined(1000, stretch(951, 1000), { more: true }));
  await client.receive("history");
  client.cut();
  const second = await server.accept();
  hello(second);
  assertEquals((await second.receive("join")).after, 1000);
  // Nobody reads at the end while the message is awaited.
  second.send(joined(1002, stretch(1001, 1002)));
  await answerAround(second, 300, 1002);
  assertEquals(await found, true);
  const room = chat.active.value;
  assertEquals(shown(room), [250, 349, 100]);
  assertEquals(room.timeline.last, 1002);
  chat.markRead(room);
  assertEquals(room.read.value, 1000);
});

Deno.test("LogPlaces follows the latest request when one is made before the answer", async () => {
  await using test = await open();
  const { chat, client } = test;
  const room = chat.active.value;
  void chat.places.goTo(room, 300);
  const found = chat.places.goTo(room, 600);
  assertEquals((await client.receive("history")).after, 299);
  client.send(answer(stretch(300, 349), true));
  await answerAround(client, 600);
  assertEquals(await found, true);
  assertEquals(shown(room), [550, 649, 100]);
});

Deno.test("LogPlaces finds the first message since a time", async () => {
  await using test = await open();
  const { chat, client } = test;
  const room = chat.active.value;
  const found = chat.places.findDate(room, 5_000);
  const { at, limit } = await client.receive("history");
  assertEquals([at, limit], [5_000, 1]);
  client.send(answer([message(123)], true));
  assertEquals(await found, 123);
  const none = chat.places.findDate(room, 9_000);
  await client.receive("history");
  client.send(answer([], false));
  assertEquals(await none, undefined);
});

Deno.test("LogPlaces forgets an old place when the server's history is another one", async () => {
  await using test = await open();
  const { chat, client, server } = test;
  const room = chat.active.value;
  const found = chat.places.goTo(room, 300);
  await answerAround(client, 300);
  await found;
  client.cut();
  const second = await server.accept();
  hello(second, "1.0.0", { store: "store-2", user: ME });
  assertEquals((await second.receive("join")).after, undefined);
  second.send(joined(2, stretch(1, 2), { store: "store-2" }));
  await arrived(chat, 2);
  assertEquals(shown(room), [1, 2, 2]);
});

import { effect } from "@preact/signals";
import { assert, assertEquals } from "../../testing/assert.ts";
import { cpuTime } from "../../testing/cpu_time.ts";
import { MemoryStorage } from "../../testing/storage.ts";
import { arrived, BOB, hello, joined, message, openChat, OWN, until } from "./chat_fixture.ts";
import { Room } from "./room.ts";

const CARL = { id: "carl", name: "Carl" };

Deno.test("Ignoring lets no message of an ignored person notify, mention or count, nor their typing show", async () => {
  const notified: string[] = [];
  await using test = await openChat({ onMessage: ({ text }) => notified.push(text) });
  const { chat, client } = test;
  hello(client, "1.0.0", { role: "member" });
  client.send({ type: "ignored", people: [BOB] });
  const state = {
    ...{ room: "lobby", last: 1, read: 1, unread: 0, mentions: 0 },
    ...{ level: "all", order: 1, since: 1 } as const,
  };
  client.send({ type: "state", rooms: [state], more: false });
  await client.receive("join");
  client.send(joined(1, [message(1)], { role: "member" }));
  await arrived(chat, 1);
  assertEquals([chat.ignoring.has(BOB.id), chat.ignoring.hides(BOB.id)], [true, true]);
  client.send({ type: "typing", room: "lobby", user: BOB });
  client.send({ type: "typing", room: "lobby", user: CARL });
  client.send({ type: "message", ...message(2, { text: "@Ann", mentions: ["me"] }) });
  client.send({ type: "message", ...message(3, { user: CARL, text: "tea?" }) });
  await arrived(chat, 3);
  const room = chat.active.value;
  assertEquals(notified, ["tea?"]);
  assertEquals([room.unread.value, room.mentions.value], [1, 0]);
  assertEquals(room.typing.value, []);
  // For a while the messages can be looked at; they notify all the same.
  chat.ignoring.show(BOB.id, true);
  assertEquals([chat.ignoring.has(BOB.id), chat.ignoring.hides(BOB.id)], [true, false]);
  client.send({ type: "message", ...message(4) });
  await arrived(chat, 4);
  assertEquals(notified, ["tea?"]);
  // Another device has ended it.
  client.send({ type: "ignoring", user: BOB, on: false });
  client.send({ type: "message", ...message(5) });
  await arrived(chat, 5);
  assertEquals(notified, ["tea?", "text 5"]);
});

Deno.test("Ignoring counts no unread message of those whom a guest ignores", async () => {
  await using test = await openChat({ attentive: () => false });
  const { chat, client } = test;
  hello(client);
  await client.receive("join");
  client.send(joined(1, [message(1)]));
  await arrived(chat, 1);
  assertEquals(await chat.ignoring.set(BOB, true), undefined);
  const room = chat.active.value;
  chat.markRead(room);
  const from = (
    seq: number,
    user = BOB,
  ) => ({ type: "message", ...message(seq, { user }) } as const);
  client.send(from(2), from(3, CARL), from(4));
  await arrived(chat, 4);
  assertEquals([room.unread.value, chat.unread.value], [1, 1]);
  chat.markRead(room);
  assertEquals(room.unread.value, 0);
  client.send(from(5));
  await arrived(chat, 5);
  assertEquals(room.unread.value, 0);
  client.send(from(6, CARL));
  await arrived(chat, 6);
  assertEquals(room.unread.value, 1);
});

Deno.test("Ignoring follows the server on each connection, also to an empty list", async () => {
  await using test = await openChat();
  const { chat, client, server } = test;
  hello(client, "1.0.0", { role: "member" });
  client.send({ type: "ignored", people: [BOB] });
  await until(() => chat.ignoring.has(BOB.id));
  client.cut();
  const next = await server.accept();
  hello(next, "1.0.0", { role: "member" });
  await until(() => !chat.ignoring.has(BOB.id));
});

Deno.test("Ignoring keeps those whom a guest ignores in the browser, and hands them over with the name", async () => {
  const area = new MemoryStorage();
  await using test = await openChat({ area });
  const { chat, client } = test;
  hello(client);
  await until(() => chat.me.value !== undefined);
  assertEquals(await chat.ignoring.set(BOB, true), undefined);
  assertEquals(await chat.ignoring.set(CARL, true), undefined);
  assertEquals(chat.ignoring.has(BOB.id), true);
  const kept = () => area.getItem(`hubbub.${OWN}ignored`);
  assertEquals(kept(), JSON.stringify([BOB, CARL]));
  client.send({
    ...{ type: "you", user: { id: "me", name: "Ann" }, role: "member" },
    may: { administer: false, createRooms: true },
  });
  for (const user of [BOB, CARL]) {
    const { id, person, on } = await client.receive("ignore");
    assertEquals([person, on], [user.id, true]);
    client.send({ type: "ignoring", user, on: true }, {
      type: "ok",
      ...(id !== undefined && { id }),
    });
  }
  await until(() => chat.ignoring.people.value.size === 2);
  // The answer is taken in a later turn.
  while (kept() !== null) await new Promise((resolve) => setTimeout(resolve, 0));
  assertEquals([...chat.ignoring.people.value.keys()], [BOB.id, CARL.id]);
});

Deno.test("A room counts unread messages of ignored people as read, each once", () => {
  const room = new Room("lobby", 2);
  room.last.value = 10;
  const seen: number[] = [];
  const stop = effect(() => {
    seen.push(room.unread.value);
  });
  room.noteIgnored([2, 5, 7, 8]);
  room.noteIgnored([3, 5, 8]);
  room.noteIgnored([10, 6]);
  room.read.value = 6;
  room.noteIgnored([4, 9]);
  room.read.value = 8;
  room.forget(0);
  room.last.value = 3;
  stop();
  assertEquals(seen.filter((unread, i) => unread !== seen[i - 1]), [8, 5, 4, 2, 1, 0, 3]);
});

Deno.test("Noting a message of somebody ignored costs the same however many are unread", () => {
  function time(messages: number): number {
    const room = new Room("lobby", 0);
    const start = cpuTime();
    for (let seq = 1; seq <= messages; seq++) {
      room.last.value = seq;
      room.noteIgnored([seq]);
      assert(room.unread.value === 0);
    }
    return cpuTime() - start;
  }
  time(500);
  const [few, many] = [time(500), time(4_000)];
  assert(many < 24 * few + 50, `${few} ms for 500, ${many} ms for 4,000`);
});

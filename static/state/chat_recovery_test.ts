import { delay } from "../../lib/std.ts";
import { assertEquals } from "../../testing/assert.ts";
import { MemoryStorage } from "../../testing/storage.ts";
import type { Chat } from "./chat.ts";
import { openStorage } from "./storage.ts";
import {
  arrived,
  BOB,
  hello,
  joined,
  ME,
  message,
  openChat,
  stretch,
  until,
} from "./chat_fixture.ts";

Deno.test("Chat asks a server that is silent, and without an answer connects again", async () => {
  await using test = await openChat({ timing: { quietMs: 50, answerMs: 2_000 } });
  const { chat, client, server } = test;
  hello(client);
  client.send(joined(2, stretch(1, 2)));
  await arrived(chat, 2);
  // Nobody types, and the connection is not closed; it only carries nothing any more.
  assertEquals((await client.receive("history")).after, 2);
  const second = await server.accept();
  hello(second);
  assertEquals((await second.receive("join")).after, 2);
  second.send(joined(3, stretch(3, 3)));
  await arrived(chat, 3);
  // An answer is proof, and brings what was missed.
  await second.receive("history");
  second.send({ type: "history", room: "lobby", messages: stretch(4, 4), more: false });
  await arrived(chat, 4);
});

Deno.test("Chat forgets which messages are answered when their numbers mean others", async () => {
  await using test = await openChat();
  const { chat, client, server } = test;
  hello(client);
  client.send(joined(5, stretch(1, 5)));
  await arrived(chat, 5);
  client.cut();
  await until(() => chat.connection.state.value.kind === "closed");
  chat.drafts.set("tea", "my answer");
  chat.drafts.setAbout("tea", { replyTo: message(3), editing: undefined });
  chat.send("an answer", 3);
  hello(await server.accept(), "1.0.0", { store: "another" });
  await until(() => chat.connection.state.value.kind === "open");
  assertEquals(chat.outbox.pending.map(({ text, re }) => [text, re]), [["an answer", undefined]]);
  assertEquals([chat.drafts.get("tea"), chat.drafts.about("tea").replyTo], [
    "my answer",
    undefined,
  ]);
});

Deno.test("Chat sets its clock by messages that are written now", async () => {
  await using test = await openChat();
  const { chat, client } = test;
  hello(client);
  client.send(joined(5, stretch(1, 4)));
  await arrived(chat, 4);
  // On its way when the server said that it was the last.
  client.send({ type: "message", ...message(5, { at: 1 }) });
  await arrived(chat, 5);
  assertEquals(chat.serverTime(0), 0);
});

Deno.test("Chat asks again for what a connection was asked that it replaces itself", async () => {
  await using test = await openChat();
  const { chat, client, server } = test;
  hello(client);
  client.send(joined(100, stretch(51, 100), { more: true }));
  await arrived(chat, 100);
  chat.places.loadOlder(chat.active.value);
  const asked = chat.requests.ask({ type: "all_read" });
  chat.connection.connect();
  assertEquals(await Promise.race([asked, server.accept().then(() => "forgotten")]), {
    ok: false,
    code: "offline",
  });
  assertEquals([chat.active.value.request, chat.active.value.live.value], [undefined, false]);
});

Deno.test("Chat waits longer for the answer to a password, which the server has to hash", async () => {
  const answerMs = 1_000;
  await using test = await openChat({ timing: { answerMs } });
  const { chat, client } = test;
  hello(client);
  client.send(joined(1, stretch(1, 1)));
  await arrived(chat, 1);
  const answer = chat.takeName({ name: "Ann", secret: "open sesame" });
  const { name } = await client.receive("name");
  // Of two timers of a process the longer one never comes first.
  await delay(2 * answerMs);
  client.send({ type: "renamed", user: { ...ME, name }, was: ME.name });
  assertEquals(await answer, { ok: true });
});

Deno.test("Chat stops asking when answers bring nothing, and continues after the missing part", async () => {
  await using test = await openChat();
  const { chat, client } = test;
  hello(client);
  client.send(joined(100, stretch(51, 100), { more: true }));
  await arrived(chat, 100);
  const room = chat.active.value;
  // The server lacks 20 to 50.
  chat.places.loadOlder(room);
  assertEquals((await client.receive("history")).before, 51);
  client.send({ type: "history", room: "lobby", messages: stretch(10, 19), more: true });
  await until(() => room.revision.value >= 0 && room.timeline.first === 10);
  chat.places.loadOlder(room);
  assertEquals((await client.receive("history")).before, 10);
  client.send({ type: "history", room: "lobby", messages: [], more: true });
  await until(() => room.revision.value >= 0 && !room.timeline.hasOlder);
  chat.places.loadOlder(room);
  assertEquals(room.request, undefined);

  // Back after a while: it lacks 101 to 150, too, and promises more than it has.
  client.cut();
  const again = await test.server.accept();
  hello(again);
  assertEquals((await again.receive("join")).after, 100);
  again.send(joined(200, stretch(151, 160), { more: true }));
  assertEquals((await again.receive("history")).after, 160);
  again.send(
    { type: "history", room: "lobby", messages: [], more: true },
    { type: "message", ...message(201) },
  );
  await until(() => room.last.value === 201);
  assertEquals(room.request, undefined);
});

Deno.test("Chat starts afresh with another store of the server, and shows pending messages without sending them", async () => {
  await using test = await openChat();
  const { chat, client, server } = test;
  hello(client);
  client.send(joined(3, stretch(1, 3)));
  await arrived(chat, 3);
  client.cut();
  await until(() => chat.connection.state.value.kind === "closed");
  chat.send("written meanwhile");

  const again = await server.accept();
  hello(again, "1.0.0", { store: "store-2" });
  assertEquals((await again.receive("join")).after, undefined);
  assertEquals(chat.outbox.pending.map(({ failed }) => failed), ["other_store"]);
  again.send(joined(1, [message(1, { text: "of the other store" })], { store: "store-2" }));
  await arrived(chat, 1);
  assertEquals(chat.active.value.timeline.messages.map(({ text }) => text), ["of the other store"]);
  assertEquals(chat.active.value.unread.value, 0);
  const [pending] = chat.outbox.pending;
  chat.retry(pending?.id ?? "");
  assertEquals((await again.receive("send")).text, "written meanwhile");
});

Deno.test("Chat starts afresh when the history of its store does, and sends pending messages once", async () => {
  await using test = await openChat();
  const { chat, client, server } = test;
  hello(client, "1.0.0", { store: "store-1.epoch-1" });
  client.send(joined(3, stretch(1, 3), { store: "store-1.epoch-1" }));
  await arrived(chat, 3);
  client.cut();
  await until(() => chat.connection.state.value.kind === "closed");
  chat.send("written meanwhile");

  const again = await server.accept();
  hello(again, "1.0.0", { store: "store-1.epoch-2" });
  assertEquals((await again.receive("join")).after, undefined);
  again.send(joined(1, [message(1, { text: "restored" })], { store: "store-1.epoch-2" }));
  await arrived(chat, 1);
  assertEquals(chat.active.value.timeline.messages.map(({ text }) => text), ["restored"]);
  assertEquals((await again.receive("send")).text, "written meanwhile");
  assertEquals(chat.outbox.pending.map(({ failed }) => failed), [undefined]);
});

Deno.test("Chat shows nothing of one person to the next", async () => {
  const area = new MemoryStorage();
  {
    await using test = await openChat({ area });
    const { chat, client } = test;
    hello(client);
    client.send(joined(3, stretch(1, 3)));
    await arrived(chat, 3);
    client.cut();
    await until(() => chat.connection.state.value.kind === "closed");
    chat.open("garden", { create: true });
    chat.send("Ann's");
    chat.drafts.set("garden", "Ann's draft");
  }
  await using test = await openChat({ area });
  const { chat, client } = test;
  hello(client, "1.0.0", { user: BOB });
  await until(() => chat.me.value?.id === BOB.id);
  assertEquals(chat.outbox.pending, []);
  assertEquals(chat.rooms.value.map(({ name }) => name), ["lobby"]);
  assertEquals(chat.drafts.get("garden"), "");
});

Deno.test("What was written waits for the person whose session was ended, not for the guest after them", async () => {
  await using test = await openChat({ area: new MemoryStorage() });
  const { chat, client, server } = test;
  hello(client);
  client.send(joined(3, [...stretch(1, 2), message(3, { user: ME })]));
  await arrived(chat, 3);
  assertEquals(chat.drafts.get("lobby"), "");
  chat.drafts.set("lobby", "half a thought");
  client.cut();
  await until(() => chat.connection.state.value.kind === "closed");
  chat.send("in the meantime");
  chat.actions.edit({ room: "lobby", message: "id-3", seq: 3 }, "better");

  const guest = await server.accept();
  hello(guest, "1.0.0", { user: { ...BOB, name: "guest-b" } });
  await until(() => chat.me.value?.id === BOB.id);
  assertEquals([chat.outbox.pending, chat.drafts.get("lobby")], [[], ""]);
  chat.drafts.set("lobby", "");
  guest.cut();
  await until(() => chat.connection.state.value.kind === "closed");

  const again = await server.accept();
  hello(again);
  await until(() => chat.me.value?.id === ME.id);
  assertEquals(chat.drafts.get("lobby"), "half a thought");
  again.send(joined(3, [...stretch(1, 2), message(3, { user: ME })]));
  const [edit, sent] = [await again.receive("edit"), await again.receive("send")];
  assertEquals([sent.text, edit.text], ["in the meantime", "better"]);
});

Deno.test("What a person has written waits for them, not for who logs in after them; a guest's draft is of who takes a name", async () => {
  await using test = await openChat({ area: new MemoryStorage() });
  const { chat, client, server } = test;
  hello(client);
  client.send(joined(3, stretch(1, 3)));
  await arrived(chat, 3);
  assertEquals(chat.drafts.get("lobby"), "");
  client.cut();
  await until(() => chat.connection.state.value.kind === "closed");
  chat.send("in the meantime");
  chat.drafts.set("lobby", "half a thought");

  const other = await server.accept();
  hello(other, "1.0.0", { user: BOB });
  await until(() => chat.me.value?.id === BOB.id);
  assertEquals([chat.outbox.pending, chat.drafts.get("lobby")], [[], ""]);
  other.cut();
  await until(() => chat.connection.state.value.kind === "closed");

  const again = await server.accept();
  hello(again);
  await until(() => chat.me.value?.id === ME.id);
  assertEquals(chat.drafts.get("lobby"), "half a thought");
  again.send(joined(3, stretch(1, 3)));
  assertEquals((await again.receive("send")).text, "in the meantime");

  await using start = await openChat({ area: new MemoryStorage() });
  hello(start.client, "1.0.0", { user: { id: "guest", name: "guest-1" } });
  await until(() => start.chat.me.value !== undefined);
  assertEquals(start.chat.drafts.get("lobby"), "");
  start.chat.drafts.set("lobby", "half a thought");
  start.chat.connection.connect();
  hello(await start.server.accept());
  await until(() => start.chat.me.value?.id === ME.id);
  assertEquals(start.chat.drafts.get("lobby"), "half a thought");
});

Deno.test("A page that is covered takes nothing for another person, and leaves what it keeps to the former one", async () => {
  const area = new MemoryStorage();
  const left: string[] = [];
  let isCovered = false;
  const options = {
    ...{ area, tab: "tab", isCovered: () => isCovered },
    onLoggedOut: ({ name }: { name: string }) => void left.push(name),
  };
  {
    await using test = await openChat(options);
    const { chat, client, server } = test;
    hello(client);
    client.send(joined(3, stretch(1, 3)));
    await arrived(chat, 3);
    assertEquals(chat.drafts.get("lobby"), "");
    client.cut();
    await until(() => chat.connection.state.value.kind === "closed");
    chat.send("in the meantime");
    chat.drafts.set("lobby", "half a thought");
    isCovered = true;
    const other = await server.accept();
    hello(other, "1.0.0", { user: BOB });
    other.send(joined(4, stretch(1, 4)));
    await until(() => chat.connection.state.value.kind !== "closed");
    assertEquals([chat.me.value, left], [ME, ["Bob"]]);
    chat.drafts.set("lobby", "and more");
  }
  {
    await using test = await openChat(options);
    const { chat, client } = test;
    // Before the server says who is there.
    assertEquals([chat.drafts.get("lobby"), chat.outbox.pending], ["", []]);
    hello(client, "1.0.0", { user: BOB });
    await until(() => chat.me.value?.id === BOB.id);
    assertEquals([chat.drafts.get("lobby"), chat.outbox.pending], ["", []]);
  }
  await using test = await openChat(options);
  hello(test.client);
  await until(() => test.chat.me.value?.id === ME.id);
  assertEquals(test.chat.drafts.get("lobby"), "half a thought");
  assertEquals(test.chat.outbox.pending.map(({ text }) => text), ["in the meantime"]);
});

Deno.test("What is written before the server has said who is at the page is theirs, not the former owner's", async () => {
  const area = new MemoryStorage();
  const waiting = ({ outbox }: Chat) => outbox.pending.map(({ text, failed }) => [text, failed]);
  {
    await using test = await openChat({ area });
    hello(test.client);
    await until(() => test.chat.me.value !== undefined);
    test.client.cut();
    await until(() => test.chat.connection.state.value.kind === "closed");
    test.chat.send("Ann's");
  }
  {
    await using test = await openChat({ area });
    const { chat, client } = test;
    chat.send("the guest's");
    chat.send("given up");
    chat.discard(chat.outbox.pending.at(-1)?.id ?? "");
    chat.actions.edit({ room: "lobby", message: "id-3", seq: 3 }, "the guest's edit");
    hello(client, "1.0.0", { user: { id: "guest", name: "guest-1" } });
    await until(() => chat.me.value?.id === "guest");
    assertEquals(waiting(chat), [
      ["the guest's", "other_person"],
      ["the guest's edit", "other_person"],
    ]);
    chat.retry(chat.outbox.pending[0]?.id ?? "");
    client.send(joined(3, stretch(1, 3)));
    assertEquals((await client.receive("send")).text, "the guest's");
  }
  await using test = await openChat({ area });
  hello(test.client);
  await until(() => test.chat.me.value?.id === ME.id);
  assertEquals(waiting(test.chat), [["Ann's", undefined]]);
  assertEquals(test.chat.actions.about({ room: "lobby", message: "id-3" }), []);
});

Deno.test("Without storage the guest after a session sends what its person has written only without cookies", async () => {
  const none = () => {
    throw new Error("There is no storage");
  };
  for (const cookies of [true, false]) {
    await using test = await openChat({ store: openStorage(none), cookies });
    const { chat, client, server } = test;
    hello(client);
    client.send(joined(3, stretch(1, 3)));
    await arrived(chat, 3);
    client.cut();
    await until(() => chat.connection.state.value.kind === "closed");
    chat.send("in the meantime");
    hello(await server.accept(), "1.0.0", { user: { id: "two", name: "guest-2" } });
    await until(() => chat.me.value?.id === "two");
    const failed = cookies ? "other_person" : undefined;
    assertEquals(chat.outbox.pending.map((each) => each.failed), [failed]);
    assertEquals(chat.active.value.timeline.messages.length, cookies ? 0 : 3);
  }
});

Deno.test("Without storage what was written is sent, though the server takes its guest for a new one", async () => {
  const none = () => {
    throw new Error("There is no storage");
  };
  await using test = await openChat({ store: openStorage(none) });
  const { chat, client, server } = test;
  hello(client, "1.0.0", { user: { id: "one", name: "guest-1" } });
  client.send(joined(3, stretch(1, 3)));
  await arrived(chat, 3);
  client.cut();
  await until(() => chat.connection.state.value.kind === "closed");
  chat.send("in the meantime");

  const again = await server.accept();
  hello(again, "1.0.0", { user: { id: "two", name: "guest-2" } });
  again.send(joined(4, [message(4)]));
  await arrived(chat, 4);
  assertEquals(chat.outbox.pending.map(({ text }) => text), ["in the meantime"]);
  assertEquals((await again.receive("send")).text, "in the meantime");
});

Deno.test("What other tabs have written, and sent, shows at once", async () => {
  const area = new MemoryStorage();
  await using one = await openChat({ area });
  await using other = await openChat({ area });
  const { active, outbox, unsentRevision } = other.chat;
  const seen = () => [active.value.revision.value, unsentRevision.value];
  one.chat.send("from one");
  const [shown = 0, unsent = 0] = seen();
  outbox.restart({ rate: 0, burst: 0 });
  assertEquals(outbox.pending.map(({ text }) => text), ["from one"]);
  assertEquals(seen(), [shown + 1, unsent + 1]);
  one.chat.discard(outbox.pending[0]?.id ?? "");
  assertEquals(outbox.next(() => true), undefined);
  assertEquals(seen(), [shown + 2, unsent + 2]);
});

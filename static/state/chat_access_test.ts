import { assertEquals } from "../../testing/assert.ts";
import type { User } from "../../protocol/mod.ts";
import { BOB, hello, ME, openChat, until } from "./chat_fixture.ts";
import { LASTING } from "./own_access.ts";

Deno.test("Chat follows its own role and mute at once, and again with each connection", async () => {
  await using test = await openChat();
  const { chat, client, server } = test;
  hello(client);
  await until(() => chat.access.current.value?.role === "guest");
  const may = { administer: true, createRooms: true };
  client.send({ type: "you", user: { ...ME, name: "Annie" }, role: "admin", may, muted: LASTING });
  await until(() => chat.access.current.value?.may.administer === true);
  assertEquals([chat.me.value?.name, chat.access.mutedUntil.value], ["Annie", LASTING]);
  client.cut();
  hello(await server.accept());
  await until(() => chat.access.current.value?.role === "guest");
  assertEquals(chat.access.mutedUntil.value, undefined);
});

Deno.test("Chat follows the settings of the chat, and who is an admin", async () => {
  await using test = await openChat();
  const { chat, client } = test;
  const { info } = chat;
  assertEquals([info.settings.value, info.needsName.value], [undefined, false]);
  hello(client);
  await until(() => info.settings.value !== undefined);
  assertEquals([info.needsName.value, info.mayCreateRooms.value], [false, true]);
  const settings = {
    name: "Team",
    welcome: "Hi",
    createRooms: "members",
    guests: false,
    entry: "open",
    defaultRooms: [],
    previews: false,
    keepDays: 0,
  } as const;
  client.send({ type: "chat", chat: settings }, { type: "admins", admins: ["bob"] });
  await until(() => info.admins.value.has("bob"));
  assertEquals(info.settings.value, settings);
  assertEquals([info.needsName.value, info.mayCreateRooms.value], [true, false]);
  const may = { administer: false, createRooms: true };
  client.send({ type: "you", user: ME, role: "member", may });
  await until(() => info.mayCreateRooms.value);
  assertEquals(info.needsName.value, false);
});

Deno.test("Chat does not connect again once it is banned, at whatever point of a connection", async () => {
  for (const early of [true, false]) {
    let refused = 0;
    await using test = await openChat({ onRefused: () => refused++ });
    const { chat, client, server } = test;
    if (!early) {
      hello(client);
      await until(() => chat.connection.state.value.kind === "open");
    }
    client.cut(1008, "Banned");
    await until(() => chat.connection.state.value.kind === "banned");
    // A page that was merely disconnected would connect at once.
    chat.connection.wake();
    chat.connection.sleep();
    assertEquals([chat.connection.state.value.kind, refused], ["banned", 0]);
    chat.connection.connect();
    hello(await server.accept());
    await until(() => chat.connection.state.value.kind === "open");
  }
});

Deno.test("Chat reconnects after any other end, and fails the requests before it", async () => {
  await using test = await openChat();
  const { chat, client, server } = test;
  hello(client);
  await until(() => chat.connection.state.value.kind === "open");
  const answer = chat.requests.ask({ type: "people" });
  await client.receive("people");
  client.cut(1008, "Too slow");
  assertEquals(await answer, { ok: false, code: "offline" });
  hello(await server.accept());
  await until(() => chat.connection.state.value.kind === "open");
});

Deno.test("Chat says that a person's session has ended, also if that was while there was no connection", async () => {
  const ended: string[] = [];
  const onLoggedOut = (user: User) => ended.push(user.id);
  await using test = await openChat({ onLoggedOut });
  const { chat, client, server } = test;
  hello(client, "1.0.0", { role: "member" });
  await until(() => chat.me.value !== undefined);
  client.cut();
  const second = await server.accept();
  hello(second, "1.0.0", { role: "member" });
  second.cut();
  const third = await server.accept();
  const guest = { id: "guest", name: "guest-1" };
  hello(third, "1.0.0", { user: guest });
  await until(() => chat.me.value?.id === guest.id);
  assertEquals(ended, [guest.id]);
  // A guest who becomes somebody has lost nothing.
  third.cut();
  const fourth = await server.accept();
  hello(fourth, "1.0.0", { role: "member", user: BOB });
  await until(() => chat.me.value?.id === BOB.id);
  assertEquals(ended, [guest.id]);
});

Deno.test("Chat shows no reports of one person to the next who logs in at the page", async () => {
  await using test = await openChat();
  const { chat, client, server } = test;
  hello(client, "1.0.0", { role: "admin" });
  await until(() => chat.me.value?.id === ME.id);
  chat.reports.list.value = [];
  // As a login does, without an end of the connection before.
  chat.connection.connect();
  hello(await server.accept(), "1.0.0", { role: "admin", user: BOB });
  await until(() => chat.me.value?.id === BOB.id);
  assertEquals(chat.reports.list.value, undefined);
});

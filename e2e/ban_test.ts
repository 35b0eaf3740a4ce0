/** A ban by an admin of one server, of a person who is connected to others, while messages stream. */
import { assert, assertEquals } from "../testing/assert.ts";
import { basic, ChatClient, cookieIn, login, upgrade } from "../testing/chat_client.ts";
import { temporaryFolder } from "../testing/folder.ts";
import { Hubbub, runHubbub } from "../testing/hubbub.ts";
import { natsTest } from "../testing/nats.ts";
import { TestSocket } from "../testing/sockets.ts";

/** A server with an admin in the lobby. */
async function serverWithAdmin() {
  await using starting = new AsyncDisposableStack();
  const folder = starting.use(await temporaryFolder());
  const flags = ["--data", `${folder.path}/hubbub.db`];
  const hubbub = starting.use(await Hubbub.start(flags));
  const root = starting.use(
    await ChatClient.enter(hubbub.port, ["lobby"], basic("root:open sesame")),
  );
  const granted = await runHubbub(["admin", ...flags, "root"]);
  assertEquals(granted.code, 0, granted.stderr);
  await root.take("you");
  const all = starting.move();
  return {
    hubbub,
    root,
    async ban(person: string): Promise<void> {
      root.send({ type: "ban", id: person, person });
      await root.take("ok", ({ id }) => id === person);
    },
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  };
}

natsTest(
  "a ban closes the person's connections on every server, and nothing after it arrives",
  async (nats) => {
    const url = ["--nats", nats.url];
    await using one = await Hubbub.start(url);
    await using two = await Hubbub.start(url);
    await using three = await Hubbub.start(url);
    await using root = await ChatClient.enter(one.port, ["lobby"], basic("root:open sesame"));
    const granted = await runHubbub(["admin", ...url, "root"]);
    assertEquals(granted.code, 0, granted.stderr);
    await root.take("you");
    const bobs = basic("bob:open sesame");
    await using bob = await ChatClient.enter(two.port, ["lobby"], bobs);
    await using tab = await ChatClient.enter(three.port, ["lobby"], bobs);
    const { headers } = await login(two, { name: "bob", secret: "open sesame" });
    const cookie = cookieIn({ headers });
    await using guest = await ChatClient.enter(three.port, ["lobby"]);

    // The ban takes its place among messages that are already on their way, and those that follow.
    const messages = (from: number) =>
      Array.from({ length: 200 }, (_, i) => ({
        ...{ type: "send", room: "lobby", id: `m${from + i}`, text: `${from + i}` },
      }));
    root.send(...messages(0));
    root.send({ type: "ban", id: "ban", person: bob.user.id, reason: "spam" });
    root.send({ type: "ban", id: "guest", person: guest.user.id });
    root.send(...messages(200));
    for (const client of [bob, tab, guest]) {
      const { code, reason } = await client.closed;
      assertEquals([code, reason], [1008, "Banned"]);
      // The next message is read after the ban is answered, so it lies behind the ban in the log.
      const texts = client.lines.flatMap((line) =>
        line.type === "message" ? [Number(line.text)] : []
      );
      assert(texts.every((text) => text < 200), `received ${texts.at(-1)}`);
    }
    while ((await root.take("ok")).id !== "guest");
    await root.until(() =>
      root.lines.some((line) => line.type === "message" && line.text === "399")
    );

    for (const { port } of [one, two, three]) {
      await using again = await ChatClient.open(port, bobs).catch(() => undefined);
      if (again) assertEquals((await again.closed).reason, "Banned");
    }
    assertEquals((await login(three, { name: "bob", secret: "open sesame" })).status, 403);
    assertEquals((await login(one, { name: "bob" })).status, 409);
    for (const server of [one, two, three]) {
      assertEquals((await upgrade(server.port, { cookie })).status, 403);
      assertEquals((await login(server, { name: "rob" }, { cookie })).status, 403);
    }
  },
);

Deno.test("a ban closes the connections of the person's browser under other names and in plain lines", async () => {
  await using the = await serverWithAdmin();
  const { hubbub, root } = the;
  const { port } = hubbub;
  const headers = { cookie: cookieIn(await login(hubbub, { name: "bob", secret: "open barley" })) };
  await using bob = await ChatClient.enter(port, ["lobby"], headers);
  await using held = await ChatClient.enter(port, ["lobby"], { ...headers, ...basic("rob:") });
  await using named = await TestSocket.open(port, "/ws?name=rab", { headers });
  await using nameless = await TestSocket.open(port, "/ws", { headers });
  await the.ban(bob.user.id);
  for (const connection of [bob, held, named, nameless]) {
    const { code, reason } = await connection.closed;
    assertEquals([code, reason], [1008, "Banned"]);
  }

  // The first connection of a browser, which has no cookie yet, is under the name of nobody whom a cookie names.
  await using first = await TestSocket.open(port, "/ws?name=ted");
  const { headers: answer } = await upgrade(port, {}, { path: "/ws?name=ned", protocol: null });
  await using ned = await ChatClient.enter(port, ["lobby"], {
    cookie: cookieIn({ headers: answer }),
  });
  await the.ban(ned.user.id);
  assertEquals((await ned.closed).reason, "Banned");
  first.send("others stay");
  await root.take("message", ({ text }) => text === "others stay");
});

Deno.test("a ban of the muted person that a browser was closes its connection as another", async () => {
  await using the = await serverWithAdmin();
  const { hubbub, root } = the;
  const cookie = cookieIn(await login(hubbub, { name: "bob", secret: "open barley" }));
  await using bob = await ChatClient.enter(hubbub.port, ["lobby"], { cookie });
  root.send({ type: "mute", id: "mute", person: bob.user.id });
  await root.take("ok");
  const other = cookieIn(await login(hubbub, { name: "rob", secret: "open oats" }, { cookie }));
  await using rob = await ChatClient.enter(hubbub.port, ["lobby"], { cookie: other });
  await the.ban(bob.user.id);
  for (const client of [bob, rob]) assertEquals((await client.closed).reason, "Banned");
});

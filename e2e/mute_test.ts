/** A mute of somebody who tries to continue under another name. */
import { PROTOCOL } from "../protocol/mod.ts";
import { basic, ChatClient, cookieIn, login } from "../testing/chat_client.ts";
import { assert, assertEquals } from "../testing/assert.ts";
import { temporaryFolder } from "../testing/folder.ts";
import { Hubbub, runHubbub } from "../testing/hubbub.ts";
import { TestSocket } from "../testing/sockets.ts";

/** A server with an admin in the lobby. */
async function start() {
  const folder = await temporaryFolder();
  const flags = ["--data", `${folder.path}/hubbub.db`];
  const hubbub = await Hubbub.start(flags);
  const root = await ChatClient.enter(hubbub.port, ["lobby"], basic("root:open sesame"));
  const granted = await runHubbub(["admin", ...flags, "root"]);
  assertEquals(granted.code, 0, granted.stderr);
  await root.take("you");
  return {
    hubbub,
    root,
    async mute(person: string, seconds?: number): Promise<void> {
      root.send({ type: "mute", id: "mute", person, ...(seconds !== undefined && { seconds }) });
      await root.take("ok");
    },
    async [Symbol.asyncDispose]() {
      await root[Symbol.asyncDispose]();
      await hubbub[Symbol.asyncDispose]();
      await folder[Symbol.asyncDispose]();
    },
  };
}

Deno.test("a muted person's cookie stays muted under every name and for plain lines", async () => {
  await using the = await start();
  const { hubbub, root } = the;
  const { port } = hubbub;
  const headers = { cookie: cookieIn(await login(hubbub, { name: "bob", secret: "open barley" })) };
  await using bob = await ChatClient.enter(port, ["lobby"], headers);
  await the.mute(bob.user.id);
  for (const name of [undefined, "rob", "bob"]) {
    const path = name === undefined ? "/ws" : `/ws?name=${name}`;
    await using plain = await TestSocket.open(port, path, { headers });
    plain.send("from a plain client");
    const { code, reason } = await plain.closed;
    assertEquals([code, reason], [1008, "Cannot send: you are muted"], path);
  }
  await using held = await ChatClient.enter(port, ["lobby"], { ...headers, ...basic("rob:") });
  assertEquals(held.hello.muted, bob.hello.muted ?? 8.64e15);
  const send = (text: string) => ({ type: "send", room: "lobby", id: text, text });
  const refusal = await held.refused(send("held"));
  assertEquals([refusal.code, refusal.ref], ["muted", "held"]);
  const other = await login(hubbub, { name: "other", secret: "open rye" }, headers);
  await using again = await ChatClient.enter(port, ["lobby"], { cookie: cookieIn(other) });
  assertEquals((await again.refused(send("other"))).code, "muted");

  await the.mute(bob.user.id, 0);
  assertEquals((await again.say("and now")).text, "and now");
  assertEquals((await held.say("so do I")).text, "so do I");
  await root.take("message", ({ text }) => text === "so do I");
  assert(!root.lines.some((line) => line.type === "message" && line.text.startsWith("from")));
});

Deno.test("the typing of people who may not write is not passed on", async () => {
  await using the = await start();
  const { hubbub, root } = the;
  await using bob = await ChatClient.enter(hubbub.port);
  await using carl = await ChatClient.enter(hubbub.port);
  const typing = { type: "typing", room: "lobby" };
  const typers = () => root.lines.flatMap((line) => line.type === "typing" ? [line.user.id] : []);
  await the.mute(bob.user.id);
  bob.send(typing);
  await bob.settled("error");
  carl.send(typing);
  await root.take("typing");
  assertEquals(typers(), [carl.user.id]);

  root.send({ type: "set", id: "set", setting: "guests", value: false });
  await root.take("ok");
  await using guest = await ChatClient.enter(hubbub.port);
  guest.send(typing);
  await guest.settled("error");
  await using ann = await ChatClient.enter(hubbub.port, ["lobby"], basic("ann:open oats"));
  ann.send(typing);
  await root.take("typing");
  assertEquals(typers(), [carl.user.id, ann.user.id]);
  assertEquals(ann.hello.protocol, PROTOCOL);
});

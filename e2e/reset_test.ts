/** Another name, and a new secret, for a person whom an admin helps. */
import { assert, assertEquals, assertNotEquals } from "../testing/assert.ts";
import { basic, ChatClient, cookieIn, login, post } from "../testing/chat_client.ts";
import { temporaryFolder } from "../testing/folder.ts";
import { Hubbub, runHubbub } from "../testing/hubbub.ts";
import { natsTest } from "../testing/nats.ts";

/** Sets a secret with a link. */
function reset(hubbub: Hubbub, link: string, secret = "new secret", more: object = {}) {
  return login(hubbub, { secret, link, ...more });
}

/** Asks for a link with which a person sets a new secret. */
async function linkFor(admin: ChatClient, person: string): Promise<string> {
  admin.send({ type: "reset_link", id: crypto.randomUUID(), person });
  const { token, until } = await admin.take("link");
  assert(until > Date.now() && until <= Date.now() + 25 * 3600 * 1000);
  return token;
}

async function status(hubbub: Hubbub, credentials: string): Promise<number> {
  const answer = await post(hubbub, "/login", {
    body: JSON.stringify({ name: "Bob", secret: credentials }),
    headers: { "content-type": "application/json" },
  });
  return answer.status;
}

Deno.test("a link sets the secret of one person, once, and ends all sessions of that person", async () => {
  await using folder = await temporaryFolder();
  const data = ["--data", `${folder.path}/chat.db`];
  await using server = await Hubbub.start(data);
  await using root = await ChatClient.open(server.port, basic("Root:open sesame"));
  await using bob = await ChatClient.open(server.port, basic("Bob:forgotten"));
  assertEquals((await runHubbub(["admin", ...data, "Root"])).code, 0);
  await root.take("you");

  const replaced = await linkFor(root, bob.user.id);
  const link = await linkFor(root, bob.user.id);
  assertEquals((await reset(server, replaced)).status, 404);
  assertEquals((await reset(server, link, "short")).status, 400);
  const described = await post(server, "/link", {
    body: JSON.stringify({ link }),
    headers: { "content-type": "application/json" },
  });
  assertEquals(JSON.parse(described.text), {
    ...{ kind: "reset", chat: "", password: false, name: "Bob" },
  });
  // Until it is used, nothing has changed.
  assertEquals(await status(server, "forgotten"), 204);

  const answers = await Promise.all([1, 2, 3].map((n) => reset(server, link, `new secret ${n}`)));
  assertEquals(answers.map(({ status }) => status).sort(), [204, 404, 404]);
  const winner = answers.findIndex(({ status }) => status === 204);
  assertEquals(await bob.closed, { code: 1000, reason: "Logged out" });
  assertEquals(await status(server, "forgotten"), 401);
  assertEquals(await status(server, `new secret ${winner + 1}`), 204);
  const answer = answers[winner];
  assert(answer !== undefined);
  await using back = await ChatClient.open(server.port, { cookie: cookieIn(answer) });
  assertEquals(back.user, bob.user);
  root.send({ type: "audit", id: "a" });
  const { entries } = await root.take("audit");
  assertEquals(entries.slice(0, 3).map(({ action, by, person }) => [action, by, person]), [
    ["secret_reset", bob.user.id, bob.user.id],
    ["reset_link", root.user.id, bob.user.id],
    ["reset_link", root.user.id, bob.user.id],
  ]);

  // A new secret of their own, and a ban, end a link that was not used.
  const unused = await linkFor(root, bob.user.id);
  const own = { name: "Bob", old: `new secret ${winner + 1}`, secret: "my own one" };
  assertEquals((await login(server, own)).status, 204);
  assertEquals((await reset(server, unused)).status, 404);
  const late = await linkFor(root, bob.user.id);
  root.send({ type: "ban", id: "b", person: bob.user.id });
  await root.take("ok");
  assertNotEquals((await reset(server, late)).status, 204);
});

Deno.test("nobody but an admin makes a link, and it opens no chat with a password", async () => {
  await using folder = await temporaryFolder();
  const data = ["--data", `${folder.path}/chat.db`];
  await using server = await Hubbub.start([...data, "--password", "enter"]);
  await using root = await ChatClient.open(server.port, basic("Root:enter:open sesame"));
  await using bob = await ChatClient.open(server.port, basic("Bob:enter:secret"));
  assertEquals((await runHubbub(["admin", ...data, "Root"])).code, 0);
  await root.take("you");
  for (const command of [{ type: "reset_link" }, { type: "rename", name: "Eve" }]) {
    const { code } = await bob.refused({ ...command, id: "x", person: root.user.id });
    assertEquals(code, "forbidden");
  }
  const link = await linkFor(root, bob.user.id);
  assertEquals((await reset(server, link)).status, 401);
  assertEquals((await reset(server, link, "new secret", { password: "wrong" })).status, 401);
  assertEquals((await reset(server, link, "new secret", { password: "enter" })).status, 204);
});

Deno.test("a person whom an admin renames keeps everything else, and the others see it at once", async () => {
  await using folder = await temporaryFolder();
  const data = ["--data", `${folder.path}/chat.db`];
  await using server = await Hubbub.start(data);
  await using root = await ChatClient.enter(server.port, ["lobby"], basic("Root:open sesame"));
  await using bob = await ChatClient.enter(server.port, ["lobby"], basic("Bob:secret"));
  await using carl = await ChatClient.enter(server.port, ["lobby"], basic("Carl:"));
  assertEquals((await runHubbub(["admin", ...data, "Root"])).code, 0);
  await root.take("you");
  const rename = async (name: string) => {
    root.send({ type: "rename", id: name, person: bob.user.id, name });
    const answer = await Promise.race([
      root.take("ok", ({ id }) => id === name),
      root.take("error", ({ ref }) => ref === name),
    ]);
    return answer.type === "error" ? answer.code : answer.type;
  };
  assertEquals(await rename("Carl"), "name_taken");
  assertEquals(await rename("R00t"), "name_taken");
  assertEquals(await rename("Robert"), "ok");
  for (const client of [bob, carl, root]) {
    const { user, was } = await client.take("renamed");
    assertEquals([user, was], [{ id: bob.user.id, name: "Robert" }, "Bob"]);
  }
  assertEquals((await bob.take("you")).user.name, "Robert");
  assertEquals((await bob.say("It's me.")).user.name, "Robert");
  await using again = await ChatClient.open(server.port, basic("Robert:secret"));
  assertEquals(again.user.id, bob.user.id);
  await using other = await ChatClient.open(server.port, basic("Bob:another"));
  assertNotEquals(other.user.id, bob.user.id);
});

Deno.test("links of a former or banned admin do nothing", async () => {
  await using folder = await temporaryFolder();
  const data = ["--data", `${folder.path}/chat.db`];
  await using server = await Hubbub.start(data);
  await using root = await ChatClient.open(server.port, basic("Root:open sesame"));
  await using eve = await ChatClient.open(server.port, basic("Eve:open barley"));
  await using bob = await ChatClient.open(server.port, basic("Bob:forgotten"));
  assertEquals((await runHubbub(["admin", ...data, "Root"])).code, 0);
  await root.take("you");
  const give = async (command: object) => {
    const id = crypto.randomUUID();
    root.send({ ...command, id, person: eve.user.id });
    await root.take("ok", (line) => line.id === id);
  };
  await give({ type: "role", role: "admin" });
  // An admin who expects to be demoted could otherwise return as another admin.
  const links = [await linkFor(eve, root.user.id), await linkFor(eve, bob.user.id)];
  const refuse = async () => {
    for (const link of links) {
      const described = await post(server, "/link", {
        body: JSON.stringify({ link }),
        headers: { "content-type": "application/json" },
      });
      assertEquals([described.status, (await reset(server, link)).status], [404, 404]);
    }
  };
  await give({ type: "role", role: "member" });
  await refuse();
  await give({ type: "role", role: "admin" });
  await give({ type: "ban" });
  await refuse();
  assertEquals(await status(server, "forgotten"), 204);
});

natsTest("a link and a new name reach every server", async (nats) => {
  const flags = ["--nats", nats.url];
  await using one = await Hubbub.start(flags);
  await using two = await Hubbub.start(flags);
  await using three = await Hubbub.start(flags);
  await using root = await ChatClient.open(one.port, basic("Root:open sesame"));
  await using bob = await ChatClient.enter(two.port, ["lobby"], basic("Bob:forgotten"));
  await using carl = await ChatClient.enter(three.port, ["lobby"], basic("Carl:secret"));
  assertEquals((await runHubbub(["admin", ...flags, "Root"])).code, 0);
  await root.take("you");
  root.send({ type: "rename", id: "r", person: bob.user.id, name: "Robert" });
  await root.take("ok");
  for (const client of [bob, carl]) {
    assertEquals((await client.take("renamed")).user, { id: bob.user.id, name: "Robert" });
  }
  assertEquals((await bob.say("It's me.")).user.name, "Robert");
  const link = await linkFor(root, bob.user.id);
  assertEquals((await reset(three, link)).status, 204);
  assertEquals((await bob.closed).code, 1000);
  for (const server of [one, two, three]) assertEquals((await reset(server, link)).status, 404);
  await using back = await ChatClient.open(two.port, basic("Robert:new secret"));
  assertEquals(back.user, { id: bob.user.id, name: "Robert" });
});

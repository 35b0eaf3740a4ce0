/** The link that a first start prints, and the people who open it. */
import { assert, assertEquals, assertMatch } from "../testing/assert.ts";
import { basic, ChatClient, cookieIn, login, post } from "../testing/chat_client.ts";
import { temporaryFolder } from "../testing/folder.ts";
import { Hubbub, runHubbub } from "../testing/hubbub.ts";
import { natsTest } from "../testing/nats.ts";

const SECRET = "open sesame";

/** Returns the token of the link that a server has printed. */
function tokenOf({ greeting }: Hubbub): string | undefined {
  return /#\/claim\/(\S+)$/m.exec(greeting)?.[1];
}

/** Asks what a link is for. */
async function describe(hubbub: Hubbub, link: string): Promise<unknown> {
  const { status, text } = await post(hubbub, "/link", {
    body: JSON.stringify({ link }),
    headers: { "content-type": "application/json" },
  });
  return status === 200 ? JSON.parse(text) : status;
}

/** Claims the chat: the status, and the cookie. */
async function claim(
  hubbub: Hubbub,
  link: string | undefined,
  form: { name?: string; secret?: string; password?: string } = {},
): Promise<[status: number, cookie: string]> {
  const answer = await login(hubbub, { name: "Ann", secret: SECRET, link, ...form });
  return [answer.status, answer.headers.has("set-cookie") ? cookieIn(answer) : ""];
}

Deno.test("the link of a first start makes its holder the admin, once", async () => {
  await using folder = await temporaryFolder();
  const data = ["--data", `${folder.path}/chat.db`];
  let old: string | undefined;
  {
    await using server = await Hubbub.start(data);
    old = tokenOf(server);
    assertMatch(server.greeting, /Nobody is in charge yet/);
  }
  {
    await using server = await Hubbub.start(data);
    const token = tokenOf(server) ?? "";
    assert(token !== old, "a start without an admin replaces the link");
    assertMatch(token, /^[\w-]{24}\.[\w-]+$/);
    for (const wrong of [old ?? "", "", "x", `x${token}`, token.replace(/^./, "~")]) {
      assertEquals([await describe(server, wrong), (await claim(server, wrong))[0]], [404, 404]);
    }
    assertEquals(await describe(server, token), { kind: "claim", chat: "", password: false });
    assertEquals(await claim(server, token, { secret: "short" }), [400, ""]);
    assertEquals(await claim(server, token, { name: "a:b" }), [400, ""]);

    // A guest who is connected becomes the admin under the new name.
    await using guest = await ChatClient.open(server.port);
    await using bob = await ChatClient.open(server.port, basic("Bob:some secret"));
    assertEquals((await claim(server, token, { name: "Bob" }))[0], 401);
    const [status, cookie] = await claim(server, token);
    assertEquals(status, 204);
    const { admins: [admin] } = await bob.take("admins");
    await using ann = await ChatClient.open(server.port, { cookie });
    assertEquals([ann.hello.role, ann.user, ann.hello.admins], [
      ...["admin", { id: admin, name: "Ann" }, [admin]],
    ]);
    assertEquals(guest.hello.role, "guest");
    const audit = await ask(ann, { type: "audit" });
    assertEquals(audit.entries.map(({ action, by, person }) => [action, by, person]), [
      ["claim", admin, admin],
    ]);
    assertEquals([await describe(server, token), await claim(server, token, { name: "Eve" })], [
      ...[404, [404, ""]],
    ]);
    const metrics = await (await fetch(server.url("/metrics"))).text();
    assertMatch(metrics, /^hubbub_links_total\{result="used"\} 1$/m);
    assertMatch(metrics, /^hubbub_links_total\{result="invalid"\} 12$/m);
    const files = await Promise.all(["", "-wal"].map((end) => Deno.readFile(data[1] + end)));
    for (const file of files) {
      const text = new TextDecoder("latin1").decode(file);
      assert(!text.includes(token.slice(0, 24)), "the token is in the data");
    }
    // Also when there is no admin any more, which only a hand in the file can bring about.
    ann.send({ type: "role", id: "r", person: ann.user.id, role: "member" });
    assertEquals((await ann.take("error")).code, "last_admin");
  }
  await using server = await Hubbub.start(data);
  assertEquals(tokenOf(server), undefined);
  await using ann = await ChatClient.open(server.port, basic(`Ann:${SECRET}`));
  assertEquals(ann.hello.role, "admin");
});

/** Gives a command that is answered by a list. */
async function ask(client: ChatClient, command: { readonly type: "audit" }) {
  client.send(command);
  return await client.take(command.type);
}

Deno.test("of two who use the claim link at once, one becomes the admin", async () => {
  await using server = await Hubbub.start();
  const token = tokenOf(server);
  const names = ["Ann", "Bob", "Carl", "Dora"];
  const answers = await Promise.all(names.map((name) => claim(server, token, { name })));
  assertEquals(answers.map(([status]) => status).sort(), [204, 404, 404, 404]);
  const roles = await Promise.all(names.map(async (name) => {
    await using client = await ChatClient.open(server.port, basic(`${name}:${SECRET}`));
    return client.hello.role;
  }));
  assertEquals(roles.sort(), ["admin", "member", "member", "member"]);
});

Deno.test("guessing tokens is slowed down, and an admin made in the terminal ends the link", async () => {
  await using folder = await temporaryFolder();
  const data = ["--data", `${folder.path}/chat.db`];
  await using server = await Hubbub.start([...data, "--password", "enter"]);
  const token = tokenOf(server) ?? "";
  assertEquals(await describe(server, token), { kind: "claim", chat: "", password: true });
  assertEquals(await claim(server, token), [401, ""]);
  await using ann = await ChatClient.open(server.port, basic("Ann:enter:open sesame"));
  assertEquals((await runHubbub(["admin", ...data, "Ann"])).code, 0);
  assertEquals((await ann.take("you")).role, "admin");
  assertEquals(await claim(server, token, { name: "Eve", password: "enter" }), [404, ""]);
  let status: unknown;
  let tries = 0;
  while ((status = await describe(server, "A".repeat(24))) === 404) tries++;
  assertEquals(status, 429);
  assert(tries <= 20, `${tries} guesses`);
});

Deno.test("an export of a chat that has, or had, an admin brings no claim link back", async () => {
  await using folder = await temporaryFolder();
  const data = (name: string) => ["--data", `${folder.path}/${name}.db`];
  {
    await using server = await Hubbub.start(data("old"));
    assertEquals((await claim(server, tokenOf(server)))[0], 204);
  }
  const { stdout } = await runHubbub(["export", ...data("old")]);
  await folder.write("export.jsonl", stdout);
  const imported = await runHubbub(["import", ...data("new"), `${folder.path}/export.jsonl`]);
  assertEquals(imported.code, 0, imported.stderr);
  await using server = await Hubbub.start(data("new"));
  assertEquals(tokenOf(server), undefined);
});

natsTest("the newest claim link of three servers works on each of them", async (nats) => {
  const flags = ["--nats", nats.url, "--origin", "https://chat.example"];
  await using one = await Hubbub.start(flags);
  await using two = await Hubbub.start(flags);
  await using three = await Hubbub.start(flags);
  assertMatch(three.greeting, /https:\/\/chat\.example\/#\/claim\//);
  const [, second, third] = [one, two, three].map((server) => tokenOf(server) ?? "");
  await using bob = await ChatClient.open(two.port, basic("Bob:some secret"));
  assertEquals((await claim(one, second))[0], 404);
  const [status, cookie] = await claim(one, third);
  assertEquals(status, 204);
  const { admins } = await bob.take("admins");
  await using ann = await ChatClient.open(three.port, { cookie });
  assertEquals([ann.hello.role, ann.hello.admins], ["admin", admins]);
  for (const server of [one, two, three]) assertEquals((await claim(server, third))[0], 404);
  await using four = await Hubbub.start(flags);
  assertEquals(tokenOf(four), undefined);
});

/** A chat that newcomers enter only with an invitation. */
import { assert, assertEquals, assertMatch } from "../testing/assert.ts";
import {
  basic,
  browser,
  ChatClient,
  cookieIn,
  login,
  post,
  upgrade,
} from "../testing/chat_client.ts";
import { temporaryFolder } from "../testing/folder.ts";
import { Hubbub, runHubbub } from "../testing/hubbub.ts";
import { natsTest } from "../testing/nats.ts";
import { TestSocket } from "../testing/sockets.ts";

const SECRET = "open sesame";
const ROOT = basic(`Root:${SECRET}`);

/** Connects the admin of a chat that has none yet. */
async function admin(server: Hubbub, flags: string[]): Promise<ChatClient> {
  const root = await ChatClient.open(server.port, ROOT);
  const { code, stderr } = await runHubbub(["admin", ...flags, "Root"]);
  assertEquals(code, 0, stderr);
  await root.take("you");
  return root;
}

async function set(root: ChatClient, setting: string, value: unknown): Promise<void> {
  const id = crypto.randomUUID();
  root.send({ type: "set", id, setting, value });
  await root.take("ok", (line) => line.id === id);
}

async function invite(root: ChatClient, options: object = {}): Promise<string> {
  const id = crypto.randomUUID();
  root.send({ type: "invite", id, ...options });
  return (await root.take("link", (line) => line.id === id)).token;
}

async function invites(root: ChatClient) {
  const id = crypto.randomUUID();
  root.send({ type: "invites", id });
  return (await root.take("invites", (line) => line.id === id)).invites;
}

/** Takes a name with an invitation: the status. */
async function come(server: Hubbub, name: string, link: string, secret = SECRET): Promise<number> {
  return (await login(server, { name, secret, link })).status;
}

Deno.test("a chat that becomes one for invited people closes guests at once, and keeps them out", async () => {
  await using folder = await temporaryFolder();
  const data = ["--data", `${folder.path}/chat.db`];
  await using server = await Hubbub.start(data);
  await using root = await admin(server, data);
  const guest = await browser(server.port);
  const ann = { cookie: cookieIn(await login(server, { name: "Ann" })) };
  await using eve = await ChatClient.open(server.port, guest);
  await using member = await ChatClient.open(server.port, ann);
  await using bob = await ChatClient.open(server.port, basic(`Bob:${SECRET}`));
  await using held = await ChatClient.open(server.port, basic("Held:"));
  await using plain = await TestSocket.open(server.port, "/ws?name=plain", {});
  await set(root, "entry", "invite");
  for (const client of [eve, held, plain]) {
    assertEquals(await client.closed, { code: 1008, reason: "Invitation needed" });
  }
  for (const client of [member, bob]) {
    assertEquals((await client.take("chat")).chat.entry, "invite");
  }

  // Only people with a name here may enter.
  const refused = async (headers: Record<string, string>) =>
    (await upgrade(server.port, headers)).status;
  assertEquals(await refused({}), 401);
  assertEquals(await refused(guest), 401);
  assertEquals(await refused(basic("New:secret")), 401);
  assertEquals(await refused(basic("New:")), 401);
  for (const path of ["/ws?name=plain", "/ws?name=Ann", "/ws"]) {
    for (const headers of [{}, ann]) {
      const { status } = await upgrade(server.port, headers, { path, protocol: null });
      assertEquals(status, 401, path);
    }
  }
  assertEquals(await refused(basic("Bob:wrong")), 401);
  assertEquals((await login(server, { name: "New" })).status, 401);
  assertEquals((await login(server, { name: "New", secret: SECRET })).status, 401);
  const asked = await login(server, { name: "" });
  assertEquals([asked.status, asked.headers.get("hubbub-entry")], [401, "invite"]);

  // People with a name do, also over plain lines.
  assertEquals(await refused(ann), 101);
  assertEquals(await refused(basic(`Bob:${SECRET}`)), 101);
  assertEquals((await login(server, { name: "Bob", secret: SECRET })).status, 204);
  await using lines = await TestSocket.open(server.port, "/ws?room=lobby", {
    headers: basic(`Bob:${SECRET}`),
  });
  lines.send("Hello");
  await lines.received(1);

  // The metrics are for admins.
  const metrics = async (headers: Record<string, string>) => {
    const answer = await fetch(server.url("/metrics"), { headers });
    await answer.body?.cancel();
    return answer.status;
  };
  assertEquals(await metrics({}), 401);
  assertEquals(await metrics(basic(`Bob:${SECRET}`)), 403);
  assertEquals(await metrics(basic("Root:wrong")), 401);
  assertEquals(await metrics(ROOT), 200);

  await set(root, "entry", "open");
  assertEquals(await refused({}), 101);
  assertEquals(await metrics({}), 200);
});

Deno.test("an invitation admits exactly its number of newcomers, however many use it at once", async () => {
  await using folder = await temporaryFolder();
  const data = (name: string) => ["--data", `${folder.path}/${name}.db`];
  let link = "";
  {
    await using server = await Hubbub.start(data("old"));
    await using root = await admin(server, data("old"));
    await set(root, "entry", "invite");
    link = await invite(root, { uses: 3, room: "tea" });
    const about = await post(server, "/link", {
      body: JSON.stringify({ link }),
      headers: { "content-type": "application/json" },
    });
    assertEquals(JSON.parse(about.text), {
      ...{ kind: "invite", chat: "", password: false, room: "tea" },
    });
    assertEquals(await come(server, "Ann", link, "short"), 400);
    assertEquals(await come(server, "Root", link, "some secret"), 401);
    assertEquals(await come(server, "Ann", `${link}x`.replace(/^./, "~")), 404);
    const names = ["Ann", "Bob", "Carl", "Dora", "Emil"];
    const statuses = await Promise.all(names.map((name) => come(server, name, link)));
    assertEquals(statuses.sort(), [204, 204, 204, 404, 404]);
    assertEquals(await come(server, "Late", link), 404);
    // A person who is here already uses up no invitation.
    const other = await invite(root, { uses: 1 });
    assertEquals(await come(server, "Root", other), 204);
    assertEquals((await invites(root)).map(({ uses, used, room }) => [uses, used, room]), [
      [1, 0, undefined],
      [3, 3, "tea"],
    ]);
    const [revoked] = await invites(root);
    root.send({ type: "revoke", id: "r", link: revoked?.link });
    await root.take("ok", ({ id }) => id === "r");
    assertEquals(await come(server, "Fay", other), 404);
    const endless = await invite(root);
    for (const name of ["Gus", "Hal"]) assertEquals(await come(server, name, endless), 204);
    const [last] = await invites(root);
    assert(Math.abs((last?.until ?? 0) - Date.now() - 7 * 86_400_000) < 3_600_000);
    root.send({ type: "audit", id: "a" });
    const { entries } = await root.take("audit");
    assertEquals(entries.map(({ action }) => action).slice(0, 5), [
      ...["invite", "revoke", "invite", "invite", "set"],
    ]);
    link = endless;
  }
  // Only hashes are kept, and the links and the setting move with the chat.
  const { stdout } = await runHubbub(["export", ...data("old")]);
  assert(!stdout.includes(link.slice(0, 24)));
  assertMatch(stdout, /"setting":"entry","value":"invite"/);
  await folder.write("export.jsonl", stdout);
  const imported = await runHubbub(["import", ...data("new"), `${folder.path}/export.jsonl`]);
  assertEquals(imported.code, 0, imported.stderr);
  await using server = await Hubbub.start(data("new"));
  assertEquals(await come(server, "Ida", link), 204);
  assertEquals((await upgrade(server.port)).status, 401);
});

natsTest("invitations and their number hold on three servers", async (nats) => {
  const flags = ["--nats", nats.url];
  await using one = await Hubbub.start(flags);
  await using two = await Hubbub.start(flags);
  await using three = await Hubbub.start(flags);
  const servers = [one, two, three];
  await using root = await admin(one, flags);
  await using eve = await ChatClient.open(two.port);
  await using plain = await TestSocket.open(three.port, "/ws?name=plain", {});
  await set(root, "entry", "invite");
  for (const client of [eve, plain]) {
    assertEquals((await client.closed).reason, "Invitation needed");
  }
  const link = await invite(root, { uses: 4 });
  const statuses = await Promise.all(
    Array.from({ length: 9 }, (_, n) => come(servers[n % 3] ?? one, `Person ${n}`, link)),
  );
  assertEquals(statuses.filter((status) => status === 204).length, 4);
  assertEquals(statuses.filter((status) => status === 404).length, 5);
  for (const server of servers) assertEquals((await upgrade(server.port)).status, 401);
});

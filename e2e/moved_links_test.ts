/** Invitations and other links in a backup, and in an export: each is as good, or as used up, as it was. */
import { DAY_MS } from "../lib/time.ts";
import { openLocalState } from "../state/local.ts";
import { assert, assertEquals } from "../testing/assert.ts";
import { basic, ChatClient, login } from "../testing/chat_client.ts";
import { temporaryFolder } from "../testing/folder.ts";
import { Hubbub, runHubbub } from "../testing/hubbub.ts";

const SECRET = "open sesame";

/** Makes links of all sorts, and returns their tokens by what became of them. */
async function makeLinks(server: Hubbub, root: ChatClient) {
  async function make(command: object): Promise<string> {
    const id = crypto.randomUUID();
    root.send({ id, ...command });
    return (await root.take("link", (line) => line.id === id)).token;
  }
  const links = {
    unused: await make({ type: "invite", uses: 2 }),
    used: await make({ type: "invite", uses: 2, room: "tea" }),
    usedUp: await make({ type: "invite", uses: 1 }),
    revoked: await make({ type: "invite" }),
    reset: "",
  };
  const revoked = (await invitesOf(root)).find(({ uses }) => uses === undefined);
  root.send({ type: "revoke", id: "revoke", link: revoked?.link });
  await root.take("ok", ({ id }) => id === "revoke");
  assertEquals(await come(server, "Ann", links.used), 204);
  assertEquals(await come(server, "Bob", links.usedUp), 204);
  await using ann = await ChatClient.open(server.port, basic(`Ann:${SECRET}`));
  links.reset = await make({ type: "reset_link", person: ann.user.id });
  return links;
}

/** Takes a name with an invitation: the status. */
async function come(server: Hubbub, name: string, link: string): Promise<number> {
  return (await login(server, { name, secret: SECRET, link })).status;
}

async function invitesOf(root: ChatClient) {
  const id = crypto.randomUUID();
  root.send({ type: "invites", id });
  return (await root.take("invites", (line) => line.id === id)).invites;
}

/** Makes an invitation eight days ago, in a file that no server uses; it worked for seven. */
async function makeExpired(path: string, by: string): Promise<string> {
  using state = openLocalState({ path, sync: "full", now: () => Date.now() - 8 * DAY_MS });
  const made = await state.links.makeInvite({}, by);
  assert("token" in made);
  return made.token;
}

/** The statuses of newcomers with each of the links, and what the admin sees before. */
async function tryAll(
  server: Hubbub,
  links: Readonly<Record<"unused" | "used" | "usedUp" | "revoked" | "expired", string>>,
) {
  await using root = await ChatClient.open(server.port, basic(`Root:${SECRET}`));
  const invites = await invitesOf(root);
  const statuses = {
    unused: [await come(server, "Carl", links.unused), await come(server, "Dora", links.unused)],
    used: [await come(server, "Emil", links.used), await come(server, "Fay", links.used)],
    usedUp: await come(server, "Gus", links.usedUp),
    revoked: await come(server, "Hal", links.revoked),
    expired: await come(server, "Ida", links.expired),
  };
  return { invites, statuses };
}

Deno.test("invitations move with a backup and with an export, used ones as used as they were", async () => {
  await using folder = await temporaryFolder();
  const path = (name: string) => `${folder.path}/${name}.db`;
  const data = (name: string) => ["--data", path(name)];
  async function run(...args: string[]): Promise<string> {
    const { code, stdout, stderr } = await runHubbub(args);
    assertEquals(code, 0, stderr);
    return stdout;
  }
  let links = { unused: "", used: "", usedUp: "", revoked: "", reset: "" };
  let rootId = "";
  {
    await using server = await Hubbub.start(data("old"));
    await using root = await ChatClient.open(server.port, basic(`Root:${SECRET}`));
    rootId = root.user.id;
    await run("admin", ...data("old"), "Root");
    await root.take("you");
    links = await makeLinks(server, root);
  }
  const all = { ...links, expired: await makeExpired(path("old"), rootId) };
  await using old = await Hubbub.start(data("old"));
  await run("backup", ...data("old"), path("copy"));
  await folder.write("export.jsonl", await run("export", ...data("old")));
  const expected = await tryAll(old, all);
  assertEquals(
    new Set(expected.invites.map(({ uses, used, room = "" }) => `${used}/${uses} ${room}`)),
    new Set(["1/1 ", "0/2 ", "1/2 tea", "0/undefined "]),
  );
  assertEquals(expected.statuses, {
    ...{ unused: [204, 204], used: [204, 404], usedUp: 404, revoked: 404, expired: 404 },
  });

  await run("restore", ...data("restored"), path("copy"));
  await using restored = await Hubbub.start(data("restored"));
  assertEquals(await tryAll(restored, all), expected);
  await run("import", ...data("imported"), `${folder.path}/export.jsonl`);
  await using imported = await Hubbub.start(data("imported"));
  assertEquals(await tryAll(imported, all), expected);

  // A link that sets a secret is in the file, and no export gives it to anybody.
  const reset = { secret: "another secret", link: all.reset };
  assertEquals((await login(restored, reset)).status, 204);
  assertEquals((await login(imported, reset)).status, 404);
});

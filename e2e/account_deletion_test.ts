/** People who delete their accounts, over HTTP, and admins who delete those of others, on one server and on three. */
import { assert, assertEquals } from "../testing/assert.ts";
import { basic, ChatClient, cookieIn, login } from "../testing/chat_client.ts";
import { anyRuntime } from "../testing/executable.ts";
import { temporaryFolder } from "../testing/folder.ts";
import { Hubbub, runHubbub } from "../testing/hubbub.ts";
import { natsTest } from "../testing/nats.ts";

const SECRET = "open sesame";
const DELETED = { code: 1000, reason: "Account deleted" };

/** The headers of a browser. */
type Cookie = { readonly cookie: string };

async function enter(hubbub: Hubbub, name: string, secret = SECRET): Promise<Cookie> {
  return { cookie: cookieIn(await login(hubbub, secret === "" ? { name } : { name, secret })) };
}

/** Asks a server to delete an account. Returns the status. */
async function ask(
  { port }: Hubbub,
  form: { name: string; secret?: string },
  headers: Record<string, string>,
): Promise<number> {
  const { status, body } = await fetch(`http://localhost:${port}/delete-account`, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify(form),
  });
  await body?.cancel();
  return status;
}

/** The people whom a newcomer sees as authors in the lobby, with what they wrote. */
async function authors({ port }: { port: number }): Promise<string[]> {
  await using reader = await ChatClient.open(port);
  const { messages } = await reader.join("lobby");
  return messages.map(({ user, text }) => `${user.deleted ? "deleted" : user.name}: ${text}`);
}

for (const runtime of await anyRuntime()) {
  Deno.test(`a person deletes their account (${runtime.name}), which a restart, a backup and an export keep`, async () => {
    await using folder = await temporaryFolder();
    const flags = ["--data", `${folder.path}/chat.db`];
    let cookie: Cookie;
    {
      await using hubbub = await Hubbub.start(flags, runtime);
      cookie = await enter(hubbub, "Ann");
      const other = await enter(hubbub, "Ann");
      await using ann = await ChatClient.enter(hubbub.port, ["lobby"], cookie);
      await using phone = await ChatClient.enter(hubbub.port, ["lobby"], other);
      await using bob = await ChatClient.enter(hubbub.port, ["lobby"], basic("bob:open barley"));
      const { seq } = await ann.say("I was here");
      const right = { name: "ann", secret: SECRET };
      assertEquals(
        [
          await ask(hubbub, { name: "ann" }, cookie),
          await ask(hubbub, { name: "ann", secret: "wrong" }, cookie),
          await ask(hubbub, { name: "bob", secret: SECRET }, cookie),
          await ask(hubbub, right, {}),
          await ask(hubbub, right, { ...cookie, origin: "http://evil.example" }),
        ],
        [401, 401, 400, 401, 403],
      );
      assertEquals((await bob.settled("account_deleted")).length, 0);
      assertEquals(await ask(hubbub, right, cookie), 204);
      for (const client of [ann, phone]) assertEquals(await client.closed, DELETED);
      assertEquals(await bob.take("account_deleted"), {
        ...{ type: "account_deleted", person: ann.user.id },
      });
      bob.send({ type: "history", room: "lobby", after: seq - 1 });
      const { messages } = await bob.take("history");
      assertEquals(messages[0]?.user, { id: ann.user.id, name: "", deleted: true });
      for (const headers of [cookie, other]) {
        await using guest = await ChatClient.open(hubbub.port, headers);
        assert(guest.user.name.startsWith("guest-") && guest.user.id !== ann.user.id);
      }
      assertEquals(await ask(hubbub, right, cookie), 401, "it is gone");
      // The name is anybody's, who is another person.
      await using next = await ChatClient.open(hubbub.port, await enter(hubbub, "Ann", "another"));
      assert(next.user.id !== ann.user.id);
    }
    const copy = `${folder.path}/copy.db`;
    assertEquals((await runHubbub(["backup", copy, ...flags], { runtime })).code, 0);
    const exported = await runHubbub(["export", ...flags], { runtime });
    const line = exported.stdout.split("\n").find((line) => line.includes("I was here")) ?? "";
    assertEquals(JSON.parse(line).user.name, "");
    await Deno.writeTextFile(`${folder.path}/export`, exported.stdout);
    const imported = ["--data", `${folder.path}/imported.db`];
    assertEquals((await runHubbub(["import", `${folder.path}/export`, ...imported])).code, 0);
    assertEquals((await runHubbub(["export", ...imported])).stdout, exported.stdout);
    for (const data of [flags, ["--data", copy], imported]) {
      await using hubbub = await Hubbub.start(data, runtime);
      assertEquals(await authors(hubbub), ["deleted: I was here"]);
      await using guest = await ChatClient.open(hubbub.port, cookie);
      assert(guest.user.name.startsWith("guest-"));
    }
  });
}

Deno.test("a browser with its cookie deletes a name without a secret, but not the last admin", async () => {
  await using folder = await temporaryFolder();
  const flags = ["--data", `${folder.path}/chat.db`];
  await using hubbub = await Hubbub.start(flags);
  const [ann, root] = [await enter(hubbub, "Ann", ""), await enter(hubbub, "root")];
  assertEquals((await runHubbub(["admin", ...flags, "root"])).code, 0);
  assertEquals(await ask(hubbub, { name: "Ann" }, ann), 204);
  assertEquals(await ask(hubbub, { name: "root", secret: SECRET }, root), 409);
  const guest = await fetch(`http://localhost:${hubbub.port}/delete-account`);
  await guest.body?.cancel();
  assertEquals(guest.status, 405);
});

natsTest(
  "a deletion takes effect on every server at once, and nothing after it arrives",
  async (nats) => {
    const url = ["--nats", nats.url];
    await using one = await Hubbub.start(url);
    await using two = await Hubbub.start(url);
    await using three = await Hubbub.start(url);
    await using root = await ChatClient.enter(one.port, ["lobby"], basic("root:open sesame"));
    assertEquals((await runHubbub(["admin", ...url, "root"])).code, 0);
    await root.take("you", ({ role }) => role === "admin");
    const cookie = await enter(two, "bob");
    await using bob = await ChatClient.enter(two.port, ["lobby"], cookie);
    await using tab = await ChatClient.enter(three.port, ["lobby"], basic("bob:open sesame"));
    await bob.say("from bob");
    const messages = (from: number) =>
      Array.from({ length: 100 }, (_, i) => ({
        ...{ type: "send", room: "lobby", id: `m${from + i}`, text: `${from + i}` },
      }));
    root.send(
      ...messages(0),
      { type: "delete_account", id: "end", person: bob.user.id },
      ...messages(100),
    );
    for (const client of [bob, tab]) {
      assertEquals(await client.closed, DELETED);
      const texts = client.lines.flatMap((line) =>
        line.type === "message" ? [Number(line.text)] : []
      );
      assert(texts.every((text) => !(text >= 100)), `received ${texts.at(-1)}`);
    }
    await root.take("ok", ({ id }) => id === "end");
    await root.until(() =>
      root.lines.some((line) => line.type === "message" && line.text === "199")
    );
    for (const server of [one, two, three]) {
      await using guest = await ChatClient.open(server.port, cookie);
      assert(guest.user.name.startsWith("guest-") && guest.user.id !== bob.user.id);
      const { messages } = await guest.join("lobby", 0);
      assertEquals(messages[0]?.user, { id: bob.user.id, name: "", deleted: true });
    }
    root.send({ type: "audit", id: "audit" });
    const { entries } = await root.take("audit");
    const [entry] = entries;
    assertEquals([entry?.action, entry?.by, entry?.detail], [
      "delete_account",
      root.user.id,
      "bob",
    ]);
    // One's own, on another server than the one that the connection is to.
    const eves = await enter(one, "eve");
    await using eve = await ChatClient.enter(three.port, ["lobby"], eves);
    assertEquals(await ask(two, { name: "eve", secret: SECRET }, eves), 204);
    assertEquals(await eve.closed, DELETED);
    await root.take("account_deleted", ({ person }) => person === eve.user.id);
  },
);

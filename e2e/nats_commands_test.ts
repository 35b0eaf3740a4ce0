/**
 * The commands on a cluster.
 *
 * @module
 */
import { Nats } from "../nats/connection.ts";
import { Snapshots } from "../nats/snapshots.ts";
import { assert, assertEquals, assertMatch } from "../testing/assert.ts";
import { basic, ChatClient, cookieIn, login, post, seqs } from "../testing/chat_client.ts";
import { anyRuntime } from "../testing/executable.ts";
import { type Folder, temporaryFolder } from "../testing/folder.ts";
import { Hubbub, runHubbub, type Runtime, SOURCE } from "../testing/hubbub.ts";
import { natsTest, type TestNats } from "../testing/nats.ts";

const SECRET = basic("ann:open sesame");
const TEXT = 'tab\there, "quotes", \\ and 🦊\nnext line';

for (const runtime of await anyRuntime()) {
  const test = (name: string, fn: (nats: TestNats) => Promise<void>) =>
    natsTest(`hubbub export and import (${runtime.name}) ${name}`, fn);

  test("move everything from a file into NATS and back unchanged", async (nats) => {
    await using folder = await temporaryFolder();
    const url = ["--nats", nats.url];
    const { archive, cookie, ended } = await history(folder, runtime);
    await folder.write("export.jsonl", archive);
    await done(runtime, "import", ...url, `${folder.path}/export.jsonl`);
    assertEquals(await done(runtime, "export", ...url), archive);
    await folder.write("back.jsonl", archive);
    const back = ["--data", `${folder.path}/back.db`];
    await done(runtime, "import", ...back, `${folder.path}/back.jsonl`);
    assertEquals(await done(runtime, "export", ...back), archive);
    {
      await using one = await Hubbub.start(url, runtime);
      await using two = await Hubbub.start(url, runtime);
      await using bob = await ChatClient.open(one.port, { cookie });
      assertEquals(bob.user.name, "bob");
      await using gone = await ChatClient.open(one.port, { cookie: ended });
      assert(gone.user.name !== "carl", "an ended session goes on");
      await using ann = await ChatClient.open(two.port, SECRET);
      assertEquals((await login(two, { name: "Ann" })).status, 409);
      const joined = await ann.join("lobby");
      assertEquals([joined.first, joined.last, seqs(joined.messages)], [3, 4, [3, 4]]);
      assertEquals(joined.messages.map(({ user, text }) => ({ user, text })), [
        { user: ann.user, text: TEXT },
        { user: ann.user, text: TEXT },
      ]);
      // An id stays refused.
      assertEquals((await ann.say("other", "lobby", "m4")).text, TEXT);
      assertEquals((await ann.say("on")).seq, 5);
      await ann.join("aged");
      assertEquals((await ann.say("on", "aged")).seq, 8);
      const servers = await runHubbub(
        ["import", ...url, `${folder.path}/export.jsonl`],
        { runtime },
      );
      assertMatch(servers.stderr, /^Cannot import: this NATS has a chat already; .*\n$/);
      // Beside running servers.
      await done(runtime, "backup", ...url, `${folder.path}/backup.db`);
    }
    assertEquals((await Deno.stat(`${folder.path}/backup.db`)).mode, 0o100600);
    assertEquals(
      Array.from(Deno.readDirSync(folder.path), ({ name }) => name)
        .filter((name) => name.startsWith("backup")),
      ["backup.db"],
    );
    // Messages added on NATS go back as well, with their `seq` and people.
    const backup = ["--data", `${folder.path}/backup.db`];
    assertEquals(
      withoutSeen(await done(runtime, "export", ...backup)),
      withoutSeen(await done(runtime, "export", ...url)),
    );
    await using alone = await Hubbub.start(backup, runtime);
    await using bob = await ChatClient.open(alone.port, { cookie });
    assertEquals(bob.user.name, "bob");
    assertEquals(seqs((await bob.join("lobby")).messages), [3, 4, 5]);
    await using gone = await ChatClient.open(alone.port, { cookie: ended });
    assert(gone.user.name !== "carl", "an ended session goes on");
    await using ann = await ChatClient.enter(alone.port, ["lobby", "aged"], SECRET);
    assertEquals((await login(alone, { name: "Ann" })).status, 409);
    const former = await ann.say("other", "lobby", "m4");
    assertEquals([former.seq, former.text, former.user], [4, TEXT, ann.user]);
    assertEquals([(await ann.say("on")).seq, (await ann.say("on", "aged")).seq], [6, 9]);
  });

  test("leave nothing in NATS if an import can't be completed", async (nats) => {
    await using folder = await temporaryFolder();
    const url = ["--nats", nats.url];
    const { archive } = await history(folder, runtime);
    const file = `${folder.path}/export.jsonl`;
    const run = async (...args: string[]) => {
      const { code, stderr } = await runHubbub([...args, ...url], { runtime });
      assertEquals([code, stderr.trimEnd().split("\n").length], [1, 1], stderr);
      return stderr;
    };
    assertMatch(await run("export"), /^Cannot use NATS: no Hubbub has written to it\n$/);
    assertMatch(await run("backup", `${folder.path}/x.db`), /no Hubbub has written to it\n$/);
    const lines = archive.trimEnd().split("\n");
    const cut = lines.slice(0, -1);
    const twice = lines.map((line) => line.replace('"id":"m4"', '"id":"m3"'));
    for (const [text, says] of [[cut, /its end is missing/], [twice, /line \d+: /]] as const) {
      await folder.write("export.jsonl", text.join("\n"));
      assertMatch(await run("import", file), says);
      assertMatch(await run("export"), /no Hubbub has written to it\n$/);
    }
    await folder.write("export.jsonl", archive);
    await done(runtime, "import", ...url, file);
    assertMatch(await run("import", file), /^Cannot import: this NATS has a chat already/);
    assertEquals(await done(runtime, "export", ...url), archive);
  });
}

natsTest("hubbub import that is killed while it reads leaves nothing in NATS", async (nats) => {
  await using folder = await temporaryFolder();
  const { archive } = await history(folder, SOURCE);
  const pipe = `${folder.path}/pipe`;
  await new Deno.Command("mkfifo", { args: [pipe] }).output();
  const [program = "", ...args] = [...SOURCE.command, "import", "--nats", nats.url, pipe];
  const process = new Deno.Command(program, { args, stderr: "null" }).spawn();
  {
    using file = await Deno.open(pipe, { write: true });
    await file.write(new TextEncoder().encode(archive.slice(0, archive.indexOf('"seq":4'))));
    process.kill("SIGKILL");
    await process.status;
  }
  await using connection = await Nats.connect({ url: nats.url });
  assertEquals(await Array.fromAsync(connection.manager.streams.names()), []);
});

natsTest(
  "hubbub import that was cut off keeps servers from starting until another has replaced it",
  async (nats) => {
    await using folder = await temporaryFolder();
    const url = ["--nats", nats.url];
    const { archive } = await history(folder, SOURCE);
    {
      // It had stored its snapshot, but had not begun the log.
      await using connection = await Nats.connect({ url: nats.url });
      const snapshots = new Snapshots(connection, {});
      await snapshots.upload(`${folder.path}/first.db`, {
        position: 0,
        entry: "",
        epoch: "cut off",
      });
    }
    for (const command of [["--port", "0", "--data", `${folder.path}/copy.db`], ["export"]]) {
      const { code, stderr } = await runHubbub([...command, ...url]);
      assertEquals(code, 1);
      assertMatch(stderr, /^Cannot use NATS: an import into it .* import again\n$/);
    }
    await folder.write("export.jsonl", archive);
    await done(SOURCE, "import", ...url, `${folder.path}/export.jsonl`);
    assertEquals(await done(SOURCE, "export", ...url), archive);
  },
);

/** An archive without the hours in which people were last connected: servers store these up to a second later. */
function withoutSeen(archive: string): string {
  return archive.replaceAll(/,"seen":\d+/g, "");
}

/** Runs a command that succeeds: what it prints. */
async function done(runtime: Runtime, ...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await runHubbub(args, { runtime });
  assertEquals([code, stderr], [0, ""]);
  return stdout;
}

/**
 * Fills a file as a server does over time: ann with a secret, bob with a cookie, carl who logged
 * out, and rooms of which the beginning, or everything, is too old to be kept.
 */
async function history(
  folder: Folder,
  runtime: Runtime,
): Promise<{ archive: string; cookie: string; ended: string }> {
  const data = ["--data", `${folder.path}/first.db`];
  let cookie: string;
  let ended: string;
  {
    await using hubbub = await Hubbub.start(data, runtime);
    cookie = cookieIn(await login(hubbub, { name: "bob" }));
    ended = cookieIn(await login(hubbub, { name: "carl" }));
    await post(hubbub, "/logout", { headers: { cookie: ended } });
    await using ann = await ChatClient.enter(hubbub.port, ["other", "lobby", "aged"], SECRET);
    for (let i = 1; i <= 4; i++) await ann.say(TEXT, "lobby", `m${i}`);
    for (let i = 1; i <= 7; i++) await ann.say(`${i}`, "aged");
    await ann.say("Guten Tag", "other");
    hubbub.signal("SIGTERM");
    await hubbub.status;
  }
  const lines = (await done(runtime, "export", ...data)).trimEnd().split("\n");
  const aged = lines.flatMap((line) => {
    const value = JSON.parse(line);
    if (value.type === "room" && value.room === "lobby") {
      return [JSON.stringify({ ...value, first: 3 })];
    }
    if (value.type === "room" && value.room === "aged") {
      return [JSON.stringify({ ...value, first: 8 })];
    }
    if (value.type === "end") return [JSON.stringify({ ...value, messages: 3 })];
    if (value.type !== "message") return [line];
    return value.room === "aged" || (value.room === "lobby" && value.seq < 3) ? [] : [line];
  });
  assertEquals(lines.filter((line) => line.includes('"session"')).length, 1);
  return { archive: aged.join("\n") + "\n", cookie, ended };
}

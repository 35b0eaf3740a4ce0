/**
 * The commands of docs/backup.md, in a shell as the document says.
 *
 * @module
 */
import { fileURLToPath } from "node:url";
import { assert, assertEquals, assertMatch } from "../testing/assert.ts";
import { ChatClient } from "../testing/chat_client.ts";
import { type Folder, temporaryFolder } from "../testing/folder.ts";
import { Hubbub, ROOT, SOURCE } from "../testing/hubbub.ts";
import { TestNats, withoutNats } from "../testing/nats.ts";

const DOCUMENT = await Deno.readTextFile(new URL("docs/backup.md", ROOT));

/** The commands of a part of the document, in their order: what it shows of `hubbub` as code. */
function commandsIn(part: string): string[] {
  return [...part.matchAll(/`(hubbub [^`]+)`/g)].map(([, command = ""]) => command);
}

/** The text below a heading. */
function section(heading: string): string {
  const [, rest = ""] = DOCUMENT.split(`## ${heading}\n`);
  return rest.split("\n## ")[0] ?? "";
}

const [TABLE = ""] = DOCUMENT.split("\n## ");
const [BACKUP = "", RESTORE = "", EXPORT = "", IMPORT = ""] = commandsIn(TABLE);
const [ROTATE = ""] = commandsIn(section("After a leaked backup"));

/** A folder with the program in it, as somebody who reads the document has it. */
async function installed(folder: Folder): Promise<void> {
  const [deno = "", ...args] = SOURCE.command;
  const command = [deno, ...args.with(-1, fileURLToPath(new URL("main.ts", ROOT)))];
  const words = command.map((word) => `'${word}'`).join(" ");
  await folder.write("bin/hubbub", `#!/bin/sh\nexec ${words} "$@"\n`);
  await Deno.chmod(`${folder.path}/bin/hubbub`, 0o755);
}

/** Runs a command in a shell, with the words that the document leaves open in their place. */
async function run(
  folder: Folder,
  command: string,
  words: Record<string, string> = {},
): Promise<{ code: number; stdout: string; stderr: string }> {
  const script = command.replaceAll(/\b[A-Z]+\b/g, (word) => words[word] ?? word);
  const { code, stdout, stderr } = await new Deno.Command("sh", {
    args: ["-c", script],
    cwd: folder.path,
    env: { PATH: `${folder.path}/bin:${Deno.env.get("PATH")}` },
    stdin: "null",
  }).output();
  const decoder = new TextDecoder();
  return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}

/** Runs a command that must succeed. */
async function done(...args: Parameters<typeof run>): Promise<string> {
  const { code, stdout, stderr } = await run(...args);
  assertEquals([code, stderr], [0, ""], args[1]);
  return stdout;
}

/** The texts in the lobby. */
async function textsOf(server: Hubbub): Promise<string[]> {
  await using reader = await ChatClient.open(server.port);
  return (await reader.join("lobby")).messages.map(({ text }) => text);
}

async function say(server: Hubbub, ...texts: string[]): Promise<void> {
  await using ann = await ChatClient.enter(server.port);
  for (const text of texts) await ann.say(text);
}

async function stop(server: Hubbub): Promise<void> {
  server.signal("SIGTERM");
  assertEquals((await server.status).code, 0);
}

Deno.test("docs/backup.md backs up a server, and restores it as it says", async () => {
  await using folder = await temporaryFolder();
  await installed(folder);
  const data = ["--data", `${folder.path}/hubbub.db`];
  const COPY = "copy.db";
  const [restore = "", ...others] = commandsIn(section("Restore one server"));
  assertEquals([restore, others], [RESTORE, []]);
  {
    await using server = await Hubbub.start(data);
    await say(server, "one", "two");
    await done(folder, BACKUP, { COPY });
    await say(server, "three");
    // Step 1 is to stop the server.
    const refused = await run(folder, restore, { COPY });
    assertEquals(refused.code, 1);
    assertMatch(refused.stderr, /^Cannot [^\n]* in use[^\n]*\n$/);
    assertEquals(await textsOf(server), ["one", "two", "three"]);
    await stop(server);
  }
  await done(folder, restore, { COPY });
  const kept = [...Deno.readDirSync(folder.path)].map(({ name }) => name)
    .filter((name) => /^hubbub\.db\..*\.before$/.test(name));
  assertEquals(kept.length, 1, "the old data is kept next to it");
  {
    await using server = await Hubbub.start(data);
    assertEquals(await textsOf(server), ["one", "two"]);
    await say(server, "four");
    await stop(server);
  }
  await using before = await Hubbub.start(["--data", `${folder.path}/${kept[0]}`]);
  assertEquals(await textsOf(before), ["one", "two", "three"]);
});

Deno.test("docs/backup.md exports a chat beside its server, and imports it elsewhere", async () => {
  await using folder = await temporaryFolder();
  await installed(folder);
  await using server = await Hubbub.start(["--data", `${folder.path}/hubbub.db`]);
  await say(server, "one", "two");
  const lines = await done(folder, EXPORT);
  await folder.write("all.jsonl", lines);
  await done(folder, IMPORT, { FILE: "all.jsonl" });
  assertEquals(await done(folder, EXPORT.replace("hubbub.db", "new.db")), lines);
  // Every line is checked: one that is missing aborts the import, which changes nothing.
  await folder.write("bad.jsonl", lines.replace(/^.*"text":"one".*\n/m, ""));
  const other = IMPORT.replace("new.db", "other.db");
  assertEquals((await run(folder, other, { FILE: "bad.jsonl" })).code, 1);
  await done(folder, other, { FILE: "all.jsonl" });
});

Deno.test({
  name: "docs/backup.md moves a chat from one NATS into a new one",
  ignore: withoutNats(),
  async fn() {
    await using folder = await temporaryFolder();
    await installed(folder);
    await using nats = await TestNats.start();
    const commands = commandsIn(section("Restore on NATS"));
    const [backup = "", exporting = "", importing = ""] = commands;
    assertEquals(commands.length, 3);
    const COPY = "copy.db";
    {
      await using server = await Hubbub.start(["--nats", nats.url]);
      await say(server, "one", "two");
      await done(folder, backup, { COPY, URL: nats.url });
      await stop(server);
    }
    await done(folder, exporting, { COPY });
    await using fresh = await TestNats.start();
    await done(folder, importing, { URL: fresh.url });
    await using server = await Hubbub.start(["--nats", fresh.url]);
    assertEquals(await textsOf(server), ["one", "two"]);
  },
});

Deno.test("docs/backup.md replaces the key after a leak, and is reminded when a copy brings it back", async () => {
  await using folder = await temporaryFolder();
  await installed(folder);
  const [COPY, data] = ["copy.db", ["--data", `${folder.path}/hubbub.db`]];
  {
    await using server = await Hubbub.start(data);
    await say(server, "one");
    await done(folder, BACKUP, { COPY });
    assertEquals((await run(folder, ROTATE)).code, 0);
    assertEquals(await textsOf(server), ["one"]);
    await stop(server);
  }
  const { code, stdout, stderr } = await run(folder, RESTORE, { COPY });
  assertEquals(code, 0);
  assertMatch(stdout + stderr, /hubbub rotate-keys/);
});

Deno.test("docs/backup.md has only commands that a test runs", () => {
  const moving = commandsIn(section("Restore on NATS"));
  const tested = [BACKUP, RESTORE, EXPORT, IMPORT, ...moving, ROTATE];
  assert(tested.every((command) => command !== ""));
  assertEquals([...new Set(commandsIn(DOCUMENT))], [...new Set(tested)]);
});

/** Backups and exports of chats with files: real processes, under load. */
import { ContentFolder } from "../archive/content_folder.ts";
import { faultOf } from "../archive/contents.ts";
import { filesFolder } from "../files/content_path.ts";
import { AttachmentTable } from "../state/attachment_table.ts";
import { readDatabase } from "../state/database.ts";
import { assert, assertEquals } from "../testing/assert.ts";
import { basic, ChatClient } from "../testing/chat_client.ts";
import { temporaryFolder } from "../testing/folder.ts";
import { Hubbub, runHubbub } from "../testing/hubbub.ts";
import { TestNats, withoutNats } from "../testing/nats.ts";
import { randomBytes } from "../testing/sample_files.ts";
import { TusClient } from "../testing/tus.ts";
import { sha256Of } from "../testing/uploads.ts";

const ANN = basic("ann:open sesame");

/** Runs a command that succeeds: what it prints. */
async function done(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await runHubbub(args);
  assertEquals([code, stderr], [0, ""], args.join(" "));
  return stdout;
}

/** Uploads files, sends them and deletes messages until it is aborted. Returns the hashes of the bytes by file. */
function keepSending(port: number) {
  const hashes = new Map<string, string>();
  let ended = false;
  const sending = (async () => {
    await using ann = await ChatClient.enter(port, ["lobby"], ANN);
    const tus = new TusClient(port, ANN);
    for (let i = 1; !ended; i++) {
      const bytes = randomBytes(50_000 + i);
      const id = await tus.upload(bytes, "a.bin");
      hashes.set(id, sha256Of(bytes));
      ann.send({ type: "send", room: "lobby", id, text: "", files: [id] });
      const { seq } = await ann.take("message", (message) => message.id === id);
      // Of three, one stays.
      if (i % 3 > 0) ann.send({ type: "delete", room: "lobby", seq });
    }
  })();
  return {
    hashes,
    async until(count: number): Promise<void> {
      const wanted = hashes.size + count;
      while (hashes.size < wanted) {
        await Promise.race([sending, new Promise((resolve) => setTimeout(resolve, 20))]);
      }
    },
    async end(): Promise<void> {
      ended = true;
      await sending;
    },
  };
}

/** Checks that a data file has every file that it names. Returns the number. */
async function checkWhole(path: string, hashes: ReadonlyMap<string, string>): Promise<number> {
  using database = readDatabase(path);
  const folder = new ContentFolder(filesFolder(path));
  const contents = [...new AttachmentTable(database.db).contents()];
  for (const content of contents) {
    assertEquals(await faultOf(folder, content), undefined, content.id);
    assertEquals(content.hash, hashes.get(content.id) ?? content.hash);
  }
  return contents.length;
}

/** @param start returns the flags that lead to the data */
function backupTest(
  where: string,
  ignore: boolean,
  start: (folder: string, stack: AsyncDisposableStack) => Promise<string[]>,
): void {
  Deno.test({
    name: `a backup and an export ${where} under load have each file that a message names`,
    ignore,
    async fn() {
      await using folder = await temporaryFolder();
      const at = (name: string) => `${folder.path}/${name}`;
      await using stack = new AsyncDisposableStack();
      const flags = await start(folder.path, stack);
      const copies = ["1.db", "2.db", "imported.db"];
      {
        await using server = await Hubbub.start([...flags]);
        const load = keepSending(server.port);
        await load.until(10);
        for (const copy of copies.slice(0, 2)) {
          await done("backup", ...flags, at(copy));
          await load.until(5);
        }
        await folder.write("export.jsonl", await done("export", ...flags));
        await load.end();
        await done("import", "--data", at("imported.db"), at("export.jsonl"));
        const counts: number[] = [];
        for (const copy of copies) counts.push(await checkWhole(at(copy), load.hashes));
        assert(counts.every((count) => count >= 3), counts.join());
      }
      // Restored elsewhere, and used.
      await done("restore", "--data", at("restored.db"), at("2.db"));
      await using server = await Hubbub.start(["--data", at("restored.db")]);
      await using ann = await ChatClient.open(server.port, ANN);
      const tus = new TusClient(server.port, ANN);
      const { messages } = await ann.join("lobby");
      const named = messages.flatMap(({ files = [] }) => files);
      assert(named.length >= 3, `${named.length} files`);
      for (const { id, size } of named) {
        assertEquals((await (await tus.get(id)).bytes()).length, size);
      }
    },
  });
}

backupTest("of a server", false, (folder) => Promise.resolve(["--data", `${folder}/chat.db`]));

backupTest("of NATS", withoutNats(), async (_folder, stack) => {
  return ["--nats", stack.use(await TestNats.start()).url];
});

Deno.test({
  name:
    "a chat with files goes from NATS to a single server and back, and nothing of a bad import stays",
  ignore: withoutNats(),
  async fn() {
    await using folder = await temporaryFolder();
    const at = (name: string) => `${folder.path}/${name}`;
    await using nats = await TestNats.start();
    const bytes = randomBytes(1_500_000);
    let id = "";
    {
      await using server = await Hubbub.start(["--nats", nats.url]);
      await using ann = await ChatClient.enter(server.port, ["lobby"], ANN);
      id = await new TusClient(server.port, ANN).upload(bytes, "plan.bin");
      ann.send({ type: "send", room: "lobby", id, text: "look", files: [id] });
      await ann.take("message");
    }
    const archive = await done("export", "--nats", nats.url);
    await folder.write("export.jsonl", archive);
    await done("import", "--data", at("single.db"), at("export.jsonl"));
    assertEquals(await done("export", "--data", at("single.db")), archive);
    {
      await using server = await Hubbub.start(["--data", at("single.db")]);
      assertEquals(await (await new TusClient(server.port, ANN).get(id)).bytes(), bytes);
    }
    await using fresh = await TestNats.start();
    await folder.write("bad.jsonl", archive.replace(/^\{"type":"message".*\n/m, ""));
    assertEquals((await runHubbub(["import", "--nats", fresh.url, at("bad.jsonl")])).code, 1);
    await done("import", "--nats", fresh.url, at("export.jsonl"));
    assertEquals(await done("export", "--nats", fresh.url), archive);
    await using server = await Hubbub.start(["--nats", fresh.url]);
    const range = await new TusClient(server.port, ANN).get(id, { range: "bytes=600000-600009" });
    assertEquals(await range.bytes(), bytes.slice(600_000, 600_010));
  },
});

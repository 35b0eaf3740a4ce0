/** Archives of a chat in NATS. */
import { ContentFolder } from "./content_folder.ts";
import type { ArchiveLine } from "./format.ts";
import { readNatsArchive, writeNatsArchive } from "./nats.ts";
import { readArchive } from "./state.ts";
import { withContents } from "./with_contents.ts";
import { filesFolder } from "../files/content_path.ts";
import { Nats } from "../nats/connection.ts";
import { FileStream } from "../nats/files/stream.ts";
import { Snapshots } from "../nats/snapshots.ts";
import { readDatabase } from "../state/database.ts";
import { assert, assertEquals, assertMatch, assertRejects } from "../testing/assert.ts";
import { writeChat } from "../testing/chat_file.ts";
import { append, openServer, texts } from "../testing/copies.ts";
import { temporaryFolder } from "../testing/folder.ts";
import { draft } from "../testing/message_log_cases.ts";
import { natsTest as test, TestNats, withoutNats } from "../testing/nats.ts";
import { randomBytes, readContent } from "../testing/uploads.ts";

/** The lines of a chat with a message that names a file, and that file. */
async function chatWithFile(folder: string) {
  const path = `${folder}/chat.db`;
  const bytes = randomBytes(600_000);
  const [id = ""] = await writeChat(path, bytes);
  using database = readDatabase(path);
  const source = new ContentFolder(filesFolder(path));
  const lines = await Array.fromAsync(withContents(readArchive(database), source, () => {}));
  return { id, bytes, lines };
}

async function* overtaken(
  lines: readonly ArchiveLine[],
  overtake: () => Promise<void>,
): AsyncGenerator<ArchiveLine> {
  yield* lines;
  await overtake();
}

test("an import that another one overtakes takes nothing of that one's chat away", async (nats) => {
  await using folder = await temporaryFolder();
  const { id, bytes, lines } = await chatWithFile(folder.path);
  const other = () => writeNatsArchive({ url: nats.url }, ReadableStream.from(lines));
  const slow = () => writeNatsArchive({ url: nats.url }, overtaken(lines, other));
  await assertRejects(slow, Error, "a server has begun a chat on this NATS meanwhile");
  await using server = await openServer(nats, `${folder.path}/a.db`);
  assertEquals(await readContent(server.contents, id), bytes);
  await append(server, draft("on"));
  assertEquals(await texts(server), [id, "on"]);
});

test("an import of a broken file takes nothing of a chat away that another one has begun", async (nats) => {
  await using folder = await temporaryFolder();
  const { id, bytes, lines } = await chatWithFile(folder.path);
  const other = () => writeNatsArchive({ url: nats.url }, ReadableStream.from(lines));
  const broken = () => writeNatsArchive({ url: nats.url }, overtaken(lines.slice(0, -1), other));
  await assertRejects(broken, Error, "its end is missing");
  await using server = await openServer(nats, `${folder.path}/a.db`);
  assertEquals(await readContent(server.contents, id), bytes);
});

test("an import that fails takes nothing away from another one that is under way", async (nats) => {
  await using folder = await temporaryFolder();
  const { id, bytes, lines } = await chatWithFile(folder.path);
  const broken = (read: readonly ArchiveLine[], meanwhile: () => Promise<void>) =>
    assertRejects(
      () => writeNatsArchive({ url: nats.url }, overtaken(read, meanwhile)),
      Error,
      "its end is missing",
    );
  const nothing = () => Promise.resolve();
  const [short, first] = [lines.slice(0, -1), lines.findIndex(({ type }) => type === "file")];
  const stored = Promise.withResolvers<void>();
  const failed = Promise.withResolvers<void>();
  let good = nothing();
  // One fails that has stored the file, one that has found it there, and one before its first file.
  await broken(short, async () => {
    const lasting = overtaken(lines, () => (stored.resolve(), failed.promise));
    good = writeNatsArchive({ url: nats.url }, lasting);
    await Promise.race([stored.promise, good]);
    await broken(short, nothing);
    await broken(lines.slice(0, first), nothing);
  });
  failed.resolve();
  await good;
  await using server = await openServer(nats, `${folder.path}/a.db`);
  assert(await server.contents.has(id));
  assertEquals(await readContent(server.contents, id), bytes);
});

test("an export names a file of which a part is missing, and fails while NATS is lost", async (nats) => {
  await using folder = await temporaryFolder();
  const { id, lines } = await chatWithFile(folder.path);
  await writeNatsArchive({ url: nats.url }, ReadableStream.from(lines));
  const lost: string[] = [];
  const exported = () => readNatsArchive({ url: nats.url }, (content) => lost.push(content));
  const failing = exported();
  while ((await failing.next()).value?.type !== "file");
  await nats.stop();
  const { message } = await assertRejects(() => failing.next(), Error);
  assertMatch(message, new RegExp(`^the file ${id} can't be read now: .`));
  assertEquals(lost, []);
  await nats.start();
  {
    await using connection = await Nats.connect(nats);
    const stream = new FileStream(connection, { makes: false });
    const part = await stream.part({ id, number: 0 });
    await stream.erase(part?.seq ?? 0);
  }
  const types = await Array.fromAsync(exported(), ({ type }) => type);
  assertEquals([lost, types.filter((type) => type === "lost").length], [[id], 1]);
});

Deno.test({
  name: "streams get as many copies as a server asks for, and no server or command takes one away",
  ignore: withoutNats(),
  fn: async () => {
    await using stack = new AsyncDisposableStack();
    const [one] = (await TestNats.startCluster(2)).map((server) => stack.use(server));
    assert(one !== undefined);
    await using folder = await temporaryFolder();
    await using nats = await Nats.connect(one);
    const names = ["log", "files", "snapshots"].map((name) => `hubbub_${name}`);
    const copies = () =>
      Promise.all(names.map(async (name) => {
        const { config } = await nats.manager.streams.info(name);
        return config.num_replicas;
      }));
    const start = async (replicas: number) => {
      const lines: string[] = [];
      const options = { replicas, onTrouble: (line: string) => lines.push(line) };
      await using _server = await openServer(one, `${folder.path}/a.db`, options);
      return lines;
    };
    assertEquals(await start(1), []);
    await folder.write("data", "something");
    const about = { position: 1, entry: "", epoch: "some" };
    await new Snapshots(nats, {}).upload(`${folder.path}/data`, about);
    assertEquals(await copies(), [1, 1, 1]);
    assertEquals(await start(2), []);
    // At once: it waits until the copies have a leader.
    assertEquals((await new Snapshots(nats, {}).list()).length, 1);
    assertEquals(await copies(), [2, 2, 2]);
    for await (const _ of readNatsArchive({ url: one.url }, () => {}));
    assertEquals(await copies(), [2, 2, 2], "an export");
    assertEquals(await start(1), [
      "NATS keeps the 2 copies that its streams have, although --nats-replicas is 1",
    ]);
    assertEquals(await copies(), [2, 2, 2], "another server");
  },
});

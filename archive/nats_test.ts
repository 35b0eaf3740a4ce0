/** Archives of a chat in NATS. */
import { ContentFolder } from "./content_folder.ts";
import type { ArchiveLine } from "./format.ts";
import { writeNatsArchive } from "./nats.ts";
import { readArchive } from "./state.ts";
import { withContents } from "./with_contents.ts";
import { filesFolder } from "../files/content_path.ts";
import { readDatabase } from "../state/database.ts";
import { assertEquals, assertRejects } from "../testing/assert.ts";
import { writeChat } from "../testing/chat_file.ts";
import { append, openServer, texts } from "../testing/copies.ts";
import { temporaryFolder } from "../testing/folder.ts";
import { draft } from "../testing/message_log_cases.ts";
import { natsTest as test } from "../testing/nats.ts";
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

/** The files on a server's disk, and those that no message names any more. */
import { writeNatsArchive } from "../../archive/nats.ts";
import { ContentFolder } from "../../archive/content_folder.ts";
import { readArchive } from "../../archive/state.ts";
import { withContents } from "../../archive/with_contents.ts";
import { filesFolder } from "../../files/content_path.ts";
import { DiskContents } from "../../files/disk_contents.ts";
import { newContentId } from "../../state/contents.ts";
import { readDatabase } from "../../state/database.ts";
import { assert, assertEquals } from "../../testing/assert.ts";
import { writeChat } from "../../testing/chat_file.ts";
import { openServer } from "../../testing/copies.ts";
import { temporaryFolder } from "../../testing/folder.ts";
import { natsTest } from "../../testing/nats.ts";
import { pieces, randomBytes, readContent, sha256Of } from "../../testing/uploads.ts";
import { FileCache } from "./cache.ts";

natsTest(
  "a server removes files from its disk that were deleted while it was down",
  async (nats) => {
    await using folder = await temporaryFolder();
    const [chat, copy] = [`${folder.path}/chat.db`, `${folder.path}/a.db`];
    const [id = ""] = await writeChat(chat, randomBytes(1000));
    {
      using database = readDatabase(chat);
      const source = new ContentFolder(filesFolder(chat));
      const lines = withContents(readArchive(database), source, () => {});
      await writeNatsArchive({ url: nats.url }, ReadableStream.from(lines));
    }
    {
      await using server = await openServer(nats, copy);
      await readContent(server.contents, id);
    }
    const deleted = newContentId();
    {
      await using local = await DiskContents.open(filesFolder(copy));
      await local.put(deleted, pieces(randomBytes(1000)));
      assert(await local.has(id), "it was opened");
    }
    // Made again from a snapshot, it has nothing that says what was deleted.
    Deno.removeSync(copy);
    await using _server = await openServer(nats, copy);
    await using local = await DiskContents.open(filesFolder(copy));
    assertEquals([await local.has(id), await local.has(deleted)], [true, false]);
  },
);

Deno.test("FileCache keeps no file that is deleted while it is fetched", async () => {
  await using folder = await temporaryFolder();
  const local = await DiskContents.open(`${folder.path}/files`);
  const named = new Set<string>();
  const isNeeded = (content: string) => named.has(content);
  await using cache = new FileCache({ local, maxBytes: 1e6, isNeeded });
  const [id, bytes] = [newContentId(), randomBytes(1000)];
  const whole = {
    size: bytes.length,
    parts: [],
    facts: { sha256: sha256Of(bytes), type: "text/plain" },
  };
  named.add(id);
  const source = {
    ...{ taker: { network: "", person: "" }, read: () => pieces(bytes) },
    stays: () => Promise.resolve(true),
  };
  const read = async function* () {
    yield* pieces(bytes);
    // As the server that applies the deletion does.
    named.delete(id);
    await cache.remove(id);
  };
  assertEquals(await cache.fill(id, whole, { ...source, read }), false);
  assertEquals([await local.has(id), cache.bytes], [false, 0]);
  named.add(id);
  assertEquals(await cache.fill(id, whole, source), true);
  assertEquals([await local.has(id), cache.bytes], [true, bytes.length]);
});

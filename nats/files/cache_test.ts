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
import { FileCache, type FileSource } from "./cache.ts";

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

/** A cache, and fetches for it that each wait until they are let go. */
async function heldFetches() {
  await using opening = new AsyncDisposableStack();
  const folder = opening.use(await temporaryFolder());
  const local = await DiskContents.open(`${folder.path}/files`);
  const troubles: string[] = [];
  const onTrouble = (line: string) => void troubles.push(line);
  const cache = opening.use(new FileCache({ local, maxBytes: 1e9, onTrouble }));
  const released = Promise.withResolvers<void>();
  let begun = 0;
  const bytes = randomBytes(1000);
  /** @param size in NATS, of which only the first bytes are read here */
  const fill = (
    size: number,
    { network = "192.0.2.1", id = newContentId(), waits = true, ...source }:
      & Partial<Pick<FileSource, "signal">>
      & { network?: string; id?: string; waits?: boolean } = {},
  ) => {
    const whole = { size, parts: [], facts: { sha256: sha256Of(bytes), type: "text/plain" } };
    const read = async function* () {
      begun++;
      if (waits) await released.promise;
      yield* pieces(bytes);
    };
    const stays = () => Promise.resolve(true);
    return cache.fill(id, whole, { ...source, taker: { network, person: "" }, read, stays });
  };
  opening.defer(() => released.resolve());
  const open = opening.move();
  return {
    ...{ fill, troubles, release: () => released.resolve(), begun: () => begun },
    [Symbol.asyncDispose]: () => open.disposeAsync(),
  };
}

const LARGE = 25 * 1024 * 1024;

Deno.test("FileCache gives up a file that waits once all have left who want it", async () => {
  await using held = await heldFetches();
  const running = [held.fill(LARGE), held.fill(LARGE)];
  const [left, stays] = [newContentId(), newContentId()];
  const [one, other, third] = [1, 2, 3].map(() => new AbortController());
  const fill = (id: string, reader?: AbortController) =>
    held.fill(LARGE, { id, ...(reader && { signal: reader.signal }) });
  const leaving = [one, other].map((reader) => fill(left, reader));
  const staying = [third, undefined].map((reader) => fill(stays, reader));
  for (const reader of [one, other, third]) reader?.abort();
  assertEquals(await Promise.all([...leaving, fill(newContentId(), one)]), [false, false, false]);
  held.release();
  assertEquals(await Promise.all([...running, ...staying]), [true, true, true, true]);
  assertEquals([held.begun(), held.troubles], [3, []]);
});

Deno.test("FileCache has few large files wait for a network, and no small one behind them", async () => {
  await using held = await heldFetches();
  const fills = Array.from({ length: 100 }, () => held.fill(LARGE));
  let refused = 0;
  for (const fill of fills) fill.then((isHere) => isHere ? undefined : refused++);
  assertEquals(await held.fill(1000, { waits: false }), true);
  assertEquals(await held.fill(1000, { waits: false, network: "198.51.100.1" }), true);
  fills.push(held.fill(LARGE, { network: "198.51.100.1" }));
  held.release();
  assertEquals((await Promise.all(fills)).filter((isHere) => isHere).length, 5 + 1);
  assertEquals(refused, 95);
});

import { assertEquals, assertRejects } from "../testing/assert.ts";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { ContentsError, newContentId, type NewUpload } from "../state/contents.ts";
import { DAY_MS } from "../lib/time.ts";
import { DiskContents } from "./disk_contents.ts";
import { noDisk, smallDisk } from "../testing/disk.ts";
import { temporaryFolder } from "../testing/folder.ts";

const NOW = Date.UTC(2026, 0, 1);

Deno.test("DiskContents takes an upload in parts, also after a restart, and keeps it once", async () => {
  await using folder = await temporaryFolder();
  const upload = newUpload(300_000);
  const bytes = randomBytes(upload.length);
  {
    await using contents = await DiskContents.open(folder.path, NOW);
    await contents.begin(upload);
    assertEquals(await contents.append(upload.id, 0, pieces(bytes.subarray(0, 100_000))), 100_000);
    await assertRejects(
      () => contents.append(upload.id, 100_000, broken(bytes.subarray(100_000, 150_000))),
      Error,
      "disconnected",
    );
  }
  await using contents = await DiskContents.open(folder.path, NOW);
  assertEquals((await contents.find(upload.id))?.offset, 150_000);
  await assertProblem("offset", () => contents.append(upload.id, 100_000, pieces(bytes)));
  await assertProblem("offset", () => contents.finish(upload.id));
  await contents.append(upload.id, 150_000, pieces(bytes.subarray(150_000)));
  const sha256 = createHash("sha256").update(bytes).digest("base64url");
  const facts = { sha256, type: "application/octet-stream" };
  assertEquals(await contents.finish(upload.id), facts);
  // As if the server had died before the file was recorded.
  await using again = await DiskContents.open(folder.path, NOW);
  assertEquals((await again.find(upload.id))?.offset, upload.length);
  assertEquals(await again.finish(upload.id), facts);
  await again.settle(upload.id);
  assertEquals(await again.find(upload.id), undefined);
  assertEquals(await read(again, upload.id), bytes);
  const content = await again.open(upload.id);
  assertEquals(await bytesOf(content?.read(100, 70_000)), bytes.subarray(100, 70_000));
  await again.remove(upload.id);
  await again.remove(upload.id);
  assertEquals(await again.open(upload.id), undefined);
});

Deno.test("DiskContents removes at its start uploads that nobody can continue, and nothing else", async () => {
  await using folder = await temporaryFolder();
  const [old, young, kept] = [newUpload(10), newUpload(10, NOW + DAY_MS), newUpload(3)];
  {
    await using contents = await DiskContents.open(folder.path, NOW);
    await contents.begin(old);
    await contents.begin(young);
    await contents.begin(kept);
    await contents.append(kept.id, 0, pieces(new Uint8Array(3)));
    await contents.finish(kept.id);
    await contents.settle(kept.id);
  }
  await folder.write(`uploads/${newContentId()}`, "without a description");
  await folder.write(`uploads/${newContentId()}.json.part`, "{");
  const damaged = newContentId();
  await folder.write(`uploads/${damaged}.json`, "{");
  await folder.write(`uploads/${damaged}`, "x");
  await using contents = await DiskContents.open(folder.path, NOW + DAY_MS + 1);
  const names = await Array.fromAsync(
    Deno.readDir(join(folder.path, "uploads")),
    ({ name }) => name,
  );
  assertEquals(names, [`${young.id}.json`]);
  assertEquals([...contents.uploads()].map(({ id }) => id), [young.id]);
  assertEquals((await read(contents, kept.id))?.length, 3);
});

Deno.test("DiskContents keeps everything from other users of the machine", async () => {
  await using folder = await temporaryFolder();
  await using contents = await DiskContents.open(folder.path, NOW);
  const upload = newUpload(1);
  await contents.begin(upload);
  await contents.append(upload.id, 0, pieces(new Uint8Array(1)));
  await contents.finish(upload.id);
  for await (const { path, mode } of walk(folder.path)) {
    assertEquals(((mode ?? 0) & 0o077).toString(8), "0", path);
  }
});

Deno.test({
  name: "DiskContents keeps nothing of what a full disk can't take, and leaves room to the chat",
  ignore: noDisk,
  async fn() {
    await using disk = await smallDisk("40m");
    await using contents = await DiskContents.open(join(disk.path, "files"), NOW);
    await assertProblem("full", () => contents.begin(newUpload(100_000_000)));
    const [one, other] = [newUpload(30_000_000), newUpload(30_000_000)];
    await contents.begin(one);
    await contents.begin(other);
    const bytes = new Uint8Array(30_000_000);
    await contents.append(one.id, 0, pieces(bytes));
    await assertProblem("full", () => contents.append(other.id, 0, pieces(bytes)));
    assertEquals(await contents.find(other.id), undefined);
    await Deno.writeFile(join(disk.path, "chat"), new Uint8Array(2_000_000));
    await contents.finish(one.id);
  },
});

Deno.test({
  name:
    "DiskContents leaves room to the chat, however many uploads are begun before any byte comes",
  ignore: noDisk,
  async fn() {
    await using disk = await smallDisk("40m");
    await using contents = await DiskContents.open(join(disk.path, "files"), NOW);
    const uploads = Array.from({ length: 24 }, () => newUpload(4_000_000));
    for (const upload of uploads) await contents.begin(upload);
    // None of them is completed.
    const bytes = new Uint8Array(1_700_000);
    for (const { id } of uploads) await contents.append(id, 0, pieces(bytes)).catch(() => {});
    await Deno.writeFile(join(disk.path, "chat"), new Uint8Array(2_000_000));
  },
});

function newUpload(length: number, begun = NOW): NewUpload {
  return { id: newContentId(), person: "ann", name: "a.bin", length, begun };
}

function randomBytes(length: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length);
  for (let at = 0; at < length; at += 65_536) {
    crypto.getRandomValues(bytes.subarray(at, at + 65_536));
  }
  // No text, no picture.
  bytes[0] = 0;
  return bytes;
}

async function* pieces(bytes: Uint8Array<ArrayBuffer>) {
  for (let at = 0; at < bytes.length; at += 50_000) {
    yield await Promise.resolve(bytes.slice(at, at + 50_000));
  }
}

async function* broken(bytes: Uint8Array<ArrayBuffer>) {
  yield* pieces(bytes);
  throw new Error("disconnected");
}

async function read(contents: DiskContents, id: string) {
  const content = await contents.open(id);
  return content && await bytesOf(content.read(0, content.size));
}

async function bytesOf(stream: ReadableStream<Uint8Array<ArrayBuffer>> | undefined) {
  return stream && await new Response(stream).bytes();
}

async function* walk(folder: string): AsyncIterable<{ path: string; mode: number | null }> {
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    const path = join(folder, name);
    yield { path, mode: (await Deno.stat(path)).mode };
    if (isDirectory) yield* walk(path);
  }
}

async function assertProblem(problem: string, run: () => Promise<unknown>) {
  assertEquals((await assertRejects(run, ContentsError)).problem, problem);
}

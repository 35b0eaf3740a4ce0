import { join } from "node:path";
import { assert, assertEquals } from "../../testing/assert.ts";
import { DAY_MS } from "../../lib/time.ts";
import { DiskContents } from "../../files/disk_contents.ts";
import { FileStats } from "./stats.ts";
import { newUpload, pieces, randomBytes, readContent } from "../../testing/uploads.ts";
import { openLocalState } from "../../state/local.ts";
import { temporaryFolder } from "../../testing/folder.ts";
import type { Uploader } from "./upload_limits.ts";
import { Uploads } from "./uploads.ts";

Deno.test("Uploads removes abandoned uploads, and keeps a finished file whose description is still there", async () => {
  await using folder = await temporaryFolder();
  using store = openLocalState({ path: ":memory:", sync: "normal" });
  const begun = Date.now();
  const [file, whole, half] = [
    newUpload(1000, begun),
    newUpload(1000, begun),
    newUpload(1000, begun),
  ];
  const bytes = randomBytes(1000);
  {
    await using contents = await DiskContents.open(folder.path);
    for (const { id } of [file, whole, half]) {
      await contents.begin({ ...file, id });
      await contents.append(id, 0, pieces(id === half.id ? bytes.subarray(0, 500) : bytes));
    }
    const facts = await contents.finish(file.id);
    await contents.finish(whole.id);
    const { id, person, name, length: size } = file;
    const { type: mime, sha256 } = facts;
    // As if the power had failed before the description was gone for good.
    assertEquals(await store.files.add({ id, person, name, size, mime, sha256 }, ""), undefined);
  }
  await using contents = await DiskContents.open(folder.path, begun + DAY_MS + 1);
  const uploads = new Uploads({
    ...{ contents, records: store.files, stats: new FileStats(), maxFile: 1000 },
    ...{ log: () => {}, advise: () => {} },
  });
  await uploads.sweep(begun + DAY_MS + 1);
  assertEquals([...contents.uploads()], []);
  assertEquals(await readContent(contents, file.id), bytes);
  assertEquals(await readContent(contents, whole.id), undefined);
  assertEquals(await readContent(contents, half.id), undefined);
});

Deno.test("Uploads lets those that were left behind make room, also those that an earlier server has begun", async () => {
  await using folder = await temporaryFolder();
  using store = openLocalState({ path: ":memory:", sync: "normal", maxFiles: 2000 });
  const begun = Date.now();
  const [left, young] = [newUpload(1000, begun - 11 * 60_000), newUpload(1000, begun)];
  {
    await using contents = await DiskContents.open(folder.path);
    for (const upload of [left, young]) {
      await contents.begin(upload);
      await contents.append(upload.id, 0, pieces(randomBytes(900)));
    }
  }
  await using contents = await DiskContents.open(folder.path);
  const uploads = new Uploads({
    ...{ contents, records: store.files, stats: new FileStats(), maxFile: 2000 },
    ...{ log: () => {}, advise: () => {} },
  });
  const create = async (length: number) =>
    (await uploads.create(creation(length), sentBy("bob"))).status;
  assertEquals(await create(200), 201);
  assertEquals(contents.uploads().has(left.id), true);
  assertEquals(await create(1100), 201);
  assertEquals([left, young].map(({ id }) => contents.uploads().has(id)), [false, true]);
  assertEquals(await create(1101), 507);
});

Deno.test("Uploads counts those of an earlier server again when they could not be read", async () => {
  await using folder = await temporaryFolder();
  using store = openLocalState({ path: ":memory:", sync: "normal", maxFiles: 2000 });
  {
    await using contents = await DiskContents.open(folder.path);
    await contents.begin(newUpload(1000, Date.now()));
  }
  await using contents = await DiskContents.open(folder.path);
  const uploads = new Uploads({
    ...{ contents, records: store.files, stats: new FileStats(), maxFile: 2000 },
    ...{ log: () => {}, advise: () => {} },
  });
  const create = async () => (await uploads.create(creation(200), sentBy("bob"))).status;
  const [there, away] = [join(folder.path, "uploads"), join(folder.path, "away")];
  await Deno.rename(there, away);
  await Deno.writeTextFile(there, "");
  assertEquals(await create(), 503);
  await Deno.remove(there);
  await Deno.rename(away, there);
  assertEquals(await create(), 201);
});

Deno.test("Uploads limits attempts, also those that are refused for another reason", async () => {
  await using folder = await temporaryFolder();
  using store = openLocalState({ path: ":memory:", sync: "normal", maxFiles: 100 });
  await using contents = await DiskContents.open(folder.path);
  const uploads = new Uploads({
    ...{ contents, records: store.files, stats: new FileStats(), maxFile: 1000 },
    ...{ log: () => {}, advise: () => {} },
  });
  const answers: number[] = [];
  for (let i = 0; i < 201; i++) {
    answers.push((await uploads.create(creation(200), sentBy("bob"))).status);
  }
  assertEquals(answers.slice(-2), [507, 429]);
});

Deno.test("Uploads lets nobody interrupt the upload of another", async () => {
  await using folder = await temporaryFolder();
  using store = openLocalState({ path: ":memory:", sync: "normal" });
  await using contents = await DiskContents.open(folder.path);
  const uploads = new Uploads({
    ...{ contents, records: store.files, stats: new FileStats(), maxFile: 1000 },
    ...{ log: () => {}, advise: () => {} },
  });
  const upload = newUpload(1000);
  const { id } = upload;
  await contents.begin(upload);
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
  const [own, other] = [upload.person, "bob"].map(sentBy);
  assert(own !== undefined && other !== undefined);
  const appended = uploads.append(request("PATCH", readable), id, own);
  const writer = writable.getWriter();
  await writer.write(randomBytes(500));
  const answers = await Promise.all([
    uploads.offset(request("HEAD"), id, other),
    uploads.append(request("PATCH", new Uint8Array(1)), id, other),
    uploads.cancel(request("DELETE"), id, other),
  ]);
  assertEquals(answers.map(({ status }) => status), [404, 404, 404]);
  // The other ones wait for nothing of the upload, and it does not notice them.
  await writer.write(randomBytes(500));
  await writer.close();
  assertEquals((await appended).headers.get("upload-offset"), "1000");
});

const PEER = { address: "192.0.2.1", scheme: "http:" } as const;

function sentBy(person: string): Uploader {
  return { person, peer: PEER, isKnown: () => true };
}

function creation(length: number): Request {
  const headers = { "tus-resumable": "1.0.0", "upload-length": `${length}` };
  return new Request("http://chat.example/files", { method: "POST", headers });
}

function request(method: string, body?: BodyInit): Request {
  const headers = {
    "tus-resumable": "1.0.0",
    ...(body !== undefined &&
      { "upload-offset": "0", "content-type": "application/offset+octet-stream" }),
  };
  return new Request("http://chat.example/files/id", {
    ...{ method, headers },
    ...(body !== undefined && { body }),
  });
}

import { assertEquals } from "../../testing/assert.ts";
import { DAY_MS } from "../../lib/time.ts";
import { DiskContents } from "../../files/disk_contents.ts";
import { FileStats } from "./stats.ts";
import { newUpload, pieces, randomBytes, readContent } from "../../testing/uploads.ts";
import { openLocalState } from "../../state/local.ts";
import { temporaryFolder } from "../../testing/folder.ts";
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
    assertEquals(await store.files.add({ id, person, name, size, mime, sha256 }), undefined);
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

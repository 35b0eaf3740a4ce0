import { assertEquals } from "../testing/assert.ts";
import { temporaryFolder } from "../testing/folder.ts";
import { openLocalState } from "../state/local.ts";
import { newContentId } from "../state/contents.ts";
import { openDatabase } from "../state/database.ts";
import { openToRead } from "./reading_copy.ts";
import { readArchive } from "./state.ts";

Deno.test("openToRead keeps nobody from shortening the log of data with files, and leaves nothing", async () => {
  await using folder = await temporaryFolder();
  const path = `${folder.path}/chat.db`;
  {
    using local = openLocalState({ path, sync: "normal" });
    const file = {
      ...{ type: "file", id: newContentId(), person: "ann", name: "a.bin", size: 5 } as const,
      ...{ mime: "application/octet-stream", sha256: "hash", total: 0, day: 0 },
    };
    assertEquals(local.state.append([file], 1000).map(({ type }) => type), ["changed"]);
  }
  using writer = openDatabase({ path, sync: "normal" });
  {
    using reading = await openToRead(path);
    const lines = readArchive(reading.database);
    assertEquals(lines.next().value?.type, "hubbub");
    writer.db.exec("update store set id = 'other'");
    assertEquals(writer.db.prepare("pragma wal_checkpoint(truncate)").get()?.busy, 0);
    assertEquals([...lines].at(-1)?.type, "end");
  }
  assertEquals(names(folder.path).filter((name) => name.includes("part")), []);
});

function names(folder: string): string[] {
  return [...Deno.readDirSync(folder)].map(({ name }) => name);
}

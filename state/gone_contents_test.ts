import { contentPath, filesFolder } from "../files/content_path.ts";
import { DiskContents } from "../files/disk_contents.ts";
import { assertEquals, assertRejects } from "../testing/assert.ts";
import { writeChat } from "../testing/chat_file.ts";
import { temporaryFolder } from "../testing/folder.ts";
import { randomBytes, readContent } from "../testing/uploads.ts";
import { ContentsError } from "./contents.ts";
import { GoneContents } from "./gone_contents.ts";
import { openLocalState } from "./local.ts";

Deno.test("GoneContents gives bytes to the equal content that has lost them", async () => {
  await using folder = await temporaryFolder();
  const path = `${folder.path}/chat.db`;
  const [bytes, others] = [randomBytes(300_000), randomBytes(1000)];
  const [first = "", again = "", other = "", copy = ""] = await writeChat(
    path,
    ...[bytes, bytes, others, others],
  );
  await Deno.remove(contentPath(filesFolder(path), first));
  await using contents = await DiskContents.open(filesFolder(path));
  using local = openLocalState({ path, sync: "full" });
  const { database } = local.state;
  await using gone = new GoneContents({ database, contents, everyMs: 1e9 });
  const read = () =>
    Promise.all([first, again, other, copy].map((id) => readContent(contents, id)));
  // While they can't be stored, they stay, and hold nothing up.
  const inTheWay = `${filesFolder(path)}/uploads/${first}.part`;
  await Deno.mkdir(`${inTheWay}/folder`, { recursive: true });
  await assertRejects(() => gone.step(), ContentsError);
  assertEquals(await read(), [undefined, bytes, others, undefined]);
  await Deno.remove(inTheWay, { recursive: true });
  await gone.step();
  assertEquals(await read(), [bytes, undefined, others, undefined]);
  await local.messages[Symbol.asyncDispose]();
});

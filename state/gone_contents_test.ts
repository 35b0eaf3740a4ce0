import { contentPath, filesFolder } from "../files/content_path.ts";
import { DiskContents } from "../files/disk_contents.ts";
import { assertEquals } from "../testing/assert.ts";
import { writeChat } from "../testing/chat_file.ts";
import { temporaryFolder } from "../testing/folder.ts";
import { randomBytes, readContent } from "../testing/uploads.ts";
import { AttachmentTable } from "./attachment_table.ts";
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
  const troubles: string[] = [];
  const onTrouble = (problem: string) => troubles.push(problem);
  await using gone = new GoneContents({ database, contents, everyMs: 1e9, onTrouble });
  const read = () =>
    Promise.all([first, again, other, copy].map((id) => readContent(contents, id)));
  // While they can't be stored, they stay, and hold nothing up.
  const inTheWay = `${filesFolder(path)}/uploads/${first}.part`;
  await Deno.mkdir(`${inTheWay}/folder`, { recursive: true });
  assertEquals([await gone.step(), troubles.length], [false, 1]);
  assertEquals(await read(), [undefined, bytes, others, undefined]);
  await Deno.remove(inTheWay, { recursive: true });
  await gone.step();
  assertEquals(await read(), [bytes, undefined, others, undefined]);
  await local.messages[Symbol.asyncDispose]();
});

Deno.test("GoneContents deletes what it can when something can't be removed", async () => {
  await using folder = await temporaryFolder();
  const path = `${folder.path}/chat.db`;
  const ids = await writeChat(path, ...[1, 2, 3].map((i) => randomBytes(1000 + i)));
  using local = openLocalState({ path, sync: "full" });
  const { database } = local.state;
  const table = new AttachmentTable(database.db);
  for (const id of ids) database.db.prepare("insert into gone_content (id) values (?)").run(id);
  await using contents = await DiskContents.open(filesFolder(path));
  // A folder that has something in it can't be removed.
  const [stuck = ""] = [...ids].sort();
  const inTheWay = contentPath(filesFolder(path), stuck);
  await Deno.remove(inTheWay);
  await Deno.mkdir(`${inTheWay}/folder`, { recursive: true });
  const troubles: string[] = [];
  const onTrouble = (problem: string) => troubles.push(problem);
  await using gone = new GoneContents({ database, contents, everyMs: 1e9, onTrouble });
  assertEquals([await gone.step(), troubles.length], [false, 1]);
  assertEquals(table.gone(9), [stuck]);
  await Deno.remove(inTheWay, { recursive: true });
  await gone.step();
  assertEquals(table.gone(9), []);
  await local.messages[Symbol.asyncDispose]();
});

Deno.test("GoneContents gets behind many that can't be removed, and tries them again", async () => {
  using local = openLocalState({ path: ":memory:", sync: "normal" });
  const { database } = local.state;
  const ids = Array.from({ length: 120 }, (_, i) => `${i}`.padStart(22, "0"));
  for (const id of ids) database.db.prepare("insert into gone_content (id) values (?)").run(id);
  const table = new AttachmentTable(database.db);
  let stuck = 110;
  await using contents = await DiskContents.open();
  // Those of a folder that its file system has damaged, for one.
  contents.remove = (id) =>
    Number(id) < stuck ? Promise.reject(new Error(`${id} stays`)) : Promise.resolve();
  const troubles: string[] = [];
  const onTrouble = (problem: string) => troubles.push(problem);
  await using gone = new GoneContents({ database, contents, everyMs: 1e9, onTrouble });
  for (let walk = 1; walk <= 2; walk++) {
    // After each step it rests, and says what is wrong once, however many there are.
    assertEquals([await gone.step(), await gone.step(), await gone.step()], Array(3).fill(false));
    assertEquals(troubles, [`${ids[0]} stays`]);
  }
  assertEquals(table.gone(200), ids.slice(0, 110));
  stuck = 0;
  while (await gone.step());
  assertEquals(table.gone(200), []);
  await local.messages[Symbol.asyncDispose]();
});

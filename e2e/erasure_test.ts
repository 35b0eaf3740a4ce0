/**
 * Edited and deleted texts are soon found nowhere in the data of a running server: not in the file, its write-ahead log, a
 * backup or an export. Only an open report keeps its copy.
 */
import { assert, assertEquals } from "../testing/assert.ts";
import { basic, ChatClient } from "../testing/chat_client.ts";
import { temporaryFolder } from "../testing/folder.ts";
import { Hubbub, runHubbub } from "../testing/hubbub.ts";
import { exportAll } from "../testing/torture.ts";
import { PATIENCE_MS } from "../testing/waiter.ts";
import { delay } from "../lib/std.ts";

const MARKS = ["edited-mark", "deleted-mark", "reported-mark", "kept-mark"];

Deno.test("the program erases edited and deleted texts from all that it keeps", async () => {
  await using folder = await temporaryFolder();
  const data = `${folder.path}/chat.db`;
  await using hubbub = await Hubbub.start(["--data", data]);
  await using ann = await ChatClient.enter(hubbub.port, ["lobby"], basic("ann:a secret of ann"));
  await using bob = await ChatClient.enter(hubbub.port, ["lobby"], basic("bob:a secret of bob"));
  const said = [];
  for (const mark of MARKS) said.push(await ann.say(`${mark} ${mark.repeat(500)}`));
  const [edited, deleted, reported] = said.map(({ seq }) => seq);
  assertEquals(marksIn(folder.path), MARKS);
  bob.send({ type: "report", id: "r1", room: "lobby", seq: reported, reason: "spam" });
  await bob.take("ok");
  ann.send(
    { type: "edit", id: "e1", room: "lobby", seq: edited, text: "another text" },
    { type: "delete", id: "d1", room: "lobby", seq: deleted },
    { type: "delete", id: "d2", room: "lobby", seq: reported },
  );
  for (const id of ["e1", "d1", "d2"]) await ann.take("changed", (line) => line.id === id);
  const left = ["reported-mark", "kept-mark"];
  const end = performance.now() + 3 * PATIENCE_MS;
  while (marksIn(folder.path).join() !== left.join()) {
    assert(performance.now() < end, `${marksIn(folder.path)} are left`);
    await delay(500);
  }
  const { code, stderr } = await runHubbub(["backup", `${folder.path}/backup.db`, "--data", data]);
  assertEquals([code, stderr], [0, ""]);
  Deno.writeTextFileSync(`${folder.path}/export.jsonl`, await exportAll(["--data", data]));
  for (const name of ["backup.db", "export.jsonl"]) {
    assertEquals(marksIn(folder.path, name), left, name);
  }
  // The search index is beside the data.
  assert([...Deno.readDirSync(folder.path)].length > 3);
  assertEquals(marksIn(folder.path), left);
});

/** The marks that are in the files of a folder, or in one of them. */
function marksIn(folder: string, file?: string): string[] {
  const names = file ? [file] : [...Deno.readDirSync(folder)].map(({ name }) => name);
  const texts = names.map((name) => {
    try {
      return new TextDecoder("latin1").decode(Deno.readFileSync(`${folder}/${name}`));
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return "";
      throw error;
    }
  });
  return MARKS.filter((mark) => texts.some((text) => text.includes(mark)));
}

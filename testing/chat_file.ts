/**
 * A data file with a chat whose messages name files.
 *
 * @module
 */
import { filesFolder } from "../files/content_path.ts";
import { DiskContents } from "../files/disk_contents.ts";
import { openLocalState } from "../state/local.ts";
import { assertEquals } from "./assert.ts";
import { newUpload, pieces } from "./uploads.ts";

const ANN = { id: "p1", name: "ann" };

/** Writes a chat in which messages name files with these bytes. Returns the ids of the files. */
export async function writeChat(
  path: string,
  ...files: Uint8Array<ArrayBuffer>[]
): Promise<string[]> {
  await using contents = await DiskContents.open(filesFolder(path));
  using local = openLocalState({ path, sync: "full" });
  const ids: string[] = [];
  for (const bytes of files) {
    const upload = newUpload(bytes.length);
    await contents.begin({ ...upload, person: ANN.id });
    await contents.append(upload.id, 0, pieces(bytes));
    const { sha256, type: mime } = await contents.finish(upload.id);
    const { id, name, length: size } = upload;
    const file = { id, person: ANN.id, name, size, mime, sha256 };
    assertEquals(await local.files.add(file, ""), undefined);
    await contents.settle(id);
    ids.push(id);
    const message = {
      type: "message",
      room: "lobby",
      id,
      user: ANN,
      text: "",
      files: [id],
    } as const;
    assertEquals(local.state.append([message], Date.now()).map(({ type }) => type), ["message"]);
  }
  await local.messages[Symbol.asyncDispose]();
  return ids;
}

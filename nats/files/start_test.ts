/** What a server does with the files that it finds beside its copy. */
import { assertEquals } from "../../testing/assert.ts";
import { folder, openServer } from "../../testing/copies.ts";
import { natsTest as test } from "../../testing/nats.ts";
import { contentPath, filesFolder } from "../../files/content_path.ts";
import { exists } from "../../state/files.ts";
import { newContentId } from "../../state/contents.ts";
import { dirname } from "node:path";

test("files that the chat does not have go at a start, unless a copy that was set aside may name them", async (nats) => {
  using dir = folder();
  const copy = `${dir.path}/one.db`;
  const file = contentPath(filesFolder(copy), newContentId());
  Deno.mkdirSync(dirname(file), { recursive: true });
  Deno.writeTextFileSync(file, "deleted while the server was down");
  const former = `${copy}.2026-01-01T00-00-00-000Z.before`;
  Deno.writeTextFileSync(former, "");
  await (await openServer(nats, copy))[Symbol.asyncDispose]();
  assertEquals(exists(file), true);
  Deno.removeSync(former);
  await (await openServer(nats, copy))[Symbol.asyncDispose]();
  assertEquals(exists(file), false);
});

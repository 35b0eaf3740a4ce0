/** Pictures of previews from the page to the disk, over loopback, and off it again. */
import { DiskContents } from "../../files/disk_contents.ts";
import { assert, assertEquals } from "../../testing/assert.ts";
import { edit, message } from "../../testing/change_scene.ts";
import { temporaryFolder } from "../../testing/folder.ts";
import { HubOnState } from "../../testing/hub_on_state.ts";
import { png } from "../../testing/sample_files.ts";
import { AttachmentTable } from "../../state/attachment_table.ts";
import { GoneContents } from "../../state/gone_contents.ts";
import { StoredSettings } from "../../state/settings.ts";
import type { LinkPreview } from "../../protocol/mod.ts";
import { get } from "./connect.ts";
import { PageFetcher } from "./fetcher.ts";
import { PictureStore } from "./picture_store.ts";
import { PreviewService } from "./service.ts";

/** The names of the files in a folder, without those of descriptions of sub-folders. */
async function filesIn(path: string): Promise<string[]> {
  const names: string[] = [];
  for await (const { name, isFile } of Deno.readDir(path)) {
    if (isFile) names.push(name);
    else names.push(...await filesIn(`${path}/${name}`));
  }
  return names.sort();
}

Deno.test("PreviewService keeps the pictures of pages until their previews go", async () => {
  const picture = png(40, 30);
  const asked: string[] = [];
  const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, ({ url }) => {
    const { pathname } = new URL(url);
    asked.push(pathname);
    if (pathname === "/p.png") return new Response(picture);
    // It begins as a picture.
    if (pathname === "/bad.png") return new Response(picture.slice(0, 8));
    // A few bytes that say they are many pixels.
    if (pathname === "/huge.png") return new Response(png(60_000, 60_000));
    const html = `<title>T</title><meta property="og:image" content="${pathname.slice(2)}">`;
    return new Response(html, { headers: { "content-type": "text/html" } });
  });
  const fetcher = new PageFetcher({
    version: "1",
    resolve: () => Promise.resolve(["127.0.0.1"]),
    mayRead: (address) => address === "127.0.0.1",
    get: (request) => get({ ...request, port: server.addr.port }),
  });
  await using folder = await temporaryFolder();
  await using contents = await DiskContents.open(folder.path);
  await using the = new HubOnState();
  const { actions, state, files: records } = the.store;
  const settings = new StoredSettings(state.database.db);
  const files = new AttachmentTable(state.database.db);
  await using gone = new GoneContents({ database: state.database, contents, everyMs: 1e9 });
  const options = { contents, records, maxFile: 10_000 };
  using previews = new PreviewService({
    isOn: () => settings.read().previews,
    read: (url, hasPicture) => fetcher.read(url, hasPicture),
    append: (event) => actions.append(event),
    pictures: new PictureStore(options),
  });
  const ann = the.person("ann", "admin");
  await the.join(ann, "lobby");
  the.append({ type: "setting", setting: "previews", value: true, by: ann.user.id });
  let seq = 0;

  /** Sends a message, and resolves to its previews. */
  async function send(text: string, service = previews): Promise<readonly LinkPreview[]> {
    the.append(message(ann, "lobby", text));
    seq++;
    await ann.until(() => ann.all("message").some((line) => line.seq === seq));
    const sent = ann.all("message").find((line) => line.seq === seq);
    assert(sent !== undefined);
    service.see(sent);
    await service.settled();
    const last = () => ann.all("changed").findLast((line) => line.message.seq === seq)?.message;
    await ann.until(() => last() !== undefined);
    return last()?.previews ?? [];
  }

  const [first] = await send("http://a.example/x/p.png");
  const { id = "", ...size } = first?.picture ?? {};
  assertEquals(size, { width: 40, height: 30 });
  const file = await records.find(ann.user.id, id);
  assertEquals([file?.type, file?.size, file?.name], ["image/png", picture.length, "preview"]);
  const content = await contents.open(id);
  const stored = await new Response(content?.read(0, content.size)).bytes();
  assertEquals(stored, picture);
  // A picture is fetched once, and its bytes are stored once.
  const [again] = await send("http://a.example/x/p.png");
  assert(again?.picture !== undefined && again.picture.id !== id);
  assertEquals(asked, ["/x/p.png", "/p.png"]);
  assertEquals(files.total.contents, 1);
  await gone.step();
  assertEquals(await filesIn(folder.path), [id]);
  for (const bad of ["bad.png", "huge.png", "none"]) {
    assertEquals(await send(`http://a.example/x/${bad}`), [
      { url: `http://a.example/x/${bad}`, title: "T" },
    ]);
  }
  // A server that keeps no files, or none as large, has none.
  for (const maxFile of [0, picture.length - 1]) {
    using other = new PreviewService({
      isOn: () => true,
      read: (url, hasPicture) => fetcher.read(url, hasPicture),
      append: (event) => actions.append(event),
      pictures: new PictureStore({ ...options, maxFile }),
    });
    assertEquals((await send("http://a.example/x/p.png", other))[0]?.picture, undefined);
  }
  assertEquals(await filesIn(folder.path), [id]);
  assertEquals([...contents.uploads()], []);
  // The other message has the same bytes.
  await the.ask(ann, edit(1, "none", "lobby"));
  await gone.step();
  assertEquals(await filesIn(folder.path), [id]);
  await the.ask(ann, { type: "remove_previews", room: "lobby", seq: 2 });
  await gone.step();
  assertEquals(await filesIn(folder.path), []);
  await server.shutdown();
});

import { assert, assertEquals, assertMatch } from "../testing/assert.ts";
import { basic, browser, ChatClient } from "../testing/chat_client.ts";
import { filesFolder } from "../files/content_path.ts";
import { createHash } from "node:crypto";
import { Hubbub } from "../testing/hubbub.ts";
import { gif, gifScript, png, randomBytes, text, zipBomb } from "../testing/sample_files.ts";
import { temporaryFolder } from "../testing/folder.ts";
import { TusClient } from "../testing/tus.ts";

const ANN = basic("ann:open sesame");
const BEN = basic("ben:open sesame");

Deno.test("the program accepts uploads by tus, and serves them to people who may read them", async (t) => {
  await using folder = await temporaryFolder();
  const data = `${folder.path}/chat.db`;
  await using hubbub = await Hubbub.start(["--data", data, "--max-file", "1000000"]);
  const { port } = hubbub;
  await using ann = await ChatClient.enter(port, ["lobby"], ANN);
  await using ben = await ChatClient.enter(port, ["lobby"], BEN);
  const [tus, other] = [new TusClient(port, ANN), new TusClient(port, BEN)];
  const nobody = new TusClient(port, {});
  const bytes = randomBytes(100_000);

  await t.step("it says what it can", async () => {
    const { status, headers } = await nobody.request("OPTIONS", "/files");
    assertEquals(status, 204);
    assertEquals(headers.get("tus-version"), "1.0.0");
    assertEquals(headers.get("tus-extension"), "creation,termination");
    assertEquals(headers.get("tus-max-size"), "1000000");
    assertEquals(ann.hello.limits.file, 1_000_000);
  });

  const path = await tus.begin(bytes.length, { filename: "plan.bin" });
  const id = path.slice("/files/".length);
  await t.step("an upload goes on where it was", async () => {
    assertEquals(await tus.offset(path), 0);
    const first = await tus.append(path, 0, bytes.subarray(0, 40_000));
    assertEquals([first.status, first.headers.get("upload-offset")], [204, "40000"]);
    assertEquals(await tus.offset(path), 40_000);
    for (const offset of [0, 39_999, 40_001, 100_000]) {
      assertEquals(await ended(tus.append(path, offset, bytes.subarray(0, 1))), 409, `${offset}`);
    }
    assertEquals(await ended(tus.append(path, 40_000, bytes)), 413);
    assertEquals(await tus.offset(path), 40_000);
    assertEquals(await ended(tus.append(path, 40_000, bytes.subarray(40_000))), 204);
    // As after an answer that was lost.
    assertEquals(await tus.offset(path), 100_000);
    assertEquals(await ended(tus.append(path, 100_000, new Uint8Array())), 204);
  });

  await t.step("nobody else learns of it before a message names it", async () => {
    for (const client of [other, nobody]) {
      const denied = client === other ? 404 : 401;
      assertEquals((await client.request("HEAD", path)).status, denied);
      assertEquals(await ended(client.append(path, 100_000, new Uint8Array())), denied);
      assertEquals(await ended(client.request("DELETE", path)), denied);
      assertEquals(await ended(client.get(id)), denied);
    }
    const unknown = await other.get("A".repeat(22));
    const foreign = await other.get(id);
    assertEquals(await unknown.text(), await foreign.text());
    assertEquals(withoutDate(unknown.headers), withoutDate(foreign.headers));
    assertEquals(await ended(tus.get(id)), 200);
  });

  await t.step("a message gives it to its readers, whole and in parts", async () => {
    ann.send({ type: "send", room: "lobby", id: "m1", text: "", files: [id] });
    const { seq, files } = await ben.take("message");
    assertEquals(files, [{
      id,
      name: "plan.bin",
      size: 100_000,
      type: "application/octet-stream",
    }]);
    const answer = await other.get(id, {}, "plan.bin");
    assertEquals(hash(await answer.bytes()), hash(bytes));
    assertEquals(answer.headers.get("etag"), `"${id}"`);
    assertEquals(answer.headers.get("cache-control"), "private, no-cache, no-transform");
    assertEquals(answer.headers.get("accept-ranges"), "bytes");
    const ranges: [string, number, number][] = [
      ["bytes=0-0", 0, 1],
      ["bytes=99990-", 99_990, 100_000],
      ["bytes=-5", 99_995, 100_000],
      ["bytes=500-200000", 500, 100_000],
    ];
    for (const [range, start, end] of ranges) {
      const part = await other.get(id, { range });
      assertEquals(part.status, 206, range);
      assertEquals(part.headers.get("content-range"), `bytes ${start}-${end - 1}/100000`);
      assertEquals(await part.bytes(), bytes.slice(start, end));
    }
    const beyond = await other.get(id, { range: "bytes=100000-" });
    assertEquals(await ended(beyond), 416);
    assertEquals(beyond.headers.get("content-range"), "bytes */100000");
    assertEquals(await ended(other.get(id, { range: "bytes=0-1,5-6" })), 200);
    assertEquals(await ended(other.get(id, { range: "bytes=0-1", "if-range": '"other"' })), 200);
    assertEquals(await ended(other.get(id, { range: "bytes=0-1", "if-range": `"${id}"` })), 206);
    assertEquals(await ended(other.get(id, { "if-none-match": `"${id}"` })), 304);
    const head = await other.request("HEAD", `/files/${id}/x`);
    assertEquals([head.status, head.headers.get("content-length")], [200, "100000"]);

    ann.send({ type: "delete", room: "lobby", seq });
    await ben.take("changed");
    assertEquals(await ended(other.get(id, { "if-none-match": `"${id}"` })), 404);
    assertEquals(await ended(tus.get(id)), 404);
  });

  await t.step("it refuses what is no upload", async () => {
    const create = (length: number | string, headers: Record<string, string> = {}) =>
      ended(tus.create(length, {}, headers));
    assertEquals(await create("x"), 400);
    assertEquals(await create("-1"), 400);
    assertEquals(await create("1e3"), 400);
    assertEquals(await create(1_000_001), 413);
    assertEquals(await create("9".repeat(40)), 400);
    assertEquals(await create(1, { "tus-resumable": "0.2.2" }), 412);
    assertEquals(await create(1, { "tus-resumable": "" }), 412);
    assertEquals(await create(1, { "upload-metadata": "filename !!!" }), 400);
    assertEquals(await create(1, { "upload-metadata": "preview eA==" }), 400);
    assertEquals(await create(1, { origin: "http://evil.example" }), 403);
    assertEquals(await ended(nobody.create(1)), 401);
    const path = await tus.begin(10);
    const wrong: Record<string, string>[] = [
      { "content-type": "application/octet-stream" },
      { "upload-offset": "x" },
      { "upload-offset": "-1" },
      { origin: "null" },
    ];
    for (const headers of wrong) {
      const status = await ended(tus.append(path, 0, "x", headers));
      assert([400, 403, 415].includes(status), `${status}`);
    }
    assertEquals(await ended(tus.append(path, 0, streamOf("x"))), 411);
    assertEquals(await ended(tus.request("GET", "/files")), 405);
    assertEquals(await ended(tus.request("PUT", path)), 405);
    assertEquals(await ended(tus.request("DELETE", path)), 204);
    assertEquals((await tus.request("HEAD", path)).status, 404);
    for (const path of ["/files/x", "/files/%2e%2e/x", `/files/${id}/a/b`]) {
      assertEquals(await ended(tus.request("GET", path)), 404, path);
    }
  });

  await t.step("a name leads nowhere, and is sent back as it can be", async () => {
    const cases: [string, RegExp][] = [
      ["../../etc/passwd", /^inline; filename="passwd"; filename\*=UTF-8''passwd$/],
      ["..", /filename="file"/],
      ["a\0b\r\nSet-Cookie: x.txt", /filename="a_bSet-Cookie: x.txt"/],
      ['q"\\uote.txt', /filename="uote.txt"/],
      ["日本.txt", /filename="__.txt"; filename\*=UTF-8''%E6%97%A5%E6%9C%AC.txt$/],
      [`${"x".repeat(300)}.txt`, /filename="x{251}.txt"/],
    ];
    for (const [name, expected] of cases) {
      const answer = await tus.get(await tus.upload(text("x"), name));
      assertMatch(answer.headers.get("content-disposition") ?? "", expected);
      await answer.body?.cancel();
    }
  });

  await t.step("what could do harm is saved, not shown", async () => {
    const cases: [string, Uint8Array<ArrayBuffer>, string, "inline" | "attachment"][] = [
      ["x.png", png(64, 48), "image/png", "inline"],
      ["x.gif", gif(), "image/gif", "inline"],
      ["x.png", text("<script>alert(1)</script>"), "text/html", "attachment"],
      ["x.txt", text("<svg onload='alert(1)'/>"), "image/svg+xml", "attachment"],
      ["x.html", text("harmless"), "text/plain; charset=utf-8", "inline"],
      ["x.js", gifScript("alert(1)"), "image/gif", "inline"],
      ["huge.png", png(50_000, 50_000), "image/png", "attachment"],
      ["bomb.zip", zipBomb(100), "application/zip", "attachment"],
      ["x.pdf", text("%PDF-1.7"), "application/pdf", "attachment"],
      ["empty", text(""), "text/plain; charset=utf-8", "inline"],
    ];
    for (const [name, bytes, type, disposition] of cases) {
      // The word of the sender counts for nothing.
      const id = await tus.upload(bytes, name, { filetype: "text/html", type: "image/png" });
      const { headers, ...answer } = await tus.get(id);
      const shown = headers.get("content-disposition")?.split(";")[0];
      assertEquals([headers.get("content-type"), shown], [type, disposition], name);
      assertEquals(headers.get("x-content-type-options"), "nosniff");
      assertEquals(
        headers.get("content-security-policy"),
        "sandbox; default-src 'none'; frame-ancestors 'none'",
      );
      assertEquals(headers.get("cross-origin-resource-policy"), "same-origin");
      await answer.body?.cancel();
    }
  });

  await t.step(
    "a page's cookie is as good, and a guest may upload while guests may write",
    async () => {
      const guest = new TusClient(port, await browser(port));
      assertEquals(await ended(guest.get(await guest.upload(text("x"), "x"))), 200);
      const forged = new TusClient(port, { cookie: "hubbub_123456=x" });
      assertEquals(await ended(forged.create(1)), 401);
    },
  );

  await t.step("metrics count it", async () => {
    const metrics = await (await fetch(hubbub.url("/metrics"))).text();
    assertMatch(metrics, /^hubbub_uploads_total\{result="finished"\} \d\d$/m);
    assertMatch(metrics, /^hubbub_refused_uploads_total\{reason="offset"\} 4$/m);
    assertMatch(metrics, /^hubbub_file_bytes [1-9]\d+$/m);
    assertMatch(metrics, /^hubbub_upload_bytes_total [1-9]\d+$/m);
  });

  await t.step("the log says once a minute that a file is missing or not read", async () => {
    const file = await tus.upload(text("x"), "x");
    await Deno.remove(filesFolder(data), { recursive: true });
    for (let i = 0; i < 3; i++) assertEquals(await ended(tus.get(file)), 404);
    // Nobody can follow a link to itself.
    await Deno.symlink(filesFolder(data), filesFolder(data));
    for (let i = 0; i < 3; i++) assertEquals(await ended(tus.get(file)), 503);
    hubbub.signal("SIGTERM");
    const log = await hubbub.stderr;
    assertEquals(log.match(/"event":"file (missing|not read)"/g)?.length, 2, log);
  });
});

/** The status of an answer whose body nobody needs. */
async function ended(answer: Response | Promise<Response>): Promise<number> {
  const { status, body } = await answer;
  await body?.cancel();
  return status;
}

function hash(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

function withoutDate(headers: Headers): [string, string][] {
  return [...headers].filter(([name]) => name !== "date");
}

function streamOf(content: string): ReadableStream<Uint8Array<ArrayBuffer>> {
  return ReadableStream.from([text(content)]);
}

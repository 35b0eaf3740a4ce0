import { Assets } from "./assets.ts";
import { temporaryFolder } from "../testing/folder.ts";
import { assertEquals, assertMatch, assertThrows } from "../testing/assert.ts";

const URL_OF_PAGE = "http://chat.example/page-0123abcd.js";

async function load(): Promise<Assets> {
  await using folder = await temporaryFolder();
  const files = {
    "index.html": "<p>",
    "page-0123abcd.js": "let x;",
    "page-0123abcd.js.br": "br",
    "page-0123abcd.js.gz": "gz",
  };
  for (const [name, text] of Object.entries(files)) {
    await Deno.writeTextFile(`${folder.path}/${name}`, text);
  }
  return Assets.load(new URL(`file://${folder.path}/`));
}

Deno.test("Assets serves index.html at / and every other file at its name", async () => {
  const assets = await load();
  assertEquals(["/", "/page-0123abcd.js"].map((path) => assets.has(path)), [true, true]);
  const others = ["/index.html", "/page-0123abcd.js.br", "", "/..", "/constructor"];
  assertEquals(others.map((path) => assets.has(path)), others.map(() => false));
  const page = await assets.respond("/", new Request("http://chat.example/"));
  assertEquals(await page.text(), "<p>");
  assertEquals(page.headers.get("content-type"), "text/html; charset=UTF-8");
  assertEquals(page.headers.get("cache-control"), "no-cache");
  const nothing = await assets.respond("/nothing", new Request("http://chat.example/nothing"));
  assertEquals(nothing.status, 404);
});

Deno.test("Assets sends the smallest encoding that the client accepts", async () => {
  const assets = await load();
  const cases: [accepts: string | undefined, body: string, encoding: string | null][] = [
    [undefined, "let x;", null],
    ["gzip, br", "br", "br"],
    ["gzip,br;q=0", "gz", "gzip"],
    ["deflate", "let x;", null],
    ["*", "br", "br"],
  ];
  for (const [accepts, body, encoding] of cases) {
    const headers: HeadersInit = accepts === undefined ? {} : { "accept-encoding": accepts };
    const answer = await assets.respond("/page-0123abcd.js", new Request(URL_OF_PAGE, { headers }));
    assertEquals([await answer.text(), answer.headers.get("content-encoding")], [body, encoding]);
    assertMatch(answer.headers.get("cache-control") ?? "", /immutable/);
  }
});

Deno.test("Assets answers 304 when the client has the file, and HEAD without a body", async () => {
  const assets = await load();
  const ask = (headers: HeadersInit, method = "GET") =>
    assets.respond("/page-0123abcd.js", new Request(URL_OF_PAGE, { headers, method }));
  const head = await ask({}, "HEAD");
  assertEquals([await head.text(), head.headers.get("content-length")], ["", "6"]);
  const tag = head.headers.get("etag") ?? "";
  for (const value of [tag, `W/${tag}`, `"x", ${tag}`, "*"]) {
    const answer = await ask({ "if-none-match": value });
    assertEquals([answer.status, await answer.text(), answer.headers.get("etag")], [304, "", tag]);
  }
  assertEquals((await ask({ "if-none-match": tag, "accept-encoding": "br" })).status, 200);
});

Deno.test("Assets.load throws NotFound for a folder that does not exist", () => {
  assertThrows(() => Assets.load(new URL("file:///nonexistent/")), Deno.errors.NotFound);
});

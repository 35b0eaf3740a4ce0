import { assert, assertEquals } from "../../../testing/assert.ts";
import { fileAddress, kindOf, shownSize, sizeWords, typeWord } from "./file_kind.ts";

Deno.test("kindOf shows pictures whose place can be kept free", () => {
  const file = { name: "a", size: 100 };
  const size = { width: 10, height: 10 };
  assertEquals(kindOf({ ...file, type: "image/png", ...size }, false), "picture");
  assertEquals(kindOf({ ...file, type: "image/png" }, false), "file");
  assertEquals(kindOf({ ...file, type: "image/svg+xml", ...size }, false), "file");
  assertEquals(kindOf({ ...file, type: "video/mp4" }, false), "video");
  assertEquals(kindOf({ ...file, type: "audio/mpeg" }, false), "audio");
  const bomb = { ...file, type: "image/png", width: 50_000, height: 50_000 };
  assertEquals([kindOf(bomb, false), kindOf(bomb, true)], ["file", "picture"]);
});

Deno.test("shownSize keeps the shape, makes nothing larger and leaves something to see", () => {
  assertEquals(shownSize({ width: 4000, height: 3000 }), { width: 400, height: 300 });
  assertEquals(shownSize({ width: 100, height: 3000 }), { width: 48, height: 300 });
  assertEquals(shownSize({ width: 16, height: 90 }), { width: 48, height: 90 });
});

Deno.test("sizeWords and typeWord are short", () => {
  assertEquals(
    [0, 1, 999, 1_500, 1024 * 1024 - 1, 26_214_400, 3 * 2 ** 30].map((n) => sizeWords(n, "en")),
    ["0 bytes", "1 byte", "999 bytes", "1.5 kB", "1 MB", "25 MB", "3 GB"],
  );
  assertEquals(typeWord({ name: "a.tar.gz", type: "application/gzip", size: 1 }), "GZ");
  assertEquals(typeWord({ name: "a", type: "application/pdf", size: 1 }), "PDF");
  assertEquals(typeWord({ name: "a", type: "", size: 1 }), "");
});

Deno.test("fileAddress leads to the file, whatever its name", () => {
  for (const name of ["..", "a/b?c#d", "产品.pdf", "%2e%2e"]) {
    const { pathname, hash } = new URL(fileAddress({ id: "ID", name }), "http://a.b/chat/");
    assert(pathname.startsWith("/chat/files/ID/"), pathname);
    assertEquals([pathname.split("/").length, hash], [5, ""]);
  }
});

import { assert, assertEquals } from "../../testing/assert.ts";
import { cpuTime } from "../../testing/cpu_time.ts";
import { isPreview } from "../../protocol/previews.ts";
import { PageReader } from "./page_reader.ts";

function read(html: string | Uint8Array, contentType = "text/html", piece = 7) {
  const reader = new PageReader(contentType);
  const bytes = typeof html === "string" ? new TextEncoder().encode(html) : html;
  for (let i = 0; i < bytes.length; i += piece) reader.write(bytes.subarray(i, i + piece));
  return reader.end();
}

Deno.test("PageReader prefers Open Graph, and reads nothing from the body", () => {
  assertEquals(read("<title> A\n\t page </title>"), { title: "A page" });
  assertEquals(read('<meta name="twitter:title" content=T><meta property=og:title content=O>'), {
    title: "O",
  });
  assertEquals(read('<title>A</title><body><meta property="og:title" content="B">'), {
    title: "A",
  });
  assertEquals(read('<title>A</title><meta property="og:description" content="A">'), {
    title: "A",
  });
  assertEquals(read("<svg><title>A</title></svg><p>text"), { title: "A" });
  for (const none of ["", "<title></title>", "text", "<title>\u200b</title>", "<meta>"]) {
    assertEquals(read(none), undefined, none);
  }
});

Deno.test("PageReader decodes a page by its byte order mark, its header, or its own declaration", () => {
  const latin = new Uint8Array(
    [...'<meta charset="iso-8859-1"><title>'].map((c) => c.charCodeAt(0))
      .concat([0xe9], [..."</title>"].map((c) => c.charCodeAt(0))),
  );
  assertEquals(read(latin)?.title, "é");
  assertEquals(read(latin, "text/html; charset=iso-8859-2")?.title, "é");
  assertEquals(read(latin, "text/html; charset=utf-8")?.title, "\ufffd");
  const sjis = new Uint8Array([..."<title>"].map((c) => c.charCodeAt(0)).concat([0x93, 0xfa]));
  assertEquals(read(sjis, 'text/html; charset="Shift_JIS"')?.title, "日");
  assertEquals(read("\ufeff<title>é</title>", "text/html; charset=latin1")?.title, "é");
  assertEquals(read("<title>é</title>", "text/html; charset=nonsense")?.title, "é");
});

Deno.test("PageReader makes texts that a message may have, whatever a page says", () => {
  const bad = "\u202e\u0000\ud800\u200b&#0;&#x202e; x".repeat(500);
  const html = `<title>${bad}</title><meta name=description content="${bad}🦊">` +
    `<meta property=og:site_name content="${"🦊".repeat(200)}">`;
  const page = read(html, "text/html", 4096);
  assert(page !== undefined);
  const { image: _, ...texts } = page;
  assert(isPreview({ url: "http://a.example/", ...texts }), JSON.stringify(texts));
  assert(!/[\p{Cc}\u202e\u200b]/u.test(texts.title + texts.description));
  assertEquals(texts.site?.length, 79);
});

Deno.test("PageReader takes time in proportion to a page, whatever is in it", () => {
  const pieces = [
    "<",
    "<a ",
    "<!--",
    "<title>",
    "<meta a=",
    "&",
    "&#",
    "<p>",
    "</",
    "<svg><",
    "<![CDATA[",
  ];
  const more = ["<meta property='", "<b x='y' ", "<script><", "&notin"];
  for (const piece of [...pieces, ...more]) {
    const times = [128, 1024].map((kib) => {
      const html = new TextEncoder().encode(piece.repeat(kib * 1024 / piece.length));
      const before = cpuTime();
      read(html, "text/html", 100);
      return cpuTime() - before;
    });
    // Eight times as much takes about eight times as long; squared it would be 64 times.
    const [small = 0, large = 0] = times;
    assert(large < Math.max(500, 30 * small), `${piece}: ${small} ms, ${large} ms`);
  }
});

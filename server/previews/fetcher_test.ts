/** Reading pages of servers on this machine, whose addresses are allowed here, by names that resolve as a test says. */
import { assert, assertEquals, assertRejects } from "../../testing/assert.ts";
import { temporaryFolder } from "../../testing/folder.ts";
import { makeCertificate, noOpenssl } from "../../testing/openssl.ts";
import { mayRead } from "./addresses.ts";
import { type CheckedRequest, get } from "./connect.ts";
import { FetchError } from "./fetch_error.ts";
import { type FetcherOptions, PageFetcher } from "./fetcher.ts";

const HTML = { "content-type": "text/html" };

/** Names and their addresses, of one answer after the other; the last one stays. */
type Names = Readonly<Record<string, readonly (readonly string[])[]>>;

interface Web extends AsyncDisposable {
  readonly fetcher: PageFetcher;
  /** Every address that was connected to, and every request that arrived. */
  readonly connected: string[];
  readonly requests: { readonly url: string; readonly headers: Record<string, string> }[];
}

/** A web of one server, whatever its port; loopback is its public internet. */
function web(
  answer: (request: Request) => Response | Promise<Response>,
  { names = { "site.example": [["127.0.0.1"]] }, ...options }: Partial<FetcherOptions> & {
    readonly names?: Names;
  } = {},
): Web {
  const connected: string[] = [];
  const requests: { url: string; headers: Record<string, string> }[] = [];
  const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, (request) => {
    requests.push({ url: request.url, headers: Object.fromEntries(request.headers) });
    return answer(request);
  });
  const asked = new Map<string, number>();
  const fetcher = new PageFetcher({
    version: "1.2.3",
    resolve: (name) => {
      const count = asked.get(name) ?? 0;
      asked.set(name, count + 1);
      return Promise.resolve(names[name]?.[count] ?? names[name]?.at(-1) ?? []);
    },
    mayRead: (address) => address === "127.0.0.1",
    get: (request: CheckedRequest) => {
      connected.push(request.address);
      return get({ ...request, port: server.addr.port });
    },
    ...options,
  });
  return {
    ...{ fetcher, connected, requests },
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

function page(body: string, headers: HeadersInit = HTML): Response {
  return new Response(body, { headers });
}

async function problemOf(reading: Promise<unknown>): Promise<string> {
  return (await assertRejects(() => reading, FetchError)).problem;
}

Deno.test("PageFetcher reads a page, identifies itself, and sends nothing about a person", async () => {
  const html = `<title>T</title><meta property="og:title" content="A &amp; B">
    <meta name="description" content="about"><meta property="og:site_name" content="Site">
    <meta property="og:image" content="/p.png"></head><body><title>no</title>`;
  await using the = web(() => page(html));
  assertEquals(await the.fetcher.read("http://site.example/a?b#c"), {
    ...{ title: "A & B", description: "about", site: "Site" },
  });
  assertEquals(the.requests.length, 1);
  const [request] = the.requests;
  assert(request !== undefined);
  assertEquals(new URL(request.url).pathname + new URL(request.url).search, "/a?b");
  assertEquals(request.headers, {
    "accept": "text/html,application/xhtml+xml",
    "accept-encoding": "identity",
    "connection": "close",
    "host": "site.example",
    "user-agent": "Hubbub/1.2.3 (link preview)",
  });
});

Deno.test({
  name: "PageFetcher connects over TLS by the checked address, and checks the name",
  ignore: noOpenssl,
  fn: readsOverTls,
});

async function readsOverTls(): Promise<void> {
  await using folder = await temporaryFolder();
  const { pem: cert, key: keyFile } = await makeCertificate(folder);
  const key = await Deno.readTextFile(keyFile);
  const server = Deno.serve(
    { port: 0, hostname: "127.0.0.1", cert, key, onListen() {} },
    () => page("<title>secure</title>"),
  );
  const read = (url: string, ca?: string) =>
    new PageFetcher({
      version: "1",
      resolve: () => Promise.resolve(["127.0.0.1"]),
      mayRead: () => true,
      get: (request) => get({ ...request, port: server.addr.port, ...(ca && { ca }) }),
    }).read(url);
  // The certificate is for localhost, which is resolved as any other name.
  assertEquals(await read("https://localhost/", cert), { title: "secure" });
  assertEquals(await problemOf(read("https://other.example/", cert)), "failed");
  assertEquals(await problemOf(read("https://localhost/")), "failed");
  await server.shutdown();
}

Deno.test("PageFetcher reads nothing but http and https on their ports, without passwords", async () => {
  await using the = web(() => page("<title>no</title>"));
  for (
    const url of [
      "http://site.example:8080/",
      "https://site.example:22/",
      "http://me:secret@site.example/",
      "http://me@site.example/",
      "ftp://site.example/",
      "file:///etc/passwd",
      "data:text/html,<title>x</title>",
    ]
  ) assertEquals(await problemOf(the.fetcher.read(url)), "forbidden", url);
  assertEquals(await problemOf(the.fetcher.read("http://nowhere.example/")), "failed");
  assertEquals(the.connected, []);
});

Deno.test("PageFetcher connects to no address that is not public, in whatever form and by whatever name", async () => {
  const names = {
    "inner.example": [["10.0.0.1"]],
    // One public address does not make up for another.
    "both.example": [["8.8.8.8", "127.0.0.1"]],
    "mapped.example": [["::ffff:169.254.169.254"]],
  };
  await using the = web(() => page("<title>no</title>"), { names, mayRead });
  for (
    const url of [
      "http://127.0.0.1/",
      "http://2130706433/",
      "http://[::1]/",
      "http://[::ffff:7f00:1]/",
      "http://inner.example/",
      "http://both.example/",
      "http://mapped.example/",
    ]
  ) assertEquals(await problemOf(the.fetcher.read(url)), "forbidden", url);
  assertEquals(the.connected, []);
});

Deno.test("PageFetcher checks each redirect as the first address, and follows three", async () => {
  const names = { "site.example": [["127.0.0.1"]], "inner.example": [["10.0.0.1"]] };
  await using the = web((request) => {
    const { pathname } = new URL(request.url);
    const to = (location: string) => new Response(null, { status: 302, headers: { location } });
    const hops = Number(/^\/hops\/(\d+)$/.exec(pathname)?.[1] ?? NaN);
    if (hops === 0) return page("<title>there</title>");
    if (hops > 0) return to(`/hops/${hops - 1}`);
    return to(
      {
        "/name": "http://inner.example/",
        "/address": "http://169.254.169.254/latest/",
        "/port": "http://site.example:8080/",
        "/file": "file:///etc/passwd",
      }[pathname] ?? "/loop",
    );
  }, { names });
  assertEquals((await the.fetcher.read("http://site.example/hops/3"))?.title, "there");
  assertEquals(the.connected.length, 4);
  assertEquals(await problemOf(the.fetcher.read("http://site.example/hops/4")), "failed");
  assertEquals(await problemOf(the.fetcher.read("http://site.example/loop")), "failed");
  for (const path of ["/name", "/address", "/port", "/file"]) {
    assertEquals(
      await problemOf(the.fetcher.read(`http://site.example${path}`)),
      "forbidden",
      path,
    );
  }
  assertEquals(new Set(the.connected), new Set(["127.0.0.1"]));
});

Deno.test("PageFetcher connects to the address that was checked, though the name has another by then", async () => {
  // Its address is public when it is checked; resolving it again gives a private one.
  const names = { "rebind.example": [["127.0.0.1"], ["10.0.0.1"]] };
  await using the = web(() => page("<title>public</title>"), { names });
  assertEquals(await the.fetcher.read("http://rebind.example/"), { title: "public" });
  assertEquals(the.connected, ["127.0.0.1"]);
  assertEquals(await problemOf(the.fetcher.read("http://rebind.example/")), "forbidden");
  assertEquals(the.connected, ["127.0.0.1"]);
});

Deno.test("PageFetcher takes only pages, as they are", async () => {
  await using the = web((request) => {
    const { pathname } = new URL(request.url);
    if (pathname === "/json") return page('{"title":"x"}', { "content-type": "application/json" });
    if (pathname === "/zip") return page("x", { ...HTML, "content-encoding": "gzip" });
    if (pathname === "/none") return page("<title>x</title>", {});
    if (pathname === "/empty") return page("<p>no title");
    return new Response("<title>x</title>", { status: 404, headers: HTML });
  });
  for (const path of ["/json", "/zip", "/missing"]) {
    assertEquals(await problemOf(the.fetcher.read(`http://site.example${path}`)), "failed", path);
  }
  assertEquals(await the.fetcher.read("http://site.example/empty"), undefined);
});

Deno.test("PageFetcher reads a MiB of a page without end, and waits a bounded time for a slow one", async () => {
  let sent = 0;
  const gone = Promise.withResolvers<void>();
  const endless = (bytes: number) =>
    new ReadableStream<Uint8Array>({
      pull(controller) {
        sent += bytes;
        controller.enqueue(new Uint8Array(bytes).fill(32));
      },
      cancel: () => gone.resolve(),
    });
  await using the = web(
    (request) =>
      new URL(request.url).pathname === "/endless"
        ? new Response(endless(64 * 1024), { headers: HTML })
        : new Response(new ReadableStream({ cancel: () => gone.resolve() }), { headers: HTML }),
    { ms: 2000 },
  );
  assertEquals(await the.fetcher.read("http://site.example/endless"), undefined);
  await gone.promise;
  // More of it than was read lies in the buffers of the machine.
  assert(sent < 64 * 1024 * 1024, `${sent}`);
  assertEquals(await problemOf(the.fetcher.read("http://site.example/slow")), "failed");
});

const PNG = Uint8Array.of(0x89, ...new TextEncoder().encode("PNG\r\n\x1a\n and more"));

Deno.test("PageFetcher reads the picture of a page in the same way, and none that is no picture", async () => {
  const names = { "site.example": [["127.0.0.1"]], "inner.example": [["10.0.0.1"]] };
  const bytes = (body: BodyInit, headers: HeadersInit = {}) => new Response(body, { headers });
  const big = new Uint8Array(1024 * 1024);
  big.set(PNG);
  await using the = web((request) => {
    const { pathname, searchParams } = new URL(request.url);
    const image = searchParams.get("image");
    if (image !== null) {
      return page(`<title>T</title><meta property="og:image" content="${image}">`);
    }
    const to = (location: string) => new Response(null, { status: 302, headers: { location } });
    switch (pathname) {
      // Its content says what it is.
      case "/p.png":
        return bytes(PNG, { "content-type": "text/plain" });
      case "/moved":
        return to("p.png");
      case "/inside":
        return to("http://inner.example/");
      case "/big":
        return bytes(big);
      case "/endless":
        return bytes(
          new ReadableStream({ pull: (controller) => controller.enqueue(big.slice(0, 65536)) }),
        );
      case "/svg":
        return bytes("<svg/>", { "content-type": "image/svg+xml" });
      case "/zip":
        return bytes(PNG, { "content-encoding": "gzip" });
      case "/slow":
        return bytes(new ReadableStream());
      default:
        return new Response("<svg/>", { status: 404 });
    }
  }, { names, ms: 2000 });
  const read = (image: string, hasPicture = true) =>
    the.fetcher.read(`http://site.example/sub/?image=${encodeURIComponent(image)}`, hasPicture);
  assertEquals(await read("/p.png", false), { title: "T" });
  assertEquals(the.requests.length, 1);
  for (const image of ["/p.png", "../p.png", "http://site.example/p.png", "/moved"]) {
    assertEquals(await read(image), { title: "T", picture: PNG }, image);
  }
  assertEquals(the.requests.at(-1)?.headers.accept?.startsWith("image/"), true);
  const connected = the.connected.length;
  for (
    const image of [
      ...["http://inner.example/p.png", "http://10.0.0.1/p.png", "http://site.example:8080/p.png"],
      ...[
        "data:image/png;base64,iVBORw0KGgo=",
        "file:///p.png",
        "http://[",
        "http://none.example/",
      ],
    ]
  ) assertEquals(await read(image), { title: "T" }, image);
  // Of these, only the pages were.
  assertEquals(the.connected.length, connected + 7);
  for (const image of ["/inside", "/big", "/endless", "/svg", "/zip", "/missing", "/slow"]) {
    assertEquals(await read(image), { title: "T" }, image);
  }
});

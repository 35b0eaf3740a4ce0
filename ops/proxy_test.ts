/** Hubbub behind real proxies, set up as the examples say. */
import { deadline } from "../lib/std.ts";
import { assert, assertEquals, assertMatch } from "../testing/assert.ts";
import { type Folder, temporaryFolder } from "../testing/folder.ts";
import { Hubbub } from "../testing/hubbub.ts";
import { noCaddy, noNginx, type Proxy, startCaddy, startNginx } from "../testing/proxy.ts";
import { RawConnection, TestSocket } from "../testing/sockets.ts";

/** The time after which no further answer is expected, in ms: some proxies wait for the rest of a body. */
const QUIET_MS = 20_000;

const proxies = [
  { name: "nginx", start: startNginx, ignore: noNginx },
  { name: "Caddy", start: startCaddy, ignore: noCaddy },
];

/**
 * Requests whose end two programs may see in different places. Each has another request in it, which the proxy must
 * see as well: one that only the server sees is smuggled past the rules of the proxy.
 */
const AMBIGUOUS: Record<string, (inner: string) => string> = {
  "a length and chunks": (inner) =>
    login(length(`0\r\n\r\n${inner}`) + CHUNKED, `0\r\n\r\n${inner}`),
  "chunks and a length": (inner) => login(`Content-Length: 4\r\n${CHUNKED}`, chunk(inner) + LAST),
  "a coding that is almost chunked": (inner) =>
    login(length(LAST + inner) + "Transfer-Encoding: xchunked\r\n", LAST + inner),
  "a space before the colon": (inner) =>
    login(length(LAST + inner) + "Transfer-Encoding : chunked\r\n", LAST + inner),
  "a folded header": (inner) =>
    login(length(LAST + inner) + "Transfer-Encoding:\r\n chunked\r\n", LAST + inner),
  "a bare line feed in a header": (inner) =>
    login(length(LAST + inner) + "X: a\nTransfer-Encoding: chunked\r\n", LAST + inner),
  "a bare carriage return in a header": (inner) =>
    login(length(LAST + inner) + "X: a\rTransfer-Encoding: chunked\r\n", LAST + inner),
  "two lengths": (inner) => login(length("") + length(inner), inner),
  "a list of lengths": (inner) => login(`Content-Length: 0, ${inner.length}\r\n`, inner),
  "an extension of a chunk": (inner) => login(CHUNKED, `2;x="\r\n{}\r\n${LAST}${inner}`),
  "a line feed behind an extension": (inner) => login(CHUNKED, `2;\n{}\r\n${chunk(inner)}${LAST}`),
  "bytes behind a chunk": (inner) => login(CHUNKED, `2\r\n{}XX${LAST}${inner}`),
  "a chunk of 2^64 + 2 bytes": (inner) =>
    login(CHUNKED, `10000000000000002\r\n{}\r\n${LAST}${inner}`),
  "a body of a GET": (inner) =>
    `GET / HTTP/1.1\r\nHost: chat.example\r\n${length(inner)}\r\n${inner}`,
  "a body that nobody reads": (inner) =>
    `POST /check HTTP/1.1\r\nHost: chat.example\r\n${length(inner)}\r\n${inner}`,
};

/** Follows all others, so that the connection ends when everything is answered; the answer is 404. */
const FINAL = "GET /nothing HTTP/1.1\r\nHost: chat.example\r\nConnection: close\r\n\r\n";

const CHUNKED = "Transfer-Encoding: chunked\r\n";
const LAST = "0\r\n\r\n";

function length(body: string): string {
  return `Content-Length: ${body.length}\r\n`;
}

function chunk(data: string): string {
  return `${data.length.toString(16)}\r\n${data}\r\n`;
}

function login(headers: string, body: string): string {
  return "POST /login HTTP/1.1\r\nHost: chat.example\r\nContent-Type: application/json\r\n" +
    `${headers}\r\n${body}`;
}

/** Sends bytes on a connection of their own. Resolves to what came back until it ended, or nothing came any more. */
async function exchange({ origin, port }: Proxy, folder: Folder, text: string): Promise<string> {
  const tls = async () => {
    const caCerts = [await Deno.readTextFile(`${folder.path}/cert.pem`)];
    return await Deno.connectTls({ hostname: "localhost", port, caCerts });
  };
  using connection = origin.startsWith("https:")
    ? await tls()
    : await Deno.connect({ hostname: "localhost", port });
  await connection.write(new TextEncoder().encode(text));
  let received = "";
  const chunk = new Uint8Array(65_536);
  try {
    for (let count; (count = await deadline(connection.read(chunk), QUIET_MS)) !== null;) {
      received += new TextDecoder().decode(chunk.subarray(0, count));
    }
  } catch {
    // It keeps the connection open, or has cut it.
  }
  return received;
}

for (const { name, start, ignore } of proxies) {
  Deno.test({
    name: `no request is smuggled past ${name}`,
    ignore,
    async fn() {
      await using folder = await temporaryFolder();
      await using hubbub = await Hubbub.start(["--trust-proxy"]);
      await using proxy = await start(folder, [hubbub.port]);
      await Promise.all(
        Object.entries(AMBIGUOUS).map(async ([what, make], i) => {
          const body = JSON.stringify({ name: `smuggled ${i}` });
          const sent = make(login(length(body), body)) + FINAL;
          const received = await exchange(proxy, folder, sent);
          const answers = received.match(/^HTTP\/1\.[01] (?!100|404)\d+/gm)?.length ?? 0;
          const again = await fetch(hubbub.url("/login"), {
            method: "POST",
            headers: { "content-type": "application/json" },
            body,
          });
          await again.body?.cancel();
          // A name that is taken was asked for by a request that the proxy answered, too.
          assert(again.status !== 409 || answers > 1, `${what}: ${received}`);
        }),
      );
      assertEquals(await hubbub.health(), 200);
    },
  });

  Deno.test({
    name: `the program behind ${name} serves page, cookies, Origin, WebSockets and addresses`,
    ignore,
    async fn() {
      await using folder = await temporaryFolder();
      await using hubbub = await Hubbub.start(["--trust-proxy"]);
      await using proxy = await start(folder, [hubbub.port]);
      const { origin, client } = proxy;
      const secure = origin.startsWith("https:");

      const page = await fetch(`${origin}/`, { client });
      assertMatch(await page.text(), /<title>Hubbub/);
      const metrics = await fetch(`${origin}/metrics`, { client });
      await metrics.body?.cancel();
      assertEquals(metrics.status, 404);

      const login = (from: string) =>
        fetch(`${origin}/login`, {
          client,
          method: "POST",
          redirect: "manual",
          headers: { "content-type": "application/json", "origin": from },
          body: JSON.stringify({ name: "ann" }),
        });
      const foreign = await login("https://evil.example");
      await foreign.body?.cancel();
      assertEquals(foreign.status, 403);
      const answer = await login(origin);
      assertEquals(answer.status, 204);
      const cookie = answer.headers.get("set-cookie") ?? "";
      assertEquals(/; Secure/.test(cookie), secure, cookie);

      const address = `${origin.replace("http", "ws")}/ws`;
      const headers = { origin, cookie: cookie.split(";")[0] ?? "" };
      await using ann = await TestSocket.open(0, address, {
        client,
        // Headers of the client come before those of the proxy.
        headers: { ...headers, "x-forwarded-for": "192.0.2.66", "x-forwarded-proto": "gopher" },
        protocols: ["hubbub.v1"],
      });
      const [hello = ""] = await ann.received(1);
      assertEquals(JSON.parse(hello).user.name, "ann");
      await using bob = await TestSocket.open(0, `${address}?name=bob`, {
        client,
        headers: { origin },
      });
      ann.send(
        '{"type":"join","room":"lobby"}\n{"type":"send","room":"lobby","id":"1","text":"hi"}',
      );
      assertEquals(await bob.received(1), ["ann: hi"]);
      await ann.find((line) => line.includes('"type":"message"'));

      hubbub.signal("SIGTERM");
      assertEquals((await ann.closed).code, 1001);
      assertEquals((await bob.closed).code, 1001);
      const log = await hubbub.stderr;
      assertMatch(log, /"client in","person":"\w+","address":"(127\.0\.0\.1|::1)"/);
      assert(!log.includes("192.0.2.66"), log);
    },
  });

  Deno.test({
    name: `${name} cuts a request that is never sent to its end`,
    ignore,
    async fn() {
      await using folder = await temporaryFolder();
      await using hubbub = await Hubbub.start(["--trust-proxy"]);
      await using proxy = await start(folder, [hubbub.port]);
      if (proxy.origin.startsWith("https:")) {
        const pem = await Deno.readTextFile(`${folder.path}/cert.pem`);
        const { port } = proxy;
        using half = await Deno.connectTls({ hostname: "localhost", port, caCerts: [pem] });
        await half.write(new TextEncoder().encode("GET / HTTP/1.1\r\nHost: localhost\r\n"));
        const received = await half.read(new Uint8Array(100)).catch((error) => {
          if (error instanceof Deno.errors.UnexpectedEof) return null;
          throw error;
        });
        assertEquals(received, null);
      } else {
        using half = await RawConnection.connect(proxy.port);
        await half.write("GET / HTTP/1.1\r\nHost: localhost\r\n");
        const rest = new TextDecoder().decode(await half.readToEnd());
        assert(!rest.includes(" 200 "), rest);
      }
    },
  });
}

/** Hubbub behind real proxies, set up as the examples say. */
import { assert, assertEquals, assertMatch } from "../testing/assert.ts";
import { temporaryFolder } from "../testing/folder.ts";
import { Hubbub } from "../testing/hubbub.ts";
import { noCaddy, noNginx, startCaddy, startNginx } from "../testing/proxy.ts";
import { TestSocket, Wire } from "../testing/sockets.ts";

const proxies = [
  { name: "nginx", start: startNginx, ignore: noNginx },
  { name: "Caddy", start: startCaddy, ignore: noCaddy },
];

for (const { name, start, ignore } of proxies) {
  Deno.test({
    name: `Behind ${name}: page, cookies, Origin, WebSockets and addresses work`,
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
        // What a client says of itself comes before what the proxy says.
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
    name: `Behind ${name}: a request that is never sent to its end is cut by the proxy`,
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
        using half = await Wire.connect(proxy.port);
        await half.write("GET / HTTP/1.1\r\nHost: localhost\r\n");
        const rest = new TextDecoder().decode(await half.readToEnd());
        assert(!rest.includes(" 200 "), rest);
      }
    },
  });
}

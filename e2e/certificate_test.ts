import { assert, assertEquals, assertMatch, assertStringIncludes } from "../testing/assert.ts";
import { runtimes } from "../testing/executable.ts";
import { temporaryFolder } from "../testing/folder.ts";
import { Hubbub, runHubbub } from "../testing/hubbub.ts";
import { makeCertificate, noOpenssl } from "../testing/openssl.ts";
import { RawConnection, TestSocket } from "../testing/sockets.ts";
import { PATIENCE_MS } from "../testing/waiter.ts";

/** Beginnings of a handshake: nothing, a byte, a greeting that is cut, a long one, plain HTTP, and junk. */
const STALLED = [
  "",
  "\x16",
  Uint8Array.of(0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3),
  Uint8Array.from({ length: 16_000 }, (_, i) => [0x16, 3, 1, 0x40, 0, 1, 0, 0x3f, 0xfc][i] ?? 0),
  "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
  new Uint8Array(3000).fill(0xa5),
];

for (const runtime of await runtimes()) {
  Deno.test({
    name:
      `the program (${runtime.name}) speaks https and wss, and reads the certificate again on SIGHUP`,
    ignore: noOpenssl,
    async fn() {
      await using folder = await temporaryFolder();
      const first = await makeCertificate(folder);
      await using hubbub = await Hubbub.start(
        ["--tls-cert", first.cert, "--tls-key", first.key],
        runtime,
      );
      assertMatch(hubbub.greeting, /listening on https:\/\/localhost:\d+\/\n/);
      const base = `localhost:${hubbub.port}`;
      using before = Deno.createHttpClient({ caCerts: [first.pem] });
      // By HTTP/2, which has no Host.
      const login = await fetch(`https://${base}/login`, {
        client: before,
        method: "POST",
        headers: { "content-type": "application/json", "origin": `https://${base}` },
        body: JSON.stringify({ name: "ann" }),
      });
      assertEquals(login.status, 204);
      assertMatch(login.headers.get("set-cookie") ?? "", /; Secure/);
      const options = { client: before, headers: { origin: `https://${base}` } };
      await using ann = await TestSocket.open(0, `wss://${base}/ws?name=a`, options);
      await using bob = await TestSocket.open(0, `wss://${base}/ws`, options);
      ann.send("hello");
      assertEquals(await bob.received(1), ["a: hello"]);

      // A certificate that is no good changes nothing.
      await Deno.writeTextFile(first.cert, "junk");
      hubbub.signal("SIGHUP");
      await hubbub.logged(/"event":"certificate not renewed"/);
      const second = await makeCertificate(folder);
      hubbub.signal("SIGHUP");
      assertEquals([(await ann.closed).code, (await bob.closed).code], [1001, 1001]);
      using after = Deno.createHttpClient({ caCerts: [second.pem] });
      await untilAnswered(`https://${base}/healthz`, after);
      await using carl = await TestSocket.open(0, `wss://${base}/ws?history=9`, { client: after });
      assertEquals(await carl.received(1), ["a: hello"]);

      hubbub.signal("SIGTERM");
      assertEquals((await hubbub.status).code, 0);
      const log = await hubbub.stderr;
      assertStringIncludes(log, '"event":"certificate renewed"');
      assert(!log.includes("PRIVATE KEY"));
    },
  });

  Deno.test({
    name: `the program (${runtime.name}) serves and renews beside handshakes of TLS that stall`,
    ignore: noOpenssl,
    async fn() {
      await using folder = await temporaryFolder();
      const { cert, key, pem } = await makeCertificate(folder);
      await using hubbub = await Hubbub.start(["--tls-cert", cert, "--tls-key", key], runtime);
      const healthz = `https://localhost:${hubbub.port}/healthz`;
      using before = Deno.createHttpClient({ caCerts: [pem] });
      using stalled = new DisposableStack();
      for (let i = 0; i < 50; i++) {
        for (const start of STALLED) {
          const connection = stalled.use(await RawConnection.connect(hubbub.port));
          await connection.write(start).catch(() => {});
        }
      }
      await untilAnswered(healthz, before);
      hubbub.signal("SIGHUP");
      await hubbub.logged(/"event":"certificate renewed"/);
      using after = Deno.createHttpClient({ caCerts: [pem] });
      await untilAnswered(healthz, after);
      hubbub.signal("SIGTERM");
      assertEquals((await hubbub.status).code, 0);
    },
  });

  Deno.test({
    name:
      `the program (${runtime.name}) refuses a certificate that can't be used with one line and exit 2`,
    ignore: noOpenssl,
    async fn() {
      await using folder = await temporaryFolder();
      const { cert, key } = await makeCertificate(folder);
      await folder.write("junk.pem", "junk");
      const cases: [args: string[], says: RegExp][] = [
        [["--tls-cert", cert], /--tls-cert and --tls-key .* received only --tls-cert/],
        [["--tls-key", key], /--tls-cert and --tls-key .* received only --tls-key/],
        [["--tls-cert", "none.pem", "--tls-key", key], /cannot read --tls-cert/],
        [["--tls-cert", cert, "--tls-key", "none.pem"], /cannot read --tls-key/],
        [["--tls-cert", `${folder.path}/junk.pem`, "--tls-key", key], /as PEM/],
        [["--tls-cert", cert, "--tls-key", `${folder.path}/junk.pem`], /as PEM/],
      ];
      for (const [args, says] of cases) {
        const { code, stdout, stderr } = await runHubbub(
          [...args, "--port", "0", "--data", ":memory:"],
          { runtime },
        );
        assertEquals([code, stdout], [2, ""], stderr);
        assertMatch(stderr, says);
        assertEquals(stderr.trimEnd().split("\n").length, 1, stderr);
      }
    },
  });
}

/** Keeps asking, since the listener is being opened; the test is that it will be. */
async function untilAnswered(url: string, client: Deno.HttpClient): Promise<void> {
  const end = performance.now() + PATIENCE_MS;
  for (;;) {
    try {
      const answer = await fetch(url, { client });
      await answer.body?.cancel();
      return;
    } catch (error) {
      if (performance.now() > end) throw error;
    }
  }
}

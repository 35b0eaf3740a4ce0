import { assert, assertEquals, assertMatch, assertStringIncludes } from "../testing/assert.ts";
import { runtimes } from "../testing/executable.ts";
import { temporaryFolder } from "../testing/folder.ts";
import { Hubbub, runHubbub } from "../testing/hubbub.ts";
import { makeCertificate, noOpenssl } from "../testing/openssl.ts";
import { TestSocket } from "../testing/sockets.ts";

for (const runtime of await runtimes()) {
  Deno.test({
    name: `TLS (${runtime.name}): https and wss; SIGHUP reads the certificate again`,
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
      assertStringIncludes(log, '"event":"certificate not renewed"');
      assertStringIncludes(log, '"event":"certificate renewed"');
      assert(!log.includes("PRIVATE KEY"));
    },
  });

  Deno.test({
    name: `TLS (${runtime.name}): certificates that can't be used are told in one line, exit 2`,
    ignore: noOpenssl,
    async fn() {
      await using folder = await temporaryFolder();
      const { cert, key } = await makeCertificate(folder);
      await folder.write("junk.pem", "junk");
      const cases: [args: string[], says: RegExp][] = [
        [["--tls-cert", cert], /--tls-cert and --tls-key .* received only --tls-cert/],
        [["--tls-key", key], /--tls-cert and --tls-key .* received only --tls-key/],
        [["--tls-cert", "none.pem", "--tls-key", key], /--tls-cert takes a file that can be read/],
        [["--tls-cert", cert, "--tls-key", "none.pem"], /--tls-key takes a file that can be read/],
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

/** Asks again and again, since the listener is being opened; what is tested is that it will be. */
async function untilAnswered(url: string, client: Deno.HttpClient): Promise<void> {
  const end = performance.now() + 10_000;
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

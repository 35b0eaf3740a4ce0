import { runtimes } from "../testing/executable.ts";
import { temporaryFolder } from "../testing/folder.ts";
import { Hubbub, runHubbub } from "../testing/hubbub.ts";
import { handshake, RawConnection } from "../testing/sockets.ts";
import { assert, assertEquals, assertMatch, assertStringIncludes } from "../testing/assert.ts";

/** The answer to a request that is sent as it is: the head, and the body as far as it is text. */
async function answerTo(hubbub: Hubbub, request: string): Promise<string> {
  using connection = await RawConnection.connect(hubbub.port);
  await connection.write(request);
  return new TextDecoder().decode(await connection.readToEnd());
}

/** The lines that a server has logged when it has ended. */
async function logged(hubbub: Hubbub): Promise<Record<string, string>[]> {
  hubbub.signal("SIGTERM");
  await hubbub.status;
  return (await hubbub.stderr).trimEnd().split("\n").map((line) => JSON.parse(line));
}

for (const runtime of await runtimes()) {
  Deno.test(`the program (${runtime.name}) says what to set when a proxy changes Host`, async () => {
    await using hubbub = await Hubbub.start([], runtime);
    const headers = { Origin: "https://chat.example", Host: "127.0.0.1:8000", Connection: "close" };
    for (let i = 0; i < 5; i++) {
      const upgrade = handshake({ ...headers, Connection: "Upgrade, close" });
      const answer = await answerTo(hubbub, upgrade);
      assertMatch(answer, /^HTTP\/1\.1 403 /);
      assertStringIncludes(answer, "start the server with --origin https://chat.example");
    }
    // A page may read the answer to a request of its own, unlike that to an upgrade.
    const check = await answerTo(
      hubbub,
      "POST /check HTTP/1.1\r\nContent-Length: 0\r\n" +
        Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`).join("") + "\r\n",
    );
    assertMatch(check, /^HTTP\/1\.1 403 /);
    assertStringIncludes(check, "--origin https://chat.example");
    const refused = (await logged(hubbub)).filter(({ event }) => event === "origin refused");
    assertEquals(refused.length, 1);
    assertEquals(refused[0]?.host, "127.0.0.1:8000");
    assertStringIncludes(refused[0]?.advice ?? "", "--origin https://chat.example");
  });

  Deno.test(`the program (${runtime.name}) says what to set when its Host is not in --origin`, async () => {
    await using hubbub = await Hubbub.start(["--origin", "https://chat.example"], runtime);
    const upgrade = handshake({ Host: "other.example", Connection: "Upgrade, close" });
    const answer = await answerTo(hubbub, upgrade);
    assertMatch(answer, /^HTTP\/1\.1 403 /);
    assertStringIncludes(answer, "--origin and the address that people use");
    const lines = await logged(hubbub);
    assert(lines.some(({ event, host }) => event === "host refused" && host === "other.example"));
  });

  Deno.test(`the program (${runtime.name}) says what to set when a proxy drops Upgrade`, async () => {
    await using hubbub = await Hubbub.start([], runtime);
    const answer = await answerTo(hubbub, handshake({ Upgrade: null, Connection: "close" }));
    assertMatch(answer, /^HTTP\/1\.1 426 /);
    assertStringIncludes(answer, "forward Upgrade and Connection");
    assert((await logged(hubbub)).some(({ event }) => event === "upgrade refused"));
  });

  Deno.test(`the program (${runtime.name}) keeps browsers on https, and compares the scheme of Origin`, async () => {
    const flags = ["--trust-proxy", "--origin", "https://chat.example"];
    await using hubbub = await Hubbub.start(flags, runtime);
    const ask = async (proto: string, host: string, origin?: string) => {
      const lines = [
        "POST /check HTTP/1.1",
        `Host: ${host}`,
        `X-Forwarded-Proto: ${proto}`,
        "Content-Length: 0",
        "Connection: close",
        ...origin === undefined ? [] : [`Origin: ${origin}`],
      ];
      const answer = await answerTo(hubbub, [...lines, "", ""].join("\r\n"));
      return [Number(answer.split(" ")[1]), /strict-transport-security/i.test(answer)];
    };
    assertEquals(await ask("https", "chat.example", "https://chat.example"), [204, true]);
    assertEquals(await ask("https", "chat.example", "http://chat.example"), [403, true]);
    assertEquals(await ask("https", "chat.example", "https://chat.example:8443"), [403, true]);
    assertEquals(await ask("http", "chat.example"), [204, false]);
    assertEquals(await ask("https", "localhost:8000", "https://localhost:8000"), [204, false]);
    assertEquals(await ask("https", "localhost:8000", "http://localhost:8000"), [403, false]);
  });

  Deno.test(`the program (${runtime.name}) answers /check with 204, or why nobody may connect`, async () => {
    await using hubbub = await Hubbub.start(["--max-clients", "1"], runtime);
    const check = async () => {
      const answer = await fetch(hubbub.url("/check"), { method: "POST" });
      return [answer.status, await answer.text()];
    };
    assertEquals(await check(), [204, ""]);
    using _place = await RawConnection.upgrade(hubbub.port);
    assertEquals(await check(), [503, "This server is full: try again later\n"]);
  });

  Deno.test(`the program (${runtime.name}) greets with addresses that answer alone`, async () => {
    for (const host of ["127.0.0.1", "127.0.0.2", "localhost", "0.0.0.0"]) {
      await using hubbub = await Hubbub.start(["--host", host], runtime);
      const urls = [...hubbub.greeting.matchAll(/http:\/\/\S+/g)].map(([url]) => url);
      assert(urls.length > 0, hubbub.greeting);
      for (const url of urls) {
        const answer = await fetch(`${url}healthz`);
        await answer.body?.cancel();
        assertEquals(answer.status, 200, url);
      }
    }
  });

  Deno.test(`the program (${runtime.name}) reads a password file as Windows writes it`, async () => {
    await using folder = await temporaryFolder();
    const file = `${folder.path}/password`;
    await Deno.writeTextFile(file, "\ufeffsesame\r\n");
    await using hubbub = await Hubbub.start(["--password-file", file], runtime);
    const answer = await fetch(hubbub.url("/metrics"), {
      headers: { authorization: "Bearer sesame" },
    });
    await answer.body?.cancel();
    assertEquals(answer.status, 200);
    await Deno.writeFile(file, new Uint8Array([0xff, 0xfe, 0x73, 0, 0x65, 0]));
    const { code, stderr } = await runHubbub(["--port", "0", "--password-file", file], { runtime });
    assertEquals(code, 2);
    assertEquals(
      stderr,
      "Cannot start: cannot read --password-file: it is UTF-16; save it as UTF-8\n",
    );
  });

  Deno.test(`the program (${runtime.name}) says why it can't listen`, async () => {
    const run = (...flags: string[]) =>
      runHubbub(["--data", ":memory:", "--log", "off", ...flags], { runtime });
    const foreign = await run("--host", "192.0.2.1", "--port", "0");
    assertEquals(foreign.code, 1);
    assertMatch(foreign.stderr, /^Cannot listen on 192\.0\.2\.1, .* choose another with --host\n$/);
  });
}

import { assert, assertEquals, assertMatch } from "../testing/assert.ts";
import { runtimes } from "../testing/executable.ts";
import { Hubbub } from "../testing/hubbub.ts";
import { handshake, RawConnection, TestSocket } from "../testing/sockets.ts";

/** Sends one request as it stands and returns the answer's status line and headers. */
async function ask(port: number, request: string): Promise<string> {
  using connection = await RawConnection.connect(port);
  await connection.write(request);
  return await connection.readHead();
}

function get(path: string, headers = "", method = "GET"): string {
  return `${method} ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\n${headers}\r\n`;
}

function post(path: string, host: string): string {
  return `POST ${path} HTTP/1.1\r\nHost: ${host}\r\nContent-Length: 0\r\n\r\n`;
}

for (const runtime of await runtimes()) {
  Deno.test(`the program (${runtime.name}) answers each kind of HTTP request`, async (t) => {
    await using hubbub = await Hubbub.start(["--origin", "https://chat.example"], runtime);
    const cases: [what: string, request: string, status: number, header?: RegExp][] = [
      ["the page", get("/"), 200, /content-security-policy: default-src 'none'/],
      ["the page's head", get("/", "", "HEAD"), 200, /content-length: \d{2}/],
      ["a query changes nothing", get("/?next=/../x"), 200],
      ["health", get("/healthz"), 200],
      ["another path", get("/nothing"), 404],
      ["a path with dots", get("/../etc/passwd"), 404],
      ["a path with dots that would lead back", get("/x/../healthz"), 404],
      ["a double slash", get("//"), 404],
      ["a coded zero", get("/%00"), 404],
      ["a coded path", get("/%2e%2e/"), 404],
      ["a very long path", get(`/${"x".repeat(8001)}`), 414],
      ["another method", get("/", "", "POST"), 405, /allow: GET, HEAD/],
      ["an unknown method", get("/ws", "", "BREW"), 405, /allow: GET/],
      ["an unknown path before its method", get("/nothing", "", "POST"), 404],
      ["the head of an upgrade", handshake().replace("GET", "HEAD"), 400],
      ["a head without one", get("/ws", "", "HEAD"), 426],
      ["no upgrade", get("/ws"), 426, /sec-websocket-version: 13/],
      ["another upgrade", handshake({ "Upgrade": "h2c" }), 426],
      ["no Connection: Upgrade", handshake({ "Connection": "close" }), 426],
      [
        "an old version",
        handshake({ "Sec-WebSocket-Version": "8" }),
        426,
        /sec-websocket-version: 13/,
      ],
      ["no version", handshake({ "Sec-WebSocket-Version": null }), 426],
      ["no key", handshake({ "Sec-WebSocket-Key": null }), 400],
      ["a short key", handshake({ "Sec-WebSocket-Key": "abc" }), 400],
      ["an unknown subprotocol", handshake({ "Sec-WebSocket-Protocol": "graphql-ws" }), 400],
      ["a name with a colon", handshake({}, "/ws?name=a%3Ab"), 400],
      ["a name with a line break", handshake({}, "/ws?name=a%0Ab"), 400],
      ["no origin", handshake(), 101],
      ["the request's own host", handshake({ "Origin": "http://127.0.0.1" }), 101],
      ["an allowed origin", handshake({ "Origin": "https://chat.example" }), 101],
      ["a foreign origin", handshake({ "Origin": "http://evil.example" }), 403],
      ["the own host on another port", handshake({ "Origin": "http://127.0.0.1:1" }), 403],
      ["the null origin", handshake({ "Origin": "null" }), 403],
      ["junk as origin", handshake({ "Origin": "::" }), 403],
      ["an allowed host", handshake({ "Host": "chat.example" }), 101],
      ["a foreign host", handshake({ "Host": "evil.example" }), 403],
      ["a login at a foreign host", post("/login", "evil.example"), 403],
      ["a logout at a foreign host", post("/logout", "evil.example"), 403],
      ["a logout at the own host", post("/logout", "127.0.0.1"), 204],
      [
        "a malformed handshake before a foreign origin",
        handshake({
          "Origin": "http://evil.example",
          "Sec-WebSocket-Key": null,
        }),
        400,
      ],
    ];
    for (const [what, request, status, header] of cases) {
      await t.step(`${what}: ${status}`, async () => {
        const answer = await ask(hubbub.port, request);
        assertEquals(Number(answer.split(" ")[1]), status, answer);
        if (header) assertMatch(answer, header);
      });
    }
  });

  Deno.test(`the program (${runtime.name}) compresses the page's files and lets browsers cache them`, async () => {
    await using hubbub = await Hubbub.start([], runtime);
    const page = await (await fetch(hubbub.url())).text();
    const script = /src="\.?\/?(page-\w+\.js)"/.exec(page)?.[1];
    assert(script !== undefined, page);

    const kept = await ask(hubbub.port, get(`/${script}`, "Accept-Encoding: gzip, br\r\n"));
    assertMatch(kept, /content-encoding: br/);
    assertMatch(kept, /cache-control: public, max-age=31536000, immutable/);
    assertMatch(kept, /content-type: text\/javascript/);
    assertMatch(await ask(hubbub.port, get("/", "Accept-Encoding: gzip\r\n")), /encoding: gzip/);
    const plain = await ask(hubbub.port, get("/"));
    assert(!plain.includes("content-encoding"), plain);
    assertMatch(plain, /cache-control: no-cache/);

    const tag = /etag: (.*)\r/.exec(plain)?.[1];
    const same = await ask(hubbub.port, get("/", `If-None-Match: ${tag}\r\n`));
    assertMatch(same, /^HTTP\/1.1 304 /);
    const other = await ask(hubbub.port, get("/", `If-None-Match: "other"\r\n`));
    assertMatch(other, /^HTTP\/1.1 200 /);
  });

  Deno.test(`the program (${runtime.name}) sends every plain line to everyone, the sender too`, async () => {
    await using hubbub = await Hubbub.start([], runtime);
    await using ann = await TestSocket.open(hubbub.port, "/ws?name=ann");
    await using bob = await TestSocket.open(hubbub.port, "/ws?room=lobby&name=bob");
    await using mute = await TestSocket.open(hubbub.port);
    ann.send("hello");
    await mute.received(1);
    bob.send("  two\r\nlines \n");
    await mute.received(2);
    bob.send(" \n ");
    mute.send("<b>nameless</b>");
    const expected = ["ann: hello", "bob: two lines", "<b>nameless</b>"];
    for (const socket of [ann, bob, mute]) assertEquals(await socket.received(3), expected);
  });

  Deno.test(`the program (${runtime.name}) gives a plain name to one client while it is connected`, async () => {
    await using hubbub = await Hubbub.start([], runtime);
    await using observer = await TestSocket.open(hubbub.port);
    await using ann = await TestSocket.open(hubbub.port, "/ws?name=Ann");
    assertMatch(await ask(hubbub.port, handshake({}, "/ws?name=ANN")), /^HTTP\/1.1 409 /);
    ann.send("bye");
    await observer.received(1);
    ann.socket.close();
    await ann.closed;
    while (true) {
      // The server learns of the end a moment after the client.
      const answer = await ask(hubbub.port, handshake({}, "/ws?name=ann"));
      if (answer.startsWith("HTTP/1.1 101")) break;
      assertMatch(answer, /^HTTP\/1.1 409 /);
    }
  });

  Deno.test(`the program (${runtime.name}) allows no more connections than its limit, stuck ones included`, async () => {
    await using hubbub = await Hubbub.start(["--max-clients", "2"], runtime);
    await using _one = await TestSocket.open(hubbub.port);
    using _two = await RawConnection.upgrade(hubbub.port);
    assertMatch(await ask(hubbub.port, handshake()), /^HTTP\/1.1 503 /);
  });
}

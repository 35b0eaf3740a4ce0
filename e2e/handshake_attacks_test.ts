import { connect } from "node:net";
import { delay } from "../lib/std.ts";
import { runtimes } from "../testing/executable.ts";
import { Hubbub } from "../testing/hubbub.ts";
import { clientFrame, handshake, RawConnection, TestSocket } from "../testing/sockets.ts";
import { PATIENCE_MS } from "../testing/waiter.ts";
import { assert, assertEquals, assertMatch } from "../testing/assert.ts";

/** The answer to a request that is sent as it is, on a connection of its own. */
async function answerTo(hubbub: Hubbub, request: string): Promise<string> {
  using connection = await RawConnection.connect(hubbub.port);
  await connection.write(request);
  return await connection.readHead();
}

/** A handshake with further header lines, which may repeat a name. */
function handshakeWith(headers: Record<string, string | null>, ...lines: string[]): string {
  return handshake(headers).replace(/\r\n\r\n$/, ["", ...lines, "", ""].join("\r\n"));
}

/** The figures of `/metrics` by name. */
async function figures(hubbub: Hubbub): Promise<Map<string, number>> {
  const text = await (await fetch(hubbub.url("/metrics"))).text();
  return new Map(
    text.matchAll(/^(\w+) ([\d.e+]+)$/gm).map(([, name = "", value]) => [name, Number(value)]),
  );
}

/** Resets a connection as soon as its handshake is sent. */
function reset(hubbub: Hubbub, headers: Record<string, string> = {}): Promise<void> {
  return new Promise((resolve) => {
    const socket = connect(hubbub.port, "127.0.0.1", () => {
      socket.write(handshake(headers), () => socket.resetAndDestroy());
    });
    socket.on("error", () => {});
    socket.on("close", () => resolve());
  });
}

for (const runtime of await runtimes()) {
  Deno.test(`the program (${runtime.name}) accepts every legal spelling of a handshake`, async () => {
    await using hubbub = await Hubbub.start([], runtime);
    const none = { Connection: null, Upgrade: null };
    const spellings = [
      handshake({ Connection: "keep-alive, Upgrade" }),
      handshake({ Connection: "keep-alive,\tUPGRADE" }),
      handshake({ Connection: ",, upgrade\t," }),
      handshakeWith(none, "Connection: keep-alive", "Connection: Upgrade", "Upgrade: websocket"),
      handshake({ Upgrade: "WebSocket" }),
      handshake({ Upgrade: "h2c ,\twebsocket" }),
      handshake({ Upgrade: ",websocket," }),
      handshakeWith(none, "Connection:Upgrade", "upgrade:\twebsocket\t"),
    ];
    for (const spelling of spellings) {
      assertMatch(await answerTo(hubbub, spelling), /^HTTP\/1\.1 101 /, spelling);
    }
  });

  Deno.test(`the program (${runtime.name}) chooses its subprotocol from every legal list`, async () => {
    await using hubbub = await Hubbub.start([], runtime);
    const lists = ["hubbub.v1", "other,hubbub.v1", "other , hubbub.v1", ",\tother\t,,hubbub.v1 "];
    const requests = [
      ...lists.map((list) => handshake({ "Sec-WebSocket-Protocol": list })),
      handshakeWith({}, "Sec-WebSocket-Protocol: other", "Sec-WebSocket-Protocol: hubbub.v1"),
    ];
    for (const request of requests) {
      const answer = await answerTo(hubbub, request);
      assertMatch(answer, /^HTTP\/1\.1 101 /, request);
      assertMatch(answer, /^sec-websocket-protocol: hubbub\.v1\r$/im, request);
    }
    const plain = await answerTo(hubbub, handshake({ "Sec-WebSocket-Protocol": " ," }));
    assertMatch(plain, /^HTTP\/1\.1 101 /);
    assert(!/sec-websocket-protocol/i.test(plain), plain);
  });

  Deno.test(`the program (${runtime.name}) survives handshakes that the runtime fails to upgrade`, async () => {
    await using hubbub = await Hubbub.start([], runtime);
    const twice = { Upgrade: null };
    const requests = [
      handshakeWith(twice, "Upgrade: h2c", "Upgrade: websocket"),
      handshakeWith(twice, "Upgrade: websocket", "Upgrade: h2c"),
      handshakeWith({}, "Content-Length: 3") + "abc",
      handshakeWith({}, "Transfer-Encoding: chunked") + "0\r\n\r\n",
      handshakeWith({}, "Expect: 100-continue"),
      handshake().replace("HTTP/1.1", "HTTP/1.0"),
      handshake().replace("GET /ws", "GET http://127.0.0.1/ws"),
      handshake().replace("GET", "HEAD"),
      handshake().replace("GET", "POST"),
      handshake({ Host: null }),
    ];
    for (const request of requests) {
      await answerTo(hubbub, request);
      assertEquals(await hubbub.health(), 200, request);
    }
    await using ann = await TestSocket.open(hubbub.port);
    ann.send("still here");
    assertEquals(await ann.received(1), ["still here"]);
  });

  Deno.test(`the program (${runtime.name}) returns the places of connections reset in their handshake`, async () => {
    const PLACES = 20;
    await using hubbub = await Hubbub.start(["--max-clients", `${PLACES}`], runtime);
    for (let i = 0; i < 10 * PLACES; i++) await reset(hubbub);
    for (let places = 0; places < PLACES;) {
      const sockets: TestSocket[] = [];
      try {
        while (sockets.length < PLACES) sockets.push(await TestSocket.open(hubbub.port));
      } catch {
        await delay(100);
      }
      places = sockets.length;
      await Promise.all(sockets.map((socket) => socket[Symbol.asyncDispose]()));
    }
    const metrics = await figures(hubbub);
    assertEquals(metrics.get("hubbub_opening_sockets"), 0);
    // A descriptor that the runtime keeps is counted; a few more belong to the program itself.
    const descriptors = [...Deno.readDirSync(`/proc/${hubbub.pid}/fd`)].length;
    const lost = metrics.get("hubbub_lost_upgrades_total") ?? NaN;
    assert(descriptors - lost < 60, `${descriptors} descriptors, ${lost} lost upgrades`);
  });

  Deno.test(`the program (${runtime.name}) refuses whose handshakes are reset, and not all behind a proxy`, async () => {
    await using hubbub = await Hubbub.start([], runtime);
    const check = async (client?: string) => {
      const headers: HeadersInit = client === undefined ? {} : { "x-forwarded-for": client };
      const answer = await fetch(hubbub.url("/check"), { method: "POST", headers });
      await answer.body?.cancel();
      return answer.status;
    };
    // Not every reset comes at the moment at which the runtime loses it.
    for (let i = 0; i < 200 && await check("192.0.2.1") === 204; i++) {
      await Promise.all(
        Array.from({ length: 25 }, () => reset(hubbub, { "X-Forwarded-For": "192.0.2.1" })),
      );
    }
    assertEquals([await check("192.0.2.2"), await check()], [204, 204]);
    hubbub.signal("SIGTERM");
    const log = await hubbub.stderr;
    assertMatch(log, /"event":"proxy not trusted","advice":"[^"]*--trust-proxy/);
    if (log.includes("upgrades refused")) {
      assertMatch(log, /"event":"upgrades refused","address":"192\.0\.2\.1","advice"/);
    }
  });

  Deno.test(`the program (${runtime.name}) gives the place of a peer that never closes to another`, async () => {
    await using hubbub = await Hubbub.start(["--max-clients", "1"], runtime);
    using stuck = await RawConnection.upgrade(hubbub.port);
    // A binary frame: the server closes, and the peer continues without an answer.
    await stuck.write(clientFrame("x", 0x82));
    assertMatch(await answerTo(hubbub, handshake()), /^HTTP\/1\.1 503 /);
    const start = performance.now();
    let answer = "";
    while (!answer.startsWith("HTTP/1.1 101")) {
      assert(performance.now() - start < PATIENCE_MS, "the place is not returned");
      await delay(200);
      answer = await answerTo(hubbub, handshake());
    }
    assert((await figures(hubbub)).get("hubbub_stuck_sockets") === 1);
  });
}

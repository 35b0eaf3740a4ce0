import { connect } from "node:http2";
import { delay } from "../lib/std.ts";
import { assert, assertEquals, assertMatch } from "../testing/assert.ts";
import { Hubbub } from "../testing/hubbub.ts";
import { cpuSeconds, residentBytes } from "../testing/proc.ts";
import { RawConnection } from "../testing/sockets.ts";

/** The head of a login whose body follows as `framing` says. */
function head(framing: string): string {
  return `POST /login HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n${framing}\r\n\r\n`;
}

/** Sends the head of a login and then parts of its body until the server answers; resolves to the status. */
async function statusOf(hubbub: Hubbub, framing: string, parts: Iterable<string>): Promise<number> {
  using connection = await RawConnection.connect(hubbub.port);
  await connection.write(head(framing));
  const answer = connection.readHead();
  const answered = answer.then(() => true, () => true);
  for (const part of parts) {
    // The server may close the connection while the rest is on its way.
    const written = await connection.write(part).then(() => true, () => false);
    if (!written || await Promise.race([answered, delay(0).then(() => false)])) break;
  }
  return Number((await answer).split(" ")[1]);
}

function* endless(part: string): Generator<string> {
  while (true) yield part;
}

/** The status of an ordinary login. */
async function login(hubbub: Hubbub, name: string): Promise<number> {
  const answer = await fetch(hubbub.url("/login"), {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ name }),
  });
  await answer.body?.cancel();
  return answer.status;
}

const KIB = "x".repeat(1024);

Deno.test("the program reads no login without end, however it is framed", async () => {
  await using hubbub = await Hubbub.start();
  const before = residentBytes(hubbub.pid);
  const cases: [framing: string, parts: Iterable<string>, status: number][] = [
    ["Content-Length: 8193", endless(KIB), 413],
    ["Content-Length: 4000000000", endless(KIB), 413],
    ["Content-Length: 9007199254740993", endless(KIB), 413],
    ["Transfer-Encoding: chunked", endless(`400\r\n${KIB}\r\n`), 411],
    ["Transfer-Encoding: chunked", endless("1\r\nx\r\n".repeat(1000)), 411],
    ["Transfer-Encoding: chunked", [`fffffff\r\n`, ...Array(64).fill(KIB)], 411],
    ["Transfer-Encoding: chunked", ["0\r\n\r\n"], 411],
  ];
  for (const [framing, parts, status] of cases) {
    const statuses = await Promise.all(
      Array.from({ length: 8 }, () => statusOf(hubbub, framing, parts)),
    );
    assertEquals(new Set(statuses), new Set([status]), framing);
  }
  const grown = residentBytes(hubbub.pid) - before;
  assert(grown < 64 << 20, `${grown} bytes`);
  assertEquals(await login(hubbub, "ann"), 204);
});

Deno.test("the program spends little on logins in tiny chunks", async () => {
  await using hubbub = await Hubbub.start();
  assertEquals(await login(hubbub, "ann"), 204);
  const before = cpuSeconds(hubbub.pid);
  const part = "1\r\nx\r\n".repeat(10_000);
  await Promise.all(Array.from({ length: 20 }, async () => {
    using connection = await RawConnection.connect(hubbub.port);
    await connection.write(head("Transfer-Encoding: chunked"));
    // The end of the connection may overtake the answer.
    const over = connection.readHead().catch(() => {});
    for (let i = 0; i < 30; i++) {
      if (!await connection.write(part).then(() => true, () => false)) break;
    }
    await over;
  }));
  assertEquals(await login(hubbub, "bob"), 204);
  // Read chunk by chunk, they took more than two seconds.
  const took = cpuSeconds(hubbub.pid) - before;
  assert(took < 1, `${took} s of the processor`);
});

Deno.test("the program waits 10 s for a login, however its bytes trickle in", async () => {
  await using hubbub = await Hubbub.start();
  async function* trickle(connection: RawConnection, part: string) {
    for (let open = true; open;) {
      open = await connection.write(part).then(() => true, () => false);
      yield await delay(200);
    }
  }
  const slow = async (framing: string, part: string) => {
    using connection = await RawConnection.connect(hubbub.port);
    await connection.write(head(framing));
    const answer = connection.readHead();
    const over = answer.then(() => true, () => true);
    for await (const _ of trickle(connection, part)) {
      if (await Promise.race([over, delay(0).then(() => false)])) break;
    }
    return await answer;
  };
  const answers = await Promise.all([
    slow("Content-Length: 8000", " "),
    // Not even the size of a chunk ends.
    slow("Transfer-Encoding: chunked", "0"),
  ]);
  assertMatch(answers[0] ?? "", /^HTTP\/1\.1 408 /);
  assertMatch(answers[1] ?? "", /^HTTP\/1\.1 411 /);
  assertEquals(await login(hubbub, "ann"), 204);
});

Deno.test("the program survives logins that are shorter or longer than they say", async () => {
  await using hubbub = await Hubbub.start();
  const body = '{"name":"ann"}';
  for (let i = 0; i < 30; i++) {
    using cut = await RawConnection.connect(hubbub.port);
    await cut.write(head("Content-Length: 100") + body);
  }
  const answer = async (framing: string, sent: string) => {
    using connection = await RawConnection.connect(hubbub.port);
    await connection.write(head(framing) + sent);
    return Number((await connection.readHead()).split(" ")[1]);
  };
  // The rest is another request, or garbage: it is never a part of the login.
  assertEquals(await answer("Content-Length: 14\r\nConnection: close", body + "GARBAGE"), 204);
  assertEquals(await answer("Content-Length: 13", body), 400);
  assertEquals(await answer("Content-Length: 0", body), 400);
  assertEquals(await answer("X: without a length", body), 400);
  for (
    const framing of [
      "Content-Length: -1",
      "Content-Length: +14",
      "Content-Length: 0x0e",
      "Content-Length: 14, 15",
      "Content-Length: 14\r\nContent-Length: 15",
      "Transfer-Encoding: chunked, identity",
      "Transfer-Encoding: xchunked",
    ]
  ) {
    assertEquals(await answer(framing, body), 400, framing);
  }
  // Sent as bytes that nobody unpacks.
  const packed = await answer("Content-Encoding: gzip\r\nContent-Length: 20", "\x1f\x8b" + KIB);
  assertEquals(packed, 400);
  // Malformed logins did not count as attempts.
  for (let i = 0; i < 30; i++) assertEquals(await login(hubbub, `n${i}`), 204);
});

Deno.test("the program ends logins over HTTP/2 that never end, and answers others meanwhile", async () => {
  await using hubbub = await Hubbub.start();
  const session = connect(hubbub.url());
  session.on("error", () => {});
  const statuses = Array.from({ length: 100 }, () =>
    new Promise<number>((resolve, reject) => {
      const request = session.request({
        ":method": "POST",
        ":path": "/login",
        "content-type": "application/json",
      });
      request.on("response", (headers) => resolve(Number(headers[":status"])));
      request.on("error", reject);
      request.write("{");
    }));
  assertEquals(await login(hubbub, "ann"), 204);
  assertEquals(new Set(await Promise.all(statuses)), new Set([408]));
  session.destroy();
  assertEquals(await login(hubbub, "bob"), 204);
});

import { assert, assertEquals, assertRejects } from "../../testing/assert.ts";
import { readAnswer } from "./http_answer.ts";

/** Reads an answer that arrives in pieces of so many bytes. */
async function read(text: string, piece = 3) {
  const bytes = new TextEncoder().encode(text);
  let at = 0;
  const { status, headers, body } = await readAnswer({
    read(into) {
      if (at === bytes.length) return Promise.resolve(null);
      const part = bytes.subarray(at, at + piece);
      into.set(part);
      at += part.length;
      return Promise.resolve(part.length);
    },
  });
  let all = "";
  for await (const part of body) all += new TextDecoder().decode(part);
  return { status, headers: Object.fromEntries(headers), body: all };
}

Deno.test("readAnswer reads a body by its length, in chunks, or to the end, however it arrives", async () => {
  const head = "HTTP/1.1 200 OK\r\nA: b\r\na:  c \r\n";
  const cases: [string, string][] = [
    ["content-length: 5\r\n\r\nhello, more", "hello"],
    ["transfer-encoding: chunked\r\n\r\n3\r\nhel\r\n2;x=y\r\nlo\r\n0\r\n\r\n", "hello"],
    ["\r\nhello", "hello"],
    ["content-length: 0\r\n\r\n", ""],
  ];
  for (const [rest, body] of cases) {
    for (const piece of [1, 7, 10_000]) {
      const answer = await read(head + rest, piece);
      assertEquals([answer.status, answer.headers.a, answer.body], [200, "b, c", body], rest);
    }
  }
  assertEquals((await read("HTTP/1.1 103 Hints\r\nx: y\r\n\r\nHTTP/1.0 404\r\n\r\n")).status, 404);
});

Deno.test("readAnswer refuses malformed answers, and those without an end", async () => {
  for (
    const text of [
      "",
      "SSH-2.0-OpenSSH\r\n",
      "HTTP/2 200\r\n\r\n",
      "HTTP/1.1 200",
      "HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
      "HTTP/1.1 200 OK\r\nbad name: x\r\n\r\n",
      `HTTP/1.1 200 OK\r\nx: ${"y".repeat(40_000)}`,
      `HTTP/1.1 200 OK\r\n${"x: y\r\n".repeat(10_000)}`,
      "HTTP/1.1 200 OK\r\ncontent-length: -1\r\n\r\n",
      "HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nshort",
      "HTTP/1.1 200 OK\r\ntransfer-encoding: gzip\r\n\r\nx",
      "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nxyz\r\n",
      "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\nlonger\r\n",
    ]
  ) await assertRejects(() => read(text, 4096), Error);
});

Deno.test("readAnswer takes a bounded number of bytes, whatever they are", async () => {
  const chunked = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";
  const cases: [start: string, endless: string, most: number][] = [
    ["", "HTTP/1.1 100 \r\n\r\n", 64 * 1024],
    ["", "HTTP/1.1 103 Hints\r\nx: y\r\n\r\n", 64 * 1024],
    ["", "\r", 64 * 1024],
    ["HTTP/1.1 200 OK\r\n", "x: y\r\n", 64 * 1024],
    [`${chunked}1`, "\r", 64 * 1024],
    [`${chunked}1\r\nx`, "\r", 64 * 1024],
    // What is around the data of chunks takes far longer to read than the data.
    [chunked, "1\r\nx\r\n", 200 * 1024],
    [chunked, `1;${"x".repeat(250)}\r\nx\r\n`, 200 * 1024],
    [chunked, `64\r\n${"x".repeat(100)}\r\n`, 1.2 * 1024 * 1024],
    [chunked, `1000\r\n${"x".repeat(4096)}\r\n`, 2.1 * 1024 * 1024],
  ];
  for (const [start, endless, most] of cases) {
    const repeated = new TextEncoder().encode(endless.repeat(Math.ceil(16_384 / endless.length)));
    let [waiting, taken, pieces] = [new TextEncoder().encode(start), 0, 0];
    const read = async () => {
      const { body } = await readAnswer({
        read(into) {
          if (waiting.length === 0) waiting = repeated;
          const part = waiting.subarray(0, into.length);
          into.set(part);
          waiting = waiting.subarray(part.length);
          taken += part.length;
          return Promise.resolve(part.length);
        },
      });
      for await (const _ of body) pieces++;
    };
    await assertRejects(read, Error);
    assert(taken < most, `${taken} bytes of ${JSON.stringify(endless)}`);
    // A body is handed on as it arrives, and not by the chunks that somebody has made.
    assert(pieces <= taken / 4096 + 1, `${pieces} pieces of ${taken} bytes`);
  }
});

Deno.test("readAnswer refuses more headers than any page has", async () => {
  const answer = (count: number) =>
    `HTTP/1.1 200 OK\r\n${Array.from({ length: count }, (_, i) => `a${i}:\r\n`).join("")}\r\n`;
  assertEquals((await read(answer(200), 4096)).status, 200);
  await assertRejects(() => read(answer(201), 4096), Error);
});

import { hostOf, judgeTarget, queryOf, rawPath, readPlain } from "./request.ts";
import { RawConnection } from "../testing/sockets.ts";
import { assertEquals, assertMatch } from "../testing/assert.ts";

/** Sends a request with this target as it is. Resolves to what a server reads of it. */
async function received(target: string, host = "Chat.Example:80"): Promise<string[]> {
  const seen = Promise.withResolvers<string[]>();
  await using server = Deno.serve({ port: 0, onListen: () => {} }, (request) => {
    seen.resolve([hostOf(request), rawPath(request), String(queryOf(request))]);
    return new Response();
  });
  using connection = await RawConnection.connect(server.addr.port);
  await connection.write(`GET ${target} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);
  await connection.readToEnd();
  return await seen.promise;
}

Deno.test("rawPath and queryOf see the target as it was sent", async () => {
  const cases: [target: string, path: string, query: string][] = [
    ["/", "/", ""],
    ["/a/../b?x=1&y", "/a/../b", "x=1&y="],
    ["//a?b?c", "//a", "b="],
    ["/%2e%2e/?", "/%2e%2e/", ""],
  ];
  for (const [target, path, query] of cases) {
    assertEquals(await received(target), ["chat.example:80", path, query], target);
  }
});

Deno.test("judgeTarget refuses long paths and long queries", () => {
  const target = (text: string) => new Request(`http://chat.example/${text}`);
  assertEquals(judgeTarget(target("x".repeat(7999))), undefined);
  assertEquals(judgeTarget(target("x".repeat(8000)))?.status, 414);
  assertEquals(judgeTarget(target("?" + "x".repeat(8000)))?.status, 414);
});

Deno.test("readPlain reads room and history, and refuses bad values", () => {
  const read = (query: string) => readPlain(new URLSearchParams(query));
  assertEquals(read(""), { room: "lobby", history: 0 });
  assertEquals(read("room=&history=&name="), { room: "lobby", history: 0 });
  assertEquals(read("room=a_b-1&history=200&name=Ann"), { room: "a_b-1", history: 200 });
  for (const wrong of ["room=A", `room=${"a".repeat(65)}`, "history=201", "history=-1", "name=:"]) {
    const answer = read(wrong);
    assertEquals("status" in answer && answer.status, 400, wrong);
  }
  const long = read(`room=${"A".repeat(5000)}`);
  assertMatch("message" in long ? long.message : "", /^Cannot connect: room .{0,200}$/);
});

import { type ConnectionRefusal, Refusals } from "./refusal.ts";
import { assertEquals } from "../../testing/assert.ts";

const TEXT = { "content-type": "text/plain; charset=utf-8" };

/** The refusal that the page reads from a server with these answers. */
async function askedOf(
  check: () => Response,
  { login = 400, times = 1 } = {},
): Promise<(ConnectionRefusal | undefined)[]> {
  await using server = Deno.serve({ port: 0, onListen: () => {} }, ({ url, method }) => {
    const { pathname } = new URL(url);
    if (method !== "POST") return new Response(null, { status: 405 });
    return pathname === "/a/check" ? check() : new Response(null, { status: login });
  });
  const refusals = new Refusals(`http://127.0.0.1:${server.addr.port}/a/`);
  const answers: (ConnectionRefusal | undefined)[] = [];
  for (let i = 0; i < times; i++) answers.push(await refusals.ask());
  return answers;
}

Deno.test("Refusals repeats the reason that the server gives", async () => {
  for (const status of [403, 429, 503]) {
    const answer = await askedOf(() => new Response("Full: wait\n", { status, headers: TEXT }));
    assertEquals(answer, [{ kind: "told", reason: "Full: wait" }]);
  }
  const long = await askedOf(() =>
    new Response("x".repeat(10_000), { status: 503, headers: TEXT })
  );
  assertEquals(long, [{ kind: "told", reason: "x".repeat(300) }]);
});

Deno.test("Refusals finds out that the server wants its password, or that the person is banned", async () => {
  const fine = () => new Response(null, { status: 204 });
  assertEquals(await askedOf(fine, { login: 401 }), [{ kind: "password" }]);
  assertEquals(await askedOf(fine, { login: 403 }), [{ kind: "banned" }]);
});

Deno.test("Refusals blames a proxy for three refusals in a row without a reason", async () => {
  const fine = () => new Response(null, { status: 204 });
  const dropped: ConnectionRefusal = { kind: "dropped" };
  assertEquals(await askedOf(fine, { times: 4 }), [undefined, undefined, dropped, dropped]);
  let asked = 0;
  const once = () => ++asked === 3 ? new Response("Full", { status: 503, headers: TEXT }) : fine();
  const told: ConnectionRefusal = { kind: "told", reason: "Full" };
  assertEquals(await askedOf(once, { times: 5 }), [
    undefined,
    undefined,
    told,
    undefined,
    undefined,
  ]);
});

Deno.test("Refusals learns nothing from a proxy's error, or without an answer", async () => {
  const html = { "content-type": "text/html" };
  for (const headers of [html, TEXT]) {
    const body = headers === html ? "<h1>Bad gateway" : null;
    const answer = await askedOf(() => new Response(body, { status: 502, headers }));
    assertEquals(answer, [undefined]);
  }
  assertEquals(await new Refusals("http://127.0.0.1:1/").ask(), undefined);
});

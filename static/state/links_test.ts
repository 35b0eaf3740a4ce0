import { assertEquals } from "../../testing/assert.ts";
import { describeLink } from "./link_description.ts";
import { linkAddress, readLink } from "./links.ts";

Deno.test("readLink finds the token in an address, and takes no room for a link", () => {
  for (const kind of ["claim", "reset", "invite"] as const) {
    const link = { kind, token: "abc.1" };
    assertEquals(readLink(linkAddress(link)), link);
  }
  for (const hash of ["", "#/", "#/claim", "#/claim/", "#/lobby", "#/admin/people"]) {
    assertEquals(readLink(hash), undefined, hash);
  }
});

Deno.test("describeLink says what a link is for, or why it can't", async () => {
  const answers: [Response, unknown][] = [
    [Response.json({ kind: "claim", chat: "Tea", password: true }), {
      ...{ ok: true, chat: "Tea", password: true },
    }],
    [Response.json({ kind: "claim", chat: "", password: false, name: "Ann" }), {
      ...{ ok: true, chat: "", password: false, name: "Ann" },
    }],
    [Response.json({ kind: "other", chat: "", password: false }), { ok: false, code: "bad_link" }],
    [new Response("gone", { status: 404 }), { ok: false, code: "bad_link" }],
    [new Response("slow", { status: 429 }), { ok: false, code: "too_many_attempts" }],
    [new Response("broken", { status: 503 }), { ok: false, code: "other" }],
    [new Response("no JSON", { status: 200 }), { ok: false, code: "offline" }],
  ];
  const bodies: unknown[] = [];
  await using server = Deno.serve({ port: 0, onListen: () => {} }, async (request) => {
    bodies.push([new URL(request.url).pathname, await request.json()]);
    return answers[bodies.length - 1]?.[0] ?? new Response(null, { status: 500 });
  });
  const base = `http://127.0.0.1:${server.addr.port}/`;
  for (const [, expected] of answers) {
    assertEquals<unknown>(await describeLink(base, { kind: "claim", token: "T" }), expected);
  }
  assertEquals(bodies[0], ["/link", { link: "T" }]);
  assertEquals(await describeLink("http://127.0.0.1:1/", { kind: "claim", token: "T" }), {
    ...{ ok: false, code: "offline" },
  });
});

import { badRequest, notNow, refuse, secure } from "./responses.ts";
import { assertEquals, assertStringIncludes } from "../testing/assert.ts";

Deno.test("refuse answers with one line of text", async () => {
  const answer = refuse({ ...badRequest("No."), headers: { "x-more": "1" } });
  assertEquals([answer.status, await answer.text()], [400, "No.\n"]);
  assertEquals(answer.headers.get("content-type"), "text/plain; charset=utf-8");
  assertEquals(answer.headers.get("x-more"), "1");
});

Deno.test("notNow rounds the time to wait up to seconds", () => {
  assertEquals(refuse(notNow(429, "Wait.", 1)).headers.get("retry-after"), "1");
  assertEquals(refuse(notNow(503, "Wait.", 10_001)).headers.get("retry-after"), "11");
});

Deno.test("secure adds a policy that allows nothing from other servers", () => {
  const { headers } = secure(new Response(), false);
  assertStringIncludes(headers.get("content-security-policy") ?? "", "default-src 'none'");
  assertEquals(headers.get("x-content-type-options"), "nosniff");
  assertEquals(headers.get("strict-transport-security"), null);
});

Deno.test("secure tells browsers to keep to https, and leaves an upgrade as it is", () => {
  const { headers } = secure(new Response(), true);
  assertEquals(headers.get("strict-transport-security"), "max-age=15552000");
  const upgrade = { status: 101, headers: new Headers() };
  // A Response of this status can be made by an upgrade alone.
  assertEquals([...secure(upgrade as Response, true).headers], []);
});

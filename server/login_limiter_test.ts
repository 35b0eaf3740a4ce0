import { Attempts } from "./login_limiter.ts";
import { assert, assertEquals } from "../testing/assert.ts";

/** How many of `count` attempts may be made; none of them succeeds. */
function made(attempts: Attempts, address: string, count: number, now: number): number {
  return Array.from({ length: count }, () => attempts.begin(address, now))
    .filter((attempt) => typeof attempt !== "number").length;
}

Deno.test("An address has 20 failures at once, then one every 10 s; others are not held", () => {
  const attempts = new Attempts();
  assertEquals(made(attempts, "192.0.2.1", 100, 0), 20);
  assertEquals(attempts.begin("192.0.2.1", 0), 10_000);
  assertEquals(made(attempts, "192.0.2.2", 100, 0), 20);
  assertEquals(made(attempts, "192.0.2.1", 100, 10_000), 1);
});

Deno.test("What succeeds costs little or nothing", () => {
  const attempts = new Attempts();
  for (let i = 0; i < 1000; i++) {
    const attempt = attempts.begin("192.0.2.1", 0);
    assert(typeof attempt !== "number");
    attempt.succeeded();
  }
  let logins = 0;
  for (let i = 0; i < 1000; i++) {
    const attempt = attempts.begin("192.0.2.1", 0);
    if (typeof attempt === "number") continue;
    attempt.succeeded(1);
    logins++;
  }
  assert(logins > 100 && logins < 200, String(logins));
});

import { RateLimits } from "./rate_limits.ts";
import { assert, assertEquals } from "../testing/assert.ts";

/** The time at which the client connects, in ms. */
const NOW = 1_000_000;

/** Returns the number that can be taken at once. */
function atOnce(take: () => number): number {
  let count = 0;
  while (count < 10_000 && take() === 0) count++;
  return count;
}

Deno.test("RateLimits allows messages at the rate, after 3 s of it at once", () => {
  const limits = new RateLimits(20);
  assertEquals(limits.burst, 60);
  assertEquals(atOnce(() => limits.takeMessage(NOW)), 60);
  assertEquals(limits.takeMessage(NOW), 50);
  assertEquals(atOnce(() => limits.takeMessage(NOW + 1000)), 20);
});

Deno.test("RateLimits charges a long message for its length, and allows it at any rate", () => {
  const limits = new RateLimits(20);
  assertEquals(atOnce(() => limits.takeMessage(NOW, 16)), 4);
  assertEquals(limits.takeMessage(NOW), 250);
  assertEquals(limits.takeMessage(NOW + 250), 0);
  const slow = new RateLimits(1);
  assertEquals([slow.takeMessage(NOW, 96), slow.takeMessage(NOW)], [0, 94_000]);
  assertEquals(atOnce(() => new RateLimits(0).takeMessage(NOW, 96)), 10_000);
});

Deno.test("RateLimits allows ten times as many attempts and requests, each on its own", () => {
  const limits = new RateLimits(20);
  assertEquals(atOnce(() => limits.takeAttempt(NOW)), 600);
  assertEquals(atOnce(() => limits.takeRequest(NOW)), 600);
  assertEquals(atOnce(() => limits.takeAttempt(NOW + 1000)), 200);
  assertEquals(atOnce(() => limits.takeRequest(NOW + 1000)), 200);
  assertEquals(limits.takeMessage(NOW + 1000), 0);
});

Deno.test("RateLimits allows 20 errors within 10 s, whatever the rate", () => {
  for (const rate of [0, 1, 1000]) {
    const limits = new RateLimits(rate);
    assertEquals(atOnce(() => limits.takeError(NOW)), 20);
    assert(limits.takeError(NOW + 400) > 0);
    assertEquals(atOnce(() => limits.takeError(NOW + 10_400)), 20);
  }
});

Deno.test("RateLimits allows two typings a second, and five at once, whatever the rate", () => {
  for (const rate of [0, 1, 1000]) {
    const limits = new RateLimits(rate);
    assertEquals(atOnce(() => limits.takeTyping(NOW)), 5);
    assertEquals(atOnce(() => limits.takeTyping(NOW + 1000)), 2);
  }
});

Deno.test("RateLimits of rate 0 sets no limit", () => {
  const limits = new RateLimits(0);
  assertEquals(limits.burst, 0);
  assertEquals(atOnce(() => limits.takeMessage(NOW)), 10_000);
  assertEquals(atOnce(() => limits.takeAttempt(NOW)), 10_000);
  assertEquals(atOnce(() => limits.takeRequest(NOW)), 10_000);
  limits.chargeReply(1e9);
  assertEquals(limits.takeRequest(NOW), 0);
});

Deno.test("RateLimits allows 200 requests a second at any lower rate", () => {
  const limits = new RateLimits(1);
  assertEquals(atOnce(() => limits.takeRequest(NOW)), 600);
  assertEquals(atOnce(() => limits.takeRequest(NOW + 1000)), 200);
});

Deno.test("RateLimits counts a join as four requests", () => {
  const limits = new RateLimits(20);
  assertEquals(atOnce(() => limits.takeRequest(NOW, { join: true })), 150);
  assertEquals(atOnce(() => limits.takeRequest(NOW + 1000, { join: true })), 50);
});

Deno.test("RateLimits counts 16 KiB of a reply as a request, even if none is left", () => {
  const limits = new RateLimits(20);
  limits.takeRequest(NOW);
  limits.chargeReply(16 * 1024 - 1);
  assertEquals(atOnce(() => limits.takeRequest(NOW)), 599);
  limits.chargeReply(256 * 1024);
  // 16 are owed, and one is taken; 200 are added each second.
  assertEquals(limits.takeRequest(NOW), 85);
  assertEquals(limits.takeRequest(NOW + 85), 0);
});

Deno.test("RateLimits counts 16 Ki characters of a line as one more attempt or request", () => {
  const long = 4 * 16 * 1024;
  const limits = new RateLimits(20);
  assertEquals(atOnce(() => limits.takeAttempt(NOW, long)), 120);
  assertEquals(atOnce(() => limits.takeRequest(NOW, { length: long })), 120);
});

Deno.test("RateLimits allows 100 administrative commands at once and 10 a second", () => {
  const limits = new RateLimits(1);
  for (let i = 0; i < 100; i++) assertEquals(limits.takeAction(0), 0);
  assertEquals(limits.takeAction(0), 100);
  assertEquals(limits.takeAction(100), 0);
});

Deno.test("RateLimits allows 20 names at once and 1 a second, whatever the rate", () => {
  for (const rate of [0, 1, 1000]) {
    const limits = new RateLimits(rate);
    assertEquals(atOnce(() => limits.takeName(NOW)), 20);
    assertEquals(atOnce(() => limits.takeName(NOW + 2000)), 2);
  }
});

Deno.test("RateLimits allows 500 empty lines at once and 50 a second, whatever the rate", () => {
  for (const rate of [0, 1, 1000]) {
    const limits = new RateLimits(rate);
    assertEquals(atOnce(() => limits.takeEmptyLines(NOW, 1, 1)), 500);
    assertEquals(atOnce(() => limits.takeEmptyLines(NOW + 1000, 1, 1)), 50);
  }
});

Deno.test("RateLimits counts the length of empty lines, too", () => {
  const limits = new RateLimits(20);
  assertEquals(atOnce(() => limits.takeEmptyLines(NOW, 1, 64 * 1024)), 7);
  assert(new RateLimits(20).takeEmptyLines(NOW, 60_000, 60_000) > 0);
});

import { Allowance } from "./rate_limits.ts";
import { assert, assertEquals } from "../testing/assert.ts";

/** When a client comes, in ms. */
const NOW = 1_000_000;

/** How many can be taken at once. */
function atOnce(take: () => number): number {
  let count = 0;
  while (count < 10_000 && take() === 0) count++;
  return count;
}

Deno.test("Allowance: messages come at the rate, after 3 s of it at once", () => {
  const allowance = new Allowance(20);
  assertEquals(allowance.burst, 60);
  assertEquals(atOnce(() => allowance.takeMessage(NOW)), 60);
  assertEquals(allowance.takeMessage(NOW), 50);
  assertEquals(atOnce(() => allowance.takeMessage(NOW + 1000)), 20);
});

Deno.test("Allowance: ten times as much may be tried and asked, each by itself", () => {
  const allowance = new Allowance(20);
  assertEquals(atOnce(() => allowance.takeTry(NOW)), 600);
  assertEquals(atOnce(() => allowance.takeQuestion(NOW)), 600);
  assertEquals(atOnce(() => allowance.takeTry(NOW + 1000)), 200);
  assertEquals(atOnce(() => allowance.takeQuestion(NOW + 1000)), 200);
  assertEquals(allowance.takeMessage(NOW + 1000), 0);
});

Deno.test("Allowance: 20 errors within 10 s, whatever the rate", () => {
  for (const rate of [0, 1, 1000]) {
    const allowance = new Allowance(rate);
    assertEquals(atOnce(() => allowance.takeError(NOW)), 20);
    assert(allowance.takeError(NOW + 400) > 0);
    assertEquals(atOnce(() => allowance.takeError(NOW + 10_400)), 20);
  }
});

Deno.test("Allowance: a rate of 0 sets no limit", () => {
  const allowance = new Allowance(0);
  assertEquals(allowance.burst, 0);
  assertEquals(atOnce(() => allowance.takeMessage(NOW)), 10_000);
  assertEquals(atOnce(() => allowance.takeTry(NOW)), 10_000);
  assertEquals(atOnce(() => allowance.takeQuestion(NOW)), 10_000);
});

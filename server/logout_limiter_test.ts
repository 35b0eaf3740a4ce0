import { LogoutLimiter } from "./logout_limiter.ts";
import { assertEquals } from "../testing/assert.ts";

/** Returns the number that can be taken at once. */
function atOnce(take: () => number): number {
  let count = 0;
  while (count < 10_000 && take() === 0) count++;
  return count;
}

Deno.test("LogoutLimiter allows a network 200 logouts at once, then one a second, and of guests fewer", () => {
  const limiter = new LogoutLimiter();
  const [address, other] = ["192.0.2.1", "192.0.2.2"];
  assertEquals(atOnce(() => limiter.take(address, 0)), 200);
  assertEquals(atOnce(() => limiter.take(address, 10_000)), 10);
  assertEquals(atOnce(() => limiter.takeGuest(address, 0)), 100);
  assertEquals(limiter.takeGuest(address, 0), 300_000);
  assertEquals(atOnce(() => limiter.takeGuest(address, 600_000)), 2);
  assertEquals([limiter.take(other, 0), limiter.takeGuest(other, 0)], [0, 0]);
});

Deno.test("LogoutLimiter allows an IPv6 /48 what twenty networks may", () => {
  const limiter = new LogoutLimiter();
  let [all, guests] = [0, 0];
  for (let network = 0; network < 30; network++) {
    const address = `2001:db8:1:${network}::1`;
    all += atOnce(() => limiter.take(address, 0));
    guests += atOnce(() => limiter.takeGuest(address, 0));
  }
  assertEquals([all, guests], [4000, 2000]);
});

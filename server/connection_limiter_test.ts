import { assertEquals } from "../testing/assert.ts";
import { ConnectionLimiter } from "./connection_limiter.ts";

Deno.test("ConnectionLimiter counts all, and those from one address, until they have left", () => {
  const limiter = new ConnectionLimiter({ total: 5, perAddress: 2 });
  const places = ["192.0.2.1", "192.0.2.1", "192.0.2.1", "192.0.2.2"].map((address) =>
    limiter.enter(address)
  );
  assertEquals(places.map(({ excess }) => excess), [undefined, undefined, "address", undefined]);
  assertEquals(limiter.enter("192.0.2.3").excess, undefined);
  const last = limiter.enter("192.0.2.3");
  assertEquals(last.excess, "total");
  last[Symbol.dispose]();
  for (const place of [...places, ...places]) place[Symbol.dispose]();
  const again = ["192.0.2.1", "192.0.2.1", "192.0.2.1"].map((address) => limiter.enter(address));
  assertEquals(again.map(({ excess }) => excess), [undefined, undefined, "address"]);
});

Deno.test("ConnectionLimiter limits loopback by the total alone, and 0 is no limit", () => {
  const own = new ConnectionLimiter({ total: 100, perAddress: 1 });
  assertEquals(
    [own.enter("127.0.0.1"), own.enter("127.0.0.1"), own.enter("::1")].map(
      ({ excess }) => excess,
    ),
    [undefined, undefined, undefined],
  );
  const free = new ConnectionLimiter({ total: 100, perAddress: 0 });
  assertEquals([free.enter("192.0.2.1").excess, free.enter("192.0.2.1").excess], [
    undefined,
    undefined,
  ]);
});

Deno.test("ConnectionLimiter gives the places of abandoned connections to others, as many again", () => {
  const limiter = new ConnectionLimiter({ total: 2, perAddress: 3 });
  const slots = ["192.0.2.1", "192.0.2.1"].map((address) => limiter.enter(address));
  for (const slot of [...slots, ...slots]) slot.abandon();
  const others = ["192.0.2.2", "192.0.2.2"].map((address) => limiter.enter(address));
  assertEquals(others.map(({ excess }) => excess), [undefined, undefined]);
  // As many as the total are abandoned already.
  for (const slot of others) slot.abandon();
  const full = limiter.enter("192.0.2.3");
  assertEquals(full.excess, "total");
  full[Symbol.dispose]();
  for (const slot of [...slots, ...others]) slot[Symbol.dispose]();
  const again = [1, 2, 3].map(() => limiter.enter("192.0.2.3"));
  assertEquals(again.map(({ excess }) => excess), [undefined, undefined, "total"]);
});

Deno.test("ConnectionLimiter counts abandoned connections for their network", () => {
  const limiter = new ConnectionLimiter({ total: 10, perAddress: 1 });
  limiter.enter("192.0.2.1").abandon();
  assertEquals(limiter.enter("192.0.2.1").excess, "address");
});

Deno.test("ConnectionLimiter limits an IPv6 /48 to ten times as many as a network", () => {
  const limiter = new ConnectionLimiter({ total: 1000, perAddress: 2 });
  const slots = Array.from(
    { length: 100 },
    (_, i) => limiter.enter(`2001:db8:1:${i.toString(16)}::1`),
  );
  assertEquals(slots.filter(({ excess }) => excess === undefined).length, 20);
  assertEquals(limiter.enter("2001:db8:2::1").excess, undefined);
  for (const slot of slots) slot[Symbol.dispose]();
  const again = [1, 2, 3].map(() => limiter.enter("2001:db8:1:5::1"));
  assertEquals(again.map(({ excess }) => excess), [undefined, undefined, "address"]);
});

import { assertEquals } from "../testing/assert.ts";
import { Turnstile } from "./connection_limiter.ts";

Deno.test("A turnstile counts all, and those from one address, until they have left", () => {
  const turnstile = new Turnstile({ total: 5, perAddress: 2 });
  const places = ["192.0.2.1", "192.0.2.1", "192.0.2.1", "192.0.2.2"].map((address) =>
    turnstile.enter(address)
  );
  assertEquals(places.map(({ excess }) => excess), [undefined, undefined, "address", undefined]);
  assertEquals(turnstile.enter("192.0.2.3").excess, undefined);
  const last = turnstile.enter("192.0.2.3");
  assertEquals(last.excess, "total");
  last[Symbol.dispose]();
  for (const place of [...places, ...places]) place[Symbol.dispose]();
  const again = ["192.0.2.1", "192.0.2.1", "192.0.2.1"].map((address) => turnstile.enter(address));
  assertEquals(again.map(({ excess }) => excess), [undefined, undefined, "address"]);
});

Deno.test("This machine's own connections have no limit but the total, nor has 0", () => {
  const own = new Turnstile({ total: 100, perAddress: 1 });
  assertEquals(
    [own.enter("127.0.0.1"), own.enter("127.0.0.1"), own.enter("::1")].map(
      ({ excess }) => excess,
    ),
    [undefined, undefined, undefined],
  );
  const free = new Turnstile({ total: 100, perAddress: 0 });
  assertEquals([free.enter("192.0.2.1").excess, free.enter("192.0.2.1").excess], [
    undefined,
    undefined,
  ]);
});

import { TokenBucket } from "./token_bucket.ts";
import { assertEquals } from "../testing/assert.ts";

Deno.test("TokenBucket lets a burst through, then the rate", () => {
  const bucket = new TokenBucket({ rate: 10, burst: 3 });
  const start = 1_000_000;
  assertEquals([0, 0, 0, 100].map((expected) => bucket.take(start) === expected), [
    true,
    true,
    true,
    true,
  ]);
  assertEquals(bucket.take(start + 40), 60);
  assertEquals(bucket.take(start + 100), 0);
  assertEquals(bucket.take(start + 100), 100);
  assertEquals([0, 0, 0].map(() => bucket.take(start + 10_000)), [0, 0, 0]);
  assertEquals(bucket.take(start + 10_000), 100);
});

Deno.test("TokenBucket counts what was charged before anything was taken", () => {
  const bucket = new TokenBucket({ rate: 10, burst: 3 });
  bucket.charge(5);
  assertEquals(bucket.take(1_000_000), 300);
  assertEquals(bucket.take(1_000_300), 0);
});

Deno.test("TokenBucket of rate 0 sets no limit", () => {
  const bucket = new TokenBucket({ rate: 0, burst: 0 });
  for (let i = 0; i < 1000; i++) assertEquals(bucket.take(0), 0);
});

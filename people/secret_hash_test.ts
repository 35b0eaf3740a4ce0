import { SlowHash } from "./secret_hash.ts";
import {
  assert,
  assertEquals,
  assertMatch,
  assertNotEquals,
  assertRejects,
} from "../testing/assert.ts";
import { BusyError } from "../lib/fair_queue.ts";

const CHEAP = { N: 2, r: 1, p: 1 };

Deno.test("a secret proves itself, another does not, and its hash never repeats", async () => {
  const hashes = new SlowHash();
  const stored = await hashes.hash("zo\u00eb");
  assertMatch(stored, /^scrypt\$16384\$8\$5\$[\w-]{22}\$[\w-]{43}$/);
  assertNotEquals(await new SlowHash({ cost: CHEAP }).hash("zo\u00eb"), stored);
  const other = new SlowHash({ cost: CHEAP });
  assertEquals(await other.verify("zoe\u0308", stored), true, "the stored cost counts");
  assertEquals(await other.verify("zoe", stored), false);
});

Deno.test("the time of a check does not reveal whether a name has a secret", async () => {
  const hashes = new SlowHash({ cost: CHEAP, parallel: 1, waiting: 0 });
  const unknown = hashes.verify("guess", undefined);
  await assertRejects(() => hashes.hash("another"), BusyError);
  assertEquals(await unknown, false);
  await hashes.hash("another");
});

Deno.test("a proven secret is not hashed again, a wrong one is", async () => {
  const hashes = new SlowHash({ cost: CHEAP, parallel: 1, waiting: 0 });
  const stored = await hashes.hash("right");
  assert(await hashes.verify("right", stored));
  const running = hashes.hash("something else");
  assertEquals(await hashes.verify("right", stored), true);
  await assertRejects(() => hashes.verify("wrong", stored), BusyError);
  await running;
});

Deno.test("a damaged hash is an error without the hash in it", async () => {
  const hashes = new SlowHash({ cost: CHEAP });
  const error = await assertRejects(() => hashes.verify("right", "scrypt$2$1$1$salt$cut"), Error);
  assertEquals(error.message, "Cannot check a secret: its stored hash is damaged");
});

Deno.test("hashing does not hold the event loop", async () => {
  const hashes = new SlowHash();
  const { port1, port2 } = new MessageChannel();
  let turns = 0;
  port2.onmessage = () => {
    turns++;
    port1.postMessage(0);
  };
  port1.postMessage(0);
  await hashes.hash("open sesame");
  port1.close();
  port2.close();
  assert(turns > 100, `the loop turned ${turns} times meanwhile`);
});

Deno.test("a stored hash that asks for gigabytes or minutes is never computed, and proves nothing", async () => {
  const hashes = new SlowHash({ cost: CHEAP });
  for (const cost of ["4194304$8$1", "2$1$1073741824"]) {
    const stored = `scrypt$${cost}$${"a".repeat(22)}$${"b".repeat(43)}`;
    assertEquals(await hashes.verify("right", stored), false);
  }
});

import { assertEquals, assertRejects } from "./assert.ts";
import { Waiter } from "./waiter.ts";

Deno.test("Waiter resolves at the first check at which a condition holds", async () => {
  const waiter = new Waiter();
  let value = 0;
  const order: string[] = [];
  const two = waiter.until(() => value >= 2).then(() => order.push("two"));
  const one = waiter.until(() => value >= 1).then(() => order.push("one"));
  waiter.check();
  value = 1;
  waiter.check();
  await one;
  value = 2;
  waiter.check();
  await two;
  assertEquals(order, ["one", "two"]);
});

Deno.test("Waiter resolves at once when the condition holds, and rejects when it never does", async () => {
  const waiter = new Waiter();
  await waiter.until(() => true);
  await assertRejects(() => waiter.until(() => false, 10), DOMException);
});

Deno.test("Waiter rejects whoever waits in vain after its end", async () => {
  const waiter = new Waiter();
  let isDone = false;
  const done = waiter.until(() => isDone);
  const never = assertRejects(() => waiter.until(() => false), Error, "closed");
  isDone = true;
  waiter.end(new Error("closed"));
  await Promise.all([done, never]);
  await assertRejects(() => waiter.until(() => false), Error, "closed");
  await waiter.until(() => true);
});

import { assert, assertEquals } from "../testing/assert.ts";
import { delay } from "../lib/std.ts";
import { RequestTurns } from "./request_turns.ts";

Deno.test("RequestTurns lets a request go on at once, and hundreds of them over many turns of the event loop", async () => {
  const turns = new RequestTurns(2);
  const order: string[] = [];
  const ask = (address: string) => turns.next(address).then(() => void order.push(address));
  await ask("192.0.2.1");
  await delay(5);
  const all = Array.from({ length: 100 }, () => ask("192.0.2.1"));
  await Promise.resolve();
  const other = ask("192.0.2.2");
  await delay(0);
  assert(order.length < 20, `${order.length} in a turn`);
  await other;
  assert(order.length < 30, `another network waited for ${order.length}`);
  await Promise.all(all);
  assertEquals(order.length, 102);
});

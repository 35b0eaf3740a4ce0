import { assertEquals } from "../testing/assert.ts";
import { Channel, nextTurn } from "./channel.ts";

Deno.test("Channel gives items in the order they were sent", async () => {
  const channel = new Channel<number>({ capacity: 10 });
  for (let i = 0; i < 10; i++) channel.trySend(i);
  channel.close();
  assertEquals(await Array.fromAsync(channel), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
});

Deno.test("Channel says no when full and takes again when read", async () => {
  const channel = new Channel<string>({ capacity: 2 });
  assertEquals([channel.trySend("a"), channel.trySend("b"), channel.trySend("c")], [
    true,
    true,
    false,
  ]);
  const reader = channel[Symbol.asyncIterator]();
  assertEquals((await reader.next()).value, "a");
  assertEquals(channel.trySend("d"), true);
  channel.close();
  assertEquals(await Array.fromAsync({ [Symbol.asyncIterator]: () => reader }), ["b", "d"]);
});

Deno.test("Channel bounds the weight, not the number, when items are weighed", () => {
  const channel = new Channel<string>({ capacity: 5, weigh: (item) => item.length });
  assertEquals(channel.trySend("abc"), true);
  assertEquals(channel.trySend("def"), false);
  assertEquals(channel.trySend("de"), true);
  assertEquals(channel.weight, 5);
  assertEquals(channel.take(4), ["abc"]);
  assertEquals(channel.weight, 2);
  assertEquals(channel.take(1), ["de"]);
  assertEquals(channel.weight, 0);
});

Deno.test("Channel gives all that waits as one batch", async () => {
  const channel = new Channel<number>({ capacity: 10 });
  const batches = channel.batches();
  channel.trySend(1);
  channel.trySend(2);
  assertEquals((await batches.next()).value, [1, 2]);
  const next = batches.next();
  channel.trySend(3);
  assertEquals((await next).value, [3]);
});

Deno.test("Channel ends after what is queued when closed, and takes nothing more", async () => {
  const channel = new Channel<number>({ capacity: 10 });
  channel.trySend(1);
  channel.close();
  channel.close();
  assertEquals(channel.trySend(2), false);
  assertEquals(await Array.fromAsync(channel.batches()), [[1]]);
});

Deno.test("Channel ends a reader that waits when it is closed", async () => {
  const channel = new Channel<number>({ capacity: 10 });
  const end = channel.batches().next();
  channel.close();
  assertEquals((await end).done, true);
});

Deno.test("Channel with nextTurn makes one batch of what a turn brings", async () => {
  const channel = new Channel<number>({ capacity: 10, resume: nextTurn });
  const batches = channel.batches();
  const first = batches.next();
  for (const item of [1, 2, 3]) {
    await Promise.resolve();
    channel.trySend(item);
  }
  assertEquals((await first).value, [1, 2, 3]);
});

import { assertEquals } from "../testing/assert.ts";
import { Channel } from "./channel.ts";
import { nextTurn } from "./event_loop.ts";

Deno.test("Channel yields items in the order they were sent", async () => {
  const channel = new Channel<number>({ capacity: 10 });
  for (let i = 0; i < 10; i++) channel.trySend(i);
  channel.close();
  assertEquals(await Array.fromAsync(channel), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
});

Deno.test("Channel refuses when full and accepts again when read", async () => {
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

Deno.test("Channel knows how many items wait", () => {
  const channel = new Channel<string>({ capacity: 5 });
  channel.trySend("a");
  channel.trySend("b");
  assertEquals(channel.size, 2);
  assertEquals(channel.take(), ["a", "b"]);
  assertEquals([channel.size, channel.take()], [0, []]);
});

Deno.test("Channel yields everything that waits as one batch", async () => {
  const channel = new Channel<number>({ capacity: 10 });
  const batches = channel.batches();
  channel.trySend(1);
  channel.trySend(2);
  assertEquals((await batches.next()).value, [1, 2]);
  const next = batches.next();
  channel.trySend(3);
  assertEquals((await next).value, [3]);
});

Deno.test("Channel ends after the queued items when closed, and accepts nothing more", async () => {
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

Deno.test("Channel with nextTurn makes one batch of everything sent in a turn", async () => {
  const channel = new Channel<number>({ capacity: 10, resume: nextTurn });
  const batches = channel.batches();
  const first = batches.next();
  for (const item of [1, 2, 3]) {
    await Promise.resolve();
    channel.trySend(item);
  }
  assertEquals((await first).value, [1, 2, 3]);
});

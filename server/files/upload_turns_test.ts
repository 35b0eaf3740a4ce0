import { assert, assertEquals } from "../../testing/assert.ts";
import { UploadTurns } from "./upload_turns.ts";

Deno.test("UploadTurns interrupts the request before, and waits for its end", async () => {
  const turns = new UploadTurns();
  const order: string[] = [];
  const first = await turns.take("a");
  first.signal.addEventListener("abort", () => order.push("interrupted"));
  using _other = await turns.take("b");
  const second = turns.take("a").then((turn) => {
    order.push("second");
    return turn;
  });
  const third = turns.take("a").then((turn) => {
    order.push("third");
    return turn;
  });
  await Promise.resolve();
  assertEquals(order, ["interrupted"]);
  first[Symbol.dispose]();
  (await second)[Symbol.dispose]();
  (await third)[Symbol.dispose]();
  assertEquals(order, ["interrupted", "second", "third"]);
  assertEquals(turns.size, 1);
});

Deno.test("UploadTurns gives a thousand requests for one upload their turns in linear time", async () => {
  const turns = new UploadTurns();
  const start = performance.now();
  let aborts = 0;
  const ends = Array.from({ length: 1000 }, async () => {
    using turn = await turns.take("a");
    turn.signal.addEventListener("abort", () => aborts++);
    await Promise.resolve();
    if (turn.signal.aborted) aborts++;
  });
  await Promise.all(ends);
  // Each was interrupted once, by the one after it.
  assertEquals([aborts, turns.size], [999, 0]);
  // It takes some 50 ms; quadratic time would be 5 s.
  assert(performance.now() - start < 2000);
});

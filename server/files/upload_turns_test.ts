import { assertEquals } from "../../testing/assert.ts";
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

import { PersonPace } from "./person_pace.ts";
import { assertEquals } from "../testing/assert.ts";

Deno.test("PersonPace lets a person begin a hundred commands at once, and delays the next, in their order", async () => {
  const pace = new PersonPace(() => 0);
  const waits = (person: string) => pace.turn(person) !== undefined;
  assertEquals(Array.from({ length: 100 }, () => waits("ann")).includes(true), false);
  const order: number[] = [];
  await Promise.all([1, 2, 3].map(async (n) => {
    await pace.turn("ann");
    order.push(n);
  }));
  assertEquals(order, [1, 2, 3]);
  assertEquals([waits("bob"), waits("ann")], [false, true]);
});

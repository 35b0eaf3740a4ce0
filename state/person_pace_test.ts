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

Deno.test("PersonPace refuses a command that would wait for more than half a minute", async () => {
  let now = 0;
  const pace = new PersonPace(() => now);
  const turns = Array.from({ length: 500 }, () => pace.turn("ann"));
  const refused = async (turn: Promise<void> | undefined) => {
    const soon = new Promise<boolean>((resolve) => setTimeout(() => resolve(false)));
    return turn === undefined
      ? false
      : await Promise.race([turn.then(() => false, () => true), soon]);
  };
  const refusals = await Promise.all(turns.map(refused));
  assertEquals(refusals.indexOf(true), 400);
  assertEquals(refusals.filter(Boolean).length, 100);
  assertEquals(pace.turn("bob"), undefined);
  // Those that were refused have taken no turn.
  now += 30_000;
  assertEquals(await refused(pace.turn("ann")), false);
});

Deno.test("PersonPace.charge delays the next commands of one person, and of nobody else", () => {
  const pace = new PersonPace(() => 0);
  pace.charge("ann", 0);
  pace.charge("ann", 99);
  assertEquals(pace.take("ann"), 0);
  assertEquals(pace.take("ann"), 100);
  assertEquals(pace.take("bob"), 0);
});

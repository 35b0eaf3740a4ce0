import { assertEquals } from "../testing/assert.ts";
import { Schedule } from "./schedule.ts";

Deno.test("Schedule gives each time once, and a late caller all that it missed", () => {
  const schedule = new Schedule(250, 1000);
  assertEquals([...schedule.takeDue(999)], []);
  assertEquals([...schedule.takeDue(1000)], [1000]);
  assertEquals([...schedule.takeDue(1003.9)], []);
  assertEquals([...schedule.takeDue(1012)], [1004, 1008, 1012]);
  assertEquals([...schedule.takeDue(1012)], []);
});

Deno.test("Schedule keeps the rate for long", () => {
  const schedule = new Schedule(3, 0);
  let count = 0;
  for (let now = 0; now < 1_000_000; now += 1) count += [...schedule.takeDue(now)].length;
  assertEquals(count, 3000);
});

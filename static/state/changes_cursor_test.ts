import { assertEquals } from "../../testing/assert.ts";
import { ChangesCursor } from "./changes_cursor.ts";

Deno.test("A cursor of changes follows live changes while nothing is missing", () => {
  const cursor = new ChangesCursor();
  cursor.reset(5);
  cursor.live(6);
  // Below the first message that this person may see there may have been others.
  cursor.live(9);
  cursor.live(8);
  assertEquals([cursor.rev, cursor.isComplete], [9, true]);
});

Deno.test("A cursor of changes goes beyond a gap only when that has been closed", () => {
  const cursor = new ChangesCursor();
  cursor.reset(5);
  cursor.resume(100, 25);
  cursor.live(101);
  assertEquals([cursor.rev, cursor.isComplete], [25, false]);
  cursor.extend(60, true);
  cursor.live(102);
  assertEquals([cursor.rev, cursor.isComplete], [60, false]);
  cursor.extend(100, false);
  assertEquals([cursor.rev, cursor.isComplete], [102, true]);
});

Deno.test("A cursor of changes that was cut off in a gap begins again in it", () => {
  const cursor = new ChangesCursor();
  cursor.reset(5);
  cursor.resume(100, 25);
  cursor.live(101);
  cursor.resume(103, undefined);
  assertEquals([cursor.rev, cursor.isComplete], [103, true]);
});

import { assertEquals } from "../../../testing/assert.ts";
import { Zoom } from "./zoom.ts";

Deno.test("Zoom keeps the place under the pointer, and the picture in view", () => {
  const view = { width: 100, height: 100 };
  const picture = { width: 400, height: 200 };
  const twice = Zoom.NONE.by(2, { x: 10, y: 0 });
  assertEquals(twice.transform, "translate(-10px, 0px) scale(2)");
  // It is 200 px wide and 100 px high then.
  assertEquals(
    twice.moved(-500, 30).within(view, picture).transform,
    "translate(-50px, 0px) scale(2)",
  );
  assertEquals(twice.by(0.1).within(view, picture).transform, "translate(0px, 0px) scale(1)");
  assertEquals(Zoom.NONE.by(100).isMost, true);
});

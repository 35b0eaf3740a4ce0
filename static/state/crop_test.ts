import { assertEquals } from "../../testing/assert.ts";
import { Crop } from "./crop.ts";

const shown = ({ x, y, side }: Crop) => [x, y, side];

Deno.test("Crop begins in the middle, and never leaves the picture", () => {
  const crop = Crop.of({ width: 900, height: 500 });
  assertEquals(shown(crop), [200, 0, 500]);
  assertEquals(shown(crop.moved(0.1, 0.5)), [150, 0, 500]);
  assertEquals(shown(crop.moved(9, 9)), [0, 0, 500]);
  assertEquals(shown(crop.moved(-9, -9)), [400, 0, 500]);
  assertEquals(shown(crop.zoomed(2)), [325, 125, 250]);
  assertEquals(shown(crop.zoomed(2).moved(1, 1)), [75, 0, 250]);
  assertEquals(shown(crop.zoomed(2).moved(-9, -9).zoomed(0.1)), [400, 0, 500]);
  assertEquals(crop.zoomed(100).zoom, 8);
});

import { assertEquals } from "../../testing/assert.ts";
import { readRange } from "./range.ts";

Deno.test("readRange gives one range of a file, or the whole", () => {
  const cases: [string | null, ReturnType<typeof readRange>][] = [
    [null, undefined],
    ["bytes=0-", { start: 0, end: 10 }],
    ["bytes=0-0", { start: 0, end: 1 }],
    ["bytes=3-5", { start: 3, end: 6 }],
    ["Bytes=3-500", { start: 3, end: 10 }],
    ["bytes=-3", { start: 7, end: 10 }],
    ["bytes=-30", { start: 0, end: 10 }],
    ["bytes=-0", "unsatisfiable"],
    ["bytes=10-", "unsatisfiable"],
    ["bytes=10-11", "unsatisfiable"],
    // Malformed, of another unit, or several: the whole file.
    ["bytes=5-3", undefined],
    ["bytes=-", undefined],
    ["bytes=a-b", undefined],
    ["bytes=0-1,3-4", undefined],
    ["lines=0-1", undefined],
    ["bytes=0-99999999999999999999", undefined],
  ];
  for (const [value, expected] of cases) assertEquals(readRange(value, 10), expected, `${value}`);
  assertEquals(readRange("bytes=0-", 0), "unsatisfiable");
});

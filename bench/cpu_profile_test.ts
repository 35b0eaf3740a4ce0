import { assertEquals } from "../testing/assert.ts";
import { selfTimes } from "./cpu_profile.ts";

Deno.test("selfTimes sums by function, without waiting, and built-in functions by their caller", () => {
  const url = "file:///x/hub.ts";
  const node = (id: number, functionName: string, url: string, children: number[] = []) => {
    return { id, callFrame: { functionName, url, lineNumber: 9 }, children };
  };
  const times = selfTimes({
    nodes: [
      node(1, "(root)", "", [2, 5]),
      node(2, "send", url, [3, 4]),
      node(3, "op_send", ""),
      node(4, "", url),
      node(5, "(idle)", ""),
    ],
    samples: [2, 5, 3, 4, 2, 5],
    timeDeltas: [0, 1e6, 5e6, 3e6, 0.5e6, 0.25e6],
  });
  assertEquals(times, [
    { name: "op_send ← send hub.ts:10", seconds: 3 },
    { name: "send hub.ts:10", seconds: 1.25 },
    { name: "(anonymous) hub.ts:10", seconds: 0.5 },
  ]);
});

import { assert, assertEquals } from "../testing/assert.ts";
import { drawChart } from "./chart.ts";
import { latencyChart, roomChart } from "./plot.ts";

const point = { server: "Bun", wire: "json", delivered: 1, p50: 1 } as const;

Deno.test("latencyChart draws the median of the attempts at each load, without overload", () => {
  const points = [
    { ...point, offered: 200, p99: 5 },
    { ...point, offered: 100, p99: 2 },
    { ...point, offered: 100, p99: 4 },
    { ...point, offered: 300, p99: 2000 },
    { ...point, offered: 50, p99: 1, wire: "plain" as const },
  ];
  const [p50, p99] = latencyChart({ points, runs: [] }).lines;
  assertEquals(p99?.points, [[100, 3], [200, 5]]);
  assertEquals(p50?.points.map(([x]) => x), [100, 200, 300]);
});

Deno.test("roomChart draws deliveries by the size of the room", () => {
  const zero = { frames: 0, bytes: 0, messages: 0, serverCpu: 0, serverPeak: 0, loadCpu: 0 };
  const times = { ownP50: 0, ownP99: 0, lastP50: 0, lastP99: 0, loadLateP99: 0 };
  const run = (scenario: string, deliveries: number) => ({
    ...{ scenario, server: "Hubbub", version: "", wire: "json", round: 1 } as const,
    ...{ outcome: "load", result: { ...zero, ...times, seconds: 2, deliveries } } as const,
  });
  const runs = [run("1000x10x8", 60), run("10x10x8", 20), run("16x16x8", 5)];
  assertEquals(roomChart({ points: [], runs }).lines[0]?.points, [[10, 10], [1000, 30]]);
});

Deno.test("drawChart draws and names each line, with round numbers at its axes", () => {
  const axis = { label: "a < b" };
  const line = { color: "#888888", points: [[10, 1500], [1000, 3e6]] as const };
  const lines = [{ ...line, name: "one" }, { ...line, name: "two", dashed: true }];
  const svg = drawChart({ title: "A chart", x: axis, y: axis, lines });
  assertEquals(svg.match(/fill="none"/g)?.length, 2);
  for (const text of ["one", "two", "a &#60; b", "100", "1k", "10k", "1M"]) {
    assert(svg.includes(`>${text}</text>`), text);
  }
  assert(!svg.includes("NaN"));
});

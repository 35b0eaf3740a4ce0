import { assertEquals } from "../testing/assert.ts";
import { type Run, table } from "./report.ts";

function measured(server: string, round: number, deliveries: number): Run {
  const figures = {
    frames: 1,
    bytes: 1,
    messages: 1,
    ownP50: 1,
    ownP99: 2,
    lastP50: 1.5,
    lastP99: 123.4,
  };
  const costs = { serverCpu: 1, serverPeak: 50e6, loadCpu: 0.5 };
  const result = { deliveries, seconds: 2, ...figures, ...costs };
  return { scenario: "9x9x9", server, version: "", round, outcome: "measured", result };
}

Deno.test("the table has medians, and ratios within each round", () => {
  const failed = { scenario: "9x9x9", server: "Deaf", version: "", round: 1 };
  const lines = table([
    measured("Hubbub", 1, 4_000_000),
    measured("Peer", 1, 2_000_000),
    measured("Hubbub", 2, 1_000_000),
    measured("Peer", 2, 500_000),
    measured("Hubbub", 3, 3_000_000),
    measured("Peer", 3, 3_000_000),
    { ...failed, outcome: "failed", why: "no answer" },
  ]).split("\n").map((line) => line.split("|").slice(1, -1).map((cell) => cell.trim()));
  assertEquals(lines[2], [
    ...["9x9x9", "Hubbub", "1,500,000", "100 %", "1.00 / 2.00", "1.50 / 123"],
    ...["0.333", "50.0", "25 %", "1.00"],
  ]);
  assertEquals(lines[3]?.slice(1, 4), ["Peer", "1,000,000", "125 %"]);
  assertEquals(lines[3]?.at(-1), "2.00");
  assertEquals(lines[4]?.slice(1, 3), ["Deaf", "FAILED"]);
});

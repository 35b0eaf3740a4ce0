import { assertEquals } from "../testing/assert.ts";
import { figuresTable, loadTable } from "./report.ts";
import type { Run } from "./runs.ts";

function measured(server: string, round: number, deliveries: number): Run {
  const times = { seconds: 2, ownP50: 1, ownP99: 2, lastP50: 1.5, lastP99: 123.4, loadLateP99: 1 };
  const counts = { frames: deliveries / 10, bytes: deliveries * 65, messages: 1, deliveries };
  const result = { ...counts, ...times, serverCpu: 1, serverPeak: 50e6, loadCpu: 0.5 };
  const origin = { scenario: "9x9x9", server, version: "", wire: "plain", round } as const;
  return { ...origin, outcome: "load", result };
}

function cells(table: string): string[][] {
  return table.split("\n").map((line) => line.split("|").slice(1, -1).map((cell) => cell.trim()));
}

Deno.test("loadTable has medians, and ratios within each round", () => {
  const failed = {
    scenario: "9x9x9",
    server: "Deaf",
    version: "",
    wire: "plain",
    round: 1,
  } as const;
  const lines = cells(loadTable([
    measured("Hubbub", 1, 4_000_000),
    measured("Peer", 1, 2_000_000),
    measured("Hubbub", 2, 1_000_000),
    measured("Peer", 2, 500_000),
    measured("Hubbub", 3, 3_000_000),
    measured("Peer", 3, 3_000_000),
    { ...failed, outcome: "failed", why: "no answer" },
  ]));
  assertEquals(lines[2], [
    ...["9x9x9", "plain", "Hubbub", "1,500,000", "100 %", "1.00 / 2.00", "1.50 / 123"],
    ...["0.333", "50.0", "10.0", "65.0", "25 %", "1.00", "1.00"],
  ]);
  assertEquals(lines[3]?.slice(2, 5), ["Peer", "1,000,000", "125 %"]);
  assertEquals(lines[3]?.at(-1), "2.00");
  assertEquals(lines[4]?.slice(2, 4), ["Deaf", "FAILED"]);
});

Deno.test("figuresTable has a row for each figure", () => {
  const start = (round: number, milliseconds: number): Run => ({
    ...{ scenario: "start", server: "empty", version: "", round },
    ...{ outcome: "figures", figures: { milliseconds, other: 1 } },
  });
  const lines = cells(figuresTable([start(1, 40), start(2, 50), start(3, 45)]));
  assertEquals(lines.slice(2), [
    ["start", "", "empty", "milliseconds", "45.0", "22 %"],
    ["start", "", "empty", "other", "1.00", "0 %"],
  ]);
});

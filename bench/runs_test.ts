import { assert, assertEquals } from "../testing/assert.ts";
import { judge } from "./goals.ts";
import { figure, middle, ratio, type Run } from "./runs.ts";

function load(server: string, round: number, deliveries: number, ownP50 = 1): Run {
  const times = { seconds: 2, ownP50, ownP99: 2, lastP50: 1.5, lastP99: 123.4, loadLateP99: 1 };
  const counts = { frames: 1000, bytes: 1000, messages: 1, deliveries };
  const result = { ...counts, ...times, serverCpu: 1, serverPeak: 50e6, loadCpu: 0.5 };
  const origin = { scenario: "100x1x1", server, version: "", wire: "json", round } as const;
  return { ...origin, outcome: "load", result };
}

const FAILED: Run = {
  ...{ scenario: "100x1x1", server: "Hubbub", version: "", wire: "json", round: 4 },
  ...{ outcome: "failed", why: "no answer" },
};

const which = { scenario: "100x1x1", wire: "json" } as const;

Deno.test("ratio takes the median of the ratios within each round", () => {
  const runs = [
    ...[load("Hubbub", 1, 400), load("ws", 1, 200)],
    ...[load("Hubbub", 2, 100), load("ws", 2, 50)],
    ...[load("Hubbub", 3, 300), load("ws", 3, 300)],
    ...[FAILED, load("ws", 4, 1)],
  ];
  assertEquals(ratio(runs, which, ["Hubbub", "ws"], "rate"), 2);
  assertEquals(middle(runs, which, "Hubbub", "rate"), 150);
  assert(Number.isNaN(ratio(runs, { ...which, wire: "plain" }, ["Hubbub", "ws"], "rate")));
});

Deno.test("figure gives a load's result, its rate and its CPU for a million", () => {
  const run = load("ws", 1, 4_000_000);
  assertEquals(figure(run, "ownP99"), 2);
  assertEquals(figure(run, "rate"), 2_000_000);
  assertEquals(figure(run, "cpu"), 0.25);
  assertEquals(figure(run, "milliseconds"), undefined);
  assertEquals(figure(FAILED, "rate"), undefined);
});

Deno.test("judge says that a goal is met, missed, or not measured and then not met", () => {
  const verdicts = (p50: number) =>
    judge([load("Hubbub", 1, 100, p50), load("ws", 1, 100)])
      .filter(({ work }) => /100x1x1.*p50|16x16x8/.test(work));
  const [unmeasured, met] = verdicts(1.2);
  assert(unmeasured && Number.isNaN(unmeasured.measured) && !unmeasured.met);
  assert(met?.met);
  assertEquals(met.measured, 1.2);
  assertEquals(met.goal, "≤ 1.2 × ws");
  assertEquals(verdicts(1.21)[1]?.met, false);
});

import { GatheredEvents } from "./gathered_events.ts";
import type { Event } from "../state/events.ts";
import type { EventRange } from "../state/event_log.ts";
import type { EventOutcome } from "../state/outcome.ts";
import { assert, assertEquals } from "../testing/assert.ts";

function events(count: number): Event[] {
  return Array.from({ length: count }, (_, i) => ({ type: "keep_days", days: i }));
}

/** Waiting events of three callers, and the answers to each of them. */
function threeCallers() {
  const gathered = new GatheredEvents();
  const told: [caller: string, result: number | string, range: EventRange][] = [];
  for (const [caller, count, deadline] of [["a", 2, 10], ["b", 3, 20], ["c", 1, 30]] as const) {
    gathered.add({
      events: events(count),
      deadline,
      done: (result, range) =>
        told.push([caller, result instanceof Error ? result.message : result.length, range]),
    });
  }
  return { gathered, told };
}

const UNCHANGED: EventOutcome = { type: "unchanged" };

Deno.test("GatheredEvents reports each caller its own part of each entry", () => {
  const { gathered, told } = threeCallers();
  const gathering = gathered.take();
  assert(gathering !== undefined && gathered.isEmpty && gathered.take() === undefined);
  assertEquals([gathering.events.length, gathering.deadline], [6, 10]);
  gathering.report({ from: 0, to: 4 }, Array(4).fill(UNCHANGED));
  gathering.report({ from: 4, to: 6 }, new Error("lost"));
  assertEquals(told, [
    ["a", 2, { from: 0, to: 2 }],
    ["b", 2, { from: 0, to: 2 }],
    ["b", "lost", { from: 2, to: 3 }],
    ["c", "lost", { from: 0, to: 1 }],
  ]);
});

Deno.test("GatheredEvents fails overdue events, and keeps the rest", () => {
  const { gathered, told } = threeCallers();
  gathered.fail(new Error("late"), 20);
  assertEquals(told.map(([caller, result]) => `${caller} ${result}`), ["a late", "b late"]);
  assertEquals(gathered.take()?.events.length, 1);
  gathered.fail(new Error("late"));
  assertEquals(told.length, 2);
});

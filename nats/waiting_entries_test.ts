import { assert, assertEquals } from "../testing/assert.ts";
import { EVENTS_AT_ONCE, WaitingEntries } from "./waiting_entries.ts";

/** Lets so many batches of one event wait. */
function waiting(count: number, type: string): WaitingEntries {
  const entries = new WaitingEntries();
  for (let position = 1; position <= count; position++) {
    entries.add({ position, at: 0, batch: { run: "r", number: position, events: [{ type }] } });
  }
  return entries;
}

/** Applies all, each of which takes so long; returns how many were applied at once. */
function apply(entries: WaitingEntries, ms: number): number[] {
  const counts: number[] = [];
  while (!entries.isEmpty) {
    const { length } = entries.take();
    counts.push(length);
    entries.took(length * ms);
  }
  return counts;
}

Deno.test("WaitingEntries gives many messages at once, and few steps of a removal", () => {
  assertEquals(apply(waiting(2 * EVENTS_AT_ONCE, "message"), 0.01), [2000, 2000]);
  assertEquals(Math.max(...apply(waiting(300, "messages_removed"), 25)), 2);
});

Deno.test("WaitingEntries gives fewer after those that took long, and more when they do not", () => {
  const [first, ...rest] = apply(waiting(4000, "message"), 1);
  assertEquals([first, Math.max(...rest)], [EVENTS_AT_ONCE, 100]);
  const entries = waiting(10_000, "message");
  entries.take();
  entries.took(100_000);
  const counts = apply(entries, 0.01);
  assertEquals(counts[0], 100);
  assert(counts.includes(EVENTS_AT_ONCE), `${counts}`);
});

Deno.test("WaitingEntries gives all again where each time takes long, after a stall", () => {
  const entries = waiting(20_000, "message");
  entries.take();
  entries.took(100_000);
  const counts: number[] = [];
  while (!entries.isEmpty) {
    counts.push(entries.take().length);
    entries.took(45);
  }
  assert(counts.includes(EVENTS_AT_ONCE), `${counts}`);
});

import { assertEquals } from "../../testing/assert.ts";
import type { Message } from "../../protocol/mod.ts";
import { Timeline } from "./timeline.ts";

function stretch(from: number, to: number): Message[] {
  return Array.from({ length: to - from + 1 }, (_, i) => ({
    room: "lobby",
    seq: from + i,
    id: `m${from + i}`,
    user: { id: "u", name: "Ann" },
    text: "",
    at: 0,
  }));
}
const seqs = (timeline: Timeline) => timeline.messages.map(({ seq }) => seq);

Deno.test("What is ahead of a gap waits until the gap is filled", () => {
  const timeline = new Timeline();
  timeline.replace(stretch(1, 3), false);
  assertEquals(timeline.append(stretch(7, 8)), []);
  assertEquals(timeline.append(stretch(4, 5)).map(({ seq }) => seq), [4, 5]);
  assertEquals(timeline.append(stretch(6, 6)).map(({ seq }) => seq), [6, 7, 8]);
  assertEquals(seqs(timeline), [1, 2, 3, 4, 5, 6, 7, 8]);
});

Deno.test("What is known is not taken twice", () => {
  const timeline = new Timeline();
  timeline.replace(stretch(5, 8), true);
  timeline.append(stretch(6, 9));
  timeline.append(stretch(9, 9));
  assertEquals(timeline.prepend(stretch(3, 6), false), 2);
  assertEquals(seqs(timeline), [3, 4, 5, 6, 7, 8, 9]);
  assertEquals([timeline.indexOf(5), timeline.indexOf(2), timeline.indexOf(10)], [2, -1, -1]);
});

Deno.test("What would leave a hole is not put before the others", () => {
  const timeline = new Timeline();
  timeline.replace(stretch(50, 60), true);
  assertEquals(timeline.prepend(stretch(10, 20), true), 0);
  assertEquals([timeline.first, timeline.hasOlder], [50, true]);
});

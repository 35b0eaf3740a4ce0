import { assert, assertEquals } from "../../testing/assert.ts";
import type { Message } from "../../protocol/mod.ts";
import { message } from "./chat_fixture.ts";
import { Room } from "./room.ts";
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

Deno.test("A message beyond a gap waits until the gap is filled", () => {
  const timeline = new Timeline();
  timeline.replace(stretch(1, 3), false);
  assertEquals(timeline.append(stretch(7, 8)), []);
  assertEquals(timeline.append(stretch(4, 5)).map(({ seq }) => seq), [4, 5]);
  assertEquals(timeline.append(stretch(6, 6)).map(({ seq }) => seq), [6, 7, 8]);
  assertEquals(seqs(timeline), [1, 2, 3, 4, 5, 6, 7, 8]);
});

Deno.test("A room that begins anew has nothing of the changes of its former messages", () => {
  const room = new Room("lobby", 5);
  room.change({ ...message(7), text: "of another history", rev: 9 });
  room.wantedQuotes.add(3);
  room.forget(undefined);
  room.replace([message(7)], false, "me");
  assertEquals(room.messageAt(7)?.text, message(7).text);
  assertEquals(room.wantedQuotes.size, 0);
});

Deno.test("A known message is not added twice", () => {
  const timeline = new Timeline();
  timeline.replace(stretch(5, 8), true);
  timeline.append(stretch(6, 9));
  timeline.append(stretch(9, 9));
  assertEquals(timeline.prepend(stretch(3, 6), false, 5), 2);
  assertEquals(seqs(timeline), [3, 4, 5, 6, 7, 8, 9]);
  assertEquals([timeline.indexOf(5), timeline.indexOf(2), timeline.indexOf(10)], [2, -1, -1]);
});

Deno.test("Timeline takes an answer for older messages only if it asked with its present first", () => {
  const timeline = new Timeline();
  timeline.replace(stretch(50, 60), true);
  assertEquals(timeline.prepend(stretch(10, 20), true, 21), 0);
  assertEquals([timeline.first, timeline.hasOlder], [50, true]);
  assertEquals(timeline.prepend([], true, 50), 0);
  assertEquals(timeline.hasOlder, false);
});

Deno.test("Timeline continues after messages that the server lacks, on either side", () => {
  const timeline = new Timeline();
  timeline.replace(stretch(100, 110), true);
  // A live message waits, since those between are asked for.
  assertEquals(timeline.append(stretch(200, 201)), []);
  assertEquals(timeline.extend(stretch(162, 190), 110, true).length, 29);
  assertEquals(timeline.extend([], 190, false).map(({ seq }) => seq), [200, 201]);
  assertEquals(timeline.prepend(stretch(20, 48), true, 100), 29);
  assertEquals([timeline.first, timeline.last, timeline.hasOlder], [20, 201, true]);
  assertEquals(timeline.messages[timeline.indexOf(170)]?.seq, 170);
  assertEquals(timeline.messages[timeline.indexOf(60)]?.seq, 100);
  assertEquals(timeline.messages[timeline.indexOf(195)]?.seq, 200);
  assertEquals([timeline.indexOf(19), timeline.indexOf(202)], [-1, -1]);
});

Deno.test("Timeline shows messages beyond a gap when an answer promises more and brings nothing", () => {
  const timeline = new Timeline();
  timeline.replace(stretch(1, 3), false);
  timeline.append(stretch(9, 9));
  assertEquals(timeline.extend([], 3, true).map(({ seq }) => seq), [9]);
});

Deno.test("Of each message the state with the highest rev is kept, in whatever order they come", () => {
  const timeline = new Timeline();
  const third = stretch(3, 3)[0];
  assert(third);
  const state = (seq: number, rev: number): Message => ({ ...third, seq, text: `at ${rev}`, rev });
  const texts = () => timeline.messages.map(({ text }) => text);
  timeline.replace(stretch(3, 4), true);
  timeline.append(stretch(7, 7));
  assertEquals(timeline.change(state(3, 5)), third);
  assertEquals(timeline.change(state(3, 4)), undefined);
  // Ahead of a gap, in the gap, and before the first: the answers that bring them may be older.
  for (const seq of [7, 5, 2]) for (const rev of [6, 8, 7]) timeline.change(state(seq, rev));
  timeline.extend([state(5, 3), state(6, 3)], 4, false);
  timeline.prepend([state(2, 9)], false, 3);
  assertEquals(texts(), ["at 9", "at 5", "", "at 8", "at 3", "at 8"]);
  timeline.change(state(9, 12));
  timeline.replace([state(9, 11), state(10, 10)], false);
  assertEquals(texts(), ["at 12", "at 10"]);
});

import type { Message } from "../protocol/mod.ts";
import { RoomCursor } from "./room_cursor.ts";
import { assertEquals } from "../testing/assert.ts";

function message(seq: number): Message {
  return { room: "lobby", seq, id: `m${seq}`, user: { id: "p1", name: "" }, text: "", at: 0 };
}

/** A cursor that has delivered three messages, and all that came out. */
function afterThree(): { cursor: RoomCursor; out: number[] } {
  const out: number[] = [];
  const cursor = new RoomCursor({
    next: 1,
    emit: ({ seq }) => out.push(seq),
    fetch: (seq) => Promise.resolve(message(seq)),
  });
  for (const seq of [1, 2, 3]) cursor.deliver(seq, message(seq));
  return { cursor, out };
}

Deno.test("a room that lost messages while it was not heard goes on with their numbers", () => {
  const { cursor, out } = afterThree();
  cursor.pause();
  cursor.deliver(2, message(2));
  assertEquals(cursor.resume(1), 2);
  assertEquals(out, [1, 2, 3, 2]);
});

Deno.test("a room that goes on already is not set back by what was asked before", () => {
  const { cursor, out } = afterThree();
  cursor.pause();
  assertEquals(cursor.resume(3), 0);
  cursor.deliver(4, message(4));
  assertEquals(cursor.resume(3), 0);
  cursor.deliver(4, message(4));
  assertEquals(out, [1, 2, 3, 4]);
});

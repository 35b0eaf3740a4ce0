import { LocalPresence } from "./local_presence.ts";
import { OpenRooms } from "./open_rooms.ts";
import { Recorder } from "../testing/recorder.ts";
import type { MessageResult } from "./message_log.ts";
import { assertEquals } from "../testing/assert.ts";

const user = { id: "p1", name: "ann" };

function failed(room: string): MessageResult<Recorder> {
  const draft = { room, id: "m", user, text: "x", at: 0, origin: new Recorder("ann") };
  return { type: "failed", draft, error: new Error("the disk is full") };
}

function stored(room: string): MessageResult<Recorder> {
  return { type: "message", message: { room, id: "m", user, text: "x", at: 0, seq: 1 } };
}

Deno.test("OpenRooms charges a room for as long as its first message may yet be stored", async () => {
  await using presence = new LocalPresence();
  const rooms = new OpenRooms({ presence, maxRooms: 2, onChanges: () => {} });
  const [ann, bob] = [new Recorder("ann"), new Recorder("bob")];
  assertEquals(rooms.store("a", ann, 0), true);
  assertEquals(rooms.store("a", bob, 0), true, "the room is charged already");
  assertEquals(rooms.store("b", ann, 0), true);
  assertEquals([rooms.store("c", bob, 0), rooms.store("lobby", bob, 0)], [false, true]);
  rooms.settleCharge(failed("a"));
  assertEquals(rooms.store("c", bob, 0), false, "Bob's message is still on its way");
  rooms.settleCharge(failed("a"));
  assertEquals(rooms.store("c", bob, 0), true);
  rooms.settleCharge(stored("b"));
  assertEquals(rooms.store("d", bob, 1), false);
  rooms.settleCharge(failed("c"));
  assertEquals(rooms.store("d", bob, 1), true);
  // Outcomes of messages to rooms that were not charged.
  rooms.settleCharge(stored("e"));
  rooms.settleCharge(failed("e"));
  assertEquals(rooms.store("f", ann, 1), false);
});

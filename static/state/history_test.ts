import type { Command } from "../../protocol/mod.ts";
import { assertEquals } from "../../testing/assert.ts";
import { FakeTimers } from "../../testing/fake_timers.ts";
import { History } from "./history.ts";
import { Room } from "./room.ts";

Deno.test("History repeats what was refused for a while, but not in a room that was left meanwhile", () => {
  using timers = new FakeTimers();
  const sent: Command["type"][] = [];
  const history = new History({
    send: ({ type }) => sent.push(type) > 0,
    me: () => "me",
    onReplaced: () => {},
    onMissed: () => {},
  });
  const room = new Room("garden", undefined);
  history.refused(room, 1_000);
  timers.pass(1_000);
  assertEquals(sent, ["join"]);
  // Left, or entered again on another connection.
  history.refused(room, 1_000);
  room.lost();
  timers.pass(1_000);
  room.live.value = true;
  history.askNewer(room);
  history.refused(room, 1_000);
  room.lost();
  room.live.value = true;
  timers.pass(1_000);
  assertEquals(sent, ["join", "history"]);
});

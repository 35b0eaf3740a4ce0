import { assertEquals } from "../testing/assert.ts";
import { seeded } from "../testing/random.ts";
import { openDatabase } from "./database.ts";
import { StateHistory } from "./history.ts";
import { State } from "./state.ts";

Deno.test("StateHistory finds the first message of a room since a time that a reader may see", () => {
  using database = openDatabase({ path: ":memory:", sync: "normal" });
  const state = new State(database);
  const random = seeded(7);
  const times: number[] = [];
  let at = 1_000;
  for (let position = 1; position <= 300; position++) {
    at += Math.floor(random() * 4) * 10;
    const rooms = position % 3 > 0 ? ["tea", "other"] : ["other"];
    if (rooms.includes("tea")) times.push(at);
    const events = rooms.map((room) => ({
      ...{ type: "message", room, id: `m${position}` },
      ...{ user: { id: "p1", name: "ann" }, text: "x" },
    }));
    state.apply([{ position, at, batch: { run: "run", number: position, events } }]);
  }
  const history = new StateHistory(database.db);
  const read = (at: number, from = 1) =>
    history.read({ room: "tea", at, from, limit: 2, bytes: 100_000 });
  for (let time = 990; time <= at + 20; time += 5) {
    for (const from of [1, 150, times.length + 1]) {
      const index = times.findIndex((sent, i) => sent >= time && i + 1 >= from);
      const expected = index < 0 ? [] : [index + 1, index + 2].filter((n) => n <= times.length);
      const page = read(time, from);
      assertEquals([time, from, ...page.messages.map(({ seq }) => seq)], [time, from, ...expected]);
      assertEquals(page.more, index >= 0 && index + 2 < times.length);
    }
  }
  assertEquals(history.read({ room: "none", at: 0, limit: 2, bytes: 100 }).messages, []);
});

import { assert, assertEquals } from "../testing/assert.ts";
import type { Event } from "./events.ts";
import { openLocalState } from "./local.ts";

function message(id: string, fields: { room?: string; files?: string[] } = {}): Event {
  const user = { id: "ann", name: "ann" };
  return { type: "message", room: "tea", id, user, text: "x", ...fields };
}

function scene() {
  const store = openLocalState({ path: ":memory:", sync: "normal" });
  let now = 1;
  const append = (...events: Event[]) => store.state.append(events, now++);
  append({ type: "name", person: "ann", name: "ann", key: "ann", used: 1 });
  append({ type: "name", person: "mod", name: "mod", key: "mod", used: 1 });
  return { append, store, [Symbol.dispose]: () => store[Symbol.dispose]() };
}

Deno.test("a message that is refused for its files makes no room, also beside one that makes it", () => {
  using the = scene();
  const file = "A".repeat(22);
  const [alone] = the.append(message("a", { files: [file] }));
  assert(alone?.type === "refused");
  assertEquals([alone.code, alone.reason], ["no_file", "there is no such file"]);
  const { db } = the.store.state.database;
  const rooms = () => db.prepare("select name, last from room where name <> 'lobby'").all();
  assertEquals(rooms().length, 0);
  assertEquals(the.store.memberships.read("ann", "tea"), undefined);
  const outcomes = the.append(
    message("b", { files: [file] }),
    message("c"),
    message("d", { files: [file] }),
  );
  assertEquals(outcomes.map(({ type }) => type), ["refused", "message", "refused"]);
  assertEquals(rooms().map(({ name, last }) => [name, last]), [["tea", 1]]);
  assertEquals(the.store.memberships.read("ann", "tea")?.role, "moderator");
});

Deno.test("a message that is repeated in its batch is answered by the first in a slow room, too", () => {
  using the = scene();
  the.append({
    ...{ type: "room_made", room: "tea", kind: "public", title: "", topic: "", history: "all" },
    ...{ people: [], by: "mod" },
  });
  the.append({ type: "room_setting", room: "tea", setting: "slow", value: 60, by: "mod" });
  const outcomes = the.append(message("a"), message("b"), message("a"));
  assertEquals(
    outcomes.map((outcome) => outcome.type === "refused" ? outcome.code : outcome.type),
    ["message", "rate_limited", "duplicate"],
  );
});

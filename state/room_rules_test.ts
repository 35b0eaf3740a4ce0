import { newHiddenRoom } from "../protocol/addresses.ts";
import { assert, assertEquals } from "../testing/assert.ts";
import { openDatabase } from "./database.ts";
import type { Event } from "./events.ts";
import { LocalLog } from "./local_log.ts";
import { MembershipTable } from "./membership_table.ts";
import { State } from "./state.ts";

Deno.test("a repeated message brings no direct room back, and the next one tells of it", async () => {
  using database = openDatabase({ path: ":memory:", sync: "normal" });
  const state = new State(database);
  await using _log = LocalLog.open(state);
  const room = newHiddenRoom();
  const named = ["ann", "bob"].map((person): Event => ({
    ...{ type: "name", person, name: person, key: person, used: 1 },
  }));
  const message = (id: string): Event => ({
    ...{ type: "message", room, id, user: { id: "ann", name: "ann" }, text: "Hi" },
  });
  state.append([...named, {
    ...{ type: "room_made", room, kind: "direct", title: "", topic: "", history: "all" },
    ...{ people: ["ann", "bob"], by: "ann" },
  }], 1);
  state.append([message("m1")], 2);
  state.append([{ type: "leave", person: "bob", room }], 3);
  const [repeated] = state.append([message("m1")], 4);
  const memberships = new MembershipTable(database.db);
  assertEquals([repeated?.type, memberships.of("bob", room)], ["duplicate", undefined]);
  const [next] = state.append([message("m2")], 5);
  const effects = next?.type === "message" ? next.effects : [];
  assert(effects?.some((effect) => effect.type === "membership" && effect.person === "bob"));
});

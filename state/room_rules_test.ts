import { newHiddenRoom } from "../protocol/addresses.ts";
import { assert, assertEquals } from "../testing/assert.ts";
import { openDatabase } from "./database.ts";
import type { Event } from "./events.ts";
import { LocalLog } from "./local_log.ts";
import { DIRECT_LIMIT, MembershipTable } from "./membership_table.ts";
import { State } from "./state.ts";

/** The rooms that each person opens: a day has no more. */
const OPENED = 20;

Deno.test("a direct room appears again with the next message, also when another room hid it since", async () => {
  using database = openDatabase({ path: ":memory:", sync: "normal" });
  const state = new State(database);
  await using _log = LocalLog.open(state);
  const writers = Array.from({ length: DIRECT_LIMIT / OPENED + 1 }, (_, i) => `writer${i}`);
  const others = Array.from({ length: OPENED }, (_, i) => `other${i}`);
  const direct = (by: string, other: string): Event & { readonly type: "room_made" } => ({
    ...{ type: "room_made", room: newHiddenRoom(), kind: "direct", title: "", topic: "" },
    ...{ history: "all", people: ["bob", by, other], by },
  });
  const rooms = writers.flatMap((by) => others.map((other) => direct(by, other)))
    .slice(0, DIRECT_LIMIT + 1);
  let id = 0;
  const message = ({ room, by }: { readonly room: string; readonly by: string }): Event => ({
    ...{ type: "message", room, id: `m${id++}`, user: { id: by, name: by }, text: "Hi" },
  });
  const named = ["bob", ...writers, ...others].map((person): Event => ({
    ...{ type: "name", person, name: person, key: person, used: 1 },
  }));
  state.append([...named, ...rooms], 1);
  const memberships = new MembershipTable(database.db);
  const isIn = ({ room }: { readonly room: string }) => memberships.of("bob", room) !== undefined;
  const [quiet, ...later] = rooms;
  const newest = later.pop();
  if (quiet === undefined || newest === undefined) throw new Error("there are no rooms");
  state.append([message(quiet)], 2);
  state.append(later.map(message), 3);
  assertEquals([isIn(quiet), isIn(newest)], [true, false]);
  state.append([message(newest)], 4);
  assertEquals([isIn(quiet), isIn(newest)], [false, true]);
  const [outcome] = state.append([message(quiet)], 5);
  assertEquals(isIn(quiet), true);
  const effects = outcome?.type === "message" ? outcome.effects : undefined;
  assertEquals(effects?.at(-1), { type: "membership", person: "bob", room: quiet.room });
});

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

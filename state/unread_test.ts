import { assert, assertEquals } from "../testing/assert.ts";
import type { Event } from "./events.ts";
import { openLocalState } from "./local.ts";
import { MembershipTable } from "./membership_table.ts";
import { UnreadCounter } from "./unread.ts";

const PEOPLE = ["ann", "bob"];

let ids = 0;

function message(person: string, fields: { mentions?: string[]; re?: number } = {}): Event {
  const user = { id: person, name: person };
  return { type: "message", room: "tea", id: `m${ids++}`, user, text: "x", ...fields };
}

Deno.test("UnreadCounter looks at the newest 200 mentions and replies, or at few if many are looked at, whoever wrote them", () => {
  using store = openLocalState({ path: ":memory:", sync: "normal" });
  const append = (...events: Event[]) => store.state.append(events, 1);
  append(
    message("w"),
    ...PEOPLE.map((person): Event => ({
      ...{ type: "name", person, name: person, key: person, used: 1 },
    })),
    ...PEOPLE.map((person): Event => ({ type: "join", person, room: "tea" })),
  );
  // What Ann writes to everyone, or replies to herself, is no news, but is looked at.
  const ownToAll = (count: number) =>
    Array.from({ length: count }, () => [
      message("ann", { mentions: ["*"] }),
      message("ann", { re: 2 }),
    ]).flat();
  append(message("ann"), message("bob", { mentions: ["*"] }), ...ownToAll(199));
  let now = 0;
  const { db } = store.state.database;
  const counter = new UnreadCounter(db, () => now);
  const count = (person: string) => {
    const membership = new MembershipTable(db).of(person, "tea");
    assert(membership !== undefined);
    return counter.count({ ...membership, read: 1 }, counter.readerOf(person)).mentions;
  };
  const ignore = (on: boolean) => append({ type: "ignore", person: "ann", other: "w", on });
  assertEquals(count("ann"), 1);
  ignore(true);
  assertEquals(count("ann"), 1);
  const counts = Array.from({ length: 100 }, () => count("bob"));
  assertEquals([counts[0], counts.at(-1)], [100, 10]);
  now += 1000;
  assertEquals(count("bob"), 100);
  append(...ownToAll(1));
  now += 1000;
  assertEquals(count("ann"), 0);
  ignore(false);
  assertEquals(count("ann"), 0);
});

/** Messages with many rows: each step that deletes them takes few. */
import { assertEquals } from "../testing/assert.ts";
import type { Event } from "./events.ts";
import { openLocalState } from "./local.ts";

const ANN = { id: "ann", name: "ann" };

/** A room of five messages, each with 900 reactions, of which the first was edited 2,500 times. */
function scene() {
  const store = openLocalState({ path: ":memory:", sync: "normal" });
  const { state } = store;
  const { db } = state.database;
  const append = (...events: Event[]) => state.append(events, 1)[0]?.type;
  append({ type: "name", person: "ann", name: "ann", key: "ann", used: 1 });
  append({ type: "role", person: "ann", role: "admin" });
  append(
    ...Array.from({ length: 5 }, (_, i): Event => ({
      ...{ type: "message", room: "tea", id: `m${i}`, user: ANN, text: "x" },
    })),
    ...Array.from({ length: 5 }, (_, i): Event => ({
      ...{ type: "react", room: "tea", seq: i + 1, person: "ann", emoji: "👍", on: true },
    })),
  );
  db.exec(`
    with recursive numbers (i) as (select 1001 union all select i + 1 from numbers where i < 1899)
    insert into author (id, person) select i, 'p' || i from numbers;
    insert into reaction (room, seq, emoji, author, rev)
      select room, seq, emoji, id, 1000 + id from emoji join author on id > 1000;
    update emoji set count = 900;
    with recursive numbers (i) as (select 1 union all select i + 1 from numbers where i < 2500)
    insert into edit (room, seq, author, id) select room, 1, author, 'e' || i from numbers
      join message on seq = 1
  `);
  const count = (table: string) =>
    Number(db.prepare(`select count(*) as n from ${table}`).get()?.n);
  const left = () => ["message", "reaction", "edit"].map(count);
  return { ...{ append, left, db }, [Symbol.dispose]: () => store[Symbol.dispose]() };
}

Deno.test("a deleted room loses at most 2,000 rows of its messages in a step", () => {
  using the = scene();
  the.append({ type: "room_deleted", room: "tea", by: "ann" });
  assertEquals(the.left(), [5, 4500, 2500]);
  const left = [1, 2, 3, 4, 5].map((step) => {
    the.append({ type: "room_erased", job: 1, step });
    return the.left();
  });
  assertEquals(left, [[5, 4500, 500], [3, 2700, 0], [1, 900, 0], [0, 0, 0], [0, 0, 0]]);
  assertEquals(the.db.prepare("select 1 from job").all(), []);
});

Deno.test("retention deletes at most 2,000 rows of messages in a step, and what it keeps is whole", () => {
  using the = scene();
  const step = () => the.append({ type: "retention", room: "tea", before: 5 });
  const left = [1, 2, 3, 4].map(() => [step(), ...the.left()]);
  assertEquals(left, [
    ["changed", 5, 4500, 500],
    ["changed", 3, 2700, 0],
    ["changed", 1, 900, 0],
    ["unchanged", 1, 900, 0],
  ]);
});

Deno.test("a removal of messages takes 2,000 rows or a few more in a step", () => {
  using the = scene();
  the.append({ type: "role", person: "bob", role: "admin" });
  const begin: Event = { type: "remove_messages", person: "ann", by: "bob" };
  the.append(
    { type: "name", person: "bob", name: "bob", key: "bob", used: 1 },
    { type: "role", person: "bob", role: "admin" },
    begin,
  );
  assertEquals(the.left(), [5, 1800, 2500]);
  the.append({ type: "messages_removed", removal: 1, step: 2 });
  assertEquals(the.left(), [5, 0, 2500]);
  assertEquals(
    the.db.prepare("select count(*) as n from change where deleted is not null").get()?.n,
    5,
  );
});

Deno.test("a message has at most 10,000 reactions", () => {
  using the = scene();
  the.db.exec("update emoji set count = 10000 where seq = 1");
  const react = (seq: number, on = true) =>
    the.append({ type: "react", room: "tea", seq, person: "eve", emoji: "👍", on });
  assertEquals([react(1), react(2)], ["refused", "revised"]);
  the.db.exec("update emoji set count = 9999 where seq = 1");
  assertEquals([react(1), react(1, false)], ["revised", "revised"]);
});

/** The steps by which messages and names go, while the disk can't be read. */
import { assertEquals } from "../testing/assert.ts";
import { FakeTimers } from "../testing/fake_timers.ts";
import { openDatabase } from "./database.ts";
import { Deletions } from "./deletions.ts";
import type { Event } from "./events.ts";
import type { EventOutcome } from "./outcome.ts";
import { State } from "./state.ts";

Deno.test("Deletions goes on after a read between two steps has failed", async () => {
  using database = openDatabase({ path: ":memory:", sync: "full" });
  const state = new State(database);
  const { db } = database;
  let reads = 0;
  db.function("disk", () => {
    if (++reads === 2) throw new Error("disk I/O error");
    return 1;
  });
  // The deletion of a room, of which every look reads the disk.
  db.exec("create temp view job as select 1 as n, 'delete_room' as kind, 0 as step where disk()");
  const steps = new TransformStream<Event, Event>();
  const writer = steps.writable.getWriter();
  const append = (event: Event): Promise<EventOutcome> => {
    void writer.write(event);
    return Promise.resolve({ type: "changed", effects: [] });
  };
  using _deletions = new Deletions(state, { append });
  const reader = steps.readable.getReader();
  for (let step = 0; step < 2; step++) {
    const { value } = await reader.read();
    assertEquals(value, { type: "room_erased", job: 1, step: 0 });
  }
});

Deno.test("Deletions ends rooms and names as fast while messages are removed", async () => {
  using database = openDatabase({ path: ":memory:", sync: "full" });
  const state = new State(database);
  const { db } = database;
  // None of them ever ends.
  db.exec(`
    insert into job (kind, room, step) values ('delete_room', 1, 1);
    insert into erasure (author, next, last, step) values (1, 1, 1, 1);
    insert into removal (author, by, deleted, directs, lowest, since, last)
      values (1, 'ann', 'moderator', 0, 0, 0, 1);
  `);
  const proposed: string[] = [];
  const append = (event: Event): Promise<EventOutcome> => {
    proposed.push(event.type);
    return Promise.resolve({ type: "changed", effects: [] });
  };
  using timers = new FakeTimers();
  using _deletions = new Deletions(state, { append });
  for (let ms = 0; ms < 3000; ms += 50) {
    timers.pass(50);
    // The next timer is set when the promises of the last one have run.
    for (let i = 0; i < 20; i++) await Promise.resolve();
  }
  const count = (wanted: string) => proposed.filter((type) => type === wanted).length;
  assertEquals(["room_erased", "person_erased", "messages_removed"].map(count), [41, 41, 11]);
});

Deno.test("a step removes a name from 200 messages at most, and rewrites about 1 MiB of their texts", () => {
  using database = openDatabase({ path: ":memory:", sync: "normal" });
  const state = new State(database);
  const { db } = database;
  const count = db.prepare("select count(*) as count from message where name = ''");
  const stepsOf = (author: number, length: number) => {
    db.prepare(`
      with recursive n (i) as (select 1 union all select i + 1 from n where i < 450)
      insert into message (room, seq, author, id, at, name, text)
        select ?1, i, ?1, i, 1, 'ann', printf('%.*c', ?2, 'x') from n
    `).run(author, length);
    db.prepare("insert into author (id, person) values (?1, 'p' || ?1)").run(author);
    db.exec("delete from erasure");
    db.prepare("insert into erasure select ?, 1, max(n), 1 from message").run(author);
    const changed: number[] = [];
    const before = Number(count.get()?.count);
    let done = before;
    for (let step = 1; done - before < 450; step++) {
      assertEquals(
        state.append([{ type: "person_erased", author, step }], 1e12)[0]?.type,
        "changed",
      );
      const now = Number(count.get()?.count);
      changed.push(now - done);
      done = now;
    }
    return changed;
  };
  assertEquals(stepsOf(101, 10), [200, 200, 50]);
  assertEquals(stepsOf(102, 16 * 1024), [64, 64, 64, 64, 64, 64, 64, 2]);
});

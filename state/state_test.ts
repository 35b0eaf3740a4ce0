/** Properties of the state with random events, and what it does with entries that are not as they should be. */
import fc from "fast-check";
import type { DatabaseSync } from "node:sqlite";
import { assert, assertEquals, assertMatch, assertThrows } from "../testing/assert.ts";
import { anyEvent } from "../testing/any_event.ts";
import { openDatabase } from "./database.ts";
import type { ReceivedEntry } from "./entry.ts";
import { NewerEventError, RULES } from "./events.ts";
import type { Fields } from "../protocol/fields.ts";
import { type Applied, MissingEntryError, State } from "./state.ts";

/** The random logs of each property. */
const RUNS = Deno.env.get("HUBBUB_TEST_LONG") === "1" ? 400 : 40;

/** The events of a batch, with malformed ones and one that throws. */
const anyFields: fc.Arbitrary<Fields> = fc.oneof(
  { weight: 30, arbitrary: anyEvent.map((event): Fields => ({ ...event })) },
  fc.constantFrom<Fields>(
    { type: "message", room: "lobby" },
    { type: "name", person: 5 },
    {},
    { type: 7 },
    { type: "message", room: "lobby", id: "bad", user: { id: "p1", name: "ann" }, text: "\ud800" },
    POISON(),
  ),
);

/** A message that a trigger of {@linkcode openState} lets no server store. */
function POISON(): Fields {
  return { type: "message", room: "b", id: "x", user: { id: "p1", name: "ann" }, text: "poison" };
}

/** A log as JetStream might have it: the batches of a few runs, each in order, some resent or out of order. */
const anyLog: fc.Arbitrary<ReceivedEntry[]> = fc.array(
  fc.record({
    run: fc.constantFrom("run1", "run2", "run3"),
    // The publisher of the run continues, sends a batch again, or skips one.
    step: fc.constantFrom(1, 1, 1, 1, 1, 0, -1, 2),
    at: fc.integer({ min: 0, max: 3_000_000 }),
    events: fc.array(anyFields, { maxLength: 25, size: "max" }),
    isBatch: fc.integer({ min: 0, max: 20 }).map((n) => n > 0),
  }),
  { maxLength: 25, size: "max" },
).map((batches) => {
  const last = new Map<string, number>();
  return batches.map(({ run, step, at, events, isBatch }, i): ReceivedEntry => {
    const number = (last.get(run) ?? 0) + step;
    if (step === 1) last.set(run, number);
    return { position: i + 1, at, batch: isBatch ? { run, number, events } : undefined };
  });
});

function openState(path = ":memory:"): State & Disposable {
  const database = openDatabase({ path, sync: "normal" });
  database.db.exec(`
    create temp trigger poison before insert on message when new.text = 'poison'
    begin select raise(abort, 'poison'); end
  `);
  return Object.assign(new State(database), { [Symbol.dispose]: () => database[Symbol.dispose]() });
}

/** Every row of every table, in order. */
function dump({ database: { db } }: State): unknown {
  return tablesOf(db).map((table) => [table, db.prepare(`select * from ${table}`).all()]);
}

function tablesOf(db: DatabaseSync): string[] {
  return db.prepare(
    "select name from sqlite_schema where type = 'table' and name <> 'file' order by name",
  ).all()
    .map(({ name }) => String(name));
}

/** The outcomes and the final state of a log that is applied entry by entry. */
function reference(log: readonly ReceivedEntry[]): { applied: Applied[]; end: unknown } {
  using state = openState();
  const applied = log.flatMap((entry) => state.apply([entry]));
  return { applied, end: [state.progress, dump(state)] };
}

Deno.test("State is the same however the log is cut, repeated and interrupted", () => {
  const path = `${Deno.makeTempDirSync({ prefix: "hubbub_state_" })}/chat.db`;
  const kinds = new Set<string>();
  fc.assert(
    fc.property(
      anyLog,
      fc.array(
        fc.record({
          size: fc.integer({ min: 1, max: 9 }),
          /** The number of earlier entries that are given again. */
          again: fc.integer({ min: 0, max: 4 }),
          restart: fc.boolean(),
        }),
        { minLength: 1 },
      ),
      (log, cuts) => {
        const expected = reference(log);
        for (const { outcomes } of expected.applied) {
          for (const { type } of outcomes ?? [{ type: "ignored" }]) kinds.add(type);
        }
        for (const suffix of ["", "-wal", "-shm"]) remove(path + suffix);
        let state = openState(path);
        const applied: Applied[] = [];
        try {
          for (let at = 0, i = 0; at < log.length; i++) {
            const cut = cuts[i % cuts.length];
            if (cut === undefined) break;
            applied.push(...state.apply(log.slice(Math.max(0, at - cut.again), at + cut.size)));
            at += cut.size;
            if (!cut.restart) continue;
            state[Symbol.dispose]();
            state = openState(path);
          }
          assertEquals(applied, expected.applied);
          assertEquals([state.progress, dump(state)], expected.end);
        } finally {
          state[Symbol.dispose]();
        }
      },
    ),
    { numRuns: RUNS },
  );
  assertEquals(
    [...kinds].sort(),
    ["changed", "duplicate", "ignored", "message", "named", "refused", "revised", "unchanged"],
  );
  Deno.removeSync(path.replace(/\/[^/]*$/, ""), { recursive: true });
});

function remove(path: string): void {
  try {
    Deno.removeSync(path);
  } catch {
    // It is not there.
  }
}

Deno.test("State's own log gives what the same batches in a shared log give", () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.tuple(
          fc.integer({ min: 0, max: 9999 }),
          fc.array(anyEvent, { minLength: 1, maxLength: 25, size: "max" }),
        ),
        { maxLength: 25, size: "max" },
      ),
      (batches) => {
        using alone = openState();
        using shared = openState();
        batches.forEach(([at, events], i) => {
          const batch = {
            run: "run",
            number: i + 1,
            events: events.map((event) => ({ ...event })),
          };
          const [applied] = shared.apply([{ position: i + 1, at, batch }]);
          assertEquals(alone.append(events, at), applied?.outcomes ?? []);
        });
        const content = (state: State) =>
          tablesOf(state.database.db).filter((table) => !["log", "run"].includes(table))
            .map((table) => state.database.db.prepare(`select * from ${table}`).all());
        assertEquals(content(alone), content(shared));
      },
    ),
    { numRuns: RUNS },
  );
});

/** An entry with messages of these ids. */
function entry(position: number, run: string, number: number, ...ids: string[]): ReceivedEntry {
  const user = { id: "p1", name: "ann" };
  const events = ids.map((id) => ({ type: "message", room: "lobby", id, user, text: id }));
  return { position, at: position, batch: { run, number, events } };
}

function ids(state: State): unknown[] {
  return state.database.db.prepare("select id from message order by n").all().map(({ id }) => id);
}

Deno.test("State applies a batch once and in its run's order, whatever is resent or late", () => {
  using state = openState();
  const log: [string, number, string][] = [
    ["one", 1, "a"],
    // The batch before the one that was lost on the way comes first.
    ["one", 3, "c"],
    ["two", 1, "x"],
    ["one", 2, "b"],
    ["one", 3, "c"],
    // Ten minutes late, a second time, and of a run that never began.
    ["one", 2, "b"],
    ["two", 1, "x"],
    ["three", 2, "y"],
    ["one", 4, "d"],
  ];
  state.apply(log.map(([run, number, id], i) => entry(i + 1, run, number, id)));
  assertEquals(ids(state), ["a", "x", "b", "c", "d"]);
  assertEquals(state.progress.position, log.length);
});

Deno.test("State refuses the second of two names that look alike, in either order", () => {
  const fake = { name: "BiII", key: "biii", written: "bill" };
  const real = { name: "Bill", key: "bill" };
  for (const [first, second] of [[fake, real], [real, fake], [fake, { ...fake, key: "bili" }]]) {
    using state = openState();
    const name = (person: string, names: typeof real | undefined) => ({
      ...{ type: "name", person, used: 1 },
      ...names,
    });
    const events = [name("p1", first), name("p2", second), name("p1", second), name("p2", real)];
    const [applied] = state.apply([{ position: 1, at: 1, batch: { run: "r", number: 1, events } }]);
    const types = applied?.outcomes?.map((outcome) =>
      outcome.type === "refused" ? outcome.code : outcome.type
    );
    assertEquals(types, ["named", "name_taken", "named", "name_taken"]);
  }
});

Deno.test("State refuses an event that throws, alone, and reports it once", () => {
  const faults: unknown[] = [];
  using database = openDatabase({ path: ":memory:", sync: "full" });
  const state = new State(database, { onFault: (fault) => faults.push(fault) });
  database.db.exec(`
    create trigger poison before insert on message when new.text = 'b'
    begin select raise(abort, 'no b'); end
  `);
  const [applied] = state.apply([entry(1, "run", 1, "a", "b", "c", ...Array(20).fill("d"))]);
  const types = applied?.outcomes?.map(({ type }) => type).slice(0, 5);
  assertEquals(types, ["message", "refused", "message", "message", "duplicate"]);
  const refused = applied?.outcomes?.[1];
  assertEquals(refused, { type: "refused", code: "fault", reason: "no b" });
  assertEquals(ids(state), ["a", "c", "d"]);
  assertEquals(faults.length, 1);
});

Deno.test("State stops in front of an event that only a newer program can apply", () => {
  for (const event of [{ type: "reaction" }, { type: "rules", version: RULES + 1 }]) {
    using state = openState();
    const newer = { position: 2, at: 2, batch: { run: "run", number: 2, events: [event] } };
    state.apply([entry(1, "run", 1, "a"), newer, entry(3, "run", 3, "c")]);
    assertEquals(state.progress.position, 1);
    assertThrows(() => state.apply([newer, entry(3, "run", 3, "c")]), NewerEventError);
    assertEquals(ids(state), ["a"]);
  }
});

Deno.test("State raises the rules only when every run of the last 24 hours knows them", () => {
  using database = openDatabase({ path: ":memory:", sync: "normal" });
  const state = new State(database, { maxRules: RULES + 1 });
  let position = 0;
  const numbers = new Map<string, number>();
  const apply = (hours: number, run: string, event: Fields) => {
    const number = (numbers.get(run) ?? 0) + 1;
    numbers.set(run, number);
    const at = hours * 3_600_000;
    state.apply([{ position: ++position, at, batch: { run, number, events: [event] } }]);
    return state.progress.rules;
  };
  const raise = { type: "rules", version: RULES + 1 };
  apply(0, "old", { type: "name_used", person: "p1", day: 1 });
  apply(1, "new", { type: "program", run: "new", rules: RULES + 1 });
  assertEquals(apply(23, "new", raise), 1, "the old program may be back");
  assertEquals(apply(25, "new", raise), RULES + 1);
  assertEquals(apply(26, "new", { type: "rules", version: 1 }), RULES + 1, "never lower");
  assertThrows(() => new State(database), NewerEventError, `rules ${RULES + 1}`);
});

Deno.test("State applies nothing behind a hole in the log", () => {
  using state = openState();
  state.apply([entry(1, "run", 1, "a")]);
  const { message } = assertThrows(
    () => state.apply([entry(3, "run", 2, "b")]),
    MissingEntryError,
  );
  assertMatch(message, /entry 2 is missing/);
  assertThrows(
    () => state.apply([entry(2, "run", 2, "b"), entry(4, "run", 3, "c")]),
    MissingEntryError,
  );
  assertEquals(ids(state), ["a"], "of what has a hole in it, nothing is applied");
});

Deno.test("State's checksum tells logs apart that give the same messages", () => {
  using one = openState();
  using two = openState();
  one.apply([entry(1, "run", 1, "a"), entry(2, "run", 2, "b")]);
  two.apply([entry(1, "run", 1, "a"), entry(2, "other", 1, "b")]);
  assertEquals(ids(one), ids(two));
  assert(one.progress.checksum !== two.progress.checksum);
});

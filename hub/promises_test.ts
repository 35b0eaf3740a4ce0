/** The promises of a room, over random interleavings on the real hub and log. */
import fc from "fast-check";
import { assert } from "../testing/assert.ts";
import { type Action, HubModel, PEOPLE, ROOMS } from "../testing/hub_model.ts";

/** The random orders of events. */
const RUNS = Deno.env.get("HUBBUB_TEST_LONG") === "1" ? 2000 : 200;

const who = fc.nat({ max: 5 });
const room = fc.constantFrom(...ROOMS);
const person = fc.nat({ max: PEOPLE - 1 });
const just = <T extends Action["do"]>(name: T) => fc.constant({ do: name });

const action: fc.Arbitrary<Action> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ do: fc.constant("connect"), person }) },
  { weight: 3, arbitrary: just("reconnect") },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("drop"), who }) },
  {
    weight: 12,
    arbitrary: fc.record({
      do: fc.constant("join"),
      who,
      room,
      from: fc.constantFrom(undefined, undefined, 0, 0, -1, -3, 3, -1000),
    }),
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constant("leave"), who, room }) },
  {
    weight: 16,
    arbitrary: fc.record({
      do: fc.constant("send"),
      who,
      room,
      id: fc.constantFrom(..."abcdefgh"),
      copies: fc.integer({ min: 1, max: 2 }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("flood"), who, room }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant("rename"),
      person,
      name: fc.constantFrom("Ann", "Bob", "Cy"),
    }),
  },
  { weight: 8, arbitrary: just("turn") },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("pause"), ms: fc.constantFrom(50, 250) }) },
  { weight: 2, arbitrary: just("settle") },
  { weight: 1, arbitrary: just("restart") },
  { weight: 1, arbitrary: just("break") },
  { weight: 2, arbitrary: just("mend") },
);

const red = { room: "red" };
const enter: Action = { do: "join", who: 0, ...red };

/** Interleavings tried each time: rare ones that once failed. */
const EXAMPLES: Action[][] = [
  // A person who joins is shown somebody who leaves before it is announced.
  [{ do: "join", who: 1, ...red }, enter, { do: "leave", who: 0, ...red }],
  // A person takes another name between leaving and joining again.
  [
    ...[{ do: "join", who: 1, ...red }, enter, { do: "settle" }, { do: "pause", ms: 250 }] as const,
    { do: "leave", who: 0, ...red },
    { do: "rename", person: PEOPLE - 1, name: "Ann" },
    enter,
  ],
  // An id arrives twice in the batch that stores it, after another message.
  [
    enter,
    { do: "settle" },
    { do: "send", who: 0, ...red, id: "a", copies: 1 },
    { do: "send", who: 0, ...red, id: "b", copies: 2 },
  ],
  // The sender joins again before the stored message is delivered.
  [
    enter,
    { do: "settle" },
    { do: "send", who: 0, ...red, id: "a", copies: 1 },
    { do: "turn" },
    enter,
  ],
];

Deno.test("Hub keeps its promises for any order of joins, sends, drops, renames and failures", async () => {
  await check(action, {
    runs: RUNS,
    examples: EXAMPLES,
    kinds:
      "joined left message again history presence renamed not_joined too_many storage resumed " +
      "restarted",
  });
});

/** Everyone is in a room that has some messages of each. */
const CROWD: Action[] = Array.from({ length: PEOPLE }, (_, who): Action[] => [
  { do: "join", who, ...red },
  { do: "send", who, ...red, id: "a", copies: 1 },
  { do: "send", who, ...red, id: "b", copies: 1 },
]).flat();

/** Actions in that room: changes of messages, while people join and leave. */
const changing: fc.Arbitrary<Action> = fc.oneof(
  {
    weight: 20,
    arbitrary: fc.record({
      ...{ do: fc.constant("change"), who, room: fc.constant("red") },
      what: fc.constantFrom("edit", "edit", "delete", "pin", "👍", "❤️"),
      back: fc.nat({ max: 5 }),
      on: fc.boolean(),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      ...{ do: fc.constant("send"), who, room: fc.constant("red") },
      ...{ id: fc.constantFrom(..."abcdefgh"), copies: fc.constant(1) },
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("drop"), who }) },
  { weight: 4, arbitrary: just("reconnect") },
  {
    weight: 10,
    arbitrary: fc.record({
      ...{ do: fc.constant("join"), who, room: fc.constant("red") },
      from: fc.constantFrom(undefined, 0, 0, 0, 0, -1, -3, 3),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("leave"), who, room: fc.constant("red") }) },
  { weight: 6, arbitrary: just("turn") },
  { weight: 6, arbitrary: fc.record({ do: fc.constant("pause"), ms: fc.constantFrom(50, 250) }) },
  { weight: 4, arbitrary: just("settle") },
  { weight: 1, arbitrary: just("restart") },
  { weight: 1, arbitrary: just("break") },
  { weight: 2, arbitrary: just("mend") },
);

const edit: Action = { do: "change", who: 0, ...red, what: "edit", back: 0, on: false };

/** A change is under way when the server ends, and somebody resumes with the next one. */
const RESTARTED: Action[] = [
  { ...edit, who: 1, back: 2 },
  { do: "restart" },
  { do: "reconnect" },
  edit,
  { do: "settle" },
  enter,
  edit,
];

Deno.test("Hub sends a client that resumes the present state of each message that was changed meanwhile", async () => {
  await check(changing, {
    runs: RUNS / 4,
    before: [...CROWD, { do: "settle" }],
    examples: [RESTARTED],
    kinds: "joined message changed ok forbidden bad_value storage resumed restarted caught_up",
  });
});

/** Tries random actions, after some that are always the same; each of `kinds` must have been seen. */
async function check(
  anyAction: fc.Arbitrary<Action>,
  { runs, before = [], examples, kinds }: {
    runs: number;
    before?: readonly Action[];
    examples: readonly Action[][];
    kinds: string;
  },
): Promise<void> {
  // So that a test that tries nothing can't pass.
  const seen = new Map<string, number>();
  const note = (kind: string) => void seen.set(kind, (seen.get(kind) ?? 0) + 1);
  await fc.assert(
    fc.asyncProperty(
      fc.array(anyAction, { minLength: 5, maxLength: 80, size: "max" }),
      async (actions) => {
        await using model = new HubModel(note);
        for (const action of [...before, ...actions]) await model.take(action);
        await model.conclude();
      },
    ),
    { numRuns: runs, examples: examples.map((actions) => [actions]) },
  );
  for (const kind of kinds.split(" ")) {
    assert((seen.get(kind) ?? 0) >= runs / 100, `${kind} was seen ${seen.get(kind) ?? 0} times`);
  }
}

import { StepQueue, type StepQueueOptions } from "./step_queue.ts";
import { assertEquals } from "../testing/assert.ts";
import { Recorder } from "../testing/recorder.ts";

const [ann, bob, eve] = ["ann", "bob", "eve"].map((name) => new Recorder(name));

/** An event of a person, `name work`. */
function event(text: string) {
  const [name, work] = text.split(" ");
  const client = [ann, bob, eve].find((each) => each?.user.name === name);
  if (client === undefined) throw new Error(`Cannot make an event: ${text}`);
  return { client, text, work: Number(work) };
}

/** A queue with a clock on which each unit of work takes a ms. */
function queueOf(
  options: Pick<StepQueueOptions<never>, "limit"> & Partial<StepQueueOptions<never>>,
): {
  pass: (ms: number) => void;
  take: (...texts: string[]) => string[];
  waiting: () => number;
} {
  let time = 0;
  const queue = new StepQueue<ReturnType<typeof event>>({
    ms: Infinity,
    rest: 0,
    ...options,
    workOf: ({ work }) => work,
    now: () => time,
  });
  return {
    pass: (ms) => time += ms,
    take: (...texts) =>
      queue.take(texts.map(event)).map(({ text, work }) => {
        time += work;
        return text;
      }).toArray(),
    waiting: () => queue.waiting,
  };
}

Deno.test("StepQueue takes everything while there is little work", () => {
  const { take, waiting } = queueOf({ limit: 3 });
  assertEquals(take("ann 1", "bob 0", "ann 2"), ["ann 1", "bob 0", "ann 2"]);
  assertEquals([waiting(), take()], [0, []]);
});

Deno.test("StepQueue defers work beyond the limit, and takes it first in the next step", () => {
  const { take, waiting } = queueOf({ limit: 2 });
  assertEquals(take("ann 1", "bob 1", "eve 1"), ["ann 1", "bob 1"]);
  assertEquals(waiting(), 1);
  assertEquals(take("ann 1", "bob 1"), ["eve 1", "ann 1"]);
  assertEquals([take(), waiting()], [["bob 1"], 0]);
});

Deno.test("StepQueue never defers events without work of a client that does not wait", () => {
  const { take } = queueOf({ limit: 1 });
  assertEquals(take("ann 1", "bob 1", "eve 0", "ann 0"), ["ann 1", "eve 0", "ann 0"]);
});

Deno.test("StepQueue keeps the order of one client's events", () => {
  const { take } = queueOf({ limit: 1 });
  assertEquals(take("ann 1", "bob 1", "bob 0", "bob 0.5", "eve 0"), ["ann 1", "eve 0"]);
  assertEquals(take("bob 0.1", "eve 0"), ["bob 1", "bob 0", "eve 0"]);
  assertEquals(take(), ["bob 0.5", "bob 0.1"]);
});

Deno.test("StepQueue lets clients whose events are deferred take turns", () => {
  const { take, waiting } = queueOf({ limit: 1 });
  assertEquals(take("eve 1", "ann 1", "ann 1", "ann 0", "bob 1"), ["eve 1"]);
  assertEquals(waiting(), 4);
  assertEquals([take(), take(), take()], [["ann 1"], ["bob 1"], ["ann 1", "ann 0"]]);
  assertEquals(waiting(), 0);
});

Deno.test("StepQueue defers work once the time of a step has passed", () => {
  const { take, waiting } = queueOf({ limit: 100, ms: 3 });
  assertEquals(take("ann 2", "bob 2", "eve 1", "ann 0"), ["ann 2", "bob 2", "ann 0"]);
  assertEquals([take(), waiting()], [["eve 1"], 0]);
});

Deno.test("StepQueue takes an event whose work is beyond any limit", () => {
  const { take } = queueOf({ limit: 1, ms: 1 });
  assertEquals([take("ann 100", "bob 100"), take(), take()], [["ann 100"], ["bob 100"], []]);
});

Deno.test("StepQueue rests after a step that defers work, and meanwhile runs only steps without any", () => {
  const { take, waiting, pass } = queueOf({ limit: 100, ms: 3, rest: 2 });
  assertEquals(take("ann 3", "bob 3"), ["ann 3"]);
  // Sending is part of the step that has read. So it rests for twice 5 ms.
  pass(2);
  assertEquals(take("ann 0", "bob 0", "eve 1"), ["ann 0"]);
  pass(9);
  assertEquals([take(), waiting()], [[], 3]);
  pass(1);
  assertEquals(take("ann 1"), ["bob 3", "bob 0"]);
  assertEquals([take(), waiting()], [[], 2]);
  pass(6);
  assertEquals([take(), waiting()], [["eve 1", "ann 1"], 0]);
  assertEquals(take("bob 1"), ["bob 1"]);
});

Deno.test("StepQueue does not rest longer because something else takes long", () => {
  const { take, pass } = queueOf({ limit: 100, ms: 3, rest: 1 });
  assertEquals(take("ann 3", "bob 3"), ["ann 3"]);
  pass(60_000);
  assertEquals(take(), []);
  pass(24);
  assertEquals(take(), ["bob 3"]);
});

import { StepQueue, type StepQueueOptions } from "./step_queue.ts";
import { assert, assertEquals } from "../testing/assert.ts";
import { Recorder } from "../testing/recorder.ts";

const [ann, bob, eve] = ["ann", "bob", "eve"].map((name) => new Recorder(name));
const mel = new Recorder("mel", { network: "198.51.100.7" });
const ivy = new Recorder("ivy", { network: "2001:db8:1:1::/64" });
const ida = new Recorder("ida", { network: "2001:db8:1:2::/64" });

type Named = ReturnType<typeof event>;

/** An event of a person, `name work`. */
function event(text: string) {
  const [name, work] = text.split(" ");
  const client = [ann, bob, eve, mel, ivy, ida].find((each) => each?.user.name === name);
  if (client === undefined) throw new Error(`Cannot make an event: ${text}`);
  return { client, text, work: Number(work) };
}

/** A queue with a clock on which each unit of work takes a ms. */
function queueOf(
  options: Pick<StepQueueOptions<never>, "limit"> & Partial<StepQueueOptions<Named>>,
): {
  pass: (ms: number) => void;
  take: (...texts: string[]) => string[];
  waiting: () => number;
} {
  let time = 0;
  const queue = new StepQueue<Named>({
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

/** The last event of a client is `name 0.1`, and those with the work 1 may be dropped. */
const LAST = {
  isLast: ({ work }: Named) => work === 0.1,
  isDroppable: ({ work }: Named) => work === 1,
};

Deno.test("StepQueue keeps what a client has sent before its last event while few of its network wait", () => {
  const { take, waiting } = queueOf({ limit: 1, ...LAST });
  assertEquals(take("eve 1", "ann 1", "bob 1", "ann 1", "ann 0.1"), ["eve 1"]);
  assertEquals([take(), take(), waiting()], [["ann 1"], ["bob 1"], 2]);
  assertEquals([take(), take(), waiting()], [["ann 1"], ["ann 0.1"], 0]);
});

Deno.test("StepQueue drops what a client has sent before its last event if many of its network wait", () => {
  const others = Array.from({ length: 12 }, (_, i) => new Recorder(`${i}`));
  const queue = new StepQueue<Named>({
    ...{ limit: 1, ms: Infinity, rest: 0, workOf: ({ work }) => work, ...LAST },
    now: () => 0,
  });
  const takeOf = (...events: Named[]) => queue.take(events).map(({ text }) => text).toArray();
  takeOf(event("eve 1"), ...others.map((client) => ({ client, text: "other", work: 1 })));
  assertEquals(takeOf(event("ann 0.5"), event("ann 1"), event("bob 1"), event("mel 1")), ["other"]);
  takeOf(event("bob 1"), event("mel 0.1"), event("ann 0.1"));
  const rest: string[] = [];
  while (queue.waiting > 0) rest.push(...takeOf());
  const of = (name: string) => rest.filter((text) => text.startsWith(name));
  assertEquals(of("ann"), ["ann 0.5", "ann 0.1"]);
  assertEquals([of("bob"), of("mel")], [["bob 1", "bob 1"], ["mel 1", "mel 0.1"]]);
});

Deno.test("StepQueue lets networks take turns, however many clients they have", () => {
  const { take, waiting } = queueOf({ limit: 1 });
  assertEquals(take("eve 1", "ann 1", "bob 1", "eve 1", "mel 1", "mel 1"), ["eve 1"]);
  assertEquals([take(), take(), take()], [["mel 1"], ["ann 1"], ["mel 1"]]);
  assertEquals([take(), take(), waiting()], [["bob 1"], ["eve 1"], 0]);
});

Deno.test("StepQueue takes an IPv6 /48 as one network", () => {
  const { take, waiting } = queueOf({ limit: 1 });
  assertEquals(take("ann 1", "ivy 1", "ida 1", "mel 1"), ["ann 1"]);
  assertEquals([take(), take(), take(), waiting()], [["ivy 1"], ["mel 1"], ["ida 1"], 0]);
});

Deno.test("StepQueue shares the time evenly between networks with cheap and dear events", () => {
  const { take } = queueOf({ limit: 1 });
  take("ann 1", ...Array<string>(10).fill("eve 4"), ...Array<string>(40).fill("mel 1"));
  const times = { eve: 0, mel: 0 };
  for (let n = 0; n < 20; n++) {
    for (const text of take()) text === "eve 4" ? times.eve += 4 : times.mel++;
    // No one is ever ahead by more than one event.
    assert(Math.abs(times.eve - times.mel) <= 5, Deno.inspect(times));
  }
  assert(times.eve >= 12 && times.mel >= 12, Deno.inspect(times));
});

Deno.test("StepQueue lets networks take turns by work, too, of which more is done after the step", () => {
  let [ivies, mels] = [0, 0];
  const queue = new StepQueue<{ client: Recorder }>({
    ...{ limit: 10, ms: 4, rest: 0 },
    workOf: () => 8,
    now: () => 0,
  });
  const many = (client: Recorder) => Array<{ client: Recorder }>(100).fill({ client });
  for (let n = 0; n < 20; n++) {
    for (const { client } of queue.take(n === 0 ? [...many(ivy), ...many(mel)] : [])) {
      client === ivy ? ivies++ : mels++;
      assert(ivies - mels <= 3, `${ivies} and ${mels}`);
    }
  }
  assertEquals(ivies + mels, 40);
});

Deno.test("StepQueue gives one network all the time while no other waits, and forgets it then", () => {
  const { take, waiting } = queueOf({ limit: 100, ms: 3 });
  assertEquals(take("ann 9", "bob 9", "eve 9"), ["ann 9"]);
  assertEquals([take(), take(), waiting()], [["bob 9"], ["eve 9"], 0]);
  assertEquals(take("mel 3", "mel 3", "ann 1"), ["mel 3"]);
  assertEquals([take(), waiting()], [["ann 1", "mel 3"], 0]);
});

for (const [clients, ms] of [[100, 50], [500, 1], [5000, 1]] as const) {
  Deno.test(`StepQueue lets one client go on beside ${clients} of another network with events of ${ms} ms`, () => {
    let time = 0;
    const queue = new StepQueue<{ client: Recorder }>({
      ...{ limit: 64, ms: 4, rest: 1 },
      workOf: () => 1,
      now: () => time,
    });
    let sent = 0;
    let waits = 0;
    // Each sends its next event as soon as it has the answer, at first all at once.
    let arrived = Array.from({ length: clients }, (_, i) => ({ client: new Recorder(`${i}`) }));
    for (let steps = 0; waits < 10; steps++) {
      assert(steps < 100_000, "it has no turn");
      if (sent === 0 && steps > 20) {
        arrived.push({ client: mel });
        sent = time;
      }
      const events = arrived;
      arrived = [];
      for (const { client } of queue.take(events)) {
        time += ms;
        if (client !== mel) {
          arrived.push({ client });
          continue;
        }
        // One of theirs, the rest after that, its own, and what these take besides.
        assert(time - sent <= 3 * ms + 40, `${time - sent} ms`);
        sent = 0;
        waits++;
      }
      time += 0.3;
    }
  });
}

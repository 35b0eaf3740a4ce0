/** Events that take long, many of which wait: who has a turn, how many may wait, and which are refused at once. */
import fc from "fast-check";
import { BusyError } from "../lib/fair_queue.ts";
import type { TurnTaker } from "../lib/fair_turns.ts";
import { anyEvent } from "../testing/any_event.ts";
import { assert, assertEquals, assertRejects } from "../testing/assert.ts";
import { message } from "../testing/change_scene.ts";
import { HubOnState, kindOf } from "../testing/hub_on_state.ts";
import { pick, seeded } from "../testing/random.ts";
import { Recorder } from "../testing/recorder.ts";
import { openDatabase } from "./database.ts";
import { EventWork } from "./event_work.ts";
import type { Event } from "./events.ts";
import { LocalLog } from "./local_log.ts";
import { UNCHANGED } from "./outcome.ts";
import { SmallEvents } from "./small_events.ts";
import { State } from "./state.ts";

/** Somebody of a network. */
function of(network: string): TurnTaker {
  return { network, person: "" };
}

/** A long event that everybody may want. */
function end(person: string): Event {
  return { type: "account_deleted", person, generation: 0 };
}

Deno.test("hundreds of commands of guests that few may give cost little, and hold up nobody", async () => {
  await using the = new HubOnState();
  const [root, bob] = [the.person("root", "admin"), the.person("bob")];
  the.append(message(bob, "tea", "one"));
  const { events, state } = the.store;
  const before = state.progress.position;
  const asked = Array.from({ length: 300 }, (_, i) => {
    const [by, room] = [`guest${i}`, i % 2 === 0 ? "tea" : "nowhere"];
    const wanted: Event[] = [
      { type: "room_private", room, to: "~x", by },
      { type: "room_deleted", room, by },
      { type: "remove_messages", person: bob.user.id, by },
      { type: "account_deleted", person: bob.user.id, by },
    ];
    return events.append(pick(() => i / 300, wanted), of("192.0.2.7"));
  });
  const answer = await the.ask(root, { type: "remove_messages", person: bob.user.id });
  assertEquals(kindOf(answer), "removed");
  const entries = state.progress.position - before;
  // Many at once, where a long event has one for itself.
  assert(entries <= 20, `${entries} entries`);
  const codes = (await Promise.all(asked)).map((outcome) =>
    outcome.type === "refused" && outcome.code
  );
  const count = (code: string) => codes.filter((each) => each === code).length;
  assertEquals([count("no_room"), count("forbidden")], [75, 225]);
});

Deno.test("networks take turns with what takes long, those in charge and steps of removals come first", async () => {
  await using the = new HubOnState();
  const [root, bob] = [the.person("root", "admin"), the.person("bob")];
  the.append(...Array.from({ length: 300 }, () => message(bob, "tea", "spam")));
  the.append(end("nobody"));
  const { deletions, events, state } = the.store;
  const start = state.progress.position;
  const entries = () => state.progress.position - start;
  const many = Array.from(
    { length: 300 },
    (_, i) => events.append(end(`p${i}`), of("2001:db8::/64")),
  );
  const other = events.append(end("q"), of("192.0.2.8")).then(entries);
  // Of the same IPv6 /48.
  const site = events.append(end("r"), of("2001:db8:0:7::/64"));
  const removal = { type: "remove_messages", person: bob.user.id, by: root.user.id } as const;
  const removed = events.append(removal, of("2001:db8::/64")).then(entries);
  const step = removed.then(() => deletions.step()).then(entries);
  assert(await removed <= 3, `${await removed} entries before the removal`);
  assert(await step - await removed <= 6, `${await step - await removed} before its next step`);
  assert(await other <= 6, `${await other} entries before that of another network`);
  const outcomes = await Promise.all([...many, site]);
  const refused = outcomes.filter((each) =>
    each.type === "refused" && each.code === "rate_limited"
  );
  assertEquals(refused.length, 301 - 64);
  assert(refused.every((each) => each.type === "refused" && (each.retry ?? 0) > 0));
});

Deno.test("a command that takes long is answered with rate_limited if too many of its network wait", async () => {
  await using the = new HubOnState();
  const ann = the.person("ann");
  const far = new Recorder("far", { network: "192.0.2.8" });
  the.append({ type: "name", person: far.user.id, name: "far", key: "far", used: 1 });
  the.hub.register(far);
  for (const [client, room] of [[ann, "ours"], [far, "theirs"]] as const) {
    the.append(message(client, room, "one"));
    const made = { type: "moderator", room, person: client.user.id, on: true } as const;
    const root = the.person(`root-${room}`, "admin");
    await the.join(client, room);
    assertEquals(kindOf(await the.ask(root, made)), "ok");
  }
  const { events, people } = the.store;
  let isFull = true;
  const fill = async (): Promise<void> => {
    while (isFull) {
      const outcome = await events.append(end("p"), of("192.0.2.1"));
      assert(outcome.type === "refused" && outcome.code === "no_person");
    }
  };
  const filled = Promise.all(Array.from({ length: 64 }, fill));
  const refused = await the.ask(ann, { type: "delete_room", room: "ours" });
  assert(refused.type === "error" && refused.code === "rate_limited" && (refused.retry ?? 0) > 0);
  const done = await the.ask(far, { type: "delete_room", room: "theirs" });
  assertEquals(kindOf(done), "ok");
  // So is the deletion of an account.
  const deletion = people.deleteAccount("p", 0, { from: "192.0.2.1" });
  await assertRejects(() => deletion, BusyError, "Cannot delete the account");
  isFull = false;
  await filled;
  assertEquals(await people.deleteAccount("p", 0, { from: "192.0.2.8" }), "stale");
});

/** Kinds of events that are long, unless they would be refused. */
const KINDS: readonly string[] = [
  "account_deleted",
  "clear_reactions",
  "delete",
  "remove_messages",
  "room_deleted",
  "room_private",
];

Deno.test("what counts as little because it would be refused is refused", () => {
  using database = openDatabase({ path: ":memory:", sync: "normal" });
  const { db } = database;
  const state = new State(database);
  LocalLog.open(state);
  const work = new EventWork(db);
  const refused = new Set<string>();
  let allowed = 0;
  for (const [i, event] of fc.sample(anyEvent, { numRuns: 3000, seed: 7 }).entries()) {
    if (i % 750 === 0) {
      const person = `p${1 + i / 750}`;
      state.append([
        { type: "name", person, name: person, key: person, used: 1 },
        { type: "role", person, role: "admin" },
      ], i);
    }
    db.exec("savepoint judged");
    if (event.type === "delete" || event.type === "clear_reactions") {
      // As if thousands had reacted.
      db.prepare(`
        insert into emoji (room, seq, emoji, first, count) select id, ?, 'x', 1, 5000 from room where name = ?
      `).run(event.seq, event.room);
    }
    const cost = work.of(event);
    db.exec("rollback to judged; release judged");
    const [outcome] = state.append([event], i);
    if (!KINDS.includes(event.type)) continue;
    if (cost.queue === "doubtful") {
      assertEquals([cost.work, outcome?.type], [1, "refused"], JSON.stringify(event));
      refused.add(event.type);
    } else if (cost.queue !== "ordered") allowed++;
  }
  assertEquals([...refused].sort(), KINDS);
  assert(allowed > 20, `${allowed} were left to be judged when they are applied`);
});

Deno.test("long events take turns, ordered ones of a person keep their order, and each has one outcome, at random", async () => {
  const random = seeded(11);
  const networks = ["a", "b", "c", "d"];
  const people = ["ann", "bob", "eve", "server"];
  /** The events by what `all_read` calls its person. */
  const costs = new Map<string, ReturnType<EventWork["of"]>>();
  const nameOf = (event: Event) => event.type === "all_read" ? event.person : "";
  const log: string[] = [];
  /** The places in the log before which events must be there, by name. */
  const latest = new Map<string, number>();
  const waiting = new Map<string, number>();
  const counts = { batches: 0, refused: 0, done: 0 };
  const lateness: string[] = [];
  using events = new SmallEvents(
    {
      append: (batch, done) => {
        counts.batches++;
        const cost = batch.map((event) => costs.get(nameOf(event)));
        const work = cost.reduce((sum, each) => sum + (each?.work ?? 0), 0);
        assert(work <= 64 || batch.length === 1, `${work} in a batch of ${batch.length}`);
        assert(cost.filter((each) => each?.queue !== "ordered").length <= 1);
        for (const name of batch.map(nameOf)) {
          log.push(name);
          if (counts.batches > (latest.get(name) ?? Infinity)) lateness.push(name);
        }
        done(batch.map(() => UNCHANGED), { from: 0, to: batch.length });
      },
      ...{ listen: () => {}, now: () => 0, reach: () => Promise.resolve(), healthy: true },
      [Symbol.asyncDispose]: () => Promise.resolve(),
    },
    () => {},
    (event) => costs.get(nameOf(event)) ?? { queue: "ordered", work: 1 },
  );
  const all: Promise<void>[] = [];
  for (let i = 0; i < 2000; i++) {
    const queue = pick(random, ["ordered", "ordered", "own", "charge", "others"] as const);
    // One network wants most.
    const network = random() < 0.7 ? "a" : pick(random, networks);
    // Each person is in every network; some events are the server's.
    const person = pick(random, people);
    const isServers = queue === "own" || (queue === "ordered" && person === "server");
    const source = queue === "own" ? queue : `${queue} ${queue === "ordered" ? person : network}`;
    // The server has one step at a time.
    const count = waiting.get(source) ?? 0;
    if (queue === "own" && count > 0) continue;
    const name = `${source} ${i}`;
    const work = 1 + Math.floor(random() * (queue === "ordered" ? 20 : 64));
    costs.set(name, { queue, work: queue === "ordered" ? work : Math.max(work, 17) });
    waiting.set(source, count + 1);
    // Alone of its source, it waits for one of each of the others in its queue, as many of the other one, and what is between.
    if (count === 0 && queue !== "ordered") latest.set(name, counts.batches + 4 * 5);
    const by = isServers ? undefined : { network, person };
    all.push(
      events.append({ type: "all_read", person: name }, by).then(({ type }) => {
        if (type === "refused") counts.refused++;
        else counts.done++;
        waiting.set(source, (waiting.get(source) ?? 0) - 1);
      }),
    );
    if (random() < 0.05) await new Promise((resolve) => setTimeout(resolve));
  }
  await Promise.all(all);
  assertEquals(lateness, []);
  assertEquals([log.length, counts.done + counts.refused], [counts.done, all.length]);
  assert(counts.refused > 0);
  const sources = [
    ...people.map((each) => `ordered ${each}`),
    ...networks.map((each) => `others ${each}`),
  ];
  for (const source of ["own", ...sources]) {
    const numbers = log.filter((name) => name.startsWith(`${source} `))
      .map((name) => Number(name.split(" ").at(-1)));
    assert(numbers.length > 0);
    assertEquals(numbers, numbers.toSorted((a, b) => a - b), source);
  }
});

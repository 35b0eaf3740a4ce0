import { assertEquals, assertRejects } from "../testing/assert.ts";
import { BusyError, Turns } from "./fair_queue.ts";

/** Asks for turns, and ends each when told; in which order they came. */
class Crowd {
  readonly order: string[] = [];
  readonly #turns: Turns;
  readonly #running: Disposable[] = [];

  constructor(turns: Turns) {
    this.#turns = turns;
  }

  /** Asks for a turn of `from`, written `from:what` in the order. */
  async ask(name: string): Promise<void> {
    const turn = await this.#turns.next(name.split(":")[0] ?? "");
    this.order.push(name);
    this.#running.push(turn);
  }

  /** Ends turns until none runs. */
  async finish(): Promise<void> {
    for (let turn; (turn = this.#running.shift()) !== undefined;) {
      turn[Symbol.dispose]();
      // Who is next hears of it in a microtask.
      for (let i = 0; i < 5; i++) await Promise.resolve();
    }
  }
}

Deno.test("Turns come in the order asked for, `parallel` at once", async () => {
  const crowd = new Crowd(new Turns({ parallel: 2, waiting: 10 }));
  const asked = ["a", "b", "c", "d"].map((name) => crowd.ask(name));
  await Promise.all(asked.slice(0, 2));
  assertEquals(crowd.order, ["a", "b"]);
  await crowd.finish();
  await Promise.all(asked);
  assertEquals(crowd.order, ["a", "b", "c", "d"]);
});

Deno.test("Who had fewer turns goes first, whoever asks for many at once too", async () => {
  const crowd = new Crowd(new Turns({ parallel: 1, waiting: 10 }));
  const asked = ["a:1", "a:2", "a:3", "b:1", "b:2", "c:1"].map((name) => crowd.ask(name));
  await asked[0];
  await crowd.finish();
  await Promise.all(asked);
  assertEquals(crowd.order, ["a:1", "b:1", "c:1", "a:2", "b:2", "a:3"]);
});

Deno.test("When too many wait, the one who had the most turns is sent away", async () => {
  const crowd = new Crowd(new Turns({ parallel: 1, waiting: 2 }));
  const [running, kept] = ["a:1", "a:2"].map((name) => crowd.ask(name));
  await running;
  const sentAway = assertRejects(() => crowd.ask("a:3"), BusyError);
  const quiet = crowd.ask("b:1");
  await sentAway;
  await assertRejects(() => crowd.ask("a:4"), BusyError);
  await crowd.finish();
  await Promise.all([kept, quiet]);
  assertEquals(crowd.order, ["a:1", "b:1", "a:2"]);
});

Deno.test("Turns long past count for little", async () => {
  let now = 0;
  const crowd = new Crowd(new Turns({ parallel: 1, waiting: 10, now: () => now }));
  for (let i = 0; i < 5; i++) {
    await crowd.ask("a");
    await crowd.finish();
  }
  now = 24 * 60 * 60 * 1000;
  const asked = ["b:1", "b:2", "a"].map((name) => crowd.ask(name));
  await asked[0];
  await crowd.finish();
  await Promise.all(asked);
  assertEquals(crowd.order.slice(5), ["b:1", "a", "b:2"]);
});

import { assertEquals, assertRejects } from "../testing/assert.ts";
import { BusyError, FairQueue } from "./fair_queue.ts";

/** Asks for turns, ends them on request, and records their order. */
class Requests {
  readonly order: string[] = [];
  readonly #queue: FairQueue;
  readonly #running: Disposable[] = [];

  constructor(queue: FairQueue) {
    this.#queue = queue;
  }

  /** Asks for a turn of `from`; the name is `from:what`. */
  async ask(name: string): Promise<void> {
    const turn = await this.#queue.next(name.split(":")[0] ?? "");
    this.order.push(name);
    this.#running.push(turn);
  }

  /** Ends turns until none runs. */
  async finish(): Promise<void> {
    for (let turn; (turn = this.#running.shift()) !== undefined;) {
      turn[Symbol.dispose]();
      // The next one resumes in a microtask.
      for (let i = 0; i < 5; i++) await Promise.resolve();
    }
  }
}

Deno.test("FairQueue gives turns in the order of the requests, `parallel` at once", async () => {
  const requests = new Requests(new FairQueue({ parallel: 2, waiting: 10 }));
  const asked = ["a", "b", "c", "d"].map((name) => requests.ask(name));
  await Promise.all(asked.slice(0, 2));
  assertEquals(requests.order, ["a", "b"]);
  await requests.finish();
  await Promise.all(asked);
  assertEquals(requests.order, ["a", "b", "c", "d"]);
});

Deno.test("FairQueue serves a source with fewer turns first, also when another asks for many at once", async () => {
  const requests = new Requests(new FairQueue({ parallel: 1, waiting: 10 }));
  const asked = ["a:1", "a:2", "a:3", "b:1", "b:2", "c:1"].map((name) => requests.ask(name));
  await asked[0];
  await requests.finish();
  await Promise.all(asked);
  assertEquals(requests.order, ["a:1", "b:1", "c:1", "a:2", "b:2", "a:3"]);
});

Deno.test("FairQueue rejects the source with the most turns when it is full", async () => {
  const requests = new Requests(new FairQueue({ parallel: 1, waiting: 2 }));
  const [running, kept] = ["a:1", "a:2"].map((name) => requests.ask(name));
  await running;
  const rejected = assertRejects(() => requests.ask("a:3"), BusyError);
  const quiet = requests.ask("b:1");
  await rejected;
  await assertRejects(() => requests.ask("a:4"), BusyError);
  await requests.finish();
  await Promise.all([kept, quiet]);
  assertEquals(requests.order, ["a:1", "b:1", "a:2"]);
});

Deno.test("FairQueue forgets past turns with time", async () => {
  let now = 0;
  const requests = new Requests(new FairQueue({ parallel: 1, waiting: 10, now: () => now }));
  for (let i = 0; i < 5; i++) {
    await requests.ask("a");
    await requests.finish();
  }
  now = 24 * 60 * 60 * 1000;
  const asked = ["b:1", "b:2", "a"].map((name) => requests.ask(name));
  await asked[0];
  await requests.finish();
  await Promise.all(asked);
  assertEquals(requests.order.slice(5), ["b:1", "a", "b:2"]);
});

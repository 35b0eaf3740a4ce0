import { assertEquals, assertRejects } from "../testing/assert.ts";
import { FairTurns } from "./fair_turns.ts";

/** Asks for turns one at a time, and records their order. */
class Requests {
  readonly order: string[] = [];
  readonly #turns = new FairTurns(1);
  #running: Disposable | undefined;

  /** Asks for a turn; the name is `network:person`. */
  async ask(name: string, signal?: AbortSignal): Promise<void> {
    const [network = "", person = ""] = name.split(":");
    this.#running = await this.#turns.next({ network, person }, signal);
    this.order.push(name);
  }

  /** Ends all turns; returns their order. */
  async finish(): Promise<readonly string[]> {
    while (true) {
      // A new one starts in a microtask.
      for (let i = 0; i < 5; i++) await Promise.resolve();
      const running = this.#running;
      this.#running = undefined;
      if (running === undefined) return this.order;
      running[Symbol.dispose]();
    }
  }
}

Deno.test("FairTurns gives networks turns, and the people of each", async () => {
  const requests = new Requests();
  for (const name of ["a:1", "a:1", "a:1", "a:1", "a:2", "b:3", "b:3"]) void requests.ask(name);
  assertEquals(await requests.finish(), ["a:1", "a:1", "b:3", "a:2", "b:3", "a:1", "a:1"]);
  // None is left over.
  void requests.ask("c:4");
  assertEquals((await requests.finish()).at(-1), "c:4");
});

Deno.test("FairTurns forgets a request that is given up", async () => {
  const requests = new Requests();
  const abort = new AbortController();
  void requests.ask("a:1");
  const given = [requests.ask("a:1", abort.signal), requests.ask("b:2", abort.signal)];
  void requests.ask("c:3", abort.signal).catch(() => {});
  void requests.ask("c:3");
  abort.abort(new Error("it has gone"));
  for (const up of given) await assertRejects(() => up, Error, "it has gone");
  await assertRejects(() => requests.ask("a:1", abort.signal), Error, "it has gone");
  assertEquals(await requests.finish(), ["a:1", "c:3"]);
});

Deno.test("FairTurns lets as many work at once as it may", async () => {
  const turns = new FairTurns(2);
  const taker = { network: "a", person: "1" };
  let working = 0;
  const most = await Promise.all(Array.from({ length: 10 }, async () => {
    using _turn = await turns.next(taker);
    const now = ++working;
    await Promise.resolve();
    working--;
    return now;
  }));
  assertEquals(Math.max(...most), 2);
});

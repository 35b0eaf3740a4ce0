import { assert, assertEquals } from "../testing/assert.ts";
import { TimeShares } from "./time_shares.ts";

/** Asks for turns, which take the time that their person takes, and records their order. */
class Requests {
  readonly order: string[] = [];
  #now = 0;
  readonly #shares = new TimeShares(() => this.#now);
  readonly #running: { readonly turn: Disposable; readonly ms: number }[] = [];

  /** Lets time pass in the running turn, besides what it takes. */
  pass(ms: number): void {
    this.#now += ms;
  }

  /** Asks for a turn of so many ms; the name is `network:person`. */
  async ask(name: string, ms = 10): Promise<void> {
    const [network = "", person = ""] = name.split(":");
    const turn = await this.#shares.next({ network, person });
    this.order.push(name);
    this.#running.push({ turn, ms });
  }

  /** Ends the running turn; returns whether there was one. */
  async end(): Promise<boolean> {
    // A new one starts in a microtask.
    for (let i = 0; i < 5; i++) await Promise.resolve();
    const running = this.#running.shift();
    if (running === undefined) return false;
    this.#now += running.ms;
    running.turn[Symbol.dispose]();
    for (let i = 0; i < 5; i++) await Promise.resolve();
    return true;
  }

  /** Ends all turns; returns their order. */
  async finish(): Promise<readonly string[]> {
    while (await this.end());
    return this.order;
  }
}

function ask(names: readonly string[], ms?: number): Requests {
  const requests = new Requests();
  for (const name of names) void requests.ask(name, ms);
  return requests;
}

Deno.test("TimeShares gives the turns of one person in the order of the requests", async () => {
  const requests = new Requests();
  const order: number[] = [];
  for (let i = 0; i < 5; i++) void requests.ask("a:ann").then(() => order.push(i));
  await requests.finish();
  assertEquals(order, [0, 1, 2, 3, 4]);
});

Deno.test("TimeShares takes turns among the people of a network", async () => {
  const names = ["a:ann", "a:ann", "a:ann", "a:bob", "a:bob"];
  assertEquals(await ask(names).finish(), ["a:ann", "a:bob", "a:ann", "a:bob", "a:ann"]);
});

Deno.test("TimeShares gives a network of many people no more than another", async () => {
  const names = ["a:1", "a:2", "a:3", "a:4", "b:bob", "b:bob"];
  assertEquals(await ask(names).finish(), ["a:1", "b:bob", "a:2", "b:bob", "a:3", "a:4"]);
});

Deno.test("TimeShares charges turns by their time", async () => {
  const requests = new Requests();
  for (let i = 0; i < 3; i++) void requests.ask("a:slow", 100);
  for (let i = 0; i < 6; i++) void requests.ask("b:quick", 25);
  const order = await requests.finish();
  assertEquals(order.map((name) => name.slice(0, 1)).join(""), "abbbbabba");
});

Deno.test("TimeShares lets nobody who has had turns wait for new people who come again and again", async () => {
  for (const member of ["b:ann", "a:ann"]) {
    const requests = new Requests();
    let guests = 0;
    for (let i = 0; i < 3; i++) void requests.ask(member, 700);
    for (; guests < 64; guests++) void requests.ask(`a:guest ${guests}`, 700);
    // The guests wait already when her turns have passed.
    for (let i = 0; i < 20; i++) await requests.end();
    void requests.ask(member, 700);
    const had = requests.order.length;
    for (let i = 0; i < 300; i++, guests++) {
      void requests.ask(`a:guest ${guests}`, 700);
      await requests.end();
    }
    const waited = requests.order.indexOf(member, had) - had;
    // In their network she waits for those who were there before, and for what she had in advance.
    const most = member === "b:ann" ? 1 : 2 * 64;
    assert(waited >= 0 && waited <= most, `${member} waits for ${waited} turns`);
  }
});

Deno.test("TimeShares does not charge a turn for the time in which nobody else asked", async () => {
  for (const other of ["a:guest", "b:guest"]) {
    const requests = new Requests();
    void requests.ask("a:ann");
    requests.pass(10_000);
    void requests.ask("a:ann");
    for (let i = 0; i < 20; i++) {
      for (let j = 0; j < 3; j++) void requests.ask(`${other} ${i}`, 500);
    }
    const order = await requests.finish();
    const waited = order.indexOf("a:ann", 1) - 1;
    // One of each person in her network, or one of the other network.
    assert(waited <= (other === "a:guest" ? 20 : 1), `she waits for ${waited} turns of ${other}`);
  }
});

Deno.test("TimeShares charges a turn for the time in which others asked", async () => {
  const requests = new Requests();
  void requests.ask("a:ann");
  requests.pass(1000);
  void requests.ask("a:ann");
  for (let i = 0; i < 4; i++) void requests.ask("b:bob", 300);
  requests.pass(990);
  const order = await requests.finish();
  assertEquals(order.join(" "), "a:ann b:bob b:bob b:bob b:bob a:ann");
});

Deno.test("TimeShares lets an absent source gather no time", async () => {
  const requests = ask(["a:ann", "a:ann", "a:ann", "a:ann", "a:ann", "a:ann"]);
  for (let i = 0; i < 3; i++) await requests.end();
  for (let i = 0; i < 3; i++) void requests.ask("b:bob");
  const order = await requests.finish();
  assertEquals(order.slice(4).join(" "), "b:bob a:ann b:bob a:ann b:bob");
});

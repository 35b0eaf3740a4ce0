import { assert, assertEquals } from "../testing/assert.ts";
import { delay } from "../lib/std.ts";
import { RequestTurns } from "./request_turns.ts";

/** The signal of a client that stays. */
const here = new AbortController().signal;

Deno.test("RequestTurns lets a request go on at once, and hundreds of them over many turns of the event loop", async () => {
  const turns = new RequestTurns(2);
  const order: string[] = [];
  const ask = (address: string) => turns.next(address, here).then(() => void order.push(address));
  await ask("192.0.2.1");
  await delay(5);
  const all = Array.from({ length: 100 }, () => ask("192.0.2.1"));
  await Promise.resolve();
  const other = ask("192.0.2.2");
  await delay(0);
  assert(order.length < 20, `${order.length} in a turn`);
  await other;
  assert(order.length < 30, `another network waited for ${order.length}`);
  await Promise.all(all);
  assertEquals(order.length, 102);
});

for (
  const [kind, addressOf, ahead] of [
    ["of one IPv6 network", (n: number) => `2001:db8::${n.toString(16)}`, 5],
    ["of networks that ask for the first time", (n: number) => `10.0.${n >> 8}.${n & 255}`, 25],
  ] as const
) {
  Deno.test(`RequestTurns lets an address go on although new ones keep asking, ${kind}`, async () => {
    const turns = new RequestTurns(1);
    for (let asked = 0; asked < 3; asked++) await turns.next("192.0.2.1", here);
    let asked = 0;
    let begun = 0;
    const askOn = async (): Promise<void> => {
      while (asked < 200) {
        await turns.next(addressOf(asked++), here);
        begun++;
      }
    };
    const all = Array.from({ length: 20 }, askOn);
    await turns.next("192.0.2.1", here);
    assert(begun < ahead, `${begun} went before`);
    await Promise.all(all);
  });
}

Deno.test("RequestTurns spends no turn on requests whose clients have gone", async () => {
  const turns = new RequestTurns(1);
  await turns.next("192.0.2.1", here);
  const going = new AbortController();
  const gone = Array.from({ length: 1000 }, () => turns.next("192.0.2.1", going.signal));
  going.abort();
  const last = turns.next("192.0.2.1", here);
  let loops = 0;
  const counter = setInterval(() => loops++, 0);
  assertEquals(await last, true);
  clearInterval(counter);
  assert(loops < 100, `${loops} turns of the event loop`);
  assertEquals((await Promise.all(gone)).filter((hasTurn) => hasTurn), []);
});

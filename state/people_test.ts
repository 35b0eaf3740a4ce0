import { assertEquals } from "../testing/assert.ts";
import { DAY_MS } from "../lib/time.ts";
import { openLocalState } from "./local.ts";

Deno.test("StatePeople frees no name that was used in the last 90 days by the log's time", async () => {
  // As on NATS, where another machine's clock gives the times; that of this server may be wrong.
  let day = 100;
  using store = openLocalState({ path: ":memory:", sync: "normal", now: () => day * DAY_MS });
  const { people } = store;
  await people.claim({ id: "p1", name: "Ann", key: "ann", used: 10 });
  for (day of [100, 100.9]) {
    await people.free({ id: "p1", used: 10 });
    assertEquals((await people.byKey("ann"))?.id, "p1");
  }
  // Nobody has written anything since.
  day = 101;
  await people.free({ id: "p1", used: 10 });
  assertEquals(await people.byKey("ann"), undefined);
});

import { assertEquals } from "../testing/assert.ts";
import { DAY_MS, HOUR_MS, MINUTE_MS } from "../lib/time.ts";
import { ClockWatch } from "./clock_watch.ts";

Deno.test("ClockWatch reports a clock that differs from that of NATS, once each time", async () => {
  let [now, took] = [1000 * DAY_MS, 0];
  const nats = 1000 * DAY_MS;
  const lines: string[] = [];
  using watch = new ClockWatch({
    time: () => Promise.resolve(now += took).then(() => nats),
    now: () => now,
    onTrouble: (line) => lines.push(/clock is (.*) that of NATS/.exec(line)?.[1] ?? line),
  });
  for (const ahead of [0, 91 * DAY_MS, 91 * DAY_MS, 0, -3 * HOUR_MS, 0, MINUTE_MS, 5 * MINUTE_MS]) {
    now = nats + ahead;
    await watch.look();
  }
  // A NATS that takes long to answer is no wrong clock.
  [now, took] = [nats - 2 * MINUTE_MS, 4 * MINUTE_MS];
  await watch.look();
  assertEquals(lines, ["91 days ahead of", "3 hours behind", "5 minutes ahead of"]);
});

import { DAY_MS, HOUR_MS } from "../lib/time.ts";
import { assert, assertEquals } from "../testing/assert.ts";
import { natsTest } from "../testing/nats.ts";
import { openCluster } from "./cluster.ts";
import { LogClock } from "./log_clock.ts";

Deno.test("a server's clock that is wrong does not matter once NATS has said what time it is", () => {
  let elapsed = 100;
  const clock = new LogClock({ elapsed: () => elapsed, local: () => 5 });
  assertEquals([clock.now(0), clock.now(7)], [5, 7], "not before the log's last entry");
  clock.note(1_000_000, 90);
  elapsed += 3000;
  assertEquals(clock.now(0), 1_003_000);
  assertEquals(clock.now(1_009_000), 1_009_000, "this machine was asleep");
  // NATS's clock was set back; and an answer that took long.
  clock.note(2000, elapsed - 1);
  clock.note(1, elapsed - 1001);
  clock.note(Number.NaN, elapsed);
  assertEquals(clock.now(0), 2000);
});

natsTest("a server whose clock is a day ahead judges by NATS's", async (nats) => {
  const local = Date.now;
  Date.now = () => local() + DAY_MS;
  try {
    await using one = await openCluster({ url: nats.url });
    assert(Math.abs(one.permissions.now() - local()) < HOUR_MS, "from its start on");
  } finally {
    Date.now = local;
  }
});

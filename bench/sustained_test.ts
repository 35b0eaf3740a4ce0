import { assert, assertEquals, assertRejects } from "../testing/assert.ts";
import type { LoadOptions, LoadResult } from "./load.ts";
import { findSustained, keepsUp } from "./sustained.ts";

const BASE = { port: 1, pid: 1, format: "plain", size: 64, warmup: 1, seconds: 2 } as const;

/** Makes up what a server with a limit would reach: in a closed loop less than in an open one. */
function limited(limit: number, { rate, seconds, receivers }: LoadOptions): LoadResult {
  const done = rate === 0 ? limit * 0.6 : Math.min(rate, limit);
  const lastP50 = rate > limit ? 1000 * seconds * (1 - limit / rate) / 2 : 5;
  const zero = { frames: 0, bytes: 0, serverCpu: 0, serverPeak: 0, loadCpu: 0, loadLateP99: 1 };
  return {
    ...{ ...zero, deliveries: done * seconds * receivers, seconds, messages: done * seconds },
    ...{ ownP50: lastP50, ownP99: lastP50 * 2, lastP50, lastP99: lastP50 * 2 },
  };
}

Deno.test("findSustained finds the highest load that is sustained, and measures at 80 % of it", async () => {
  const rates: number[] = [];
  const found = await findSustained({
    base: BASE,
    load: (options) => {
      rates.push(options.rate);
      return Promise.resolve(limited(10_000, options));
    },
  });
  assert(found.highest > 9_500 && found.highest <= 10_200, `${found.highest}`);
  assertEquals(rates.at(-1), found.highest * 0.8);
  assertEquals([found.p50, found.p99, found.loadLateP99], [5, 10, 1]);
  assertEquals(found.points, found.points.toSorted((a, b) => a.offered - b.offered));
});

Deno.test("findSustained continues after one bad moment, and ends for a server that always fails", async () => {
  let stumbles = 1;
  const load = (options: LoadOptions) =>
    options.rate > 0 && stumbles-- > 0
      ? Promise.reject(new Error("it ended a connection"))
      : Promise.resolve(limited(10_000, options));
  assert((await findSustained({ base: BASE, load })).highest > 9_500);
  stumbles = Infinity;
  await assertRejects(() => findSustained({ base: BASE, load }), Error, "Cannot find a load");
});

Deno.test("keepsUp asks for a load that arrives as fast as it was offered, and soon", () => {
  const options = { ...BASE, rooms: 1, receivers: 100, senders: 10, inFlight: 0, rate: 100 };
  const well = limited(1000, options);
  assert(keepsUp(well, 100));
  assert(!keepsUp({ ...well, deliveries: well.deliveries * 0.97 }, 100));
  assert(!keepsUp({ ...well, lastP50: 300 }, 100));
});

/**
 * Checks the promises while NATS is away, under load, for 5 s or as many as HUBBUB_OUTAGE_SECONDS
 * says.
 */
import { delay } from "../lib/std.ts";
import { assert, assertEquals } from "../testing/assert.ts";
import { TestCrowd } from "../testing/test_crowd.ts";
import { type TestNats, withoutNats } from "../testing/nats.ts";
import { pick } from "../testing/random.ts";
import { Servers } from "../testing/servers.ts";
import { checkStored } from "../testing/check_stored.ts";
import { exportAll } from "../testing/torture.ts";

const OUTAGE_MS = 1000 * Number(Deno.env.get("HUBBUB_OUTAGE_SECONDS") ?? 5);
const PEOPLE = 30;
const ROOMS = ["red", "green"];
/** The number of messages that each keeps in flight. */
const IN_FLIGHT = 8;
/** After how long clients try again what was refused with `storage`, in ms. */
const RETRY_MS = 250;
/** The goal is 5 s. */
const PATIENCE_MS = 20_000;

/** The ways in which NATS goes away; each returns what brings it back. */
const WAYS: Record<string, (nats: TestNats) => Promise<() => Promise<void>>> = {
  async killed(nats) {
    await nats.stop();
    return () => nats.start();
  },
  halted(nats) {
    const halt = nats.halt();
    return Promise.resolve(() => Promise.resolve(halt[Symbol.dispose]()));
  },
};

for (const [how, takeAway] of Object.entries(WAYS)) {
  const seconds = OUTAGE_MS / 1000;
  Deno.test({
    name: `the program drops nobody and loses nothing while NATS is ${how} for ${seconds} s`,
    ignore: withoutNats(),
    fn: async (t) => {
      await using servers = await Servers.start(3);
      const [nats] = servers.nats;
      await using crowd = new TestCrowd({
        ...{ size: PEOPLE, rooms: ROOMS, random: Math.random, retryMs: RETRY_MS },
        port: () => pick(Math.random, servers.ports),
      });
      await crowd.connect();
      crowd.keepSending(IN_FLIGHT);
      await crowd.until(() => ROOMS.every((room) => crowd.checker.size(room) > 1000));

      const bringBack = await takeAway(nats);
      const start = performance.now();
      const refused = crowd.until(() => crowd.refused, OUTAGE_MS + PATIENCE_MS);
      await crowd.unbroken(Promise.all([servers.until(503), refused]));
      await crowd.unbroken(delay(Math.max(0, start + OUTAGE_MS - performance.now())));
      await servers.until(503);
      await bringBack();
      const back = performance.now();
      const since = () => (performance.now() - back) / 1000;
      const healthy = servers.until(200).then(since);
      await crowd.caughtUp(PATIENCE_MS);
      const caughtUp = since();
      const figures = `healthy ${(await healthy).toFixed(2)} s and caught up ${
        caughtUp.toFixed(2)
      } s after its return`;

      crowd.keepSending(0);
      await crowd.until(() => crowd.agreed);
      assertEquals(crowd.clients.map(({ closeCodes }) => closeCodes), Array(PEOPLE).fill([]));
      assertEquals(crowd.connections, PEOPLE);
      await servers.endAll("SIGTERM");
      const { messages } = checkStored(crowd, await exportAll(servers.flags));
      await t.step(
        `${messages} messages, ${figures}`,
        () => assert(caughtUp < PATIENCE_MS / 1000),
      );
    },
  });
}

import { assertEquals } from "../testing/assert.ts";
import { integer } from "./rows.ts";
import { DAY_MS } from "../lib/time.ts";
import { SESSION_SECONDS } from "../people/session.ts";
import { openDatabase } from "./database.ts";
import { LocalLog } from "./local_log.ts";
import { openLocalState } from "./local.ts";
import { StatePeople } from "./people.ts";
import { SmallEvents } from "./small_events.ts";
import { State } from "./state.ts";

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

Deno.test("StatePeople dates nothing before a shared log, however far this server's clock is behind", async () => {
  const now = 1000 * DAY_MS;
  const behind = now - 91 * DAY_MS;
  using database = openDatabase({ path: ":memory:", sync: "normal" });
  const state = new State(database);
  const log = LocalLog.open(state, { now: () => now });
  using events = new SmallEvents(log);
  const yes = () => Promise.resolve(true);
  const holds = { hold: yes, isHeld: async () => !await yes(), release: () => Promise.resolve() };
  const people = new StatePeople(state, { log, events, holds });
  const { db } = database;
  const [day, until] = [behind / DAY_MS, behind / 1000 + SESSION_SECONDS];
  await people.claim({ id: "p1", name: "Ann", key: "ann", used: day });
  await people.claim({ id: "p2", name: "Ben", key: "ben", used: day });
  assertEquals((await people.byKey("ben"))?.used, 1000, "a name would be free at once");
  await people.use("p1", day);
  const session = { id: "s1", person: "p1", generation: 0 };
  await people.useSession({ session, day, forgets: false, device: {} });
  assertEquals(db.prepare("select used from session").get()?.used, 1000);
  await people.endSession("s2", { until, forgets: false });
  const ended = db.prepare("select until from ended_sessions").get();
  assertEquals(integer(ended?.until), now / 1000 + SESSION_SECONDS);
});

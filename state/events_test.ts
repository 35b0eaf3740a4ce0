/** What is read of events that somebody with the password of NATS has written. */
import { DAY_MS } from "../lib/time.ts";
import { assert, assertEquals } from "../testing/assert.ts";
import { openDatabase } from "./database.ts";
import { parseEvent } from "./events.ts";
import { StoredLinks } from "./links.ts";
import { Permissions } from "./permissions.ts";
import { State } from "./state.ts";

const HUGE = Number.MAX_SAFE_INTEGER;

Deno.test("an event with a number that makes what is stored unreadable is malformed", () => {
  using database = openDatabase({ path: ":memory:", sync: "normal" });
  const state = new State(database);
  const person = { person: "p", name: "root", key: "root", used: 1 };
  const file = { person: "p", name: "f", size: HUGE, mime: "text/plain", total: 0, day: 0 };
  const events = [
    { type: "init", store: "s", epoch: "e", key: "a2V5", keepDays: 0 },
    { type: "name", ...person },
    { type: "role", person: "p", role: "admin" },
    { type: "name", ...person, person: "q", key: "q", used: HUGE },
    { type: "name_used", person: "p", day: HUGE },
    { type: "session_used", session: "s", person: "p", generation: 0, used: HUGE, forgets: false },
    { type: "session_ended", session: "s", until: HUGE, forgets: false },
    { type: "keep_days", days: HUGE },
    { type: "invite", hash: "h", lasts: HUGE, by: "p" },
    { type: "invite", hash: "h", lasts: 1, uses: HUGE, by: "p" },
    { type: "reset_link", hash: "r", person: "p", lasts: HUGE, by: "p" },
    { type: "mute", person: "g", seconds: HUGE, by: "p" },
    { type: "do_not_disturb", person: "p", seconds: HUGE },
    { type: "remove_messages", person: "g", by: "p", within: HUGE },
    { type: "file", ...file, id: "A".repeat(32), sha256: "1" },
    { type: "invite", hash: "good", lasts: DAY_MS, by: "p" },
  ];
  const batch = { run: "r", number: 1, events };
  const [applied] = state.apply([{ position: 1, at: Date.now(), batch }]);
  const done = applied?.outcomes?.map((outcome, i) => `${events[i]?.type} ${outcome.type}`);
  const good = ["init changed", "name named", "role changed", "invite changed"];
  assertEquals(done?.filter((each) => !each.endsWith("refused")), good);
  assertEquals(new StoredLinks(database.db).invites().map(({ hash }) => hash), ["good"]);
  assertEquals(new Permissions(database.db).access("g").muted, undefined);
  assert(parseEvent({ type: "invite", hash: "h", lasts: 365 * DAY_MS, by: "p" }));
});

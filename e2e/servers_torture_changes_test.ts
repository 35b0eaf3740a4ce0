/**
 * Checks the promises of changes when servers and NATS are killed and copies are deleted, under load, while clients move
 * between the servers. `HUBBUB_TEST_LONG=1` does it 100 times.
 */
import { withoutNats } from "../testing/nats.ts";
import { tortureTest } from "../testing/torture.ts";
import { TorturedServers } from "../testing/tortured_servers.ts";

const LONG = Deno.env.get("HUBBUB_TEST_LONG") === "1";

tortureTest({
  ...{ what: "servers and NATS", kills: LONG ? 100 : 3, changes: 4, ignore: withoutNats() },
  start: () => TorturedServers.start(),
});

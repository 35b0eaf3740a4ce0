/**
 * Checks the promises of changes when the server is killed and connections are cut, under load. `HUBBUB_TEST_LONG=1`
 * kills it 100 times.
 */
import { tortureTest } from "../testing/torture.ts";
import { TorturedServer } from "../testing/tortured_server.ts";

const LONG = Deno.env.get("HUBBUB_TEST_LONG") === "1";

tortureTest({
  ...{ what: "the server", kills: LONG ? 100 : 4, changes: 4 },
  start: () => TorturedServer.start(),
});

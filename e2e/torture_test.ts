/**
 * Checks the promises when the server is killed and connections are cut, many times, under load.
 */
import { tortureTest } from "../testing/torture.ts";
import { TorturedServer } from "../testing/tortured_server.ts";

tortureTest({ what: "the server", kills: 10, start: () => TorturedServer.start() });

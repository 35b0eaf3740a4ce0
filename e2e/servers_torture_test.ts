/**
 * Checks the promises when servers and NATS are killed, copies are deleted, servers are added and removed, and
 * the log is purged behind snapshots, while clients move between the servers, under load.
 */
import { withoutNats } from "../testing/nats.ts";
import { tortureTest } from "../testing/torture.ts";
import { TorturedServers } from "../testing/tortured_servers.ts";

const ignore = withoutNats();

tortureTest({
  ...{ what: "servers and NATS", kills: 6, ignore },
  start: () => TorturedServers.start(),
});

// While its servers choose a new leader, which takes seconds, nothing is stored.
tortureTest({
  ...{ what: "servers and those of a NATS of three", kills: 4, ignore },
  start: () => TorturedServers.start(3),
});

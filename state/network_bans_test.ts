/** Bans of people together with the networks that they come from. */
import { DAY_MS, HOUR_MS } from "../lib/time.ts";
import { assert, assertEquals } from "../testing/assert.ts";
import { HubOnState, kindOf } from "../testing/hub_on_state.ts";
import { Recorder } from "../testing/recorder.ts";
import { readArchive } from "../archive/state.ts";
import type { Ban } from "../protocol/mod.ts";
import { NETWORKS_LIMIT } from "./kinds/network_ban.ts";
import { LocalLog } from "./local_log.ts";
import { NETWORK_BANS } from "./network_bans.ts";
import { Retention } from "./retention.ts";

const BOBS = "203.0.113.7";
const HOME = "2001:db8:0:1::/64";

/** Somebody who is connected from a network. */
function connect(the: HubOnState, name: string, network: string): Recorder {
  const client = new Recorder(name, { network });
  the.hub.register(client);
  return client;
}

async function bansOf(the: HubOnState, root: Recorder): Promise<readonly Ban[]> {
  const line = await the.ask(root, { type: "bans" });
  assert(line.type === "bans");
  return line.bans;
}

/** Resolves once a network is kept out. */
async function keptOut(the: HubOnState, root: Recorder, network = BOBS): Promise<void> {
  while (!the.store.permissions.isKeptOut("", network, Date.now())) await bansOf(the, root);
}

Deno.test("a ban with the network closes everyone there but admins, and lets nobody in from there", async () => {
  await using the = new HubOnState();
  const root = the.person("root", "admin");
  const boss = new Recorder("boss", { network: BOBS });
  the.append({ type: "name", person: boss.user.id, name: "boss", key: "boss", used: 1 });
  the.append({ type: "role", person: boss.user.id, role: "admin" });
  the.hub.register(boss);
  const [bob, tab, neighbour, ann] = [
    connect(the, "bob", BOBS),
    connect(the, "bob", HOME),
    connect(the, "neighbour", BOBS),
    connect(the, "ann", "203.0.113.8"),
  ];
  const ban = { type: "ban", person: bob.user.id, reason: "spam", network: true } as const;
  assertEquals(kindOf(await the.ask(root, ban)), "ok");
  await keptOut(the, root, HOME);
  await bansOf(the, root);
  for (const client of [bob, tab, neighbour]) {
    assertEquals([client.end, client.closing?.reason], ["dismissed", "Banned"]);
  }
  assertEquals([ann.end, boss.end], [undefined, undefined]);
  const again = connect(the, "newcomer", BOBS);
  await bansOf(the, root);
  assertEquals(again.closing?.reason, "Banned");

  const [{ networks = [] } = {}] = await bansOf(the, root);
  assertEquals(networks.map(({ network }) => network), [HOME, BOBS].sort());
  const until = networks[0]?.until ?? 0;
  assert(Math.abs(until - Date.now() - 7 * DAY_MS) < HOUR_MS);
  assert(!the.store.permissions.isKeptOut("", BOBS, until));
  // Neither the audit log nor an export has an address.
  const audit = await the.ask(root, { type: "audit" });
  const exported = [...readArchive(the.store.state.database)];
  for (const kept of [audit, exported]) {
    assert(!JSON.stringify(kept).includes("203.0.113"), JSON.stringify(kept));
  }
  assert(JSON.stringify(audit).includes("ban_network"));

  // One network is let in, and with the ban the others.
  const letIn = { type: "unban_network", network: BOBS } as const;
  assertEquals(kindOf(await the.ask(ann, letIn)), "forbidden");
  assertEquals(kindOf(await the.ask(root, letIn)), "ok");
  assertEquals((await bansOf(the, root))[0]?.networks?.length, 1);
  await the.ask(root, { type: "unban", person: bob.user.id });
  assert(!the.store.permissions.isKeptOut("", HOME, Date.now()));
});

Deno.test("a ban spares the networks of the admin, this machine and proxies; without the wish it finds none", async () => {
  await using the = new HubOnState();
  const root = new Recorder("root", { network: "198.51.100.1" });
  the.append({ type: "name", person: root.user.id, name: "root", key: "root", used: 1 });
  the.append({ type: "role", person: root.user.id, role: "admin" });
  the.hub.register(root);
  const phone = new Recorder("root", { network: "198.51.100.2" });
  the.hub.register(phone);
  for (const network of ["198.51.100.1", "198.51.100.2", "127.0.0.1", "::1"]) {
    connect(the, "bob", network);
  }
  const proxied = Object.assign(new Recorder("bob", { network: "192.0.2.99" }), {
    isBehindProxy: true,
  });
  the.hub.register(proxied);
  await the.ask(root, { type: "ban", person: proxied.user.id, network: true });
  const carl = connect(the, "carl", "192.0.2.50");
  await the.ask(root, { type: "ban", person: carl.user.id });
  // A later ban with a network shows that those before would be there.
  const dora = connect(the, "dora", BOBS);
  await the.ask(root, { type: "ban", person: dora.user.id, network: true });
  await keptOut(the, root);
  const { db } = the.store.state.database;
  const rows = db.prepare("select network from network_ban").all();
  assertEquals(rows.map(({ network }) => network), [BOBS]);
  assertEquals([root.end, phone.end, proxied.closing?.reason], [undefined, undefined, "Banned"]);
});

Deno.test("a network is kept out only while its person is banned, by an admin, and of few", async () => {
  await using the = new HubOnState();
  const [root, bob] = [the.person("root", "admin"), the.person("bob")];
  const by = root.user.id;
  const count = () =>
    the.store.state.database.db.prepare("select count(*) as count from network_ban").get()?.count;
  const add = (networks: string[], who = by) =>
    the.append({ type: "network_ban", person: bob.user.id, networks, by: who });
  add([BOBS]);
  assertEquals(count(), 0);
  await the.ask(root, { type: "ban", person: bob.user.id });
  add([BOBS], bob.user.id);
  assertEquals(count(), 0);
  for (let i = 0; i <= NETWORK_BANS; i += NETWORKS_LIMIT) {
    add(Array.from({ length: NETWORKS_LIMIT }, (_, j) => `n${i + j}`));
  }
  assertEquals(count(), NETWORK_BANS);
});

Deno.test("the networks are forgotten after their time, by a clock that can be trusted", async () => {
  await using the = new HubOnState();
  const [root, bob] = [the.person("root", "admin"), the.person("bob")];
  await the.ask(root, { type: "ban", person: bob.user.id });
  the.append({ type: "network_ban", person: bob.user.id, networks: [BOBS], by: root.user.id });
  let [now, elapsed] = [Date.now(), 0];
  using retention = new Retention(
    the.store.state,
    LocalLog.open(the.store.state, { now: () => now }),
    {
      now: () => now,
      elapsed: () => elapsed,
      retentionIntervalMs: 1e9,
    },
  );
  const pass = (ms: number) => [now, elapsed] = [now + ms, elapsed + ms];
  pass(6 * DAY_MS);
  assertEquals(await retention.step(), false);
  pass(2 * DAY_MS);
  assertEquals(await retention.step(), true);
  const { db } = the.store.state.database;
  assertEquals(db.prepare("select * from network_ban").all(), []);
});

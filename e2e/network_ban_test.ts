/** Bans of people together with their networks, through a trusted proxy. */
import { assert, assertEquals } from "../testing/assert.ts";
import { basic, ChatClient, cookieIn, login, upgrade } from "../testing/chat_client.ts";
import { temporaryFolder } from "../testing/folder.ts";
import { Hubbub, runHubbub } from "../testing/hubbub.ts";
import { natsTest } from "../testing/nats.ts";

/** The header with which a trusted proxy names a client. */
const from = (address: string) => ({ "x-forwarded-for": `192.0.2.250, ${address}` });

natsTest(
  "a ban with the network counts on every server, where the guest is known",
  async (nats) => {
    const flags = ["--trust-proxy", "--nats", nats.url];
    await using one = await Hubbub.start(flags);
    await using two = await Hubbub.start(flags);
    const roots = { ...basic("root:open sesame"), ...from("198.51.100.1") };
    await using root = await ChatClient.enter(one.port, ["lobby"], roots);
    const granted = await runHubbub(["admin", "--nats", nats.url, "root"]);
    assertEquals(granted.code, 0, granted.stderr);
    await root.take("you", ({ role }) => role === "admin");
    await using guest = await ChatClient.enter(two.port, ["lobby"], from("203.0.113.7"));
    await using neighbour = await ChatClient.enter(one.port, ["lobby"], from("203.0.113.7"));
    await using ann = await ChatClient.enter(two.port, ["lobby"], from("203.0.113.8"));
    root.send({ type: "ban", id: "ban", person: guest.user.id, network: true });
    for (const client of [guest, neighbour]) assertEquals((await client.closed).reason, "Banned");
    // The admins are notified when the network is banned.
    root.send({ type: "bans", id: "list" });
    let line = await root.take("bans");
    while (line.bans[0]?.networks === undefined) {
      root.send({ type: "bans", id: "list" });
      line = await root.take("bans");
    }
    assertEquals(line.bans[0].networks.map(({ network }) => network), ["203.0.113.7"]);
    // A new guest from there, without the cookie, is refused everywhere.
    for (const { port } of [one, two]) {
      const headers = from("203.0.113.7");
      assertEquals((await upgrade(port, headers)).status, 403);
      // Nobody makes up another address: only the proxy's own entry counts.
      const forged = { "x-forwarded-for": "203.0.113.9, 203.0.113.7" };
      assertEquals((await upgrade(port, forged)).status, 403);
      assertEquals((await upgrade(port, from("203.0.113.9"))).status, 101);
    }
    for (const server of [one, two]) {
      const answer = await login(server, { name: "eve" }, from("203.0.113.7"));
      assertEquals(answer.status, 403);
    }
    assertEquals((await ann.say("still here")).text, "still here");
    // Admins may enter with their credentials.
    const admin = await login(two, { name: "root", secret: "open sesame" }, from("198.51.100.1"));
    await using away = await ChatClient.enter(two.port, ["lobby"], {
      ...{ cookie: cookieIn(admin) },
      ...from("203.0.113.7"),
    });
    away.send({ type: "unban_network", id: "in", network: "203.0.113.7" });
    await away.take("ok", ({ id }) => id === "in");
    await using back = await ChatClient.enter(two.port, ["lobby"], from("203.0.113.7"));
    assertEquals((await back.say("thank you")).text, "thank you");
  },
);

Deno.test("a proxy that names no client, and an untrusted one on this machine, are not kept out", async () => {
  await using folder = await temporaryFolder();
  for (const trust of [["--trust-proxy"], []]) {
    const flags = ["--data", `${folder.path}/${trust.length}.db`];
    await using hubbub = await Hubbub.start([...flags, ...trust]);
    const { port } = hubbub;
    await using root = await ChatClient.enter(port, ["lobby"], basic("root:open sesame"));
    const granted = await runHubbub(["admin", ...flags, "root"]);
    assertEquals(granted.code, 0, granted.stderr);
    await root.take("you", ({ role }) => role === "admin");
    // Without trust the header says nothing.
    await using bob = await ChatClient.enter(port, ["lobby"], trust.length ? {} : from("1.2.3.4"));
    root.send({ type: "ban", id: "ban", person: bob.user.id, network: true });
    assertEquals((await bob.closed).reason, "Banned");
    await using eve = await ChatClient.enter(port, ["lobby"]);
    assertEquals((await eve.say("hello")).text, "hello");
    root.send({ type: "bans", id: "list" });
    const { bans } = await root.take("bans");
    assert(bans.length === 1 && bans[0]?.networks === undefined);
  }
});

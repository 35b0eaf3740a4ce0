/** What people wish for themselves, and report, on several servers. */
import { assert, assertEquals } from "../testing/assert.ts";
import { basic, ChatClient } from "../testing/chat_client.ts";
import { Hubbub, runHubbub } from "../testing/hubbub.ts";
import { natsTest } from "../testing/nats.ts";

natsTest(
  "ignoring, do not disturb and reports reach the devices of their people on every server",
  async (nats) => {
    const url = ["--nats", nats.url];
    await using one = await Hubbub.start(url);
    await using two = await Hubbub.start(url);
    await using root = await ChatClient.enter(two.port, ["lobby"], basic("root:open sesame"));
    const granted = await runHubbub(["admin", ...url, "root"]);
    assertEquals(granted.code, 0, granted.stderr);
    await root.take("you", ({ role }) => role === "admin");
    const anns = basic("ann:open sesame");
    await using ann = await ChatClient.enter(one.port, ["lobby"], anns);
    await using phone = await ChatClient.enter(two.port, ["lobby"], anns);
    await using bob = await ChatClient.enter(two.port, ["lobby"], basic("bob:open sesame"));
    const message = await bob.say("you fool");
    await ann.take("message", ({ text }) => text === "you fool");

    ann.send({ type: "ignore", id: "i", person: bob.user.id, on: true });
    for (const client of [ann, phone]) {
      assertEquals((await client.take("ignoring")).user.id, bob.user.id);
    }
    ann.send({ type: "do_not_disturb", id: "d" });
    for (const client of [ann, phone]) {
      await client.take("you", ({ undisturbed }) => undisturbed === 8.64e15);
    }
    ann.send({ type: "report", id: "r", room: "lobby", seq: message.seq, reason: "rude" });
    await root.take("reported");
    root.send({ type: "reports", id: "all" });
    const { reports } = await root.take("reports");
    assertEquals(reports.map(({ text }) => text), ["you fool"]);

    // A device that connects later, to whatever server, knows it as well.
    for (const { port } of [one, two]) {
      await using late = await ChatClient.enter(port, ["lobby"], anns);
      assertEquals(late.hello.undisturbed, 8.64e15);
      const known = late.lines.find((line) => line.type === "ignored");
      assert(known?.type === "ignored");
      assertEquals(known.people.map(({ name }) => name), ["bob"]);
    }
    // What the others have received says nothing of it.
    await bob.say("still here");
    const types = new Set(bob.lines.map(({ type }) => type));
    for (const type of ["ignored", "ignoring", "reported"] as const) assert(!types.has(type), type);
  },
);

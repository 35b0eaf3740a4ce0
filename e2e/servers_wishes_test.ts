/** Personal settings, ignoring and reports on several servers. */
import { assert, assertEquals } from "../testing/assert.ts";
import { basic, ChatClient } from "../testing/chat_client.ts";
import { Hubbub, runHubbub } from "../testing/hubbub.ts";
import { natsTest } from "../testing/nats.ts";
import { TusClient } from "../testing/tus.ts";

/** A PNG of one pixel. */
const PICTURE =
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNk+A8AAQUBAScY42YAAAAASUVORK5CYII=";

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

    // A picture that is set at one server is at every one.
    ann.send({ type: "picture", id: "p", data: PICTURE });
    const { picture = "" } = await root.take("picture", ({ person }) => person === ann.user.id);
    root.send({ type: "pictures", id: "ps", people: [ann.user.id, root.user.id] });
    assertEquals((await root.take("pictures")).pictures, [{ person: ann.user.id, picture }]);
    for (const { port } of [one, two]) {
      const address = `http://127.0.0.1:${port}/pictures/${picture}`;
      const served = await fetch(address, { headers: anns });
      assertEquals(await served.bytes(), Uint8Array.fromBase64(PICTURE));
      assertEquals(served.headers.get("content-type"), "image/png");
      const stranger = await fetch(address);
      await stranger.body?.cancel();
      assertEquals(stranger.status, 401);
    }

    // A device that connects later, to whatever server, knows it as well.
    for (const { port } of [one, two]) {
      await using late = await ChatClient.enter(port, ["lobby"], anns);
      assertEquals(late.hello.undisturbed, 8.64e15);
      const known = late.lines.find((line) => line.type === "ignored");
      assert(known?.type === "ignored");
      assertEquals(known.people.map(({ name }) => name), ["bob"]);
    }
    // A line about oneself is another at every server, and an admin at any of them removes it.
    const about = async (asker: ChatClient) => {
      const line = await asker.ask({ type: "profile", person: ann.user.id });
      assert(line.type === "profile");
      return line.about;
    };
    await ann.ask({ type: "about", text: "Ask me anything" });
    await reached(ann, bob);
    assertEquals(await about(bob), "Ask me anything");
    const removed = await bob.ask({ type: "about", person: ann.user.id, text: "" });
    assert(removed.type === "error" && removed.code === "forbidden");
    await root.ask({ type: "about", person: ann.user.id, text: "" });
    await reached(bob, ann);
    assertEquals(await about(ann), "");

    await checkReportedFile({ ann, bob, root, ports: [one.port, two.port] });

    // The lines that the others have received do not mention it.
    await bob.say("still here");
    const types = new Set(bob.lines.map(({ type }) => type));
    for (const type of ["ignored", "ignoring", "reported"] as const) assert(!types.has(type), type);
  },
);

/** Resolves when the server of one client has applied everything that a client of another has caused. */
async function reached(from: ChatClient, to: ChatClient): Promise<void> {
  const { id } = await from.say("so far");
  await to.take("message", (line) => line.id === id);
}

/** A file of a message in a room that an admin does not read, and which the admin opens for a report at one of two servers. */
async function checkReportedFile(
  { ann, bob, root, ports }: Record<"ann" | "bob" | "root", ChatClient> & {
    readonly ports: readonly [number, number];
  },
): Promise<void> {
  const created = await ann.ask({ type: "create", kind: "private", title: "Staff", topic: "" });
  assert(created.type === "created");
  const { room } = created;
  await ann.join(room);
  await ann.ask({ type: "add", room, person: bob.user.id });
  await bob.take("room", (line) => line.room === room);
  await bob.join(room);
  const uploader = new TusClient(ports[1], basic("bob:open sesame"));
  const file = await uploader.upload(new TextEncoder().encode("nasty"), "nasty.txt");
  bob.send({ type: "send", room, id: "nasty", text: "look", files: [file] });
  const { seq } = await ann.take("message", ({ id }) => id === "nasty");
  await ann.ask({ type: "report", room, seq, reason: "nasty" });
  await root.take("reported");
  const statuses = () =>
    Promise.all(ports.map(async (port) => {
      const answer = await new TusClient(port, basic("root:open sesame")).get(file);
      await answer.body?.cancel();
      return answer.status;
    }));
  const reports = async () => {
    const line = await root.ask({ type: "reports" });
    assert(line.type === "reports");
    return line.reports.filter(({ files }) => files !== undefined);
  };
  const [report] = await reports();
  assertEquals([report?.sealed, await statuses()], [true, [404, 404]]);
  assertEquals((await root.ask({ type: "open_report", report: report?.report })).type, "ok");
  await reached(bob, ann);
  assertEquals([(await reports())[0]?.sealed, await statuses()], [undefined, [200, 200]]);
  const close = { type: "close_report", report: report?.report, outcome: "dismissed" };
  assertEquals((await root.ask(close)).type, "ok");
  await reached(bob, ann);
  assertEquals(await statuses(), [404, 404]);
}

/** A server whose copy is not what the log says: nobody may be shown it, and the other servers continue. */
import { Nats } from "../nats/connection.ts";
import { delay } from "../lib/std.ts";
import { assert, assertEquals, assertMatch } from "../testing/assert.ts";
import { ChatClient, login, range, seqs, upgrade } from "../testing/chat_client.ts";
import { noDisk, smallDisk } from "../testing/disk.ts";
import { anyRuntime } from "../testing/executable.ts";
import { temporaryFolder } from "../testing/folder.ts";
import { Hubbub } from "../testing/hubbub.ts";
import { batchSubject, natsTest, TestNats, withoutNats } from "../testing/nats.ts";

const TEXT = "x".repeat(4000);

/** Resolves when `/healthz` answers with this status. */
async function until(server: Hubbub, status: number): Promise<void> {
  while (await server.health() !== status) await delay(20);
}

for (const runtime of await anyRuntime()) {
  natsTest(
    `several servers (${runtime.name}) let nobody in and send all elsewhere when the log has an event of a newer one`,
    async (nats) => {
      await using one = await Hubbub.start(["--nats", nats.url], runtime);
      await using ann = await ChatClient.enter(one.port);
      await ann.say("hello");
      await using connection = await Nats.connect({ url: nats.url });
      const batch = { run: "newer", number: 1, events: [{ type: "reaction" }] };
      connection.connection.publish(await batchSubject(connection), JSON.stringify(batch));
      assertEquals((await ann.closed).code, 1013);
      assertEquals(await one.health(), 503);
      assertEquals((await upgrade(one.port)).status, 503);
      assertEquals((await login(one, { name: "bob" })).status, 503);
      await one.logged(/"event":"log on NATS","problem":"Cannot apply an event: .*reaction/);
      one.signal("SIGTERM");
      assertEquals((await one.status).code, 0);
    },
  );

  natsTest(`a server (${runtime.name}) restores an emptied NATS from its copy`, async (nats) => {
    await using one = await Hubbub.start(["--nats", nats.url], runtime);
    await using ann = await ChatClient.enter(one.port);
    await ann.say("kept");
    await nats.wipe();
    await nats.start();
    assertEquals((await ann.closed).code, 1013);
    await until(one, 200);
    await using again = await ChatClient.open(one.port);
    assertEquals((await again.join("lobby")).messages.map(({ text }) => text), ["kept"]);
    assert(again.hello.store !== ann.hello.store);
  });

  natsTest(
    `a server (${runtime.name}) makes its copy again in the running process when it is removed`,
    async (nats) => {
      await using folder = await temporaryFolder();
      const data = `${folder.path}/copy.db`;
      await using one = await Hubbub.start(["--nats", nats.url], runtime);
      await using two = await Hubbub.start(["--nats", nats.url, "--data", data], runtime);
      await using ann = await ChatClient.enter(one.port);
      await using bob = await ChatClient.enter(two.port);
      for (let i = 1; i <= 5; i++) await ann.say(`message ${i}`);
      for (const ending of ["", "-wal", "-shm"]) Deno.removeSync(data + ending);
      assertEquals((await bob.closed).code, 1013);
      await until(two, 200);
      await using again = await ChatClient.open(two.port);
      assertEquals(again.hello.store, ann.hello.store);
      const { messages } = await again.join("lobby");
      assertEquals(seqs(messages), range(1, 5));
      two.signal("SIGTERM");
      assertEquals((await two.status).code, 0);
      assertMatch(
        await two.stderr,
        /"this server's copy is lost.*\n(.*\n)*.*"event":"data open again"/,
      );
    },
  );
}

Deno.test({
  name: "a server whose disk is full sends its people elsewhere, and catches up when there is room",
  ignore: [withoutNats(), noDisk].includes(true),
  fn: async () => {
    await using nats = await TestNats.start();
    await using disk = await smallDisk("4m");
    await using one = await Hubbub.start(["--nats", nats.url]);
    await using two = await Hubbub.start(["--nats", nats.url, "--data", `${disk.path}/copy.db`]);
    await using ann = await ChatClient.enter(one.port);
    await using bob = await ChatClient.enter(two.port);
    await disk.fill();
    let sent = 0;
    while (await two.health() === 200) await ann.say(TEXT, "lobby", `m${++sent}`);
    await ann.say("the others go on", "lobby", `m${++sent}`);
    assertEquals(await one.health(), 200);
    assertEquals((await bob.closed).code, 1013);
    assertEquals((await upgrade(two.port)).status, 503);
    await two.logged(/"log on NATS","problem":"this server's copy: .*full/);
    await disk.free();
    await disk.remount("size=64m");
    await until(two, 200);
    await using late = await ChatClient.open(two.port);
    const heard: number[] = [];
    let { messages, last } = await late.join("lobby", 0);
    for (heard.push(...seqs(messages)); heard.length < last;) {
      late.send({ type: "history", room: "lobby", after: heard.at(-1) ?? 0, limit: 200 });
      ({ messages } = await late.take("history"));
      heard.push(...seqs(messages));
    }
    assertEquals(heard, range(1, sent), "nothing is skipped, and nothing applied twice");
  },
});

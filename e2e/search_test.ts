/** Searching in the whole program: from source and compiled, killed, and on several servers. */
import { join } from "node:path";
import { assert, assertEquals } from "../testing/assert.ts";
import { basic, ChatClient } from "../testing/chat_client.ts";
import { anyRuntime } from "../testing/executable.ts";
import { temporaryFolder } from "../testing/folder.ts";
import { Hubbub } from "../testing/hubbub.ts";
import { natsTest } from "../testing/nats.ts";
import { delay } from "../lib/std.ts";
import type { Message } from "../protocol/mod.ts";

/** The time between two searches: a person has four a second. */
const PAUSE_MS = 260;

/** Searches, however often the answer is to come later, and returns all that is found. */
async function find(client: ChatClient, text: string): Promise<Message[]> {
  const messages: Message[] = [];
  let before: string | undefined;
  for (;;) {
    const id = crypto.randomUUID();
    client.send({ type: "search", text, limit: 50, before, id });
    await client.until(() => answerTo(client, id) !== undefined);
    const line = answerTo(client, id);
    if (line?.type === "found") {
      messages.push(...line.messages);
      before = line.next;
      if (before === undefined) return messages;
    } else await delay(PAUSE_MS);
  }
}

function answerTo(client: ChatClient, id: string) {
  return client.lines.find((line) =>
    line.type === "found" ? line.id === id : line.type === "error" && line.ref === id
  );
}

/** Searches until a number of messages is found: the index may be behind. */
async function findAll(client: ChatClient, text: string, count: number): Promise<Message[]> {
  for (;;) {
    const messages = await find(client, text);
    if (messages.length >= count) return messages;
    await delay(PAUSE_MS);
  }
}

for (const runtime of await anyRuntime()) {
  Deno.test(`the program (${runtime.name}) finds messages, also after a restart`, async () => {
    await using folder = await temporaryFolder();
    const flags = ["--data", join(folder.path, "chat.db")];
    for (const run of [1, 2]) {
      await using hubbub = await Hubbub.start(flags, runtime);
      await using ann = await ChatClient.enter(hubbub.port, ["lobby"], basic("ann:open sesame"));
      await ann.say(`我们去上海 ${run}`);
      assertEquals(
        (await findAll(ann, "上海 from:ann", run)).map(({ text }) => text),
        Array.from({ length: run }, (_, i) => `我们去上海 ${run - i}`),
      );
      assertEquals(await find(ann, "上海 from:bob"), []);
      ann.send({ type: "search", text: "x", before: "nothing", id: "b" });
      assertEquals((await ann.take("error", ({ ref }) => ref === "b")).code, "bad_value");
      const metrics = await (await fetch(`http://127.0.0.1:${hubbub.port}/metrics`)).text();
      assert(/^hubbub_search_behind_messages \d+$/m.test(metrics));
      assert(/^hubbub_searches_total\{result="answered"\} [1-9]/m.test(metrics));
    }
  });
}

Deno.test("an index that was killed while it was written has every message once", async () => {
  await using folder = await temporaryFolder();
  const flags = ["--data", join(folder.path, "chat.db"), "--sync", "normal"];
  let sent = 0;
  for (let run = 0; run < 4; run++) {
    await using hubbub = await Hubbub.start(flags);
    await using ann = await ChatClient.enter(hubbub.port, ["lobby"], basic("ann:open sesame"));
    // The index is opened, and written while more arrives.
    await find(ann, "nothing");
    const texts = Array.from({ length: 400 }, () => `word number${++sent} of many`);
    const commands = texts.map((text, i) => ({
      type: "send",
      room: "lobby",
      id: `${run}-${i}`,
      text,
    }));
    for (let i = 0; i < commands.length; i += 200) ann.send(...commands.slice(i, i + 200));
    await ann.take("message", ({ text }) => text === texts.at(-1));
    Deno.kill(hubbub.pid, "SIGKILL");
    await hubbub.status;
  }
  await using hubbub = await Hubbub.start(flags);
  await using bob = await ChatClient.enter(hubbub.port, ["lobby"], basic("bob:open sesame"));
  // The last ones: what is before them is in the index by then.
  for (const number of [sent, sent - 1]) await findAll(bob, `number${number}`, 1);
  const texts = new Set<string>();
  // Answers are large: parts of all.
  for (const digit of "123456789") {
    for (const { text } of await find(bob, `number${digit}*`)) {
      assert(!texts.has(text), text);
      texts.add(text);
    }
  }
  assertEquals(texts.size, sent);
});

natsTest("each of several servers finds messages sent on the others", async (nats) => {
  await using one = await Hubbub.start(["--nats", nats.url]);
  await using two = await Hubbub.start(["--nats", nats.url]);
  await using ann = await ChatClient.enter(one.port, ["lobby"], basic("ann:open sesame"));
  await using bob = await ChatClient.enter(two.port, ["lobby"], basic("bob:open sesame"));
  for (let i = 1; i <= 3; i++) await ann.say(`red ${i}`);
  await bob.take("message", ({ text }) => text === "red 3");
  ann.send({ type: "search", text: "red", limit: 1, id: "s" });
  const first = await ann.take("found", ({ id }) => id === "s");
  assertEquals(first.messages.map(({ text }) => text), ["red 3"]);
  await findAll(bob, "red", 3);
  // A search continues on another server.
  bob.send({ type: "search", text: "red", limit: 5, before: first.next, id: "s" });
  const second = await bob.take("found", ({ id }) => id === "s");
  assertEquals(second.messages.map(({ text }) => text), ["red 2", "red 1"]);
});

/**
 * A removal, compared with the log itself: what the removed person has received was committed before it, on every
 * server; and what the others have received is all of it.
 */
import { Nats } from "../nats/connection.ts";
import { parseEntry } from "../nats/batches.ts";
import { assert, assertEquals } from "../testing/assert.ts";
import { basic, ChatClient } from "../testing/chat_client.ts";
import { Hubbub } from "../testing/hubbub.ts";
import { natsTest } from "../testing/nats.ts";

/** The members who write all the time. */
const WRITERS = 3;
/** The messages that each of them sends before the removal is asked for, and after it. */
const BURST = 100;

natsTest("nothing that the log has after a removal reaches the removed person", async (nats) => {
  const start = () => Hubbub.start(["--nats", nats.url, "--rate", "0"]);
  await using one = await start();
  await using two = await start();
  await using three = await start();
  const ports = [one.port, two.port, three.port];
  const enter = (port: number | undefined, name: string) =>
    ChatClient.open(port ?? 0, basic(`${name}:a secret of ${name}`));
  await using ann = await enter(one.port, "ann");
  await using bob = await enter(two.port, "bob");
  await using phone = await enter(three.port, "bob");
  await using writers = new AsyncDisposableStack();
  const others: ChatClient[] = [];
  for (let i = 0; i < WRITERS; i++) {
    others.push(writers.use(await enter(ports[i], `writer${i}`)));
  }
  const created = await ann.succeed({ type: "create", kind: "private", title: "Board" });
  assert(created.type === "created");
  const { room } = created;
  await ann.join(room);
  for (const client of [bob, ...others]) {
    await ann.succeed({ type: "add", room, person: client.user.id });
  }
  for (const client of [bob, phone, ...others]) {
    await client.take("room", (line) => line.room === room);
    await client.join(room);
  }
  const burst = (prefix: string) => {
    for (let n = 0; n < BURST; n++) {
      for (const [i, client] of others.entries()) {
        client.send({ type: "send", room, id: `${prefix}${i}-${n}`, text: `${prefix} ${i} ${n}` });
      }
    }
  };
  burst("a");
  const removal = ann.succeed({ type: "remove", room, person: bob.user.id });
  burst("b");
  await removal;
  const all = 2 * BURST * WRITERS;
  const textsOf = (client: ChatClient) =>
    client.lines.filter((line) => line.type === "message").map(({ text }) => text);
  for (const client of [ann, ...others]) await client.until(() => textsOf(client).length === all);
  for (const client of [bob, phone]) await client.take("left", (line) => line.room === room);

  const { before, after } = await readLog(nats.url, room);
  assertEquals(before.length + after.length, all);
  for (const client of [ann, ...others]) assertEquals(textsOf(client), [...before, ...after]);
  for (const client of [bob, phone]) {
    assertEquals(textsOf(client), before);
    const end = client.lines.findIndex((line) => line.type === "left");
    const later = client.lines.slice(end + 1).filter((line) => JSON.stringify(line).includes(room));
    assertEquals(later, []);
  }
});

/** Reads the texts of a room's messages out of the log itself, before and after the removal. */
async function readLog(url: string, room: string) {
  await using nats = await Nats.connect({ url });
  const { state } = await nats.manager.streams.info("hubbub_log");
  const [before, after]: [string[], string[]] = [[], []];
  let removed = false;
  for (let seq = state.first_seq; seq <= state.last_seq; seq++) {
    const entry = await nats.manager.streams.getMessage("hubbub_log", { seq });
    const { batch } = parseEntry(seq, 0, entry?.data ?? new Uint8Array());
    for (const event of batch?.events ?? []) {
      if (event.room !== room) continue;
      if (event.type === "room_removal") removed = true;
      if (event.type === "message") (removed ? after : before).push(String(event.text));
    }
  }
  assert(removed, "the log has no removal");
  return { before, after };
}

/**
 * Removals and bans at full load, compared with the log: not one message that was committed after them reaches the person,
 * on one server or on three. `HUBBUB_TEST_LONG=1` runs it, and prints what was measured.
 */
// deno-lint-ignore-file no-console -- the figures are what it is run for
import { Nats } from "../nats/connection.ts";
import { parseEntry } from "../nats/batches.ts";
import { assert, assertEquals } from "../testing/assert.ts";
import { basic, ChatClient } from "../testing/chat_client.ts";
import { temporaryFolder } from "../testing/folder.ts";
import { Hubbub, runHubbub } from "../testing/hubbub.ts";
import { TestNats, withoutNats } from "../testing/nats.ts";

const LONG = Deno.env.get("HUBBUB_TEST_LONG") === "1";
/** Those who write as fast as they are answered, and the messages that each has under way. */
const WRITERS = 6;
const IN_FLIGHT = 16;
/** The messages of each writer before the removal, between it and the ban, and after that. */
const PART = 800;

type Enter = (place: number, name: string) => Promise<ChatClient>;

/** The texts that the log has before the removal or the ban of a person, and the number of those after it. */
type Witness = (room: string, person: string) => Promise<{ before: string[]; after: number }>;

Deno.test({
  name: "at full load nothing after a removal or a ban reaches the person, on one server",
  ignore: !LONG,
  async fn() {
    await using folder = await temporaryFolder();
    const flags = ["--data", `${folder.path}/chat.db`];
    await using hubbub = await Hubbub.start([...flags, "--rate", "0"]);
    await play({
      servers: "one server",
      flags,
      enter: (_, name) => ChatClient.open(hubbub.port, basic(`${name}:a secret of ${name}`)),
    });
  },
});

Deno.test({
  name: "at full load nothing after a removal or a ban reaches the person, on three servers",
  ignore: !LONG || withoutNats(),
  async fn() {
    await using nats = await TestNats.start();
    const flags = ["--nats", nats.url];
    const start = () => Hubbub.start([...flags, "--rate", "0"]);
    await using one = await start();
    await using two = await start();
    await using three = await start();
    const ports = [one.port, two.port, three.port];
    await play({
      servers: "three servers",
      flags,
      enter: (place, name) =>
        ChatClient.open(ports[place % 3] ?? 0, basic(`${name}:a secret of ${name}`)),
      witness: (room, person) => readLog(nats.url, room, person),
    });
  },
});

async function play(
  { servers, flags, enter, witness }: {
    servers: string;
    flags: readonly string[];
    enter: Enter;
    /** Absent on one server, whose log is what ann receives in order, herself in the room. */
    witness?: Witness;
  },
): Promise<void> {
  await using people = new AsyncDisposableStack();
  const arrive = async (place: number, name: string) => people.use(await enter(place, name));
  const ann = await arrive(0, "ann");
  assertEquals((await runHubbub(["admin", ...flags, "ann"])).code, 0);
  await ann.take("you", ({ role }) => role === "admin");
  const removed = [await arrive(1, "bob"), await arrive(2, "bob")];
  const banned = [await arrive(1, "cleo"), await arrive(2, "cleo")];
  const writers: ChatClient[] = [];
  for (let i = 0; i < WRITERS; i++) writers.push(await arrive(i, `writer${i}`));
  const created = await ann.succeed({ type: "create", kind: "private", title: "Board" });
  assert(created.type === "created");
  const { room } = created;
  await ann.join(room);
  for (const [client] of [removed, banned, ...writers.map((client) => [client])]) {
    await ann.succeed({ type: "add", room, person: client?.user.id });
  }
  for (const client of [...removed, ...banned, ...writers]) {
    await client.take("room", (line) => line.room === room);
    await client.join(room);
  }
  const write = (part: string) =>
    Promise.all(writers.map(async (client, i) => {
      const own = client.user.id;
      let confirmed = 0;
      let seen = client.lines.length;
      for (let sent = 0; sent < PART; sent++) {
        const id = `${part}${i}-${sent}`;
        client.send({ type: "send", room, id, text: id });
        await client.until(() => {
          for (; seen < client.lines.length; seen++) {
            const line = client.lines[seen];
            if (line?.type === "message" && line.user.id === own) confirmed++;
          }
          return sent + 1 - confirmed < IN_FLIGHT;
        });
      }
    }));
  const start = performance.now();
  await write("a");
  const [, taken] = await Promise.all([
    write("b"),
    ann.succeed({ type: "remove", room, person: removed[0]?.user.id }),
  ]);
  assertEquals(taken.type, "ok");
  await Promise.all([write("c"), ann.succeed({ type: "ban", person: banned[0]?.user.id })]);
  const all = 3 * PART * WRITERS;
  const textsOf = (client: ChatClient) =>
    client.lines.flatMap((line) => line.type === "message" ? [line.text] : []);
  await ann.until(() => textsOf(ann).length === all);
  const seconds = (performance.now() - start) / 1000;
  for (const client of removed) await client.take("left", (line) => line.room === room);
  for (const client of banned) assertEquals((await client.closed).reason, "Banned");
  for (const [what, clients] of [["removal", removed], ["ban", banned]] as const) {
    const person = clients[0]?.user.id ?? "";
    const log = await witness?.(room, person);
    for (const client of clients) {
      const texts = textsOf(client);
      const before = log?.before ?? placeOf(ann, person, what);
      assert(texts.length <= before.length, `${texts.length - before.length} after the ${what}`);
      assertEquals(texts, before.slice(0, texts.length));
      if (what === "removal") assertEquals(texts.length, before.length, "all before the removal");
      assert(before.length < all, "the load went on");
      console.log(
        `${servers}, ${what}: ${before.length} of ${all} messages before it, ${texts.length} received, ` +
          `0 of the ${all - before.length} after it; ${
            Math.round(all / seconds)
          } messages a second`,
      );
    }
  }
}

/** The texts that ann has received before she learned of the removal or the ban, in the order of the log. */
function placeOf(ann: ChatClient, person: string, what: "removal" | "ban"): string[] {
  const end = ann.lines.findIndex((line) =>
    what === "removal"
      ? line.type === "member" && JSON.stringify(line).includes(person) && line.role === "none"
      : line.type === "person" && line.person.id === person && line.person.banned === true
  );
  assert(end >= 0, `ann has not learned of the ${what}`);
  return ann.lines.slice(0, end).flatMap((line) => line.type === "message" ? [line.text] : []);
}

/** Reads the messages of a room out of the log itself, before the removal or the ban of a person. */
async function readLog(url: string, room: string, person: string) {
  await using nats = await Nats.connect({ url });
  const { state } = await nats.manager.streams.info("hubbub_log");
  const before: string[] = [];
  let [after, ended] = [0, false];
  for (let seq = state.first_seq; seq <= state.last_seq; seq++) {
    const entry = await nats.manager.streams.getMessage("hubbub_log", { seq });
    const { batch } = parseEntry(seq, 0, entry?.data ?? new Uint8Array());
    for (const event of batch?.events ?? []) {
      if (event.person === person && ["room_removal", "ban"].includes(String(event.type))) {
        ended = true;
      }
      if (event.type !== "message" || event.room !== room) continue;
      if (ended) after++;
      else before.push(String(event.text));
    }
  }
  assert(ended, "the log has no end");
  return { before, after };
}

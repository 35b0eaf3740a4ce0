/** A removal of a person's messages continues after `kill -9`, on one server and on three, and deletes each message once. */
import { assert, assertEquals } from "../testing/assert.ts";
import { basic, ChatClient, type LineOf } from "../testing/chat_client.ts";
import { temporaryFolder } from "../testing/folder.ts";
import { Hubbub, runHubbub } from "../testing/hubbub.ts";
import { natsTest } from "../testing/nats.ts";
import { Servers } from "../testing/servers.ts";
import type { DeletedMessage } from "../protocol/changes.ts";
import type { Message } from "../protocol/mod.ts";

/** More than five steps delete. */
const SPAM = 1100;
/** The messages of others between them. */
const OTHERS = 11;

const ROOT = basic("root:a secret of root");
const SPAMMER = basic("spammer:a secret of spammer");
const ANN = basic("ann:a secret of ann");

/** Fills the lobby, and begins to remove most of it. Returns when the first step was done. */
async function begin(port: number, flags: readonly string[], ports = [port]): Promise<void> {
  await using root = await ChatClient.enter(port, ["lobby"], ROOT);
  await using spammer = await ChatClient.enter(ports.at(-1) ?? port, ["lobby"], SPAMMER);
  await using ann = await ChatClient.enter(port, ["lobby"], ANN);
  assertEquals((await runHubbub(["admin", ...flags, "root"])).code, 0);
  await root.take("you", ({ role }) => role === "admin");
  for (let n = 0; n < OTHERS; n++) {
    spammer.send(
      ...Array.from({ length: SPAM / OTHERS }, (_, i) => ({
        ...{ type: "send", room: "lobby", id: `s${n}-${i}`, text: `spam ${n} ${i}` },
      })),
    );
    await ann.say(`kept ${n}`);
  }
  const all = () => root.lines.filter(({ type }) => type === "message").length;
  await root.until(() => all() === SPAM + OTHERS);
  root.send({ type: "remove_messages", id: "r1", person: spammer.user.id });
  const { count, more } = await root.take("removed");
  assertEquals([count, more], [200, true]);
}

/** The detail of the newest removal in the audit log, once that is its end. */
async function ended(root: ChatClient): Promise<string | undefined> {
  while (true) {
    root.send({ type: "audit", id: crypto.randomUUID() });
    const { entries } = await root.take("audit");
    const [entry] = entries.filter(({ action }) => action === "remove_messages");
    if (entry?.detail?.endsWith("+") === false) return entry.detail;
  }
}

/** All messages of the lobby. */
async function readAll(client: ChatClient): Promise<Message[]> {
  const messages: Message[] = [];
  for (let more = true; more;) {
    client.send({ type: "history", room: "lobby", after: messages.length });
    const part: LineOf<"history"> = await client.take("history");
    messages.push(...part.messages);
    more = part.more;
  }
  return messages;
}

/** Checks that each message of the spammer was deleted, and once: its `rev` is that of no other one. */
function check(messages: readonly Message[]): void {
  assertEquals(messages.map(({ seq }) => seq), Array.from(messages, (_, i) => i + 1));
  const [deleted, kept] = [
    messages.filter(({ deleted }) => deleted === "moderator"),
    messages.filter(({ deleted }) => deleted === undefined),
  ];
  assertEquals(kept.map(({ text }) => text), Array.from({ length: OTHERS }, (_, n) => `kept ${n}`));
  assertEquals(deleted.length, SPAM);
  assert(deleted.every(({ text, user }) => text === "" && user.name === "spammer"));
  const revs = deleted.map(({ rev = 0 }) => rev).sort((a, b) => a - b);
  assertEquals(revs, Array.from(deleted, (_, i) => i + 1));
}

Deno.test("a removal continues after kill -9, and a client that resumes receives each deletion", async () => {
  await using folder = await temporaryFolder();
  const flags = ["--data", `${folder.path}/chat.db`];
  const start = () => Hubbub.start([...flags, "--rate", "0"]);
  {
    await using hubbub = await start();
    await begin(hubbub.port, flags);
    hubbub.signal("SIGKILL");
    await hubbub.status;
  }
  await using hubbub = await start();
  await using ann = await ChatClient.open(hubbub.port, ANN);
  ann.send({ type: "join", room: "lobby", after: SPAM + OTHERS, rev: 0 });
  await using root = await ChatClient.enter(hubbub.port, ["lobby"], ROOT);
  assertEquals(await ended(root), `${SPAM}`);
  check(await readAll(root));
  const { changed = [], moreChanged = false, rev } = await ann.take("joined");
  assert(changed.length > 0 && rev >= 200);
  const known = new Map(changed.map(({ seq, rev = 0 }) => [seq, rev]));
  for (let [rev, more] = [changed.at(-1)?.rev ?? 0, moreChanged]; more;) {
    ann.send({ type: "changes", room: "lobby", rev });
    const part: LineOf<"changes"> = await ann.take("changes");
    for (const { seq, rev = 0 } of part.messages) known.set(seq, rev);
    [rev, more] = [part.rev, part.more];
  }
  // The rest comes live, in few lines.
  const live = () =>
    ann.lines.flatMap((line): readonly DeletedMessage[] => {
      if (line.type === "changed") return [[line.message.seq, line.message.rev ?? 0]];
      return line.type === "deleted" ? line.messages : [];
    });
  const newest = () => Math.max(...known.values(), live().at(-1)?.[1] ?? 0);
  await ann.until(() => newest() === SPAM);
  for (const [seq, rev] of live()) known.set(seq, rev);
  assertEquals(known.size, SPAM);
  const lines = ann.lines.filter(({ type }) => type === "deleted" || type === "changed");
  assert(lines.length < 40, `${lines.length} lines`);
});

natsTest("the other servers go on with a removal when one is killed, and all agree", async () => {
  await using servers = await Servers.start(3, { flags: ["--rate", "0"] });
  const [one = 0] = servers.ports;
  await begin(one, servers.flags, servers.ports);
  await servers.end(0, "SIGKILL");
  await using root = await ChatClient.open(servers.ports[1] ?? 0, ROOT);
  assertEquals(await ended(root), `${SPAM}`);
  await servers.start(0);
  const read = await Promise.all(servers.ports.map(async (port) => {
    await using client = await ChatClient.enter(port, ["lobby"], ANN);
    // This server may not have applied what the others have.
    while (true) {
      const messages = await readAll(client);
      if (messages.filter(({ deleted }) => deleted).length === SPAM) return messages;
    }
  }));
  for (const messages of read) check(messages);
  assertEquals(read[0], read[1]);
  assertEquals(read[0], read[2]);
});

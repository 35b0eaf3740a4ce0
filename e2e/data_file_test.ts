/** The program while its data file is taken away, replaced, restored or damaged. */
import { assert, assertEquals, assertMatch } from "../testing/assert.ts";
import { basic, ChatClient } from "../testing/chat_client.ts";
import { temporaryFolder } from "../testing/folder.ts";
import { anyRuntime } from "../testing/executable.ts";
import { Hubbub, runHubbub } from "../testing/hubbub.ts";
import type { Message } from "../protocol/mod.ts";
import { delay } from "../lib/std.ts";
import { PATIENCE_MS } from "../testing/waiter.ts";

/** The time for which each trouble lasts, under load; the long run is for nights. */
const TROUBLE_MS = Deno.env.get("HUBBUB_TEST_LONG") === "1" ? 60_000 : 1000;

/** Everything in a room, read in pages. */
async function readAll(client: ChatClient, room = "lobby"): Promise<Message[]> {
  const { messages: newest, last } = await client.join(room, 0);
  const messages = [...newest];
  while ((messages.at(-1)?.seq ?? 0) < last) {
    client.send({ type: "history", room, after: messages.at(-1)?.seq ?? 0, limit: 200 });
    messages.push(...(await client.take("history")).messages);
  }
  return messages;
}

/**
 * A person who sends without a pause, each message until it is acknowledged, and does what docs/protocol.md asks
 * of a client: reconnects, forgets what another store had, and sends again.
 */
class Sender implements AsyncDisposable {
  /** The messages that this client shows, by `seq`, and their store. */
  shown = new Map<number, string>();
  store = "";
  acknowledged = 0;
  /** The ids of acknowledged messages that the present store has. */
  readonly kept = new Set<string>();
  refused = 0;
  #stopped = false;
  #finishing = false;
  /** Whether every page since the last join has come, so that what is shown ends without a gap. */
  #complete = false;
  /** Everything up to this `seq` is shown. Live messages come before the missing pages. */
  #read = 0;
  readonly #done: Promise<void>;

  constructor(readonly name: string, readonly port: () => number) {
    this.#done = this.#run();
  }

  get #ends(): boolean {
    return this.#stopped || (this.#finishing && this.#complete);
  }

  async #run(): Promise<void> {
    for (let count = 0; !this.#ends;) {
      try {
        await using client = await ChatClient.open(this.port(), basic(`${this.name}:secret`));
        this.#complete = false;
        if (client.hello.store !== this.store) {
          this.#read = 0;
          this.shown.clear();
          this.kept.clear();
          this.store = client.hello.store;
        }
        let read = 0;
        client.send({ type: "join", room: "lobby", after: this.#read });
        const pending = `${this.name}-${count}`;
        client.send({ type: "send", room: "lobby", id: pending, text: pending });
        let closed = false;
        client.closed.then(() => closed = true);
        let waiting = pending;
        while (!this.#ends && !closed) {
          for (const line of client.lines.slice(read)) {
            read++;
            const messages = line.type === "message"
              ? [line]
              : line.type === "joined" || line.type === "history"
              ? line.messages
              : [];
            for (const { seq, id } of messages) this.shown.set(seq, id);
            while (this.shown.has(this.#read + 1)) this.#read++;
            if (line.type === "joined" || line.type === "history") {
              this.#complete = !line.more;
              const after = line.messages.at(-1)?.seq ?? 0;
              if (line.more) client.send({ type: "history", room: "lobby", after, limit: 200 });
            }
            if (line.type === "message" && line.id === waiting) {
              this.acknowledged++;
              this.kept.add(waiting);
              waiting = `${this.name}-${++count}`;
              client.send({ type: "send", room: "lobby", id: waiting, text: waiting });
            } else if (line.type === "error" && line.ref === waiting) {
              this.refused++;
              await delay(50);
              client.send({ type: "send", room: "lobby", id: waiting, text: waiting });
            } else if (line.type === "error") throw new Error(line.message);
          }
          await delay(2);
        }
      } catch {
        await delay(50);
      }
    }
  }

  /** Stops as soon as it has read all pages that the server said it has. */
  async finish(): Promise<void> {
    this.#finishing = true;
    let done = false;
    this.#done.then(() => done = true);
    await until(() => done);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopped = true;
    await this.#done;
  }
}

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  const end = performance.now() + PATIENCE_MS;
  while (!await condition()) {
    assert(performance.now() < end, `waited too long for ${condition}`);
    await delay(20);
  }
}

for (const runtime of await anyRuntime()) {
  Deno.test(`the program (${runtime.name}) says 503 while its folder or file is away, and continues without a restart`, async () => {
    await using folder = await temporaryFolder();
    const data = `${folder.path}/data`;
    await Deno.mkdir(data);
    const flags = ["--data", `${data}/chat.db`];
    let acknowledged: string[];
    {
      await using hubbub = await Hubbub.start(flags, runtime);
      await using ann = new Sender("ann", () => hubbub.port);
      await using bob = new Sender("bob", () => hubbub.port);
      await until(() => ann.acknowledged > 20 && bob.acknowledged > 20);
      for (const [from, to] of [[data, `${data}-away`], [`${data}/chat.db`, `${data}/away.db`]]) {
        assert(from !== undefined && to !== undefined);
        const refused = [ann.refused, bob.refused];
        await Deno.rename(from, to);
        await until(async () => await hubbub.health() === 503);
        // A refusal follows the acknowledgements that were still on their way.
        await until(() => ann.refused > (refused[0] ?? 0) && bob.refused > (refused[1] ?? 0));
        const before = ann.acknowledged + bob.acknowledged;
        await delay(TROUBLE_MS);
        assertEquals(ann.acknowledged + bob.acknowledged, before, "nothing is acknowledged");
        await Deno.rename(to, from);
        await until(async () => await hubbub.health() === 200);
        await until(() => ann.acknowledged + bob.acknowledged > before + 20);
      }
      acknowledged = [...ann.kept, ...bob.kept];
      hubbub.signal("SIGKILL");
      const log = await hubbub.stderr;
      assertEquals(log.match(/"event":"data file missing"/g)?.length, 2, log);
      assertEquals(log.match(/"event":"data file back"/g)?.length, 2, log);
    }
    await using hubbub = await Hubbub.start(flags, runtime);
    await using reader = await ChatClient.open(hubbub.port);
    const stored = await readAll(reader);
    assertEquals(stored.map(({ seq }) => seq), stored.map((_, i) => i + 1));
    const ids = new Set(stored.map(({ id }) => id));
    assertEquals(acknowledged.filter((id) => !ids.has(id)), [], "acknowledged and lost");
  });

  Deno.test(`the program (${runtime.name}) acknowledges nothing into a file that was removed or replaced`, async () => {
    await using folder = await temporaryFolder();
    const ways: [string, (path: string) => void][] = [
      ["missing", (path) => Deno.removeSync(path)],
      ["replaced", (path) => Deno.writeTextFileSync(path, "")],
      ["replaced", (path) => {
        Deno.writeTextFileSync(`${path}.new`, "another");
        Deno.renameSync(`${path}.new`, path);
      }],
    ];
    for (const [i, [event, act]] of ways.entries()) {
      const path = `${folder.path}/${i}.db`;
      await using hubbub = await Hubbub.start(["--data", path], runtime);
      await using ann = await ChatClient.enter(hubbub.port);
      await ann.say("hello");
      act(path);
      const { code } = await ann.refused({ type: "send", room: "lobby", id: "x", text: "lost" });
      assertEquals(code, "storage");
      await until(async () => await hubbub.health() === 503);
      hubbub.signal("SIGTERM");
      assertEquals((await hubbub.status).code, 0);
      assertMatch(await hubbub.stderr, new RegExp(`"event":"data file ${event}"`));
    }
  });

  Deno.test(`the program (${runtime.name}) shows every client exactly the store's messages after a restore or a rollback`, async () => {
    await using folder = await temporaryFolder();
    const path = `${folder.path}/chat.db`;
    const run = (...args: string[]) => runHubbub(args, { runtime });
    let hubbub = await Hubbub.start(["--data", path], runtime);
    try {
      await using ann = new Sender("ann", () => hubbub.port);
      await using bob = new Sender("bob", () => hubbub.port);
      await until(() => ann.acknowledged > 50 && bob.acknowledged > 50);
      assertEquals((await run("backup", "--data", path, `${folder.path}/copy.db`)).code, 0);
      await until(() => ann.acknowledged > 200 && bob.acknowledged > 200);
      assertMatch(
        (await run("restore", "--data", path, `${folder.path}/copy.db`)).stderr,
        /in use by another Hubbub/,
      );
      const rollbacks = [
        async () => {
          const { code, stdout, stderr } = await run(
            "restore",
            "--data",
            path,
            `${folder.path}/copy.db`,
          );
          assertEquals([code, stderr], [0, ""]);
          assertMatch(stdout, /^Restored .*; the data before is in .*\.before\n$/);
        },
        // By hand, as the operator of a stopped server might: an older copy of the very same file.
        () => Deno.copyFile(`${folder.path}/plain.db`, path),
      ];
      for (const rollback of rollbacks) {
        const { store } = ann;
        hubbub.signal("SIGTERM");
        await hubbub.status;
        await rollback();
        hubbub = await Hubbub.start(["--data", path], runtime);
        const { acknowledged } = ann;
        await until(() => ann.store !== store && bob.store === ann.store);
        await until(() => ann.acknowledged > acknowledged + 50);
        // A plain copy, taken while nothing has it open.
        hubbub.signal("SIGTERM");
        await hubbub.status;
        await Deno.copyFile(path, `${folder.path}/plain.db`);
        hubbub = await Hubbub.start(["--data", path], runtime);
        const again = ann.acknowledged;
        await until(() => ann.acknowledged > again + 50);
        assert(ann.store !== store);
      }
      await ann.finish();
      await bob.finish();
      await using reader = await ChatClient.open(hubbub.port);
      const stored = new Map((await readAll(reader)).map(({ seq, id }) => [seq, id]));
      for (const { name, shown, kept } of [ann, bob]) {
        for (const [seq, id] of shown) assertEquals(stored.get(seq), id, `${name}: ${seq}`);
        const last = Math.max(...shown.keys());
        assertEquals(shown.size, last, `${name} has no hole`);
        const ids = new Set(stored.values());
        assertEquals([...kept].filter((id) => !ids.has(id)), [], "acknowledged and lost");
      }
      assertEquals(new Set(stored.values()).size, stored.size, "nothing twice");
    } finally {
      await hubbub[Symbol.asyncDispose]();
    }
  });

  Deno.test(`the program (${runtime.name}) finds a damaged file at its start, says 503, and exports nothing short`, async () => {
    await using folder = await temporaryFolder();
    const path = `${folder.path}/chat.db`;
    {
      await using hubbub = await Hubbub.start(["--data", path], runtime);
      await using ann = await ChatClient.enter(hubbub.port);
      for (let i = 0; i < 300; i++) {
        ann.send({ type: "send", room: "lobby", id: `${i}`, text: "x".repeat(1000) });
      }
      await ann.take("message", ({ id }) => id === "299");
      hubbub.signal("SIGTERM");
      await hubbub.status;
    }
    const bytes = await Deno.readFile(path);
    const middle = Math.floor(bytes.length / 8192) * 4096;
    bytes.fill(0, middle, middle + 40_960);
    await Deno.writeFile(path, bytes);
    const output = await runHubbub(["export", "--data", path], { runtime });
    assertEquals(output.code, 1);
    assert(!output.stdout.includes('"end"'));
    assertMatch(output.stderr, /^Cannot export: .*\n$/);

    await using hubbub = await Hubbub.start(["--data", path], runtime);
    await until(async () => await hubbub.health() === 503);
    await using ann = await ChatClient.open(hubbub.port);
    ann.send({ type: "join", room: "lobby", after: 0 });
    assertEquals((await ann.take("error")).code, "storage");
    hubbub.signal("SIGTERM");
    assertMatch(await hubbub.stderr, /"event":"data file damaged"/);
  });

  Deno.test(`the program (${runtime.name}) closes a person's other connections when the secret changes`, async () => {
    await using hubbub = await Hubbub.start([], runtime);
    await using mine = await ChatClient.open(hubbub.port, basic("ann:old secret"));
    await using stolen = await ChatClient.open(hubbub.port, basic("ann:old secret"));
    assertEquals(stolen.user.id, mine.user.id);
    const change = { type: "name", name: "ann", secret: "new secret" };
    assertEquals((await mine.refused(change)).code, "bad_secret");
    mine.send({ ...change, old: "old secret" });
    await mine.take("renamed");
    assertEquals(await stolen.closed, { code: 1000, reason: "Logged out" });
    await using again = await ChatClient.open(hubbub.port, basic("ann:new secret"));
    assertEquals(again.user.id, mine.user.id);
  });
}

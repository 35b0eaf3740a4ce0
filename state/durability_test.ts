/** The promises of the message log when the process is killed and when the disk is full. */
import { assert, assertEquals, assertMatch } from "../testing/assert.ts";
import type { Draft, LogEntry, MessageLog } from "../hub/message_log.ts";
import type { Message } from "../protocol/mod.ts";
import { temporaryFolder } from "../testing/folder.ts";
import { draft, outcome } from "../testing/message_log_cases.ts";
import { openLocalState } from "./local.ts";

const KILLS = 10;

/** Writes without end, and prints each message once the log has returned it. */
const WRITER = `
  import { openLocalState } from "${import.meta.resolve("./local.ts")}";
  const [path, run] = Deno.args;
  const log = openLocalState({ path, sync: "full" }).messages;
  let count = 0;
  const draft = () => ({
    room: ["a", "b", "c"][count % 3],
    id: run + "-" + count++,
    user: { id: "p" + count % 5, name: "ann" },
    text: "x".repeat(count % 3000),
    at: Date.now(),
    origin: undefined,
  });
  log.append([draft()]);
  for await (const entries of log.entries) {
    const lines = entries.map(({ message }) => [message.room, message.seq, message.id].join(" "));
    await Deno.stdout.write(new TextEncoder().encode(lines.join("\\n") + "\\n"));
    log.append(Array.from({ length: 1 + count % 40 }, draft));
  }
`;

Deno.test("LocalLog returns batches committed while the file was away, once it is back", async () => {
  await using folder = await temporaryFolder();
  const data = `${folder.path}/data`;
  await Deno.mkdir(data);
  using store = openLocalState<number>({ path: `${data}/chat.db`, sync: "full" });
  await using log = store.messages;
  const entries = log.entries[Symbol.asyncIterator]();
  const next = async () => ((await entries.next()).value ?? []).map(outcome);
  log.append([draft("a")]);
  assertEquals(await next(), ["message 1"]);

  // Nothing has looked at the file since: the commit itself finds out.
  await Deno.rename(data, `${data}-away`);
  log.append([draft("b"), draft("c")]);
  assertEquals(await next(), ["failed", "failed"]);
  log.append([draft("d")]);
  assertEquals(await next(), ["failed"]);

  await Deno.rename(`${data}-away`, data);
  assertEquals(await next(), ["message 2", "message 3"]);
  log.append([draft("b"), draft("d")]);
  assertEquals(await next(), ["duplicate 2", "message 4"]);
});

Deno.test("acknowledged messages survive kill -9, and no room has a hole", async () => {
  const dir = Deno.makeTempDirSync({ prefix: "hubbub_kill_" });
  const path = `${dir}/chat.db`;
  const told: string[] = [];
  for (let run = 0; run < KILLS; run++) {
    const writer = new Deno.Command(Deno.execPath(), {
      args: ["eval", "--ext=ts", WRITER, path, String(run)],
      stdout: "piped",
    }).spawn();
    const enough = Math.random() * 50_000;
    let output = "";
    for await (const part of writer.stdout.pipeThrough(new TextDecoderStream())) {
      output += part;
      if (output.length > enough) kill(writer);
    }
    assertEquals((await writer.status).signal, "SIGKILL");
    told.push(...output.split("\n").slice(0, -1));

    using store = openLocalState({ path, sync: "full" });
    await using log = store.messages;
    const stored = new Set<string>();
    for (const room of ["a", "b", "c"]) {
      const messages = await readAll(log, room);
      assertEquals(messages.map(({ seq }) => seq), messages.map((_, i) => i + 1));
      for (const { seq, id } of messages) stored.add(`${room} ${seq} ${id}`);
    }
    assertEquals(told.filter((line) => !stored.has(line)), []);
  }
  assert(told.length > KILLS * 10, "the writers have written");
  Deno.removeSync(dir, { recursive: true });
});

Deno.test({
  name: "a full disk fails whole batches, loses nothing, and is well again once it has room",
  ignore: !canMount(),
  async fn() {
    await using disk = tmpfs("2m");
    const filler = `${disk.path}/filler`;
    const path = `${disk.path}/chat.db`;
    const acknowledged = new Map<string, Message>();
    {
      using store = openLocalState<undefined>({ path, sync: "full" });
      await using log = store.messages;
      const settled = log.entries[Symbol.asyncIterator]();
      let count = 0;
      const draft = (): Draft<undefined> => ({
        room: "lobby",
        id: `m${count++}`,
        user: { id: "p1", name: "ann" },
        text: "x".repeat(500),
        origin: undefined,
      });
      const append = async (drafts: Draft<undefined>[]): Promise<LogEntry<undefined>[]> => {
        log.append(drafts);
        const entries: LogEntry<undefined>[] = (await settled.next()).value;
        for (const entry of entries) {
          if ("message" in entry) acknowledged.set(entry.message.id, entry.message);
        }
        return entries;
      };
      const fill = async () => {
        while (true) {
          const drafts = Array.from({ length: 20 }, draft);
          const entries = await append(drafts);
          const failed = entries.filter((entry) => entry.type === "failed");
          if (failed.length === 0) continue;
          assertEquals(failed.map((entry) => entry.draft), drafts, "the whole batch");
          return failed;
        }
      };

      await append([draft()]);
      Deno.writeFileSync(filler, new Uint8Array(1 << 20));
      const failed = await fill();
      assertMatch(failed[0]?.error.message ?? "", /full|I\/O/);
      assert(!log.healthy);
      assertEquals((await readAll(log, "lobby")).length, acknowledged.size, "it can still be read");

      Deno.removeSync(filler);
      const again = await append(failed.map((entry) => entry.draft));
      assertEquals(again.map(({ type }) => type), failed.map(() => "message"));
      assert(log.healthy);

      await fill();
      assert(!log.healthy);
      mount("-o", "remount,size=16m", disk.path);
      // Nobody sends: it must notice without a request.
      while (!log.healthy) await new Promise((resolve) => setTimeout(resolve, 10));
      assertEquals((await append([draft()])).map(({ type }) => type), ["message"]);
      assertEquals(await readAll(log, "lobby"), [...acknowledged.values()]);
    }
    using store = openLocalState({ path, sync: "full" });
    await using log = store.messages;
    const messages = await readAll(log, "lobby");
    assertEquals(messages, [...acknowledged.values()]);
    assertEquals(messages.map(({ seq }) => seq), messages.map((_, i) => i + 1));
  },
});

async function readAll(log: MessageLog, room: string): Promise<Message[]> {
  const messages: Message[] = [];
  while (true) {
    const after = messages.at(-1)?.seq ?? 0;
    const page = await log.read({ room, after, limit: 1000, bytes: 1 << 24 });
    messages.push(...page.messages);
    if (!page.more) return messages;
  }
}

function kill(process: Deno.ChildProcess): void {
  try {
    process.kill("SIGKILL");
  } catch {
    // It is already gone; output that it left in the pipe may still arrive.
  }
}

function tmpfs(size: string): AsyncDisposable & { path: string } {
  const path = Deno.makeTempDirSync({ prefix: "hubbub_full_" });
  mount("-t", "tmpfs", "-o", `size=${size}`, "tmpfs", path);
  return {
    path,
    async [Symbol.asyncDispose]() {
      await new Deno.Command("umount", { args: [path] }).output();
      Deno.removeSync(path);
    },
  };
}

function mount(...args: string[]): void {
  const { success, stderr } = new Deno.Command("mount", { args }).outputSync();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
}

/** Only root may mount; HUBBUB_TEST_STRICT=1 forbids to leave the test out. */
function canMount(): boolean {
  if (Deno.build.os === "linux" && Deno.uid() === 0) {
    const probe = Deno.makeTempDirSync();
    try {
      mount("-t", "tmpfs", "-o", "size=4k", "tmpfs", probe);
      new Deno.Command("umount", { args: [probe] }).outputSync();
      return true;
    } catch {
      // Root of a container, say.
    } finally {
      Deno.removeSync(probe);
    }
  }
  if (Deno.env.get("HUBBUB_TEST_STRICT") === "1") throw new Error("Cannot mount a small disk");
  return false;
}

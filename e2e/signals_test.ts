import { deadline, delay } from "../lib/std.ts";
import { basic, ChatClient } from "../testing/chat_client.ts";
import { runtimes } from "../testing/executable.ts";
import { temporaryFolder } from "../testing/folder.ts";
import { Hubbub } from "../testing/hubbub.ts";
import { TusClient } from "../testing/tus.ts";
import { onPath } from "../testing/strict.ts";
import { PATIENCE_MS } from "../testing/waiter.ts";
import { assert, assertEquals, assertStringIncludes } from "../testing/assert.ts";

const IGNORED = [
  "SIGHUP",
  "SIGUSR1",
  "SIGUSR2",
  "SIGALRM",
  "SIGVTALRM",
  "SIGPROF",
  "SIGIO",
] as const;
const FATAL_BY_DEFAULT = [...IGNORED, "SIGXFSZ"] as const;

/** The size of a file without contents that nobody reads within 10 s, in bytes. */
const HUGE = 20e9;

/** A line of Deno about its debugger. */
const DEBUGGER = /^(?:Debugger listening on|Visit chrome:)/;

for (const runtime of await runtimes()) {
  Deno.test(`the program (${runtime.name}) ignores signals that mean nothing to it, a line each`, async () => {
    await using hubbub = await Hubbub.start([], runtime);
    // Writing to a closed connection raises it: no reason for a line in the log.
    hubbub.signal("SIGPIPE");
    for (const signal of FATAL_BY_DEFAULT) {
      hubbub.signal(signal);
      await hubbub.logged(new RegExp(`"event":"signal ignored","signal":"${signal}"`));
      assertEquals(await hubbub.health(), 200, signal);
    }
    hubbub.signal("SIGTERM");
    assertEquals((await hubbub.status).code, 0);
    const output = (await hubbub.stderr).split("\n").filter((line) => line !== "");
    // From source, Deno itself starts its debugger at a SIGUSR1 that it receives half a second after its start.
    const lines = output
      .filter((line) => runtime.name !== "source" || !DEBUGGER.test(line))
      .map((line) => JSON.parse(line));
    const ignored = lines.filter(({ event }) => event === "signal ignored")
      .map(({ signal }) => signal);
    assertEquals(ignored, [...FATAL_BY_DEFAULT]);
  });

  for (const signal of ["SIGQUIT", "SIGPWR", "SIGXCPU"] as const) {
    Deno.test(`the program (${runtime.name}) drains on ${signal}`, async () => {
      await using hubbub = await Hubbub.start([], runtime);
      hubbub.signal(signal);
      assertEquals((await deadline(hubbub.status, PATIENCE_MS)).code, 0);
      assertStringIncludes(await hubbub.stderr, '"event":"stop"');
    });
  }
}

Deno.test({
  name: "the program sends people away at once while a large upload becomes a file",
  ignore: Deno.build.os !== "linux",
  async fn() {
    await using folder = await temporaryFolder();
    const data = `${folder.path}/chat.db`;
    const flags = ["--data", data, "--max-file", `${HUGE}`];
    const person = basic("ann:open sesame");
    let path = "";
    {
      await using hubbub = await Hubbub.start(flags);
      path = await new TusClient(hubbub.port, person).begin(1);
    }
    // All of it has arrived, as far as the program can see; hashing it takes much longer than closing may.
    const file = `${data}.files/uploads/${path.slice("/files/".length)}`;
    const about = JSON.parse(await Deno.readTextFile(`${file}.json`));
    await Deno.writeTextFile(`${file}.json`, JSON.stringify({ ...about, length: HUGE }));
    await Deno.writeFile(file, new Uint8Array());
    await Deno.truncate(file, HUGE);
    await using hubbub = await Hubbub.start(flags);
    await using client = await ChatClient.enter(hubbub.port);
    const finishing = new TusClient(hubbub.port, person).append(path, HUGE, "").catch(() => {});
    while (!isOpen(hubbub.pid, file)) await delay(20);
    const start = performance.now();
    hubbub.signal("SIGTERM");
    assertEquals((await client.closed).code, 1001);
    const closed = performance.now() - start;
    assertEquals((await hubbub.status).code, 0);
    await finishing;
    assert(closed < 5000, `they were sent away after ${closed} ms`);
    // Nothing of it is lost: whoever asks for it again has it finished.
    assertEquals((await Deno.stat(file)).size, HUGE);
    assertEquals(JSON.parse(await Deno.readTextFile(`${file}.json`)).length, HUGE);
  },
});

/** Whether a process has a file open. */
function isOpen(pid: number, path: string): boolean {
  return [...Deno.readDirSync(`/proc/${pid}/fd`)].some(({ name }) => {
    try {
      return Deno.readLinkSync(`/proc/${pid}/fd/${name}`) === path;
    } catch {
      // It was closed meanwhile.
      return false;
    }
  });
}

/** A program that runs a command in a terminal of its own. */
const SCRIPT = onPath("script");

Deno.test({
  name: "the program drains when its terminal is closed, but not on a mere SIGHUP there",
  ignore: SCRIPT === undefined || Deno.build.os !== "linux",
  async fn() {
    const [runtime] = await runtimes();
    assert(runtime !== undefined && SCRIPT !== undefined);
    const flags = "--host 127.0.0.1 --port 0 --data :memory: --log json";
    const process = new Deno.Command(SCRIPT, {
      args: ["-qfc", `exec ${runtime.command.join(" ")} ${flags}`, "/dev/null"],
      cwd: new URL("../", import.meta.url),
      stdin: "piped",
      stdout: "piped",
      stderr: "null",
    }).spawn();
    const reader = process.stdout.pipeThrough(new TextDecoderStream()).getReader();
    let output = "";
    const until = async (expected: RegExp): Promise<string> => {
      for (;;) {
        const found = expected.exec(output)?.[1];
        if (found !== undefined) return found;
        const { value, done } = await deadline(reader.read(), PATIENCE_MS);
        assert(!done, output);
        output += value;
      }
    };
    const port = await until(/localhost:(\d+)\//);
    const children = await Deno.readTextFile(`/proc/${process.pid}/task/${process.pid}/children`);
    const pid = Number(children.trim().split(" ")[0]);
    Deno.kill(pid, "SIGHUP");
    await until(/"event":"signal ignored"(,"signal":"SIGHUP")/);
    const answer = await fetch(`http://127.0.0.1:${port}/healthz`);
    await answer.body?.cancel();
    assertEquals(answer.status, 200);
    // Without its other end the terminal is gone.
    process.kill("SIGKILL");
    await process.status;
    const start = performance.now();
    while (await exists(`/proc/${pid}`)) {
      assert(performance.now() - start < PATIENCE_MS, "the server goes on without its terminal");
      await delay(50);
    }
    await reader.cancel();
    await process.stdin.abort().catch(() => {});
  },
});

async function exists(path: string): Promise<boolean> {
  try {
    await Deno.stat(path);
    return true;
  } catch {
    return false;
  }
}

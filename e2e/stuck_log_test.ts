import { deadline } from "../lib/std.ts";
import { runtimes } from "../testing/executable.ts";
import { RawSocket } from "../testing/raw_socket.ts";
import { TestSocket } from "../testing/sockets.ts";
import { PATIENCE_MS } from "../testing/waiter.ts";
import { assert, assertEquals } from "../testing/assert.ts";

/** Connections that come and go: each makes two lines of the log, together far more than may wait. */
const CONNECTIONS = 2000;

for (const runtime of await runtimes()) {
  Deno.test(`the program (${runtime.name}) chats on while nobody reads its log`, async () => {
    const [program = "", ...args] = runtime.command;
    const process = new Deno.Command(program, {
      args: [...args, ..."--host 127.0.0.1 --port 0 --data :memory: --log json".split(" ")],
      cwd: runtime.cwd ?? new URL("../", import.meta.url),
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    try {
      const stdout = process.stdout.getReader();
      const { value } = await stdout.read();
      const port = Number(/localhost:(\d+)\//.exec(new TextDecoder().decode(value))?.[1]);
      const url = `http://127.0.0.1:${port}`;
      await using ann = await TestSocket.open(port);
      for (let i = 0; i < CONNECTIONS; i++) {
        const socket = await deadline(RawSocket.connect({ port, path: "/ws" }), PATIENCE_MS);
        socket[Symbol.dispose]();
      }
      ann.send("still here");
      assertEquals(await ann.received(1), ["still here"]);
      const metrics = await (await deadline(fetch(`${url}/metrics`), PATIENCE_MS)).text();
      const dropped = Number(/^hubbub_log_lines_dropped_total (\d+)/m.exec(metrics)?.[1]);
      assert(dropped > 0, metrics);

      // The log is read again: the kept lines arrive whole, and one says how many were dropped.
      const reading = new Response(process.stderr).text();
      let health = await fetch(`${url}/healthz`);
      assertEquals(health.status, 200);
      await health.body?.cancel();
      await ann[Symbol.asyncDispose]();
      health = await fetch(`${url}/healthz`);
      await health.body?.cancel();
      process.kill("SIGTERM");
      const lines = (await reading).trimEnd().split("\n").map((line) => JSON.parse(line));
      const reports = lines.filter(({ event }) => event === "log lines dropped");
      const reported = reports.reduce((sum, { lines }) => sum + lines, 0);
      assert(reported >= dropped, `${reported} of ${dropped} dropped lines are reported`);
      assert(lines.some(({ event }) => event === "stop"));
      assertEquals((await process.status).code, 0);
      await stdout.cancel();
    } finally {
      try {
        process.kill("SIGKILL");
      } catch {
        // It has ended.
      }
    }
  });
}

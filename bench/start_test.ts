import { assert, assertRejects } from "../testing/assert.ts";
import { BEHIND_PROXY, measureIdle, measureNamed } from "./idle.ts";
import { hubbub } from "./contestants.ts";
import { ServerProcess } from "./server_process.ts";
import { measureStart } from "./start.ts";

function program(status: number) {
  const code = `Deno.serve({
    hostname: "127.0.0.1", port: 0,
    onListen: ({ port }) => console.log("x listening on http://localhost:" + port + "/"),
  }, () => new Response("", { status: ${status} }));`;
  return { command: Deno.execPath(), args: ["eval", "--quiet", code], cwd: ".", env: {} };
}

Deno.test("measureStart takes as long as the first 200, and fails without it", async () => {
  const { milliseconds } = await measureStart(program(200));
  assert(milliseconds > 1, `${milliseconds} ms`);
  await assertRejects(() => measureStart(program(404)), Error, "received 404");
});

Deno.test("measureIdle and measureNamed find that idle people cost memory, and little CPU", async () => {
  const { launch, formats } = await hubbub(undefined);
  const env = { ...launch.env, ...BEHIND_PROXY, HUBBUB_DATA: ":memory:" };
  await using server = await ServerProcess.start({ ...launch, env });
  const { port, pid } = server;
  const times = { quietSeconds: 0.5, seconds: 1 };
  const cost = await measureIdle({ port, pid, format: formats.json, members: 200, ...times });
  assert(cost.bytes > 1000, `${cost.bytes} bytes`);
  assert(cost.cpu >= 0 && cost.cpu < 1, `${cost.cpu} of a core`);
  const named = await measureNamed({ port, pid, members: 40, ...times });
  assert(named.bytes > 1000, `${named.bytes} bytes`);
});

import { assert, assertEquals, assertRejects, assertThrows } from "../testing/assert.ts";
import { endAll, ServerProcess, spawn } from "./server_process.ts";

function program(code: string) {
  return {
    command: Deno.execPath(),
    args: ["eval", "--quiet", code],
    cwd: ".",
    env: { NAME: "x" },
  };
}

const LISTENS = `
  const onListen = ({ port }) =>
    console.log("starting\\n" + Deno.env.get("NAME") + " 1.2.3 listening on http://localhost:" + port + "/");
  Deno.serve({ hostname: "127.0.0.1", port: 0, onListen }, () => new Response("here"));
`;

Deno.test("ServerProcess reads the server's line, and ends it when disposed of", async () => {
  let port: number;
  {
    await using server = await ServerProcess.start(program(LISTENS));
    port = server.port;
    assertEquals(server.version, "x 1.2.3");
    assertEquals(await (await fetch(`http://127.0.0.1:${port}/`)).text(), "here");
  }
  await assertRejects(() => Deno.connect({ hostname: "127.0.0.1", port }));
});

Deno.test("ServerProcess.start throws with the exit code of a server that ends before it listens", async () => {
  await assertRejects(
    () => ServerProcess.start(program("Deno.exit(7)")),
    Error,
    "it never said where it listens, received exit 7",
  );
});

Deno.test("endAll ends every process, even one that ignores SIGTERM, and lets none start", async () => {
  const ignoresSignals =
    'Deno.addSignalListener("SIGTERM", () => {}); setInterval(() => {}, 1000); console.log("up")';
  const { command, args } = program(ignoresSignals);
  const child = spawn(command, { args, stdout: "piped" });
  const reader = child.stdout.getReader();
  await reader.read();
  await endAll();
  assertEquals((await child.status).signal, "SIGKILL");
  assert((await reader.read()).done);
  assertThrows(() => spawn(command, { args }), Error, "the bench is ending");
});

import { assert, assertEquals, assertMatch } from "../testing/assert.ts";
import { Hubbub, ROOT } from "../testing/hubbub.ts";
import { TestSocket } from "../testing/sockets.ts";

const README = await Deno.readTextFile(new URL("README.md", ROOT));

/** The files that run each command of the README, in its order. */
const RUN_BY = {
  start: "a test below",
  test: ".ci/run",
  compile: "build/compile_test.ts",
  "compile --npm": "build/compile_test.ts",
  wscat: "a test below",
};

const COMMANDS = Array.from(
  README.matchAll(/^```sh\n([^`]*)\n```$/gm),
  ([, block = ""]) => block,
);

function command(what: keyof typeof RUN_BY): string[] {
  const index = Object.keys(RUN_BY).indexOf(what);
  const line = COMMANDS[index] ?? "";
  return line.split(" ").map((word) => word.replaceAll('"', ""));
}

Deno.test("README.md has only commands that a test or CI runs", () => {
  assertEquals(COMMANDS.length, Object.keys(RUN_BY).length);
  for (const [index, what] of Object.keys(RUN_BY).entries()) {
    assertMatch(
      COMMANDS[index] ?? "",
      new RegExp(`^npx -y [^ ]*\\b.*${what.replace("wscat", "")}`),
    );
  }
});

Deno.test("README.md starts the chat with its first command, and its terminal client connects", async () => {
  await using hubbub = await Hubbub.start([], {
    name: "README",
    command: ["setsid", ...command("start")],
  });
  await using observer = await TestSocket.open(hubbub.port);

  const [program = "", ...args] = command("wscat");
  const terminal = new Deno.Command(program, {
    args: args.map((arg) => arg.replace("8000", String(hubbub.port))),
    stdin: "piped",
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const input = terminal.stdin.getWriter();
  const output = terminal.stdout.pipeThrough(new TextDecoderStream()).getReader();
  const line = new TextEncoder().encode("hello from a terminal\n");
  // It reads what is typed once it is connected, and says nothing before.
  const typing = setInterval(() => input.write(line).catch(() => {}), 500);
  assertEquals((await observer.received(1))[0], "ann: hello from a terminal");
  let shown = "";
  while (!shown.includes("ann: hello from a terminal")) {
    const { value, done } = await output.read();
    assert(!done, shown);
    shown += value;
  }
  clearInterval(typing);
  await input.close();
  await terminal.status;
  await output.cancel();

  // As Ctrl+C in a terminal does, to all that the command has started.
  Deno.kill(-hubbub.pid, "SIGINT");
  assertEquals((await observer.closed).code, 1001);
  await hubbub.status;
});

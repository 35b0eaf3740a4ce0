/** Things that the program may not do, even if somebody makes it try. */
import config from "../deno.json" with { type: "json" };
import { assert, assertEquals, assertMatch } from "../testing/assert.ts";
import { temporaryFolder } from "../testing/folder.ts";
import { SOURCE } from "../testing/hubbub.ts";
import { GET_RUNTIME, runtimeAtHand } from "../testing/runtime.ts";
import { missing } from "../testing/strict.ts";
import { compile, startPermissions } from "../build/compile.ts";

/** Tries what an attacker would, and prints what came of it. */
const PROBE = `
  const remote = Deno.env.get("HUBBUB_REMOTE");
  const tries = {
    "its own variable": () => Deno.env.get("HUBBUB_REMOTE"),
    "the network interfaces": () => Deno.networkInterfaces(),
    "a subprocess": () => new Deno.Command("true").outputSync(),
    "a foreign variable": () => Deno.env.get("HOME"),
    "all variables": () => Deno.env.toObject(),
    "the host's name": () => Deno.hostname(),
    "a native library": () => Deno.dlopen("libc.so.6", {}),
    "remote code": () => import(remote),
    "code in a text": () => eval("1 + 1"),
    "code in a function": () => new Function("return 1")(),
  };
  for (const [what, run] of Object.entries(tries)) {
    try {
      await run();
      console.log(what + ": done");
    } catch (error) {
      console.log(what + ": " + error.name);
    }
  }
  Deno.exit(0);
`;

/** Runs the probe: what came of each try. */
async function probe(command: readonly string[]): Promise<Map<string, string>> {
  const [program = "", ...args] = command;
  // It is there to be had, so that only a refusal keeps it out.
  await using server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, () => {
    return new Response("export {};", { headers: { "content-type": "text/javascript" } });
  });
  const { stdout, stderr } = await new Deno.Command(program, {
    args,
    env: { HUBBUB_REMOTE: `http://127.0.0.1:${server.addr.port}/code.js` },
  }).output();
  const text = new TextDecoder().decode(stdout);
  assert(text !== "", new TextDecoder().decode(stderr));
  return new Map(
    text.trimEnd().split("\n").map((line): [string, string] => {
      const [what = "", outcome = ""] = line.split(": ");
      return [what, outcome];
    }),
  );
}

const ALLOWED = ["its own variable", "the network interfaces"];

function check(outcomes: Map<string, string>): void {
  assertEquals(outcomes.size, 10);
  for (const [what, outcome] of outcomes) {
    if (ALLOWED.includes(what)) assertEquals(outcome, "done", what);
    else assertMatch(outcome, /^(NotCapable|TypeError|EvalError)$/, what);
  }
}

Deno.test("the task start grants no run and no ffi, and of sys only the network interfaces and the room of disks", () => {
  const flags = config.tasks.start.command.split(" ").filter((word) => word.startsWith("--allow"));
  assertEquals(flags.toSorted(), [
    "--allow-env=HUBBUB_*",
    "--allow-net",
    "--allow-read",
    "--allow-sys=networkInterfaces,statfs",
    "--allow-write",
  ]);
});

Deno.test("the program from source may run no subprocess, read no foreign variables and load no foreign code", async () => {
  await using folder = await temporaryFolder();
  await folder.write("probe.ts", PROBE);
  const command = SOURCE.command.map((word) =>
    word === "main.ts" ? `${folder.path}/probe.ts` : word
  );
  check(await probe(command));
});

const runtime = await runtimeAtHand();

Deno.test({
  name: "the executable may run no subprocess, read no foreign variables and load no foreign code",
  ignore: missing("a denort", { found: runtime !== undefined, get: GET_RUNTIME }),
  async fn() {
    await using folder = await temporaryFolder();
    await folder.write("probe.ts", PROBE);
    await compile({
      entry: `${folder.path}/probe.ts`,
      include: [],
      output: `${folder.path}/probe`,
      permissions: startPermissions(await Deno.readTextFile("deno.json")),
      ...runtime,
    });
    check(await probe([`${folder.path}/probe`]));
  },
});

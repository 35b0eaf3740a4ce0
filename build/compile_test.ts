import { join } from "node:path";
import { assert, assertEquals, assertMatch, assertThrows } from "../testing/assert.ts";
import { type Folder, temporaryFolder } from "../testing/folder.ts";
import { GET_RUNTIME, runtimeAtHand } from "../testing/runtime.ts";
import { missing } from "../testing/strict.ts";
import { compile, type CompileOptions, startPermissions } from "./compile.ts";
import { Failure } from "./failure.ts";

const runtime = await runtimeAtHand();
const withoutRuntime = missing("a denort", { found: runtime !== undefined, get: GET_RUNTIME });

const here = import.meta.dirname ?? ".";
const PAGE = "<!doctype html><title>Inside</title>\n";
const SCRIPT = "document.title  =  'left as it is';\n";

async function writeProgram(folder: Folder): Promise<CompileOptions> {
  await folder.write("source/dist/page/index.html", PAGE);
  await folder.write("source/dist/page/page-0123456789.js", SCRIPT);
  await folder.write(
    "source/page.ts",
    `export const page: string = import.meta.dirname + "/dist/page";`,
  );
  await folder.write(
    "source/main.ts",
    `import { page } from "./page.ts";

if (Deno.args.includes("--version")) Deno.exit(0);
if (Deno.args.includes("--fail")) throw new Error("as asked");
if (Deno.args.includes("--env")) console.log(Deno.env.get("HOME"));
const server = Deno.serve({
  hostname: "127.0.0.1",
  port: 0,
  onListen: ({ port }) => console.log(port),
}, async (request) => new Response(await Deno.readFile(page + new URL(request.url).pathname)));
await server.finished;
`,
  );
  return {
    entry: join(folder.path, "source", "main.ts"),
    include: ["dist/page"],
    output: join(folder.path, "made", "program"),
    permissions: ["--no-prompt", "--allow-net", "--allow-read"],
    trial: ["--version"],
    ...runtime,
  };
}

/** A program that runs alone: its own empty folder, no environment. */
function alone(program: string, folder: string, args: string[] = []): Deno.Command {
  return new Deno.Command(program, {
    args,
    cwd: folder,
    clearEnv: true,
    env: { NO_COLOR: "1" },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  });
}

async function firstLine(stream: ReadableStream<Uint8Array>): Promise<string> {
  let text = "";
  for await (const part of stream.pipeThrough(new TextDecoderStream())) {
    text += part;
    if (text.includes("\n")) break;
  }
  return text.slice(0, text.indexOf("\n"));
}

Deno.test({
  name: "compile makes an executable that serves its page alone in an empty folder",
  ignore: withoutRuntime,
  fn: async () => {
    await using folder = await temporaryFolder();
    await using empty = await temporaryFolder();
    const options = await writeProgram(folder);
    await compile(options);
    await Deno.remove(join(folder.path, "source"), { recursive: true });
    const program = join(empty.path, "program");
    await Deno.rename(options.output, program);
    assertEquals(await names(join(folder.path, "made")), []);

    const child = alone(program, empty.path).spawn();
    try {
      const port = await firstLine(child.stdout);
      for (const [path, content] of [["index.html", PAGE], ["page-0123456789.js", SCRIPT]]) {
        const response = await fetch(`http://127.0.0.1:${port}/${path}`);
        assertEquals(await response.text(), content);
      }
    } finally {
      child.kill();
      await Promise.all([child.status, child.stderr.cancel()]);
    }
  },
});

Deno.test({
  name: "compile gives an executable its permissions, and traces that name the source",
  ignore: withoutRuntime,
  fn: async () => {
    await using folder = await temporaryFolder();
    const options = await writeProgram(folder);
    await compile(options);

    const env = await alone(options.output, folder.path, ["--env"]).output();
    assert(!env.success);
    assertMatch(new TextDecoder().decode(env.stderr), /NotCapable: Requires env access to "HOME"/);

    const failure = await alone(options.output, folder.path, ["--fail"]).output();
    assertMatch(new TextDecoder().decode(failure.stderr), /source\/main\.ts:4:/);
  },
});

Deno.test({
  name: "compile replaces an executable that runs, and it runs on",
  ignore: withoutRuntime,
  fn: async () => {
    await using folder = await temporaryFolder();
    const options = await writeProgram(folder);
    await compile(options);
    const child = alone(options.output, folder.path).spawn();
    try {
      const port = await firstLine(child.stdout);
      await compile(options);
      const response = await fetch(`http://127.0.0.1:${port}/index.html`);
      assertEquals(await response.text(), PAGE);
    } finally {
      child.kill();
      await Promise.all([child.status, child.stderr.cancel()]);
    }
  },
});

Deno.test({
  name: "compile does not replace an executable by one that can't run",
  ignore: withoutRuntime,
  fn: async () => {
    await using folder = await temporaryFolder();
    const options = await writeProgram(folder);
    await folder.write("made/program", "the last one");
    const { exitCode, lines } = await compileElsewhere(folder, { ...options, trial: ["--fail"] });
    assertEquals(exitCode, 1);
    assertMatch(lines[0] ?? "", /^Cannot compile: the executable fails to run \(.*as asked/);
    assertEquals(lines.length, 1);
    assertEquals(await Deno.readTextFile(options.output), "the last one");
    assertEquals(await names(join(folder.path, "made")), ["program"]);
  },
});

Deno.test("compile.ts names the ways out in one line where Deno can't fetch a denort", async () => {
  await using folder = await temporaryFolder();
  const { runtime: _, ...options } = await writeProgram(folder);
  const nowhere = "http://127.0.0.1:1";
  const { exitCode, lines } = await compileElsewhere(folder, {
    ...options,
    // An empty DENO_DIR holds no denort of an earlier day, and a closed port brings none.
    env: { DENO_DIR: join(folder.path, "empty"), HTTPS_PROXY: nowhere, HTTP_PROXY: nowhere },
  }, { DENORT_BIN: "" });
  assertEquals(exitCode, 1);
  assertMatch(lines[0] ?? "", /^Cannot compile: Deno can't fetch its runtime denort/);
  assertMatch(lines[0] ?? "", /DENORT_BIN.*deno task compile --npm/);
  assertEquals(lines.length, 1);
});

Deno.test("compile.ts refuses a DENORT_BIN that is no runtime in one line", async () => {
  await using folder = await temporaryFolder();
  const { runtime: _, ...options } = await writeProgram(folder);
  const absent = join(folder.path, "absent");
  const { exitCode, lines } = await compileElsewhere(folder, options, { DENORT_BIN: absent });
  assertEquals(exitCode, 1);
  assert(lines[0]?.startsWith(`Cannot compile: DENORT_BIN names no runtime, received ${absent}`));
  assertEquals(lines.length, 1);
});

Deno.test("compile.ts refuses a wrong flag in one line", async () => {
  for (
    const [args, pattern] of [
      [["--nmp"], /^Cannot compile: Unknown option '--nmp'/],
      [["--npm", "--target", "aarch64-apple-darwin"], /^Cannot compile: --npm is for x86_64-/],
    ] as const
  ) {
    const result = await runElsewhere([
      "run",
      "-A",
      "--no-check",
      join(here, "compile.ts"),
      ...args,
    ]);
    assertEquals(result.exitCode, 1);
    assertMatch(result.lines[0] ?? "", pattern);
    assertEquals(result.lines.length, 1);
  }
});

/** Calls `compile` as the tool does, in a process of its own. */
async function compileElsewhere(
  folder: Folder,
  options: CompileOptions,
  env: Record<string, string> = {},
): Promise<Finished> {
  const url = (name: string) => JSON.stringify(import.meta.resolve(`./${name}`));
  await folder.write(
    "compile_this.ts",
    `import { compile } from ${url("compile.ts")};
import { runTool } from ${url("failure.ts")};
await runTool(() => compile(${JSON.stringify(options)}));
`,
  );
  return runElsewhere(["run", "-A", "--no-check", join(folder.path, "compile_this.ts")], env);
}

interface Finished {
  exitCode: number;
  /** Of stderr. */
  lines: string[];
}

async function runElsewhere(args: string[], env: Record<string, string> = {}): Promise<Finished> {
  const { code, stderr } = await new Deno.Command(Deno.execPath(), {
    args,
    env: { ...env, NO_COLOR: "1" },
    stdin: "null",
  }).output();
  return { exitCode: code, lines: new TextDecoder().decode(stderr).trimEnd().split("\n") };
}

async function names(folder: string): Promise<string[]> {
  return (await Array.fromAsync(Deno.readDir(folder))).map(({ name }) => name);
}

Deno.test("startPermissions reads those of the task start", async () => {
  const config = (start: string) => JSON.stringify({ tasks: { start: { command: start } } });
  assertEquals(
    startPermissions(config(`deno run --no-prompt --allow-net "--allow-env=A_*" main.ts`)),
    ["--no-prompt", "--allow-net", "--allow-env=A_*"],
  );
  for (const flag of ["-A", "--allow-all", "--allow-run", "--allow-run=ls", "--allow-ffi"]) {
    assertThrows(() => startPermissions(config(`deno run ${flag} main.ts`)), Failure, flag);
  }
  assertThrows(() => startPermissions("{}"), Failure, "no tasks.start.command");
  const own = startPermissions(await Deno.readTextFile(join(here, "..", "deno.json")));
  assert(own.includes("--no-prompt") && own.includes("--allow-net"));
});

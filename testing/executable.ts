/**
 * The compiled executable, for the tests that run Hubbub both ways.
 *
 * @module
 */
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { compile, startPermissions } from "../build/compile.ts";
import { reachableFrom } from "../build/import_graph.ts";
import { ROOT, type Runtime, SOURCE } from "./hubbub.ts";
import { GET_RUNTIME, runtimeAtHand } from "./runtime.ts";
import { missing } from "./strict.ts";

const EXECUTABLE = fileURLToPath(new URL("dist/.test/hubbub", ROOT));

/**
 * Hubbub from source and, where it can be made, as the executable, which runs another version of
 * Deno. To be called at the top level of a test file: see {@linkcode missing}.
 */
export async function runtimes(): Promise<Runtime[]> {
  const executable = await compiled();
  return executable === undefined
    ? [SOURCE]
    : [SOURCE, { name: "executable", command: [executable] }];
}

/**
 * Hubbub as the executable, or from source where that can't be made: for what depends on the data more than on Deno. Both
 * with `HUBBUB_TEST_LONG=1`.
 */
export async function anyRuntime(): Promise<Runtime[]> {
  const both = await runtimes();
  return Deno.env.get("HUBBUB_TEST_LONG") === "1" ? both : both.slice(-1);
}

/** Compiles the executable if the program has changed. Returns its path, undefined if it can't be made. */
export async function compiled(): Promise<string | undefined> {
  const runtime = await runtimeAtHand();
  if (missing("a denort", { found: runtime !== undefined, get: GET_RUNTIME })) return undefined;
  await Deno.mkdir(dirname(EXECUTABLE), { recursive: true });
  // Test processes that run side by side wait for the first one to make it.
  using lock = await Deno.open(`${EXECUTABLE}.lock`, { write: true, create: true });
  await lock.lock(true);
  if (await newestSource() > await changedAt(EXECUTABLE)) {
    await compile({
      entry: fileURLToPath(new URL("main.ts", ROOT)),
      include: ["dist/page"],
      output: EXECUTABLE,
      permissions: startPermissions(await Deno.readTextFile(new URL("deno.json", ROOT))),
      trial: ["--version"],
      ...runtime,
    });
  }
  return EXECUTABLE;
}

/** When the newest file that goes into the executable changed, in ms since 1970. */
async function newestSource(): Promise<number> {
  const modules = await reachableFrom(fileURLToPath(ROOT), ["main.ts", "build/compile.ts"]);
  const names = ["deno.json", "deno.lock", "dist/page/index.html", ...modules];
  return Math.max(...await Promise.all(names.map((name) => changedAt(new URL(name, ROOT)))));
}

async function changedAt(file: string | URL): Promise<number> {
  try {
    return (await Deno.stat(file)).mtime?.getTime() ?? 0;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return 0;
    throw error;
  }
}

/**
 * The compiled executable, for the tests that run Hubbub both ways.
 *
 * @module
 */
import { fileURLToPath } from "node:url";
import { compile, startPermissions } from "../build/compile.ts";
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

/** The path of the executable, made anew if the program has changed; undefined if it can't be made. */
export async function compiled(): Promise<string | undefined> {
  const runtime = await runtimeAtHand();
  if (missing("a denort", { found: runtime !== undefined, get: GET_RUNTIME })) return undefined;
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

/** The folders whose files go into the executable, or make it. */
const SOURCES = new Set(
  [
    "archive",
    "build",
    "cli",
    "client",
    "hub",
    "lib",
    "nats",
    "people",
    "protocol",
    "server",
    "state",
  ]
    .map((name) => `./${name}`),
);

/** When the newest file that goes into the executable changed, in ms since 1970. */
async function newestSource(): Promise<number> {
  const names = ["deno.json", "deno.lock", "dist/page/index.html"];
  const add = async (folder: string) => {
    for await (const { name, isDirectory } of Deno.readDir(new URL(folder, ROOT))) {
      if (isDirectory && SOURCES.has(folder + name)) await add(`${folder}${name}/`);
      else if (/(?<!_test)\.ts$/.test(name)) names.push(folder + name);
    }
  };
  await add("./");
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

// deno-lint-ignore-file no-console -- a tool talks on the console
/**
 * Makes Hubbub one executable with the page inside.
 *
 * ```sh
 * deno task compile [--target TRIPLE] [--output FILE] [--npm]
 * ```
 *
 * The program is bundled first. `deno compile` would otherwise embed every npm
 * package in `deno.lock`, those of tests and benchmarks included, and Deno
 * 2.7.11 fails on that many. Source maps go along, so stack traces name the
 * source's own lines; files of their own, they are read only for a trace.
 *
 * @module
 */
import { basename, dirname, join, relative, resolve } from "node:path";
import { parseArgs } from "node:util";
import { type DenoRuntime, NPM_TARGET, npmRuntime } from "./denort.ts";
import { command, denoError, Failure, runTool } from "./failure.ts";

/** The options of {@linkcode compile}. */
export interface CompileOptions {
  /** The program's main module. */
  entry: string;
  /** Folders to embed, relative to the main module; the program finds them at the same place. */
  include: string[];
  /** The executable to make. One that is running is replaced, not written into. */
  output: string;
  /** The permissions of the executable, as flags of `deno run`. */
  permissions: string[];
  /** Arguments with which the executable must exit 0 before it counts; not run for other targets. */
  trial?: string[];
  /** The platform to compile for, as `Deno.build.target` names it; this one by default. */
  target?: string;
  /** The Deno and denort to use instead of this Deno and the denort that it finds. */
  runtime?: DenoRuntime;
  /** Variables added to the environment of `deno compile`. */
  env?: Record<string, string>;
}

/** The time an executable has to answer its trial; a start takes a tenth of a second. */
const TRIAL_MS = 30_000;

/**
 * Compiles a program.
 *
 * @throws {Failure} when the program can't be bundled or compiled, or the executable can't run
 */
export async function compile(options: CompileOptions): Promise<void> {
  const { entry, include, output, trial, target = Deno.build.target } = options;
  await Deno.mkdir(dirname(output), { recursive: true });
  // Beside the output, so that the last step can be a rename.
  const stage = await Deno.makeTempDir({ dir: dirname(output), prefix: ".compile-" });
  try {
    for (const path of include) {
      await copyFolder(join(dirname(entry), path), join(stage, path));
    }
    await bundle(entry, stage);
    const executable = join(stage, basename(output));
    await link(stage, executable, options);
    if (trial !== undefined && target === Deno.build.target) {
      await tryOut(executable, trial);
    }
    await Deno.rename(executable, output);
  } finally {
    await Deno.remove(stage, { recursive: true });
  }
}

/**
 * Bundles the program and what it imports, with this Deno and by `deno.lock`. Modules that it
 * imports only at times are split off, so that other starts need not load them.
 */
async function bundle(entry: string, folder: string): Promise<void> {
  const { success, stderr } = await command(
    Deno.execPath(),
    // Types are the task check's: another Deno's compiler would have another opinion.
    ["bundle", "--quiet", "--no-check", "--frozen", "--platform", "deno"]
      .concat("--code-splitting", "--sourcemap", "linked", "--outdir", folder, basename(entry)),
    { cwd: dirname(entry) },
  );
  if (!success) throw new Failure(`Cannot compile: ${denoError(stderr)}`);
}

async function link(
  stage: string,
  executable: string,
  { entry, include, permissions, target, runtime, env }: CompileOptions,
): Promise<void> {
  const maps = Array.from(Deno.readDirSync(stage), ({ name }) => name)
    .filter((name) => name.endsWith(".js.map"));
  const { success, stderr } = await command(
    runtime?.deno ?? Deno.execPath(),
    ["compile", "--quiet", "--no-config", "--no-lock", "--no-check"]
      .concat(permissions, [...include, ...maps].flatMap((path) => ["--include", path]))
      .concat(target === undefined ? [] : ["--target", target])
      .concat("--output", executable, `${basename(entry, ".ts")}.js`),
    {
      cwd: stage,
      env: { ...env, ...(runtime === undefined ? {} : { DENORT_BIN: runtime.denort }) },
    },
  );
  if (success) return;
  if (!/denort/.test(stderr)) throw new Failure(`Cannot compile: ${denoError(stderr)}`);
  const named = Deno.env.get("DENORT_BIN");
  throw new Failure(
    `Cannot compile: ${
      named
        ? `DENORT_BIN names no runtime, received ${named}`
        : "Deno can't fetch its runtime denort"
    } (${denoError(stderr)}); name one for Deno ${Deno.version.deno} in ` +
      "DENORT_BIN, or try out `deno task compile --npm`",
  );
}

async function tryOut(executable: string, args: string[]): Promise<void> {
  const signal = AbortSignal.timeout(TRIAL_MS);
  const { success, stderr } = await command(executable, args, { signal });
  if (success) return;
  throw new Failure(
    `Cannot compile: the executable fails to run (${denoError(stderr)}); if DENORT_BIN is set, ` +
      "it must name the denort of the very same version of Deno",
  );
}

async function copyFolder(from: string, to: string): Promise<void> {
  await Deno.mkdir(to, { recursive: true });
  for await (const { name, isDirectory } of Deno.readDir(from)) {
    if (isDirectory) await copyFolder(join(from, name), join(to, name));
    else await Deno.copyFile(join(from, name), join(to, name));
  }
}

/**
 * The permissions of the task `start`, so that they are stated once.
 *
 * @param config the text of `deno.json`
 * @throws {Failure} when there is no such task, or it may run programs or load libraries
 */
export function startPermissions(config: string): string[] {
  const flags = startCommand(config).replaceAll(/["']/g, "").split(/\s+/).filter((word) =>
    /^-(?:-(?:allow|deny|no-prompt|v8-flags)|[A-Z])/.test(word)
  );
  const refused = flags.find((flag) => /^(?:-[^-]*A|--allow-(?:all|run|ffi)\b)/.test(flag));
  if (refused !== undefined) {
    throw new Failure(`Cannot compile: the executable must never have ${refused}`);
  }
  return flags;
}

function startCommand(config: string): string {
  const path = ["tasks", "start", "command"];
  let value: unknown = JSON.parse(config);
  for (const key of path) value = isRecord(value) ? value[key] : undefined;
  if (typeof value === "string") return value;
  throw new Failure(`Cannot compile: deno.json has no ${path.join(".")}, a text`);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

if (import.meta.main) await runTool(main);

async function main(): Promise<void> {
  const root = join(import.meta.dirname ?? ".", "..");
  const { target, output, npm } = readFlags(Deno.args);
  const suffix = (target ?? Deno.build.target).includes("windows") ? ".exe" : "";
  const executable = resolve(output ?? join(root, "dist", `hubbub${suffix}`));
  let runtime: DenoRuntime | undefined;
  if (npm) {
    if (target !== undefined && target !== NPM_TARGET) {
      throw new Failure(`Cannot compile: --npm is for ${NPM_TARGET} alone, received ${target}`);
    }
    runtime = await npmRuntime({ cache: join(root, "dist", ".cache"), onFetch: console.log });
    console.log(
      `The runtime is that of Deno ${runtime.version}, cut out of a program on npm: for trying out, not for releases`,
    );
  }
  await compile({
    entry: join(root, "main.ts"),
    include: ["dist/page"],
    output: executable,
    permissions: startPermissions(await Deno.readTextFile(join(root, "deno.json"))),
    trial: ["--version"],
    ...(target === undefined ? {} : { target }),
    ...(runtime === undefined ? {} : { runtime }),
  });
  console.log(relative(Deno.cwd(), executable));
}

function readFlags(args: string[]): { target?: string; output?: string; npm?: boolean } {
  try {
    return parseArgs({
      args,
      options: {
        target: { type: "string" },
        output: { type: "string", short: "o" },
        npm: { type: "boolean" },
      },
    }).values;
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw new Failure(`Cannot compile: ${error.message}`);
  }
}

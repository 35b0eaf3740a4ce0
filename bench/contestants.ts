/**
 * The servers that are measured: Hubbub and its peers, how each is started and which format it
 * speaks.
 *
 * @module
 */
import { fileURLToPath } from "node:url";
import { compiled } from "../testing/executable.ts";
import { runtimeAtHand } from "../testing/runtime.ts";
import { compile } from "../build/compile.ts";
import type { FormatName } from "./formats.ts";
import { type Launch, spawn } from "./server_process.ts";

/** Plain lines, or lines of JSON as in `hubbub.v1`. */
export type WireFormat = "plain" | "json";

/** The name of this Hubbub, and of the one in another checkout. */
export const NOW = "Hubbub";
export const BASE = "base";

/** A server to measure. */
export interface Contestant {
  name: string;
  /** The runtime, where the server does not name it. */
  runtime?: string;
  launch: Launch;
  /** The format it speaks; for a peer, one whose messages have the very bytes of Hubbub's. */
  formats: Record<WireFormat, FormatName>;
}

const ROOT = new URL("..", import.meta.url).pathname;
const PEERS = new URL("peers/", import.meta.url).pathname;
/** The folder in which the peers are installed; `dist` is not committed. */
const INSTALLED = `${ROOT}dist/.bench`;

/**
 * Keeps its history on disk as it ships, logs nothing, limits nothing that the
 * load would meet. Variables and not flags, because a version that lacks a flag ends
 * when it is given, and versions are worth comparing.
 */
const HUBBUB_SETTINGS = {
  HUBBUB_HOST: "127.0.0.1",
  HUBBUB_PORT: "0",
  HUBBUB_DATA: `${INSTALLED}/hubbub.db`,
  HUBBUB_LOG: "off",
  HUBBUB_RATE: "0",
};

const HUBBUB_FORMATS = { plain: "plain", json: "hubbub.v1" } as const;

/** The two executables whose start is compared. */
export interface Executables {
  /** The version of Deno inside of them. */
  deno: string;
  hubbub: string;
  /** A Deno server that does nothing, compiled with the same runtime. */
  empty: string;
}

/** Compiles both; undefined when there is no runtime to compile with. */
export async function executables(say: (line: string) => void): Promise<Executables | undefined> {
  const runtime = await runtimeAtHand();
  if (runtime === undefined) return undefined;
  say("Compiling Hubbub and an empty server …");
  const hubbub = await compiled();
  if (hubbub === undefined) return undefined;
  const empty = `${INSTALLED}/empty`;
  await compile({
    entry: fileURLToPath(new URL("peers/empty.ts", import.meta.url)),
    include: [],
    output: empty,
    permissions: ["--allow-net"],
    ...runtime,
  });
  return { deno: runtime.runtime?.version ?? Deno.version.deno, hubbub, empty };
}

/** A Deno server that does nothing but answer. */
export function emptyServer(executable: string): Launch {
  return { command: executable, args: [], cwd: INSTALLED, env: {} };
}

/**
 * Hubbub, from source with the permissions of the start task or as the executable given, which
 * runs `deno`.
 */
export async function hubbub(executable: string | undefined, deno?: string): Promise<Contestant> {
  const runtime = executable === undefined
    ? `source, Deno ${Deno.version.deno}`
    : `executable${deno === undefined ? "" : `, Deno ${deno}`}`;
  const program = executable
    ? { command: await Deno.realPath(executable), args: [] }
    : await fromSource(ROOT);
  await startAfresh();
  const launch = { ...program, cwd: ROOT, env: HUBBUB_SETTINGS };
  return { name: NOW, runtime, launch, formats: HUBBUB_FORMATS };
}

/** The Hubbub of another checkout, from source; its page is built first. */
export async function otherCheckout(
  folder: string,
  say: (line: string) => void,
): Promise<Contestant> {
  const root = `${await Deno.realPath(folder)}/`;
  say(`Building the page of ${root} …`);
  const args = ["task", "--quiet", "build"];
  const { code } = await spawn(Deno.execPath(), { args, cwd: root, stdin: "null" }).status;
  if (code !== 0) throw new Error(`Cannot build the page of ${root}: received exit ${code}`);
  await startAfresh();
  const env = { ...HUBBUB_SETTINGS, HUBBUB_DATA: `${INSTALLED}/hubbub.db-base` };
  const launch = { ...await fromSource(root), cwd: root, env };
  return { name: BASE, runtime: "source", launch, formats: HUBBUB_FORMATS };
}

async function fromSource(root: string): Promise<Pick<Launch, "command" | "args">> {
  const args = ["run", "--quiet", ...await startPermissions(root), "main.ts"];
  return { command: Deno.execPath(), args };
}

/** Removes the history of an earlier bench. */
async function startAfresh(): Promise<void> {
  await Deno.mkdir(INSTALLED, { recursive: true });
  for await (const { name } of Deno.readDir(INSTALLED)) {
    if (name.startsWith("hubbub.db")) await Deno.remove(`${INSTALLED}/${name}`);
  }
}

async function startPermissions(root: string): Promise<string[]> {
  const config = await Deno.readTextFile(`${root}deno.json`);
  const flags = /"command": "deno run (.*) main\.ts"/.exec(config)?.[1];
  if (!flags) throw new Error("Cannot find the start task: deno.json has no `deno run … main.ts`");
  return flags.split(" ");
}

/**
 * Lists the peers, which the first call installs; none, with a line that names the reason, where
 * that fails.
 */
export async function peers(say: (line: string) => void): Promise<Contestant[]> {
  try {
    await install(say);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    say(`${error.message}; no peer is measured`);
    return [];
  }
  const repeats = { plain: "plain", json: "repeated hubbub.v1" } as const;
  const wraps = { plain: "socket.io", json: "socket.io hubbub.v1" } as const;
  const launch = (command: string, script: string): Launch => {
    return { command, args: [script], cwd: INSTALLED, env: {} };
  };
  return [
    { name: "Bun", launch: launch("node_modules/.bin/bun", "bun.mjs"), formats: repeats },
    { name: "ws", launch: launch("node", "ws.mjs"), formats: repeats },
    { name: "Socket.IO", launch: launch("node", "socketio.mjs"), formats: wraps },
  ];
}

async function install(say: (line: string) => void): Promise<void> {
  await Deno.mkdir(INSTALLED, { recursive: true });
  for await (const { name } of Deno.readDir(PEERS)) {
    await Deno.copyFile(`${PEERS}${name}`, `${INSTALLED}/${name}`);
  }
  const wanted = await Deno.readTextFile(`${INSTALLED}/package.json`);
  const marker = `${INSTALLED}/installed.json`;
  if (await Deno.readTextFile(marker).catch(() => "") === wanted) return;

  say("Installing the peers from npm into dist/.bench …");
  await run("npm", ["install", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]);
  // Bun's package puts its program in place with this script, the only one that is needed.
  await run("node", ["node_modules/bun/install.js"]);
  await Deno.writeTextFile(marker, wanted);
}

async function run(command: string, args: string[]): Promise<void> {
  const code = await exitCode(command, args);
  if (code !== 0) {
    throw new Error(
      `Cannot install the peers: \`${command} ${args.join(" ")}\` failed, received exit ${code}`,
    );
  }
}

async function exitCode(command: string, args: string[]): Promise<number> {
  try {
    const options = { args, cwd: INSTALLED, stdin: "null", stdout: "null" } as const;
    return (await spawn(command, options).status).code;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return 127;
    throw error;
  }
}

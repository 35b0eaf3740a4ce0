/**
 * Makes the page that Hubbub serves: `static/` becomes `dist/page/`, with the
 * `.br` and `.gz` of each file that gets smaller next to it.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";
import { assemble } from "./assets.ts";
import { runTool } from "./failure.ts";
import { type Files, readFiles } from "./files.ts";
import { reachableFrom } from "./import_graph.ts";

/** The options of {@linkcode build}. */
export interface BuildOptions {
  /** The folder of the page's sources. */
  source: string;
  /** The folder to make; next to it, `out` + `.built` records what it was made from. */
  out: string;
  /** Files outside `source` that the page depends on; one that is missing counts as empty. */
  inputs?: string[];
}

const EMPTY = new Uint8Array();
const COMPRESSIBLE = /\.(?:css|html|ico|js|json|svg|txt|wasm|webmanifest|xml)$/;

/**
 * Makes the page unless it is there and nothing changed.
 *
 * Builds that run at the same time wait for each other, and `out` changes from
 * one whole page to the next.
 *
 * @returns whether there was something to do
 * @throws {Failure} when the sources are faulty
 */
export async function build({ source, out, inputs = [] }: BuildOptions): Promise<boolean> {
  await Deno.mkdir(dirname(out), { recursive: true });
  using record = await Deno.open(`${out}.built`, { read: true, write: true, create: true });
  await record.lock(true);
  const sources = await readFiles(source);
  const digest = await digestOf(sources, inputs);
  const last = new Uint8Array(digest.length);
  await record.read(last);
  if (new TextDecoder().decode(last) === digest && await exists(out)) return false;

  const files = await assemble(source, sources);
  // A build that is cut off from here on must not count as done.
  await record.truncate();
  await replace(out, await compress(files));
  await record.seek(0, Deno.SeekMode.Start);
  await record.write(new TextEncoder().encode(digest));
  return true;
}

async function digestOf(sources: Files, inputs: string[]): Promise<string> {
  const hash = createHash("sha256").update(Deno.version.deno);
  function add(name: string, content: Uint8Array): void {
    hash.update(`\0${name}\0${content.length}\0`).update(content);
  }
  for (const [path, content] of sources) add(path, content);
  for (const path of inputs) add(path, await exists(path) ? await Deno.readFile(path) : EMPTY);
  return hash.digest("hex");
}

async function compress(files: Files): Promise<Files> {
  const all: Files = new Map(files);
  for (const [path, content] of files) {
    if (!COMPRESSIBLE.test(path)) continue;
    const [br, gz] = await Promise.all([
      promisify(brotliCompress)(content, {
        params: {
          [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY,
          [constants.BROTLI_PARAM_SIZE_HINT]: content.length,
        },
      }),
      promisify(gzip)(content, { level: constants.Z_BEST_COMPRESSION }),
    ]);
    if (br.length < content.length) all.set(`${path}.br`, br);
    if (gz.length < content.length) all.set(`${path}.gz`, gz);
  }
  return all;
}

/** Writes `files` next to `out` and replaces `out` when they are complete. */
async function replace(out: string, files: Files): Promise<void> {
  const [incoming, outgoing] = [`${out}.new`, `${out}.old`];
  await remove(incoming);
  for (const [path, content] of files) {
    const file = join(incoming, path);
    await Deno.mkdir(dirname(file), { recursive: true });
    await Deno.writeFile(file, content);
  }
  await remove(outgoing);
  if (await exists(out)) await Deno.rename(out, outgoing);
  await Deno.rename(incoming, out);
  await remove(outgoing);
}

async function remove(path: string): Promise<void> {
  if (await exists(path)) await Deno.remove(path, { recursive: true });
}

async function exists(path: string): Promise<boolean> {
  try {
    await Deno.lstat(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/**
 * Makes `dist/page/` of the project in the folder `root`, as {@linkcode build} does.
 *
 * @throws {Failure} when the sources are faulty
 */
export async function buildPage(root: string): Promise<boolean> {
  // Outside static/, the page depends on the modules that it shares and on what makes the page.
  const modules = await reachableFrom(root, ["static/page.tsx", "build/build.ts"]);
  const shared = modules.filter((path) => !path.startsWith("static/"));
  return await build({
    source: join(root, "static"),
    out: join(root, "dist", "page"),
    inputs: ["deno.json", "deno.lock", ...shared].map((name) => join(root, name)),
  });
}

if (import.meta.main) {
  await runTool(async () => {
    await buildPage(join(import.meta.dirname ?? ".", ".."));
  });
}

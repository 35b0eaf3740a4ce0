/**
 * The import graph of the sources, read from their text.
 *
 * It decides what goes into the executable and the page (a stale one must be built again), and
 * `import_rules.ts` checks with it that imports go one way.
 *
 * @module
 */
import { join, posix } from "node:path";

/** One import of another file of the project. */
export interface Import {
  /** Path of the imported file, relative to the root, with `/`. */
  readonly path: string;
  /**
   * - `code`: a static or dynamic import, also of types without the word `type` before the braces;
   * - `type`: erased by the compiler, `import type` or `export type`;
   * - `url`: named relative to the module, as a worker or a program to start is.
   */
  readonly kind: "code" | "type" | "url";
}

/** The imports of each module, by the module's path relative to the root, with `/`. */
export type ImportGraph = ReadonlyMap<string, readonly Import[]>;

const STATIC =
  /^[ \t]*(?:import|export)\s+(?:(type)\s+)?(?:[\w$*{},\s]+?\s+from\s+)?"(\.{1,2}\/[^"\n]+)"/gm;
const DYNAMIC = /\bimport\(\s*"(\.{1,2}\/[^"\n]+)"/g;
const URLS =
  /\bnew URL\(\s*"([^":\n]+\.tsx?)",\s*import\.meta\.url\b|\bimport\.meta\.resolve\(\s*"(\.{1,2}\/[^"\n]+)"/g;

/** Folders without sources of the project. */
const SKIPPED: ReadonlySet<string> = new Set([".git", "dist", "node_modules"]);

/**
 * Lists what a module's text imports by a relative path, in no particular order.
 *
 * @param path The module's path, relative to the root.
 * @param text Its source, as `deno fmt` writes it.
 */
export function importsOf(path: string, text: string): Import[] {
  const folder = posix.dirname(path);
  const found: Import[] = [];
  const add = (kind: Import["kind"], specifier: string) =>
    found.push({ path: posix.join(folder, specifier), kind });
  for (const [, type, from = ""] of text.matchAll(STATIC)) add(type ? "type" : "code", from);
  for (const [, specifier = ""] of text.matchAll(DYNAMIC)) add("code", specifier);
  for (const [, url, resolved = ""] of text.matchAll(URLS)) add("url", url ?? resolved);
  return found;
}

/**
 * Finds the modules that `entries` need, themselves included, sorted by path.
 *
 * @param root The project's folder.
 * @param entries Paths relative to it.
 * @throws {Deno.errors.NotFound} when an imported file does not exist.
 */
export async function reachableFrom(root: string, entries: readonly string[]): Promise<string[]> {
  const found = new Set(entries);
  for (const path of found) {
    if (!/\.tsx?$/.test(path)) continue;
    const text = await Deno.readTextFile(join(root, path));
    for (const { path: imported } of importsOf(path, text)) found.add(imported);
  }
  return [...found].sort();
}

/**
 * Reads every `.ts` and `.tsx` file below a folder, in no particular order.
 *
 * @param root The project's folder.
 * @returns The text by path relative to `root`, with `/`.
 */
export async function readSources(root: string): Promise<Map<string, string>> {
  const sources = new Map<string, string>();
  const folders = [""];
  for (const folder of folders) {
    for await (const { name, isDirectory } of Deno.readDir(join(root, folder))) {
      const path = posix.join(folder, name);
      if (isDirectory && !SKIPPED.has(name)) folders.push(path);
      if (/\.tsx?$/.test(name)) sources.set(path, await Deno.readTextFile(join(root, path)));
    }
  }
  return sources;
}

/** Makes the graph of a project's sources. */
export function importGraph(sources: ReadonlyMap<string, string>): ImportGraph {
  return new Map([...sources].map(([path, text]) => [path, importsOf(path, text)]));
}

/**
 * Turns the page's sources into the files a browser gets.
 *
 * HTML files keep their names. What they refer to, and what that refers to, is
 * named after its content (`style.css` becomes `style-3f2a90c41b.css`), so that
 * a browser may keep it for ever; TypeScript is bundled on the way, and so are
 * stylesheets that import others of their folder. A file that nothing refers to
 * keeps its name, TypeScript excepted: that is a module of some bundle, or a test.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { basename, dirname, join, posix } from "node:path";
import { command, denoError, Failure } from "./failure.ts";

/** Files by path, relative and with `/`. */
export type Files = Map<string, Uint8Array>;

/**
 * Where a kind of file names others. A reference counts when it is relative,
 * or absolute within the page; those with a scheme or host are left alone.
 */
const REFERENCES: Record<string, RegExp> = {
  ".html": /(?<=\s(?:src|href)=["'])[^"']+/g,
  ".css": /(?<=url\(\s*["']?|@import\s+["'])[^"')\s]+/g,
  ".webmanifest": /(?<="src"\s*:\s*")[^"]+/g,
};

/** How a stylesheet names another of its folder whose place it is. */
const IMPORT = /@import\s+["']([^"'\/]+)["'];/g;

const SCRIPT = /\.(?:[cm]?[jt]s|[jt]sx)$/;
const TYPESCRIPT = /\.(?:[cm]?ts|tsx)$/;

/** Ten hexadecimal digits: 40 bits, enough to tell the versions of one file apart. */
const HASH_DIGITS = 10;

/**
 * Reads the files of a folder and those below, hidden ones left out.
 *
 * @throws {Failure} when the folder can't be read
 */
export async function readFiles(folder: string): Promise<Files> {
  const files: Files = new Map();
  async function read(path: string): Promise<void> {
    const entries = await Array.fromAsync(Deno.readDir(join(folder, path)));
    entries.sort((a, b) => a.name < b.name ? -1 : 1);
    for (const { name, isDirectory } of entries) {
      if (name.startsWith(".")) continue;
      const inner = posix.join(path, name);
      if (isDirectory) await read(inner);
      else files.set(inner, await Deno.readFile(join(folder, inner)));
    }
  }
  try {
    await read("");
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    throw new Failure(`Cannot build the page: its sources can't be read, ${error.message}`);
  }
  return files;
}

/**
 * Makes the browser's files from the page's sources in `folder`.
 *
 * @throws {Failure} when a script can't be bundled, a reference leads nowhere or files refer to
 * each other in a circle
 */
export async function assemble(folder: string, sources: Files): Promise<Files> {
  const output: Files = new Map();
  const renamed = new Map<string, string>();
  const underWay = new Set<string>();
  const imported = new Set<string>();

  async function rename(path: string): Promise<string> {
    const known = renamed.get(path);
    if (known !== undefined) return known;
    if (underWay.has(path)) {
      throw new Failure(`Cannot build the page: ${[...underWay].join(", ")} refer in a circle`);
    }
    underWay.add(path);
    const content = SCRIPT.test(path) ? await bundle(join(folder, path)) : await link(path);
    underWay.delete(path);
    const hash = createHash("sha256").update(content).digest("hex").slice(0, HASH_DIGITS);
    const { dir, name, ext } = posix.parse(path);
    const hashed = posix.join(dir, `${name}-${hash}${SCRIPT.test(path) ? ".js" : ext}`);
    renamed.set(path, hashed);
    output.set(hashed, content);
    return hashed;
  }

  async function resolve(from: string, reference: string): Promise<string> {
    if (/^(?:[a-z][a-z0-9+.-]*:|\/\/)/i.test(reference)) return reference;
    const [path = ""] = reference.split(/[?#]/, 1);
    const target = posix.join(path.startsWith("/") ? "." : posix.dirname(from), `./${path}`);
    if (!sources.has(target)) {
      if (posix.extname(target) === "") return reference;
      throw new Failure(
        `Cannot build the page: ${from} refers to ${reference}, which is not in ${folder}`,
      );
    }
    if (target.endsWith(".html")) return reference;
    const folderAsWritten = path.slice(0, path.length - posix.basename(target).length);
    return folderAsWritten + posix.basename(await rename(target)) + reference.slice(path.length);
  }

  /** A stylesheet with others of its folder in the places of their imports: one file is here sooner. */
  function expand(path: string, text: string): string {
    if (posix.extname(path) !== ".css") return text;
    return text.replace(IMPORT, (whole, name: string) => {
      const target = posix.join(posix.dirname(path), name);
      const content = sources.get(target);
      if (content === undefined) return whole;
      if (imported.has(target)) {
        throw new Failure(
          `Cannot build the page: ${path} imports ${name}, which was imported before`,
        );
      }
      imported.add(target);
      return expand(target, new TextDecoder().decode(content));
    });
  }

  async function link(path: string): Promise<Uint8Array> {
    const content = sources.get(path) ?? new Uint8Array();
    const pattern = REFERENCES[posix.extname(path)];
    if (pattern === undefined) return content;
    const text = expand(path, new TextDecoder().decode(content));
    let linked = "";
    let end = 0;
    for (const { 0: reference, index } of text.matchAll(pattern)) {
      linked += text.slice(end, index) + await resolve(path, reference);
      end = index + reference.length;
    }
    return new TextEncoder().encode(linked + text.slice(end));
  }

  for (const path of sources.keys()) {
    if (path.endsWith(".html")) output.set(path, await link(path));
  }
  for (const path of sources.keys()) {
    if (!output.has(path) && !renamed.has(path) && !imported.has(path) && !TYPESCRIPT.test(path)) {
      output.set(path, await link(path));
    }
  }
  return output;
}

/** Bundles a script with the settings of the `deno.json` above it. */
async function bundle(path: string): Promise<Uint8Array> {
  const { success, stdout, stderr } = await command(
    Deno.execPath(),
    ["bundle", "--quiet", "--platform", "browser", "--minify", basename(path)],
    { cwd: dirname(path) },
  );
  if (!success) throw new Failure(`Cannot build the page: ${denoError(stderr)}`);
  return new TextEncoder().encode(stdout);
}

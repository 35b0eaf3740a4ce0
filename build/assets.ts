/**
 * Turns the page's sources into the files a browser gets.
 *
 * HTML files keep their names. What they refer to, and what that refers to, is
 * named after its content (`style.css` becomes `style-3f2a90c41b.css`), so that
 * a browser may keep it permanently; TypeScript is bundled on the way, and so are
 * stylesheets that import others of their folder. What a script imports with `import()` becomes a
 * file of its own. A file that nothing refers to
 * keeps its name, TypeScript excepted: that is a module of some bundle, or a test.
 *
 * @module
 */
import { join, posix } from "node:path";
import { bundle, hashedName } from "./bundle.ts";
import { Failure } from "./failure.ts";
import type { Files } from "./files.ts";

/**
 * The references of each kind of file. A reference counts when it is relative, or absolute within
 * the page; those with a scheme or host are left alone.
 */
const REFERENCES: Record<string, RegExp> = {
  ".html": /(?<=\s(?:src|href)=["'])[^"']+/g,
  ".css": /(?<=url\(\s*["']?|@import\s+["'])[^"')\s]+/g,
  ".webmanifest": /(?<="src"\s*:\s*")[^"]+/g,
};

/**
 * Finds the style sheets of its own folder that a style sheet imports, whose text takes the rule's
 * place.
 */
const IMPORT = /@import\s+["']([^"'\/]+)["'];/g;

/** Finds what a browser does not need of a style sheet: its comments and indents. */
const FILLING = /\/\*[\s\S]*?\*\/|(?<=\n)\s+/g;

/** Finds the place for links to what a script needs. */
const SCRIPT_TAG = /([ \t]*)<script\b/;
const SCRIPT = /\.(?:[cm]?[jt]s|[jt]sx)$/;
const TYPESCRIPT = /\.(?:[cm]?ts|tsx)$/;

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
  /** The parts of scripts that these can't start without. */
  const preloads = new Set<string>();

  async function rename(path: string): Promise<string> {
    const known = renamed.get(path);
    if (known !== undefined) return known;
    if (underWay.has(path)) {
      throw new Failure(`Cannot build the page: ${[...underWay].join(", ")} refer in a circle`);
    }
    underWay.add(path);
    const content = SCRIPT.test(path) ? await script(path) : await link(path);
    underWay.delete(path);
    const hashed = hashedName(path.replace(SCRIPT, ".js"), content);
    renamed.set(path, hashed);
    output.set(hashed, content);
    return hashed;
  }

  async function script(path: string): Promise<Uint8Array> {
    const { content, parts, needed } = await bundle(join(folder, path));
    const { dir } = posix.parse(path);
    for (const [name, part] of parts) output.set(posix.join(dir, name), part);
    for (const name of needed) preloads.add(posix.join(dir, name));
    return content;
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
    linked += text.slice(end);
    if (path.endsWith(".css")) linked = linked.replace(FILLING, "");
    if (path.endsWith(".html")) linked = linked.replace(SCRIPT_TAG, preload(path) + "$1<script");
    return new TextEncoder().encode(linked);
  }

  /** Links by which a browser asks for all parts at once, and not for one after the other. */
  function preload(path: string): string {
    const { dir } = posix.parse(path);
    return [...preloads].map((part) =>
      `$1<link rel="modulepreload" href="${posix.relative(dir, part)}">\n`
    ).join("");
  }

  for (const path of sources.keys()) {
    if (path.endsWith(".html")) output.set(path, await link(path));
  }
  /** Whether a style sheet takes in others: these are then no files of their own. */
  const isGathering = (path: string): boolean =>
    path.endsWith(".css") && new TextDecoder().decode(sources.get(path)).includes("@import");
  const others = [...sources.keys()].sort((a, b) =>
    Number(isGathering(b)) - Number(isGathering(a))
  );
  for (const path of others) {
    if (!output.has(path) && !renamed.has(path) && !imported.has(path) && !TYPESCRIPT.test(path)) {
      output.set(path, await link(path));
    }
  }
  return output;
}

/**
 * Bundles a script of the page: one file to begin with, and parts of it that are loaded when they are needed.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { basename, dirname, posix } from "node:path";
import { command, denoError, Failure } from "./failure.ts";
import { type Files, readFiles } from "./files.ts";

/** Ten hexadecimal digits: 40 bits, enough to tell the versions of one file apart. */
const HASH_DIGITS = 10;

/** Finds the files that a bundled one imports; the first group is there if it does so only when it is needed. */
const IMPORTS = /\b(?:from|import(\()?)\s*"\.\/([^"\\]+\.js)"/g;

/** Finds the imports of parts from which nothing is taken. */
const BARE_IMPORTS = /\bimport\s*"\.\/([^"\\]+\.js)";?/g;

/** The bundler's own helpers for CommonJS, which run nothing, and are imported also where no helper is used. */
const HELPERS = /^var \w+=Object\.create;[^]{0,600}$/;

/** A bundled script. */
export interface Bundle {
  readonly content: Uint8Array;
  /** The other files that it imports, by name; they lie beside it, and are named after their content. */
  readonly parts: Files;
  /** The names of the parts that the content itself imports, and can't start without. */
  readonly needed: readonly string[];
}

/** Names a file after its content: `page.js` becomes `page-3f2a90c41b.js`. */
export function hashedName(name: string, content: Uint8Array): string {
  const hash = createHash("sha256").update(content).digest("hex").slice(0, HASH_DIGITS);
  const { dir, name: stem, ext } = posix.parse(name);
  return posix.join(dir, `${stem}-${hash}${ext}`);
}

/**
 * Bundles a script with the settings of the `deno.json` above it. What it imports with `import()` becomes a part.
 *
 * @throws {Failure} when a script can't be bundled, or parts import each other in a circle
 */
export async function bundle(path: string): Promise<Bundle> {
  const outdir = await Deno.makeTempDir({ prefix: "hubbub-bundle-" });
  try {
    const { success, stderr } = await command(
      Deno.execPath(),
      [
        ...["bundle", "--quiet", "--platform", "browser", "--minify", "--code-splitting"],
        ...["--outdir", outdir, basename(path)],
      ],
      { cwd: dirname(path) },
    );
    if (!success) throw new Failure(`Cannot build the page: ${denoError(stderr)}`);
    return link(await readFiles(outdir), `${posix.parse(basename(path)).name}.js`);
  } finally {
    await Deno.remove(outdir, { recursive: true });
  }
}

/** Gives the parts names after their content, from those that import nothing up to the entry. */
function link(files: Files, entry: string): Bundle {
  const parts: Files = new Map();
  const renamed = new Map<string, string>();
  const underWay = new Set<string>();
  const needed = new Set<string>();

  const textOf = (name: string) => new TextDecoder().decode(files.get(name));

  function linked(name: string): string {
    const text = textOf(name).replace(
      BARE_IMPORTS,
      (whole, part: string) =>
        /^\s*$/.test(textOf(part)) || HELPERS.test(textOf(part)) ? "" : whole,
    );
    return text.replace(IMPORTS, (whole, later: string | undefined, imported: string) => {
      if (!files.has(imported)) return whole;
      const known = rename(imported);
      if (name === entry && later === undefined) needed.add(known);
      return whole.replace(imported, () => known);
    });
  }

  function rename(name: string): string {
    const known = renamed.get(name);
    if (known !== undefined) return known;
    if (underWay.has(name)) {
      throw new Failure(`Cannot build the page: ${[...underWay].join(", ")} import in a circle`);
    }
    underWay.add(name);
    const content = new TextEncoder().encode(linked(name));
    underWay.delete(name);
    // The bundler's own hash, which depends on the names before this renaming.
    const own = hashedName(name.replace(/-[A-Z0-9]{8}\.js$/, ".js"), content);
    renamed.set(name, own);
    parts.set(own, content);
    return own;
  }

  const content = new TextEncoder().encode(linked(entry));
  return { content, parts, needed: [...needed] };
}

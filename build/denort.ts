/**
 * Gets a runtime for `deno compile` from npm alone.
 *
 * `deno compile` puts a program after denort, the runtime of the same Deno,
 * which it fetches from Deno's own download place. Where only npm can be
 * reached there is a pair for Linux on x64: Deno 2.7.11, which npm has, and a
 * program that Deno 2.7.11 compiled and its makers published on npm. Without the
 * program at its end, the latter is denort as it was.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import { command, Failure } from "./failure.ts";

/** A Deno and the denort of the same version, each the path of an executable. */
export interface DenoRuntime {
  /** The version of both. */
  version: string;
  deno: string;
  denort: string;
}

/** An executable that an npm package carries. */
interface Published {
  /** The package, as `npm pack` takes it. */
  package: string;
  /** The integrity that npm states for the package, in the form of Subresource Integrity. */
  integrity: string;
  /** The path of the executable in the package. */
  path: string;
  /** The SHA-256 of the finished executable in hexadecimal. */
  sha256: string;
}

const VERSION = "2.7.11";

const DENO: Published = {
  package: `@deno/linux-x64-glibc@${VERSION}`,
  integrity:
    "sha512-TCRXqy4rHI+pKmWfjIz/qfDyfTz61qhxj+03kEJ3r0YzRGsXNoHyE7WiUawwUK2hbrBAu7hn3m5833VUYqRzOg==",
  path: "package/deno",
  sha256: "e518fbc96877fbc2b37820ec54a02e473166cb25a5d4d627ffde37360fd7d210",
};

const DENORT: Published = {
  package: "@stdy/cli-linux-x64@0.22.2",
  integrity:
    "sha512-kp5QdG26EC8gEzVXI0YgzmiiFHz7DFCNRLNfAWa2rDPHr/jUBnfkP8AlbTPmv0YNQpnKn1wzSWHFw88fn/OTog==",
  path: "package/bin/steady",
  sha256: "f12d5d3886d5ea138304fb8d67d7396cfbedf53656676132152cb89f3fa4d8e6",
};

/** The options of {@linkcode npmRuntime}. */
export interface NpmRuntimeOptions {
  /** The folder that keeps the two executables; what is there and intact is not fetched again. */
  cache: string;
  /** Called with one line about each package that is fetched. */
  onFetch?: (line: string) => void;
}

/**
 * The runtime that npm offers, for trying out: it is not what Deno's makers
 * release. The packages come through `npm pack`, so from the registry that the
 * user's npm is set up with, and are checked against hashes stated here.
 *
 * @throws {Failure} on another platform, when npm or its registry is out of reach, and when
 * anything differs from its hash
 */
export async function npmRuntime({ cache, onFetch }: NpmRuntimeOptions): Promise<DenoRuntime> {
  if (Deno.build.target !== NPM_TARGET) {
    throw new Failure(
      `Cannot take the runtime from npm: there is one for ${NPM_TARGET} alone, received ${Deno.build.target}; name one in DENORT_BIN`,
    );
  }
  const folder = join(cache, `deno-${VERSION}`);
  await Deno.mkdir(folder, { recursive: true });
  const [deno, denort] = [join(folder, "deno"), join(folder, "denort")];
  await keep(deno, DENO.sha256, () => fetchPublished(DENO, onFetch));
  await keep(denort, DENORT.sha256, async () => cutDenort(await fetchPublished(DENORT, onFetch)));
  return { version: VERSION, deno, denort };
}

/** The only platform that {@linkcode npmRuntime} has something for, as `Deno.build.target` names it. */
export const NPM_TARGET = "x86_64-unknown-linux-gnu";

/** Makes sure that `path` is an executable with this SHA-256, which `make` yields where it isn't. */
async function keep(
  path: string,
  sha256: string,
  make: () => Promise<Uint8Array>,
): Promise<void> {
  try {
    if (sha256Of(await Deno.readFile(path)) === sha256) return;
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  const content = await make();
  checkSha256(content, sha256);
  // Two compilations at once may both get here; each writes a file of its own.
  const incoming = await Deno.makeTempFile({ dir: join(path, ".."), prefix: "incoming-" });
  await Deno.writeFile(incoming, content);
  await Deno.chmod(incoming, 0o755);
  await Deno.rename(incoming, path);
}

async function fetchPublished(
  { package: name, integrity, path }: Published,
  onFetch: (line: string) => void = () => {},
): Promise<Uint8Array> {
  onFetch(`Fetching ${name} with npm`);
  const folder = await Deno.makeTempDir({ prefix: "hubbub-npm-" });
  try {
    const { success, stderr } = await command(
      "npm",
      // Out of reach is out of reach: npm's own two retries would take more than a minute.
      ["pack", "--loglevel=error", "--fetch-retries=1", name],
      { cwd: folder },
    );
    const [archive] = await Array.fromAsync(Deno.readDir(folder));
    if (!success || archive === undefined) {
      const reason = /^npm \S+ code (\S+)/m.exec(stderr)?.[1] ?? "no reason given";
      throw new Failure(`Cannot fetch ${name}: npm failed, ${reason}`);
    }
    return await extract(await Deno.readFile(join(folder, archive.name)), { integrity, path });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/**
 * Takes one file out of an npm package.
 *
 * @param archive the package as npm stores it, a gzipped tar archive
 * @throws {Failure} when the archive is not the one that `integrity` (`sha512-` and base64)
 * states, or has no such file
 */
export async function extract(
  archive: Uint8Array,
  { integrity, path }: { integrity: string; path: string },
): Promise<Uint8Array> {
  const received = `sha512-${createHash("sha512").update(archive).digest("base64")}`;
  if (received !== integrity) {
    throw new Failure(
      `Cannot use the npm package: its integrity must be ${integrity}, received ${received}`,
    );
  }
  const { buffer, byteOffset, length } = await promisify(gunzip)(archive);
  const tar = new Uint8Array(buffer, byteOffset, length);
  // A tar archive is a row of 512-byte headers, each before its file padded to 512 bytes. Of a
  // header, the first 100 bytes are the name and 12 from 124 on the size in octal.
  const field = (at: number, length: number) =>
    new TextDecoder().decode(tar.subarray(at, at + length)).replace(/\0[^]*/, "");
  for (let at = 0; at + 512 <= tar.length;) {
    const size = parseInt(field(at + 124, 12).trim() || "0", 8);
    if (field(at, 100) === path) return tar.subarray(at + 512, at + 512 + size);
    at += 512 + Math.ceil(size / 512) * 512;
  }
  throw new Failure(`Cannot use the npm package: it has no ${path}`);
}

const MAGIC = "d3n0l4nd";

/** Magic (8 bytes), two hashes (4 each), length of what was put after denort (8, little-endian). */
const TRAILER_BYTES = 24;

/**
 * Cuts the program off that `deno compile` has put after denort.
 *
 * @throws {Failure} when `executable` does not end as those of `deno compile` on Linux do
 */
export function cutDenort(executable: Uint8Array): Uint8Array {
  const bytes = Buffer.from(executable.buffer, executable.byteOffset, executable.length);
  const trailer = bytes.length - TRAILER_BYTES;
  if (trailer < 0 || bytes.toString("latin1", trailer, trailer + MAGIC.length) !== MAGIC) {
    throw new Failure("Cannot cut denort out: the executable was not made by deno compile");
  }
  const start = bytes.length - Number(bytes.readBigUInt64LE(bytes.length - 8));
  if (start <= 0 || start > trailer) {
    throw new Failure("Cannot cut denort out: the executable states an impossible length");
  }
  return executable.subarray(0, start);
}

/**
 * Refuses what is not the file it should be.
 *
 * @param sha256 in hexadecimal
 * @throws {Failure} when the content differs
 */
export function checkSha256(content: Uint8Array, sha256: string): void {
  const received = sha256Of(content);
  if (received !== sha256) {
    throw new Failure(
      `Cannot use the executable: its SHA-256 must be ${sha256}, received ${received}`,
    );
  }
}

function sha256Of(content: Uint8Array): string {
  return createHash("sha256").update(content).digest("hex");
}

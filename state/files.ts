/**
 * The files that hold the data: all of them private, none of them reached through somebody else's link.
 *
 * @module
 */
import { basename, dirname, join } from "node:path";

/** The mode of every file with data: only its owner may read it, since it holds the key of all cookies. */
const PRIVATE = 0o600;

/** The most links that lead to one file; Linux follows as many. */
const MAX_LINKS = 40;

/** The identity of a file, whatever its names are. */
export interface FileIdentity {
  readonly dev: number;
  readonly ino: number | null;
}

/** Returns the identity of the file at a path, links followed; undefined if there is none. */
export function identityOf(path: string): FileIdentity | undefined {
  try {
    const { dev, ino } = Deno.statSync(path);
    return { dev, ino };
  } catch {
    // Unreadable is as good as missing: nothing that was written could be found again.
    return undefined;
  }
}

/** True if both are the same existing file. */
export function isSameFile(a: FileIdentity | undefined, b: FileIdentity | undefined): boolean {
  return a !== undefined && b !== undefined && a.dev === b.dev && a.ino === b.ino;
}

/** True if there is anything at a path, a dangling link included. */
export function exists(path: string): boolean {
  try {
    Deno.lstatSync(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/** Returns the size of the file at a path in bytes; 0 if there is none. */
export function sizeOf(path: string): number {
  try {
    return Deno.statSync(path).size;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return 0;
    throw error;
  }
}

/**
 * Returns the path of the file that `path` leads to through links, also of one that does not exist yet: a
 * link may lead to the place of the new file.
 *
 * @throws {Deno.errors.NotFound} if the directory does not exist.
 */
export function resolve(path: string): string {
  let resolved = path;
  for (let links = 0; links < MAX_LINKS; links++) {
    const place = join(Deno.realPathSync(dirname(resolved)), basename(resolved));
    if (!isLink(place)) return place;
    const target = Deno.readLinkSync(place);
    resolved = target.startsWith("/") ? target : join(dirname(place), target);
  }
  throw new Error("it is a link that leads to itself");
}

/**
 * Makes a new file that only its owner may read, whatever the umask.
 *
 * @throws {Deno.errors.AlreadyExists} if there is anything at the path, a link included.
 */
export function createPrivate(path: string): Deno.FsFile {
  const file = Deno.openSync(path, { read: true, write: true, createNew: true, mode: PRIVATE });
  makePrivate(path);
  return file;
}

/** Takes everyone but its owner the access to a file, if it exists. */
export function makePrivate(path: string): void {
  if (Deno.build.os === "windows") return;
  try {
    const { mode, isFile } = Deno.lstatSync(path);
    if (isFile && mode !== null && (mode & 0o777) !== PRIVATE) Deno.chmodSync(path, PRIVATE);
  } catch {
    // It does not exist, or is another user's, who decides.
  }
}

/**
 * Returns a path beside `file` that nobody can foresee and nothing has. A file takes its final name only
 * when it is whole.
 */
export function temporaryPath(file: string): string {
  return `${file}.${crypto.randomUUID().slice(0, 8)}.part`;
}

/**
 * Gives a whole file its final name.
 *
 * @throws {Deno.errors.AlreadyExists} if something has that name, also if it has it only now.
 */
export function publish(temporary: string, file: string): void {
  sync(temporary);
  try {
    // Unlike a renaming, a link never replaces what is there.
    Deno.linkSync(temporary, file);
    Deno.removeSync(temporary);
  } catch (error) {
    if (error instanceof Deno.errors.AlreadyExists || exists(file)) {
      throw new Deno.errors.AlreadyExists("there is such a file already");
    }
    // A file system without links, an external disk for one.
    Deno.renameSync(temporary, file);
  }
  syncDirectory(file);
}

/** Writes to the disk what the system still holds of a file. */
export function sync(path: string): void {
  using file = Deno.openSync(path, { read: true, write: true });
  file.syncSync();
}

/** Writes a file's name to the disk, so that it survives a power loss. */
export function syncDirectory(file: string): void {
  if (Deno.build.os === "windows") return;
  using directory = Deno.openSync(dirname(file), { read: true });
  directory.syncSync();
}

/**
 * Gives a data file that no program has open another name, what SQLite has beside it included.
 *
 * @returns the new name
 */
export function setAside(file: string): string {
  const former = formerName(file);
  for (const ending of ["", "-wal", "-shm"]) {
    if (exists(file + ending)) Deno.renameSync(file + ending, former + ending);
  }
  return former;
}

/** Whether a file that was set aside lies beside a data file. */
export function hasSetAside(file: string): boolean {
  const start = `${basename(file)}.`;
  return [...Deno.readDirSync(dirname(file))].some(({ name }) =>
    name.startsWith(start) && name.endsWith(".before")
  );
}

/** The name for a data file whose place another one takes. */
export function formerName(file: string): string {
  return `${file}.${new Date().toISOString().replaceAll(/[:.]/g, "-")}.before`;
}

/** Removes a file; one that does not exist is fine. */
export function remove(path: string): void {
  try {
    Deno.removeSync(path);
  } catch {
    // It was not made.
  }
}

/** Removes a data file that no program has open, and what SQLite has beside it. */
export function removeData(file: string): void {
  for (const ending of ["", "-wal", "-shm", "-journal"]) remove(file + ending);
}

function isLink(path: string): boolean {
  try {
    return Deno.lstatSync(path).isSymlink;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

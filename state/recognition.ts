/**
 * Recognizing data files: those that must not be opened are refused with what to do.
 *
 * @module
 */
import type { DatabaseSync } from "node:sqlite";
import { sizeOf } from "./files.ts";
import { hasPresentLayout } from "./layout.ts";
import { SCHEMA_VERSION } from "./migrations/mod.ts";
import { DamageError } from "./storage_error.ts";
import { UserError } from "../lib/user_error.ts";

/** The number in a file's header that marks it as Hubbub's: "Hubb". */
export const APPLICATION_ID = 0x48756262;

/** Refuses a directory, and a pipe or device, which would be waited for without end. */
export function refuseSpecialFile(path: string): void {
  const { isFile, isDirectory } = statOf(path) ?? { isFile: true, isDirectory: false };
  if (isFile) return;
  const what = isDirectory ? "a directory" : "a pipe or a device";
  throw new UserError(`Cannot open ${path}: it is ${what}, not a file`);
}

function statOf(path: string): Deno.FileInfo | undefined {
  try {
    return Deno.statSync(path);
  } catch {
    return undefined;
  }
}

/** A log without its file: SQLite would remove it, and what it has with it. */
export function refuseLoneWal(file: string, path: string): void {
  if (sizeOf(`${file}-wal`) === 0) return;
  throw new UserError(
    `Cannot open ${path}: the file is missing or empty, but ${file}-wal still holds its data; ` +
      "restore the file, or move the -wal file away",
  );
}

/** Refuses a `-wal` beside a file that was replaced: it belongs to the former one, and SQLite would mix the two. */
export function refuseStaleWal(file: string, path: string): void {
  if (sizeOf(`${file}-wal`) === 0) return;
  throw new UserError(
    `Cannot open ${path}: it was replaced, but ${file}-wal belongs to the old file; move the -wal file ` +
      "away. `hubbub restore` does this automatically. If both were copied together, remove " +
      `${file}.lock instead`,
  );
}

/** SQLite takes a file of a few bytes for an empty one, and would write over it. */
export function refuseOtherFiles(file: Deno.FsFile, path: string): void {
  const start = new Uint8Array(16);
  file.seekSync(0, Deno.SeekMode.Start);
  const length = file.readSync(start);
  if (length === null || new TextDecoder().decode(start) === "SQLite format 3\0") return;
  // The cause marks it as a damaged data file.
  const cause = new DamageError("its first page is damaged");
  throw new UserError(`Cannot open ${path}: it is not a database`, { cause });
}

/** @throws {DamageError} if a power loss has left the file in disorder. Reads all of it: 500 MB take a second. */
export function refuseDamage(db: DatabaseSync): void {
  const [fault] = Object.values(db.prepare("pragma quick_check(1)").get() ?? {});
  if (fault !== "ok") throw new DamageError(String(fault));
}

/**
 * Refuses a database of this version that lacks a table, column or index, has one more, or has one that does more.
 *
 * @throws {UserError} then.
 */
export function refuseOtherLayout(db: DatabaseSync, path: string): void {
  if (!hasPresentLayout(db)) throw otherTables(path);
}

function otherTables(path: string): UserError {
  return new UserError(
    `Cannot open ${path}: its tables are not those that Hubbub makes; restore a backup`,
  );
}

/** Returns the version of the file's layout; 0 for a new one. */
export function recognize(db: DatabaseSync, path: string): number {
  const { application, version, encoding, tables, active } = db.prepare(`
    select application_id as application, user_version as version, encoding,
      (select count(*) from sqlite_schema) as tables,
      (select count(*) from sqlite_schema where type not in ('table', 'index')) as active
    from pragma_application_id, pragma_user_version, pragma_encoding
  `).get() ?? {};
  // In another encoding, texts have other bytes than those that are counted and overwritten.
  const isUtf8 = encoding === "UTF-8";
  if (application !== APPLICATION_ID) {
    if (isUtf8 && application === 0 && version === 0 && tables === 0) return 0;
    throw new UserError(`Cannot open ${path}: it is a database, but not Hubbub's`);
  }
  // A trigger, or a view in the place of a table, would run whatever its author likes.
  if (typeof version !== "number" || version < 1 || active !== 0 || !isUtf8) {
    throw otherTables(path);
  }
  if (version > SCHEMA_VERSION) {
    throw new UserError(
      `Cannot open ${path}: a newer version wrote it (format ${version}, ` +
        `this version knows up to ${SCHEMA_VERSION}); use that version`,
    );
  }
  return version;
}

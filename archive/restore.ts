import { DatabaseSync } from "node:sqlite";
import { copyData } from "./backup.ts";
import { ArchiveCheck } from "./check.ts";
import { inconsistency } from "./consistency.ts";
import { checkFiles } from "./files.ts";
import { parseArchiveLine } from "./format.ts";
import { readArchive } from "./state.ts";
import { type Database, openDatabase, readDatabase } from "../state/database.ts";
import { FileLock } from "../state/file_lock.ts";
import {
  createPrivate,
  exists,
  formerName,
  identityOf,
  isSameFile,
  remove,
  resolve,
  sync,
  syncDirectory,
  temporaryPath,
} from "../state/files.ts";
import { State } from "../state/state.ts";
import { DamageError } from "../state/storage_error.ts";
import { oneLine } from "../lib/errors.ts";
import { UserError } from "../lib/user_error.ts";

/**
 * Replaces a data file that no server uses with a copy. The old data is kept next to it under another name.
 * Clients that saw the old history start afresh, since the restored one has another id.
 *
 * @param data The data file; it need not exist.
 * @param copy A backup, or another data file.
 * @returns A sentence for the operator that says where the former data is.
 * @throws {UserError} if a server uses the data file, or the copy is damaged or not Hubbub's.
 */
export async function restore(data: string, copy: string): Promise<string> {
  if (data === ":memory:") throw new UserError("Cannot restore: :memory: keeps nothing");
  try {
    if (isSameFile(identityOf(data), identityOf(copy))) {
      throw new UserError(`Cannot restore: ${copy} is the data file itself`);
    }
    const file = resolve(data);
    const isNew = !exists(file);
    using lock = FileLock.acquire(file, data);
    const temporary = temporaryPath(file);
    try {
      await prepare(copy, temporary);
      const former = isNew ? undefined : setAside(file);
      // A server that is started now finds the lock held, until the restored file is in its place.
      lock.write([]);
      Deno.renameSync(temporary, file);
      syncDirectory(file);
      return `Restored ${data} from ${copy}` +
        (former === undefined ? "" : `; the data before is in ${former}`);
    } catch (error) {
      for (const ending of ["", "-wal", "-shm", "-journal", ".lock"]) remove(temporary + ending);
      if (isNew) remove(file);
      throw error;
    }
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw new UserError(`Cannot restore: ${oneLine(error)}`, { cause: error });
  }
}

/** Makes a whole, checked data file of the present layout from a copy. */
async function prepare(copy: string, temporary: string): Promise<void> {
  createPrivate(temporary).close();
  {
    // An older layout is read as it is, and migrated in its new place.
    using source = readDatabase(copy, { anyVersion: true });
    refuseDamage(source.db, copy);
    await copyData(source.db, temporary);
  }
  try {
    using database = openDatabase({ path: temporary, sync: "full" });
    checkContent(database);
  } catch (error) {
    throw new UserError(`Cannot restore ${copy}: ${oneLine(error).replaceAll(temporary, copy)}`);
  }
  const db = new DatabaseSync(temporary);
  try {
    // The restored file's own token would not be in the lock file of its new place.
    db.exec("pragma journal_mode = delete; update file set opened = ''; pragma journal_mode = wal");
  } finally {
    db.close();
  }
  remove(`${temporary}.lock`);
  sync(temporary);
}

function refuseDamage(db: DatabaseSync, copy: string): void {
  const [row] = db.prepare("pragma integrity_check(1)").all();
  const fault = String(Object.values(row ?? {})[0]);
  if (fault !== "ok") throw new UserError(`Cannot restore: ${copy} is damaged: ${oneLine(fault)}`);
}

/**
 * Checks that a file has what it promises, as an export would.
 *
 * @throws {Error} if it does not.
 */
function checkContent(database: Database): void {
  const check = new ArchiveCheck();
  for (const line of readArchive(database)) {
    check.see(line);
    // It names the cookies and signs them; rows of other tables were checked when they were written.
    if (line.type === "hubbub") parseArchiveLine(JSON.stringify(line));
  }
  check.finish();
  const fault = inconsistency(database.db);
  if (fault !== undefined) throw new DamageError(fault);
  checkFiles(database.db);
  // A server begins with this, too: what it can't go on from must not take the place of data that it can.
  new State(database);
}

/** Gives the former data another name, its log included. The data file keeps its own name meanwhile. */
function setAside(file: string): string {
  const former = formerName(file);
  Deno.linkSync(file, former);
  for (const ending of ["-wal", "-shm"]) {
    if (exists(file + ending)) Deno.renameSync(file + ending, former + ending);
  }
  return former;
}

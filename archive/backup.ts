import { backup as copy, DatabaseSync } from "node:sqlite";
import type { ArchiveLines } from "./check.ts";
import { writeArchive } from "./state.ts";
import { type Database, openDatabase } from "../state/database.ts";
import { createPrivate, exists, publish, remove, temporaryPath } from "../state/files.ts";
import { NEW_EPOCH, NO_INDEX } from "../state/schema.ts";
import { oneLine } from "../lib/errors.ts";
import { UserError } from "../lib/user_error.ts";

/** More pages than a file can have, so that all are copied in one step, of one state. */
const ALL_PAGES = 2 ** 31 - 1;

/**
 * Copies a data file, as it is at one moment, into the new file `file`, which only its owner may read: the data
 * holds the key of all cookies. The copy names its history anew, since the original goes on without it.
 *
 * @throws {UserError} if there is such a file already, or it can't be written.
 */
export function backup({ db }: Database, file: string): Promise<void> {
  return writeWhole(file, (temporary) => copyData(db, temporary));
}

/**
 * Makes a data file of an archive; only its owner may read it.
 *
 * @throws {UserError} if there is such a file already, it can't be written, or NATS can't be used.
 */
export function backupArchive(lines: ArchiveLines, file: string): Promise<void> {
  return writeWhole(file, async (temporary) => {
    try {
      using store = openDatabase({ path: temporary, sync: "full" });
      await writeArchive(store, lines);
    } finally {
      remove(`${temporary}.lock`);
    }
  });
}

/** Copies data into a file that exists and is empty, and gives the copy an epoch of its own. */
export async function copyData(db: DatabaseSync, to: string): Promise<void> {
  await copy(db, to, { rate: ALL_PAGES });
  const made = new DatabaseSync(to);
  try {
    // The token of the original must not be found anywhere in the copy.
    made.exec("pragma secure_delete = on; pragma journal_mode = delete");
    // A copy of an older layout gets an epoch when it is migrated, and the queue of an index.
    const has = made.prepare("select 1 from sqlite_schema where name = ?");
    if (has.get("file")) made.exec(NEW_EPOCH);
    if (has.get("index_queue")) made.exec(NO_INDEX);
    made.exec("pragma journal_mode = wal");
  } finally {
    made.close();
  }
}

/** Has a file written under another name, and gives it its own only when it is whole. */
async function writeWhole(
  file: string,
  write: (temporary: string) => Promise<unknown>,
): Promise<void> {
  if (exists(file)) throw existing(file);
  const temporary = temporaryPath(file);
  try {
    createPrivate(temporary).close();
    await write(temporary);
    publish(temporary, file);
  } catch (error) {
    for (const ending of ["", "-wal", "-shm", "-journal"]) remove(temporary + ending);
    if (error instanceof UserError) throw error;
    if (error instanceof Deno.errors.AlreadyExists) throw existing(file);
    throw new UserError(`Cannot back up to ${file}: ${oneLine(error)}`, { cause: error });
  }
}

function existing(file: string): UserError {
  return new UserError(`Cannot back up to ${file}: there is such a file already`);
}

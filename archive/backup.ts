import { backup as copy, DatabaseSync } from "node:sqlite";
import type { ArchiveLines } from "./check.ts";
import { ContentFolder, NewContentFolder } from "./content_folder.ts";
import type { NamedContent } from "./contents.ts";
import { writeArchive } from "./state.ts";
import { filesFolder } from "../files/content_path.ts";
import { AttachmentTable } from "../state/attachment_table.ts";
import { type Database, openDatabase } from "../state/database.ts";
import {
  createPrivate,
  exists,
  publish,
  remove,
  removeData,
  temporaryPath,
} from "../state/files.ts";
import { NEW_EPOCH, NO_INDEX } from "../state/schema.ts";
import { oneLine } from "../lib/errors.ts";
import { UserError } from "../lib/user_error.ts";

/** More pages than a file can have, so that all are copied in one step, of one state. */
const ALL_PAGES = 2 ** 31 - 1;

/**
 * Copies a data file, as it is at one moment, into the new file `file`, which only its owner may read: the data
 * holds the key of all cookies. The copy names its history anew, since the original continues without it. The files that it
 * names are in a folder beside it.
 *
 * @returns the ids of contents that are damaged or missing, and so not in the copy
 * @throws {UserError} if there is such a file already, or it can't be written.
 */
export async function backup(
  { db, path }: Pick<Database, "db" | "path">,
  file: string,
): Promise<readonly string[]> {
  const from = new ContentFolder(filesFolder(path));
  // Before the copy is made, so that nothing is deleted that it names.
  await using _hold = await from.hold();
  return await writeWhole(file, async (temporary, folder) => {
    await copyData(db, temporary);
    for (const content of contentsOf(temporary)) {
      if (await folder.take(from, content) !== undefined) folder.lose(content.id);
    }
  });
}

/**
 * Makes a data file of an archive, and the folder with its files; only its owner may read them.
 *
 * @returns the ids of contents that are not in it
 * @throws {UserError} if there is such a file already, it can't be written, or NATS can't be used.
 */
export async function backupArchive(
  lines: ArchiveLines,
  file: string,
): Promise<readonly string[]> {
  return await writeWhole(file, async (temporary, folder) => {
    try {
      using store = openDatabase({ path: temporary, sync: "full" });
      // Published together with the data.
      const contents = {
        put: (...put: Parameters<typeof folder.put>) => folder.put(...put),
        lose: (content: string) => folder.lose(content),
      };
      await writeArchive(store, lines, contents);
    } finally {
      remove(`${temporary}.lock`);
    }
  });
}

/** Returns every content that a data file names. */
export function* contentsOf(path: string): Generator<NamedContent> {
  const db = new DatabaseSync(path);
  try {
    const isThere = db.prepare("select 1 from sqlite_schema where name = 'attachment'").get();
    // A copy of an older layout has none.
    if (isThere) yield* new AttachmentTable(db).contents();
  } finally {
    db.close();
  }
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
    // Of a server on NATS, it becomes a chat of its own.
    if (has.get("run")) made.exec("delete from run");
    if (has.get("file")) made.exec(NEW_EPOCH);
    if (has.get("index_queue")) made.exec(NO_INDEX);
    made.exec("pragma journal_mode = wal");
  } finally {
    made.close();
  }
}

/** Has a file and its folder written under other names, and gives them their own only when they are whole. */
async function writeWhole(
  file: string,
  write: (temporary: string, folder: NewContentFolder) => Promise<void>,
): Promise<readonly string[]> {
  if (exists(file)) throw existing(file);
  const temporary = temporaryPath(file);
  try {
    using folder = new NewContentFolder(filesFolder(file));
    createPrivate(temporary).close();
    await write(temporary, folder);
    folder.publish();
    publish(temporary, file);
    return folder.lost;
  } catch (error) {
    removeData(temporary);
    if (error instanceof UserError) throw error;
    if (error instanceof Deno.errors.AlreadyExists && exists(file)) throw existing(file);
    throw new UserError(`Cannot back up to ${file}: ${oneLine(error)}`, { cause: error });
  }
}

function existing(file: string): UserError {
  return new UserError(`Cannot back up to ${file}: there is such a file already`);
}

import { Buffer } from "node:buffer";
import { DatabaseSync } from "node:sqlite";
import { basename, dirname, join } from "node:path";
import { contentsOf, copyData } from "./backup.ts";
import { ArchiveCheck } from "./check.ts";
import { ContentFolder, NewContentFolder } from "./content_folder.ts";
import type { NamedContent } from "./contents.ts";
import { hugeNumber, inconsistency } from "./consistency.ts";
import { checkFiles } from "./files.ts";
import { checkArchiveLine } from "./format.ts";
import { readArchive } from "./state.ts";
import { filesFolder } from "../files/content_path.ts";
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
import { FormerKeys } from "../state/former_keys.ts";
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
    // A server finds them beside the name that it is given, which may be a link.
    const folder = filesFolder(data);
    using restored = new RestoredFolder(folder);
    try {
      const key = await prepare(copy, temporary);
      await restored.fill(new ContentFolder(filesFolder(copy)), contentsOf(temporary));
      const isOldKey = !isNew && isFormerKey(file, key);
      const former = isNew ? undefined : setAside(file);
      restored.publish(former ?? formerName(file));
      // A server that is started now finds the lock held, until the restored file is in its place.
      lock.write([]);
      Deno.renameSync(temporary, file);
      syncDirectory(file);
      return `Restored ${data} from ${copy}` +
        (former === undefined ? "" : `; the data before is in ${former}`) +
        (isOldKey ? "; its signing key was replaced since: run `hubbub rotate-keys` again" : "");
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

/** Returns whether a key was replaced in the data before, as far as that can be read. */
function isFormerKey(data: string, key: Uint8Array | undefined): boolean {
  using opened = new DisposableStack();
  // Who only reads a file makes these, and leaves them: they would stay at the name that another file gets.
  const absent = ["-wal", "-shm"].map((ending) => data + ending).filter((path) => !exists(path));
  opened.defer(() => absent.forEach(remove));
  try {
    const db = opened.adopt(new DatabaseSync(data, { readOnly: true }), (db) => db.close());
    const { former } = new FormerKeys(db).read();
    return key !== undefined && former.some((known) => Buffer.from(key).equals(known));
  } catch {
    return false;
  }
}

/** The folder that is to take the place of another. Disposing removes it if it did not. */
class RestoredFolder implements Disposable {
  readonly #folder: string;
  readonly #made: NewContentFolder;

  constructor(folder: string) {
    this.#folder = folder;
    this.#made = new NewContentFolder(folder, { isReplaced: true });
  }

  /** @throws {UserError} if a content is damaged or missing, and was not when the copy was made */
  async fill(from: ContentFolder, contents: Iterable<NamedContent>): Promise<void> {
    const lost = from.lost();
    for (const content of contents) {
      if (lost.has(content.id)) continue;
      const fault = await this.#made.copy(from, content);
      if (fault === undefined) continue;
      throw new UserError(
        `Cannot restore: the file ${content.id} in ${from.path} can't be used: ${fault}`,
      );
    }
  }

  /** Puts the folder in its place, and the former one beside the former data. */
  publish(former: string): void {
    if (exists(this.#folder)) {
      Deno.renameSync(this.#folder, join(dirname(this.#folder), filesFolder(basename(former))));
    }
    this.#made.publish();
  }

  [Symbol.dispose](): void {
    this.#made[Symbol.dispose]();
  }
}

/** Makes a whole, checked data file of the present layout from a copy; returns its signing key. */
async function prepare(copy: string, temporary: string): Promise<Uint8Array | undefined> {
  createPrivate(temporary).close();
  {
    // An older layout is read as it is, and migrated in its new place.
    using source = readDatabase(copy, { anyVersion: true });
    refuseDamage(source.db, copy);
    await copyData(source.db, temporary);
  }
  let key: Uint8Array | undefined;
  try {
    using database = openDatabase({ path: temporary, sync: "full" });
    // A server begins with this, too: what it can't continue from must not take the place of data that it can.
    key = checkContent(database).store?.key;
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
  return key;
}

function refuseDamage(db: DatabaseSync, copy: string): void {
  const [row] = db.prepare("pragma integrity_check(1)").all();
  const fault = String(Object.values(row ?? {})[0]);
  if (fault !== "ok") throw new UserError(`Cannot restore: ${copy} is damaged: ${oneLine(fault)}`);
}

/**
 * Checks that a file has what it promises, as an export would, and returns its state.
 *
 * @throws {Error} if it does not.
 */
function checkContent(database: Database): State {
  const check = new ArchiveCheck();
  for (const line of readArchive(database)) {
    checkArchiveLine(line);
    check.see(line);
  }
  check.finish();
  const fault = inconsistency(database.db) ?? hugeNumber(database.db);
  if (fault !== undefined) throw new DamageError(fault);
  checkFiles(database.db);
  return new State(database);
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

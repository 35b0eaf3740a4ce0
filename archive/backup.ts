import { backup as copy } from "node:sqlite";
import type { ArchiveLines } from "./check.ts";
import { ClusterError } from "../nats/cluster_error.ts";
import { writeArchive } from "./sqlite.ts";
import { exists, openStore, type Store, StoreError } from "../sqlite/database.ts";

/** More pages than a file can have, so that all are copied in one step, of one state. */
const ALL_PAGES = 2 ** 31 - 1;

/**
 * Copies a data file as it is at one moment into `file`, which nobody but its owner may read: the
 * data has the key of all cookies in it.
 *
 * @throws {StoreError} when there is such a file already, or it can't be written.
 */
export function backup({ db }: Store, file: string): Promise<void> {
  return write(file, (part) => copy(db, part, { rate: ALL_PAGES }));
}

/**
 * Makes an archive a data file, which nobody but its owner may read.
 *
 * @throws {StoreError} when there is such a file already, or it can't be written.
 * @throws {ClusterError} when that is what reading the archive throws.
 */
export function backupArchive(lines: ArchiveLines, file: string): Promise<void> {
  return write(file, async (part) => {
    try {
      using store = openStore({ path: part, sync: "full" });
      await writeArchive(store, lines);
    } finally {
      remove(`${part}.lock`);
    }
  });
}

async function write(file: string, fill: (part: string) => Promise<unknown>): Promise<void> {
  // Not yet whole, a backup must not have the name of one.
  const part = `${file}.part`;
  if (exists(file)) {
    throw new StoreError(`Cannot back up to ${file}: there is such a file already`);
  }
  try {
    Deno.writeFileSync(part, new Uint8Array(), { mode: 0o600 });
    Deno.truncateSync(part);
    await fill(part);
    sync(part);
    Deno.renameSync(part, file);
  } catch (error) {
    remove(part);
    if (error instanceof ClusterError) throw error;
    const reason = error instanceof Error ? error.message.replaceAll("\n", " ") : String(error);
    throw new StoreError(`Cannot back up to ${file}: ${reason}`, { cause: error });
  }
}

/** SQLite leaves it to the system when a copy reaches the disk. */
function sync(path: string): void {
  using file = Deno.openSync(path, { read: true, write: true });
  file.syncSync();
}

function remove(path: string): void {
  try {
    Deno.removeSync(path);
  } catch {
    // It was not made.
  }
}

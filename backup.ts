import { backup as copy } from "node:sqlite";
import { exists, type Store, StoreError } from "./store.ts";

/** More pages than a file can have, so that all are copied in one step, of one state. */
const ALL_PAGES = 2 ** 31 - 1;

/**
 * Copies a data file as it is at one moment into `file`, which nobody but its owner may read: the
 * data has the key of all cookies in it.
 *
 * @throws {StoreError} when there is such a file already, or it can't be written.
 */
export async function backup({ db, path }: Store, file: string): Promise<void> {
  // Not yet whole, a backup must not have the name of one.
  const part = `${file}.part`;
  try {
    if (exists(file)) {
      throw new StoreError(`Cannot back up to ${file}: there is such a file already`);
    }
    Deno.writeFileSync(part, new Uint8Array(), { mode: 0o600 });
    Deno.truncateSync(part);
    await copy(db, part, { rate: ALL_PAGES });
    sync(part);
    Deno.renameSync(part, file);
  } catch (error) {
    if (error instanceof StoreError) throw error;
    remove(part);
    const reason = error instanceof Error ? error.message.replaceAll("\n", " ") : String(error);
    throw new StoreError(`Cannot back up ${path} to ${file}: ${reason}`, { cause: error });
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

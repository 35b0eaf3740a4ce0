import { DatabaseSync } from "node:sqlite";
import { join } from "node:path";
import { copyData } from "./backup.ts";
import { AttachmentTable } from "../state/attachment_table.ts";
import { type Database, readDatabase } from "../state/database.ts";
import { createPrivate, remove, temporaryPath } from "../state/files.ts";

/** A data file, or a copy of it that disposing removes. */
export interface DataToRead extends Disposable {
  readonly database: Database;
}

/**
 * Opens the data file at `path` for reading all of it. If it names files, whose bytes are read in between, that may take long, and
 * a copy is opened, of one moment: while the data file itself is read, its write-ahead log can't be shortened,
 * and grows with everything that a server stores.
 *
 * @throws {UserError} if it can't be used
 */
export async function openToRead(path: string): Promise<DataToRead> {
  using stack = new DisposableStack();
  const data = stack.use(readDatabase(path));
  if (new AttachmentTable(data.db).contents().next().done) return opened(data, stack);
  const copy = stack.adopt(temporaryFile(path), ({ remove }) => remove());
  await copyData(data.db, copy.file);
  data[Symbol.dispose]();
  // As a file alone, which needs no name once it is open: then nothing of it is left, however this ends.
  using made = new DatabaseSync(copy.file);
  made.exec("pragma journal_mode = delete");
  made.close();
  const database = stack.use(readDatabase(copy.file));
  if (Deno.build.os !== "windows") copy.remove();
  return opened(database, stack);
}

function opened(database: Database, stack: DisposableStack): DataToRead {
  const all = stack.move();
  return { database, [Symbol.dispose]: () => all.dispose() };
}

/** Makes an empty file beside the data, or where the system keeps temporary ones if nothing can be written there. */
function temporaryFile(path: string): { readonly file: string; remove(): void } {
  const file = temporaryPath(path);
  try {
    createPrivate(file).close();
    return { file, remove: () => remove(file) };
  } catch {
    const folder = Deno.makeTempDirSync({ prefix: "hubbub-export-" });
    const file = join(folder, "copy.db");
    createPrivate(file).close();
    return {
      file,
      remove() {
        remove(file);
        remove(folder);
      },
    };
  }
}

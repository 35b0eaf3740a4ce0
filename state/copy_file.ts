import { exists } from "./files.ts";
import { NO_INDEX } from "./schema.ts";

/** The most that a server may write while its file is copied, in bytes; the write-ahead log can't shrink meanwhile. */
const WAL_BYTES = 256 * 1024 * 1024;
const CHECK_MS = 200;

/**
 * The program of the worker. As text, so that the executable needs no second entry.
 *
 * All pages are copied in one step, of one state, which nothing starts again. Not `vacuum into`: without all
 * permissions, Deno lets SQLite attach no file, which that needs.
 */
const WORKER = `
  import { backup, DatabaseSync } from "node:sqlite";
  self.onmessage = async ({ data: { path, target, noIndex } }) => {
    try {
      const source = new DatabaseSync(path, { readOnly: true });
      await backup(source, target, { rate: 2 ** 31 - 1 });
      source.close();
      const made = new DatabaseSync(target);
      const isState = made.prepare("select 1 from sqlite_schema where name = 'index_queue'").get();
      if (isState) made.exec(noIndex);
      made.close();
      self.postMessage(null);
    } catch (error) {
      self.postMessage(error.message);
    }
  };
`;

/**
 * Copies a data file as it is at one moment into a new file, which only its owner may read, beside the
 * running server: in a thread of its own, so that nothing waits for it. What is in `target` is replaced.
 *
 * @throws {Error} when the copy can't be made, or the server writes too much meanwhile
 */
export async function copyFile(path: string, target: string): Promise<void> {
  // SQLite takes an empty file, and keeps its mode.
  if (exists(target)) Deno.removeSync(target);
  Deno.writeFileSync(target, new Uint8Array(), { mode: 0o600 });
  const worker = new Worker(`data:application/javascript,${encodeURIComponent(WORKER)}`, {
    type: "module",
  });
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  worker.onmessage = ({ data }: MessageEvent<string | null>) => {
    if (data === null) resolve();
    else reject(new Error(`Cannot copy the data file: ${data}`));
  };
  worker.onerror = (event) => {
    event.preventDefault();
    reject(new Error(`Cannot copy the data file: ${event.message}`));
  };
  const timer = setInterval(() => {
    const wal = `${path}-wal`;
    if (exists(wal) && Deno.statSync(wal).size > WAL_BYTES) {
      reject(new Error("Cannot copy the data file: too much is written meanwhile"));
    }
  }, CHECK_MS);
  worker.postMessage({ path, target, noIndex: NO_INDEX });
  try {
    await promise;
  } finally {
    clearInterval(timer);
    worker.terminate();
  }
}

import { sizeOf } from "./files.ts";

/**
 * The largest file that is checked, in bytes. The check reads all of it at some 500 MB/s, and as long as it
 * reads, the write-ahead log can't shrink.
 */
const MAX_CHECKED_BYTES = 4 * 2 ** 30;

/** The program of the worker. As text, so that the executable needs no second entry. */
const WORKER = `
  import { DatabaseSync } from "node:sqlite";
  self.onmessage = ({ data }) => {
    const fault = (() => {
      try {
        const db = new DatabaseSync(data, { readOnly: true });
        try {
          const [row] = db.prepare("pragma quick_check(1)").all();
          return Object.values(row ?? {})[0];
        } finally {
          db.close();
        }
      } catch (error) {
        // Only these two are about the content: a busy file or a full disk is no damage.
        return [11, 26].includes(error.errcode & 0xff) ? error.message : "ok";
      }
    })();
    self.postMessage(String(fault));
    self.close();
  };
`;

/**
 * Checks a data file in a thread of its own with SQLite's `quick_check`, and reports what is wrong.
 * Disposing ends the check.
 */
export function checkInBackground(path: string, onDamage: (fault: string) => void): Disposable {
  if (path === ":memory:" || sizeOf(path) > MAX_CHECKED_BYTES) return { [Symbol.dispose]() {} };
  const worker = new Worker(`data:application/javascript,${encodeURIComponent(WORKER)}`, {
    type: "module",
  });
  worker.onmessage = ({ data }) => {
    worker.terminate();
    if (data !== "ok") onDamage(String(data));
  };
  worker.onerror = (event) => {
    event.preventDefault();
    worker.terminate();
  };
  worker.postMessage(path);
  return { [Symbol.dispose]: () => worker.terminate() };
}

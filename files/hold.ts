/**
 * Notes that somebody copies the files of a folder: as long as there is one, no server deletes any.
 *
 * @module
 */
import { join } from "node:path";
import { MINUTE_MS } from "../lib/time.ts";
import { newContentId } from "../state/contents.ts";

/** The beginning of the names of the notes, which are empty files. */
const NAME = "copying-";
/** A note counts for so long, in ms: its writer may have been killed. */
const HOLD_MS = MINUTE_MS;
/** A note is renewed this often, in ms. */
const AGAIN_MS = 10_000;

/**
 * Keeps the server that uses a folder from deleting files until what is returned is disposed of, or this process ends.
 * The files of all data that are read after this stay.
 */
export async function holdFiles(folder: string): Promise<AsyncDisposable> {
  const path = join(folder, `${NAME}${newContentId()}`);
  try {
    await Deno.writeFile(path, new Uint8Array(), { createNew: true, mode: 0o600 });
  } catch (error) {
    // No file was uploaded yet, or no server can delete any here.
    const isNeedless = error instanceof Deno.errors.NotFound ||
      error instanceof Deno.errors.PermissionDenied || isReadOnly(error);
    if (!isNeedless) throw error;
    return { [Symbol.asyncDispose]: () => Promise.resolve() };
  }
  const timer = setInterval(() => {
    const now = new Date();
    Deno.utime(path, now, now).catch(() => {});
  }, AGAIN_MS);
  return {
    [Symbol.asyncDispose]: async () => {
      clearInterval(timer);
      // Another one has removed it, should this process have been halted for long.
      await Deno.remove(path).catch(() => {});
    },
  };
}

/** Whether a process copies the files of a folder. Removes the lock of a process that was killed. */
export async function areFilesHeld(folder: string, now: number = Date.now()): Promise<boolean> {
  for (const name of await namesIn(folder)) {
    if (!name.startsWith(NAME)) continue;
    const path = join(folder, name);
    try {
      const { mtime } = await Deno.stat(path);
      if (Math.abs(now - (mtime?.getTime() ?? now)) < HOLD_MS) return true;
      await Deno.remove(path);
    } catch (error) {
      // It was removed in this moment, or is another user's, and out of date.
      if (error instanceof Deno.errors.NotFound) continue;
      if (!(error instanceof Deno.errors.PermissionDenied)) throw error;
    }
  }
  return false;
}

/** Whether a disk can't be written to. */
function isReadOnly(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "EROFS";
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return await Array.fromAsync(Deno.readDir(folder), ({ name }) => name);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}

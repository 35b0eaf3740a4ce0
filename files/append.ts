import { ContentsError } from "../state/contents.ts";
import { delay } from "../lib/std.ts";
import { hasRoom, isFull } from "./free_space.ts";

/**
 * Bytes that are written after a look at the room that the disk still has: 256 KiB. All uploads that run at once can write
 * as many before one of them looks again, and together no more than what is left to the chat.
 */
const LOOK_BYTES = 256 * 1024;

/**
 * Bytes of an upload that wait for the disk at most: 512 KiB. With more, the system has hundreds of megabytes to write before it
 * writes the few bytes of the chat, in the order in which it got them.
 */
const UNSYNCED_BYTES = 512 * 1024;

/** Lets files be synced one at a time, so that the chat's own is never behind more than one. */
export class SyncTurns {
  #last: Promise<void> = Promise.resolve();

  /** Syncs the data of a file, when it is its turn. The disk then rests for as long as that took. */
  sync(file: Deno.FsFile): Promise<void> {
    let took = 0;
    const turn = this.#last.then(async () => {
      const start = performance.now();
      await file.syncData();
      took = performance.now() - start;
    });
    this.#last = turn.catch(() => {}).then(() => delay(took));
    return turn;
  }
}

/**
 * Writes bytes into a file from `offset` on, piece by piece: the next piece is taken when the last one is written. If
 * `bytes` throws, what came before remains, and the error is thrown on.
 *
 * @returns the offset behind the last byte
 * @throws {ContentsError} `gone`, `full` or `failed`
 */
export async function appendTo(
  path: string,
  offset: number,
  bytes: AsyncIterable<Uint8Array<ArrayBuffer>>,
  turns: SyncTurns,
): Promise<number> {
  using file = await guard(() => Deno.open(path, { write: true, create: true, mode: 0o600 }));
  await guard(() => file.seek(offset, Deno.SeekMode.Start));
  // Before the first piece, too: what fitted when it began may not any more.
  let [end, looked, synced] = [offset, offset - LOOK_BYTES, offset];
  for await (const piece of bytes) {
    if (end - looked >= LOOK_BYTES) {
      looked = end;
      if (!await hasRoom(path, 0)) throw new ContentsError("full", "the disk is full");
    }
    await guard(() => writeAll(file, piece));
    end += piece.length;
    if (end - synced >= UNSYNCED_BYTES) {
      await guard(() => turns.sync(file));
      synced = end;
    }
  }
  return end;
}

async function writeAll(file: Deno.FsFile, piece: Uint8Array): Promise<void> {
  for (let written = 0; written < piece.length;) {
    written += await file.write(written === 0 ? piece : piece.subarray(written));
  }
}

async function guard<T>(run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    const problem = isFull(error)
      ? "full"
      : error instanceof Deno.errors.NotFound
      ? "gone"
      : "failed";
    const reason = error instanceof Error ? error.message : String(error);
    throw new ContentsError(problem, reason, { cause: error });
  }
}

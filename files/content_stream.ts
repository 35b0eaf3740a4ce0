import { countGarbage } from "../lib/garbage.ts";
import { DamagedContentError } from "../state/contents.ts";

/** Bytes that are read at once: 64 KiB. */
const PIECE_BYTES = 64 * 1024;

/**
 * Reads a file from `start` up to, but without, `end`, when somebody takes it. The file is open from the first piece to
 * the last, or until the stream is cancelled.
 */
export function readFile(
  path: string,
  start: number,
  end: number,
): ReadableStream<Uint8Array<ArrayBuffer>> {
  let file: Deno.FsFile | undefined;
  let left = end - start;
  const close = () => {
    file?.close();
    file = undefined;
  };
  return new ReadableStream<Uint8Array<ArrayBuffer>>({
    async pull(controller) {
      try {
        if (left > 0 && file === undefined) {
          file = await Deno.open(path);
          await file.seek(start, Deno.SeekMode.Start);
        }
        const piece = new Uint8Array(Math.min(PIECE_BYTES, left));
        const read = left === 0 ? 0 : await file?.read(piece) ?? 0;
        if (left > 0 && read === 0) {
          throw new DamagedContentError("the file is shorter than it was");
        }
        left -= read;
        countGarbage(read);
        if (read > 0) controller.enqueue(piece.subarray(0, read));
        if (left > 0) return;
        close();
        controller.close();
      } catch (error) {
        close();
        controller.error(error);
      }
    },
    cancel: close,
  }, { highWaterMark: 0 });
}

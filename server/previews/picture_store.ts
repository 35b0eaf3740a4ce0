import { type Contents, newContentId } from "../../state/contents.ts";
import type { FileRecords } from "../../state/file_records.ts";
import type { PictureFile } from "../../state/kinds/previews.ts";

/** The media types that the picture of a preview may have. */
const TYPES: ReadonlySet<string> = new Set([
  ...["image/avif", "image/gif", "image/jpeg", "image/png", "image/webp"],
]);

/** Pictures of more pixels are not shown: they are small files that take much memory. */
const MOST_PIXELS = 60_000_000;

/** A picture whose bytes are stored, and which no event names yet. */
export interface StoredPicture {
  readonly file: PictureFile;
  readonly width: number;
  readonly height: number;
}

/** The parts that a {@linkcode PictureStore} works with. */
export interface PictureStoreOptions {
  readonly contents: Contents;
  readonly records: FileRecords;
  /** The bytes of one file; 0: none are stored. */
  readonly maxFile: number;
}

/** Stores the pictures of previews as the files that people upload, and finds out in the same way what they are. */
export class PictureStore {
  readonly #options: PictureStoreOptions;

  constructor(options: PictureStoreOptions) {
    this.#options = options;
  }

  /** Whether pictures are stored at all. */
  get isOn(): boolean {
    return this.#options.maxFile > 0;
  }

  /** The limits that the event has. */
  get limits(): FileRecords["limits"] {
    return this.#options.records.limits;
  }

  /**
   * Stores a picture for a message of a person; undefined if that fails, if it is none or a very large one, or if the
   * person may upload no more. It must be released.
   */
  async add(
    bytes: Uint8Array<ArrayBuffer>,
    person: string,
  ): Promise<StoredPicture | undefined> {
    const { contents, records, maxFile } = this.#options;
    const { length } = bytes;
    const now = Date.now();
    if (length > maxFile || records.judge(person, length) !== undefined) return undefined;
    const id = newContentId();
    try {
      await contents.begin({ id, person, name: "preview", length, begun: now });
      await contents.append(id, 0, ReadableStream.from([bytes]));
      const { type, sha256, width = 0, height = 0 } = await contents.finish(id);
      const pixels = width * height;
      if (TYPES.has(type) && pixels > 0 && pixels <= MOST_PIXELS) {
        return { file: { id, size: length, mime: type, sha256 }, width, height };
      }
    } catch {
      // The disk, or NATS.
    }
    await this.release(id);
  }

  /** Keeps a picture if a preview has it, and removes it if none has. */
  async release(id: string): Promise<void> {
    const { contents, records } = this.#options;
    try {
      await (records.isNeeded(id) ? contents.settle(id) : contents.cancel(id, { isRefused: true }));
    } catch {
      // It is found a day later, as every upload that nobody completes.
    }
  }
}

import type { Contents, NewUpload } from "../../state/contents.ts";
import type { FileRecords } from "../../state/file_records.ts";
import { LEFT_MS } from "./upload_limits.ts";

/** The bytes of an upload are more than what is left of the limit of all files. */
export class OverLimitError extends Error {
  override name = "OverLimitError";
}

/**
 * The bytes of uploads that are not files yet. They count towards the limit of all files: otherwise uploads that lack their last
 * byte could fill the disk, whatever the limit.
 */
export class UploadRoom {
  readonly #contents: Contents;
  readonly #records: FileRecords;
  /** By the id of the upload; those that were there at the start, once they are counted. */
  readonly #bytes = new Map<string, number>();
  #sum = 0;
  #counted: Promise<void> | undefined;

  constructor(
    { contents, records }: { readonly contents: Contents; readonly records: FileRecords },
  ) {
    this.#contents = contents;
    this.#records = records;
  }

  /**
   * Returns whether so many more bytes are within the limit of all files. Uploads that nobody continues with make room.
   *
   * @param idle those that nobody works on, the oldest first
   */
  async has(
    bytes: number,
    idle: Iterable<NewUpload>,
    remove: (id: string) => Promise<void>,
  ): Promise<boolean> {
    if (this.#records.limits.total === 0) return true;
    await (this.#counted ??= this.#count());
    for (const { id, begun } of idle) {
      if (this.#lack(bytes) <= 0) break;
      if (this.#bytes.has(id) && Date.now() - begun >= LEFT_MS) await remove(id);
    }
    return this.#lack(bytes) <= 0;
  }

  /** The bytes by which so many more would be over the limit. */
  #lack(bytes: number): number {
    const { limits, total } = this.#records;
    return total.bytes + this.#sum + bytes - limits.total;
  }

  /**
   * Notes that bytes of an upload arrive.
   *
   * @throws {OverLimitError} if they are more than the limit has room for
   */
  arrive(id: string, bytes: number): void {
    this.set(id, bytes);
    if (this.#records.limits.total > 0 && this.#lack(0) > 0) throw new OverLimitError();
  }

  /** Notes how many bytes of an upload are here. */
  set(id: string, bytes: number): void {
    this.delete(id);
    if (bytes > 0) this.#bytes.set(id, bytes);
    this.#sum += bytes;
  }

  /** Forgets an upload that is a file now, or gone. */
  delete(id: string): void {
    this.#sum -= this.#bytes.get(id) ?? 0;
    this.#bytes.delete(id);
  }

  async #count(): Promise<void> {
    try {
      for (const { id } of [...this.#contents.uploads()]) {
        const upload = await this.#contents.find(id);
        if (upload !== undefined && !this.#bytes.has(id)) this.set(id, upload.offset);
      }
    } catch (error) {
      // The next one to ask counts again.
      this.#counted = undefined;
      throw error;
    }
  }
}

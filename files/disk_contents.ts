import { join } from "node:path";
import { DAY_MS } from "../lib/time.ts";
import {
  type Content,
  type ContentFacts,
  type Contents,
  ContentsError,
  isContentId,
  type NewUpload,
  type Upload,
} from "../state/contents.ts";
import { UploadList } from "../state/upload_list.ts";
import { appendTo, SyncTurns } from "./append.ts";
import { contentPath } from "./content_path.ts";
import { readFile } from "./content_stream.ts";
import { parseUpload } from "./description.ts";
import { areFilesHeld } from "./hold.ts";
import { Finisher } from "./finisher.ts";
import { hasRoom, isFull } from "./free_space.ts";

/** The time after which an upload that was not completed is removed, in ms. */
const ABANDONED_MS = DAY_MS;

/**
 * The bytes of files in a folder beside the data file:
 *
 * - `uploads/ID`: the bytes of an upload that have arrived; `uploads/ID.json`: its description.
 * - `ab/ID`: a content, in one of 256 folders.
 *
 * A description names everything that a crash leaves behind: a content without a file of the chat, too, since the
 * description is removed last. So nothing needs to be looked for among the contents, and a folder that stands beside the wrong data
 * file loses nothing.
 */
export class DiskContents implements Contents {
  /** Undefined for a temporary one that is not made yet. */
  #folder: string | undefined;
  readonly #temporary: boolean;
  #made: Promise<string> | undefined;
  readonly #finisher = new Finisher();
  readonly #turns = new SyncTurns();
  readonly #uploads: UploadList<NewUpload>;

  private constructor(folder: string | undefined, uploads: UploadList<NewUpload>) {
    this.#folder = folder;
    this.#uploads = uploads;
    this.#temporary = folder === undefined;
  }

  /**
   * Opens a folder, which is made by the first upload. What an interrupted server left there that nobody can continue is removed.
   *
   * @param folder undefined for a temporary one, which is removed at the end
   */
  static async open(folder?: string, now: number = Date.now()): Promise<DiskContents> {
    const uploads = folder === undefined ? undefined : join(folder, "uploads");
    const contents = new DiskContents(folder, await readUploads(uploads));
    if (uploads !== undefined) await contents.#sweep(uploads, now);
    return contents;
  }

  /** Makes the folder, if it does not exist. */
  #make(): Promise<string> {
    return this.#made ??= (async () => {
      try {
        const folder = this.#folder ??= await Deno.makeTempDir({ prefix: "hubbub-files-" });
        await Deno.mkdir(join(folder, "uploads"), { recursive: true, mode: 0o700 });
        if (Deno.build.os !== "windows") await Deno.chmod(folder, 0o700);
        return folder;
      } catch (error) {
        this.#made = undefined;
        throw error;
      }
    })();
  }

  async #sweep(folder: string, now: number): Promise<void> {
    for (const { id, begun } of [...this.#uploads]) {
      // One that is finished may be a file already, which this class can't know.
      const isFinished = await sizeOf(this.#pathOf(id)) !== undefined;
      if (now - begun > ABANDONED_MS && !isFinished) await this.cancel(id);
    }
    for (const name of await namesIn(folder)) {
      const isKnown = this.#uploads.has(name) || this.#uploads.has(name.replace(/\.json$/, ""));
      if (!isKnown) await remove(join(folder, name));
    }
  }

  async begin(upload: NewUpload): Promise<void> {
    const { id, length } = upload;
    const folder = await this.#guard(() => this.#make());
    if (!await hasRoom(folder, length)) throw noRoom();
    try {
      await this.#guard(async () => {
        // One that a crash leaves in half is no description: the upload is not begun.
        const options = { createNew: true, mode: 0o600 };
        await Deno.writeTextFile(this.#descriptionOf(id), JSON.stringify(upload), options);
      });
    } catch (error) {
      await this.cancel(id).catch(() => {});
      throw error;
    }
    this.#uploads.add(upload);
  }

  async find(id: string): Promise<Upload | undefined> {
    const upload = this.#uploads.get(id);
    if (upload === undefined) return undefined;
    const offset = await this.#guard(async () =>
      await sizeOf(this.#partOf(id)) ??
        // It gets its final name when it is whole.
        (await sizeOf(this.#pathOf(id)) === undefined ? 0 : upload.length)
    );
    return { ...upload, offset };
  }

  async append(
    id: string,
    offset: number,
    bytes: AsyncIterable<Uint8Array<ArrayBuffer>>,
  ): Promise<number> {
    const upload = await this.find(id);
    if (upload === undefined) throw gone();
    if (offset !== upload.offset) {
      throw new ContentsError("offset", `the next byte is that at ${upload.offset}`);
    }
    try {
      return await appendTo(this.#partOf(id), offset, bytes, this.#turns);
    } catch (error) {
      if (error instanceof ContentsError && error.problem === "full") await this.cancel(id);
      throw error;
    }
  }

  async finish(id: string, network?: string): Promise<ContentFacts> {
    const upload = this.#uploads.get(id);
    if (upload === undefined) throw gone();
    if (upload.length === 0) await this.append(id, 0, ReadableStream.from([]));
    return await this.#finisher.finish({
      path: this.#partOf(id),
      target: this.#pathOf(id),
      size: upload.length,
      person: upload.person,
      ...(network !== undefined && { network }),
    });
  }

  async settle(id: string): Promise<void> {
    this.#uploads.delete(id);
    await this.#guard(() => remove(this.#descriptionOf(id)));
  }

  async cancel(id: string): Promise<boolean> {
    const isOpen = this.#uploads.has(id);
    await this.#guard(async () => {
      await remove(this.#partOf(id));
      await remove(this.#pathOf(id));
      await remove(this.#descriptionOf(id));
    });
    this.#uploads.delete(id);
    return isOpen;
  }

  uploads(): UploadList<NewUpload> {
    return this.#uploads;
  }

  async open(content: string): Promise<Content | undefined> {
    if (this.#folder === undefined) return undefined;
    const path = this.#pathOf(content);
    const size = await this.#guard(() => sizeOf(path));
    if (size === undefined) return undefined;
    return { size, read: (start, end) => readFile(path, start, end) };
  }

  async has(content: string): Promise<boolean> {
    return await this.open(content) !== undefined;
  }

  /** Lists all contents, in no order. */
  async *contents(): AsyncGenerator<{ content: string; size: number; at: number }> {
    const root = this.#folder;
    if (root === undefined) return;
    for (const folder of await namesIn(root)) {
      if (!/^[0-9a-f]{2}$/.test(folder)) continue;
      for (const content of await namesIn(join(root, folder))) {
        const { size, mtime } = await Deno.stat(join(root, folder, content));
        if (isContentId(content)) yield { content, size, at: mtime?.getTime() ?? 0 };
      }
    }
  }

  async put(content: string, bytes: AsyncIterable<Uint8Array<ArrayBuffer>>): Promise<void> {
    const folder = await this.#guard(() => this.#make());
    const path = join(folder, "uploads", `${checked(content)}.part`);
    try {
      await this.#guard(() =>
        Deno.writeFile(path, new Uint8Array(), { create: true, mode: 0o600 })
      );
      const size = await appendTo(path, 0, bytes, this.#turns);
      await this.#finisher.finish({ path, target: this.#pathOf(content), size });
    } catch (error) {
      await remove(path).catch(() => {});
      throw error;
    }
  }

  async remove(content: string): Promise<void> {
    const folder = this.#folder;
    if (folder === undefined) return;
    if (await this.#guard(() => areFilesHeld(folder))) {
      throw new ContentsError("held", "Cannot remove a file while files are copied");
    }
    await this.#guard(() => remove(this.#pathOf(content)));
  }

  /** Runs what uses the disk. */
  async #guard<T>(run: () => Promise<T>): Promise<T> {
    try {
      return await run();
    } catch (error) {
      if (isFull(error)) throw noRoom();
      const reason = error instanceof Error ? error.message : String(error);
      throw new ContentsError("failed", reason, { cause: error });
    }
  }

  #partOf(id: string): string {
    return join(this.#folder ?? missing(), "uploads", checked(id));
  }

  #descriptionOf(id: string): string {
    return `${this.#partOf(id)}.json`;
  }

  #pathOf(content: string): string {
    return contentPath(this.#folder ?? missing(), checked(content));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#finisher[Symbol.asyncDispose]();
    if (this.#temporary && this.#folder !== undefined) {
      await Deno.remove(this.#folder, { recursive: true });
    }
  }
}

async function readUploads(folder: string | undefined): Promise<UploadList<NewUpload>> {
  const uploads = new UploadList<NewUpload>();
  if (folder === undefined) return uploads;
  for (const name of await namesIn(folder)) {
    if (!name.endsWith(".json")) continue;
    const upload = parseUpload(await Deno.readTextFile(join(folder, name)));
    if (upload?.id === name.slice(0, -".json".length)) uploads.add(upload);
  }
  return uploads;
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return await Array.fromAsync(Deno.readDir(folder), ({ name }) => name);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}

function missing(): never {
  throw gone();
}

/** Refuses what could lead out of the folder. */
function checked(id: string): string {
  if (!isContentId(id)) throw gone();
  return id;
}

function gone(): ContentsError {
  return new ContentsError("gone", "there is no such upload");
}

function noRoom(): ContentsError {
  return new ContentsError("full", "the disk is full");
}

async function sizeOf(path: string): Promise<number | undefined> {
  try {
    return (await Deno.stat(path)).size;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

async function remove(path: string): Promise<void> {
  try {
    await Deno.remove(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

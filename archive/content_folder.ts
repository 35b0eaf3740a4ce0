/**
 * Folders with the bytes of files, beside a data file: reading one, and making another.
 *
 * @module
 */
import { dirname, join } from "node:path";
import { contentPath } from "../files/content_path.ts";
import { readFile } from "../files/content_stream.ts";
import { holdFiles } from "../files/hold.ts";
import { DamagedContentError, isContentId } from "../state/contents.ts";
import type { Content } from "../state/contents.ts";
import { oneLine } from "../lib/errors.ts";
import { exists, syncDirectory, temporaryPath } from "../state/files.ts";
import {
  type ContentSink,
  type ContentSource,
  faultOf,
  type NamedContent,
  verified,
} from "./contents.ts";

/** The file that names contents that were damaged or missing when a folder was made: an id in each line. */
const LOST = "lost";
/** The longest such file that is read, in bytes; half a million ids. */
const LOST_BYTES = 12 * 1024 * 1024;

/** The folder of a data file. Nothing in it but contents that something names is looked at. */
export class ContentFolder implements ContentSource {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  /** Keeps a server from deleting files of the folder; see {@linkcode holdFiles}. */
  hold(): Promise<AsyncDisposable> {
    return holdFiles(this.path);
  }

  /**
   * Opens a content. What can't be read of one is lost, as on a disk that fails: the others can still be saved.
   *
   * @throws {DamagedContentError} if something else is in its place: a link may lead anywhere, and a pipe never ends; or it
   * can't be read
   */
  async open(content: string): Promise<Content | undefined> {
    const path = contentPath(this.path, content);
    try {
      const { isFile, size } = await Deno.lstat(path);
      if (!isFile) throw new DamagedContentError("it is not a file");
      return { size, read: (start, end) => ReadableStream.from(readable(path, start, end)) };
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return undefined;
      throw unreadable(error);
    }
  }

  /** Returns the contents that were damaged or missing when the folder was made. */
  lost(): ReadonlySet<string> {
    const path = join(this.path, LOST);
    if (!exists(path)) return new Set();
    const { isFile, size } = Deno.lstatSync(path);
    if (!isFile || size > LOST_BYTES) throw new Error(`${path} is not what Hubbub writes`);
    return new Set(Deno.readTextFileSync(path).split("\n").filter(isContentId));
  }
}

async function* readable(
  path: string,
  start: number,
  end: number,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  try {
    yield* readFile(path, start, end);
  } catch (error) {
    throw unreadable(error);
  }
}

function unreadable(error: unknown): DamagedContentError {
  if (error instanceof DamagedContentError) return error;
  return new DamagedContentError(`it can't be read: ${oneLine(error)}`, { cause: error });
}

/** A folder that gets its name when it is whole. Disposing removes what has none. */
export class NewContentFolder implements ContentSink, Disposable {
  readonly #target: string;
  readonly #path: string;
  readonly #lost: string[] = [];
  #made = false;

  /**
   * @param isReplaced whether something else may be in its place until then
   * @throws {Deno.errors.AlreadyExists} if there is something in its place
   */
  constructor(target: string, { isReplaced = false } = {}) {
    if (exists(target) && !isReplaced) {
      throw new Deno.errors.AlreadyExists(`there is ${target} already`);
    }
    this.#target = target;
    this.#path = temporaryPath(target);
  }

  /** The contents that are not in it. */
  get lost(): readonly string[] {
    return this.#lost;
  }

  lose(content: string): void {
    this.#lost.push(content);
  }

  /** Returns the path for a content. */
  #place(content: string): string {
    const path = contentPath(this.#path, content);
    Deno.mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    this.#made = true;
    return path;
  }

  async put(content: NamedContent, bytes: AsyncIterable<Uint8Array<ArrayBuffer>>): Promise<void> {
    const path = this.#place(content.id);
    try {
      using file = Deno.openSync(path, { write: true, createNew: true, mode: 0o600 });
      for await (const chunk of verified(bytes, content)) {
        for (let at = 0; at < chunk.length;) at += file.writeSync(chunk.subarray(at));
      }
      file.syncSync();
    } catch (error) {
      if (exists(path)) Deno.removeSync(path);
      throw error;
    }
  }

  /**
   * Takes a content from another folder: a link if it is on the same disk, since nobody ever writes to it again, or a copy.
   *
   * @returns what is wrong with it; undefined if it was taken
   */
  async take(from: ContentFolder, content: NamedContent): Promise<string | undefined> {
    const path = this.#place(content.id);
    const opened = await from.open(content.id).catch(() => undefined);
    if (opened && link(contentPath(from.path, content.id), path)) {
      const fault = await faultOf(new ContentFolder(this.#path), content);
      if (fault !== undefined) Deno.removeSync(path);
      return fault;
    }
    return await this.copy(from, content);
  }

  /**
   * Copies a content from another folder.
   *
   * @returns what is wrong with it; undefined if it was copied
   */
  async copy(from: ContentFolder, content: NamedContent): Promise<string | undefined> {
    const fault = await faultOf(from, content);
    if (fault !== undefined) return fault;
    const found = await from.open(content.id);
    if (found === undefined) return "it is missing";
    await this.put(content, found.read(0, found.size));
  }

  /** Gives the folder its name. One without contents is none. */
  publish(): void {
    if (this.#lost.length > 0) {
      Deno.mkdirSync(this.#path, { recursive: true, mode: 0o700 });
      this.#made = true;
      const lost = this.#lost.map((id) => `${id}\n`).join("");
      Deno.writeTextFileSync(join(this.#path, LOST), lost, { mode: 0o600 });
    }
    if (!this.#made) return;
    for (const { name } of Deno.readDirSync(this.#path)) syncDirectory(join(this.#path, name, "x"));
    if (exists(this.#target)) {
      throw new Deno.errors.AlreadyExists(`there is ${this.#target} already`);
    }
    Deno.renameSync(this.#path, this.#target);
    syncDirectory(this.#target);
  }

  [Symbol.dispose](): void {
    if (exists(this.#path)) Deno.removeSync(this.#path, { recursive: true });
  }
}

/** Makes a link to a file; false if that is not possible. */
function link(from: string, to: string): boolean {
  try {
    Deno.linkSync(from, to);
    return true;
  } catch {
    // Another disk, a file system without links, or another user's file.
    return false;
  }
}

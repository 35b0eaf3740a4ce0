/**
 * The files that messages name, in an archive: a line for each. Its bytes are in lines behind it; see `archive/contents.ts`.
 *
 * @module
 */
import type { DatabaseSync } from "node:sqlite";
import type { Fields } from "../protocol/fields.ts";
import { isFileId } from "../protocol/file_names.ts";
import { FILE_NAME_BYTES } from "../protocol/mod.ts";
import { exceedsUtf8 } from "../protocol/utf8.ts";
import { type Attachment, AttachmentTable } from "../state/attachment_table.ts";
import { DamageError } from "../state/storage_error.ts";
import { isId, isIn, isText, MAX_COUNT, MAX_MS, MAX_PLACE, read, readOptional } from "./fields.ts";

/** A file; `content` is the id under which its bytes are kept, and perhaps that of a file that is gone. */
export type ArchivedFile = Omit<Attachment, "type" | "uses"> & {
  readonly type: "file";
  /** The media type that its bytes have. */
  readonly mime: string;
};

/** Parses the line of a file. */
export function readFile(fields: Fields): ArchivedFile {
  return {
    type: "file",
    id: read(fields, "id", isFileId, "the id of a file"),
    person: read(fields, "person", isId, "an id"),
    at: read(fields, "at", isIn(0, MAX_MS), "a time in ms"),
    name: read(fields, "name", isName, "the name of a file"),
    size: read(fields, "size", isIn(0, Number.MAX_SAFE_INTEGER), "a number of bytes"),
    mime: read(fields, "mime", isText(/^[\w.+-]{1,100}\/[\w.+-]{1,100}$/), "a media type"),
    ...readOptional(fields, "width", isIn(0, MAX_COUNT), "a number of pixels"),
    ...readOptional(fields, "height", isIn(0, MAX_COUNT), "a number of pixels"),
    ...readOptional(fields, "preview", isFileId, "the id of a file"),
    ...readOptional(fields, "owner", isFileId, "the id of a file"),
    hash: read(fields, "hash", isText(/^[\w-]{43}$/), "a SHA-256 in base64url"),
    content: read(fields, "content", isFileId, "the id of a file"),
  };
}

function isName(value: unknown): value is string {
  return typeof value === "string" && value !== "" && value.isWellFormed() &&
    // deno-lint-ignore no-control-regex -- they are what is looked for
    !/[\0-\x1f\x7f]/.test(value) && !exceedsUtf8(value, FILE_NAME_BYTES);
}

/** Returns the files that an archive has, by their ids: those that something names, and their previews. */
export function* archivedFiles(db: DatabaseSync): Generator<ArchivedFile> {
  for (const { uses: _, type: mime, ...file } of new AttachmentTable(db).kept()) {
    yield { type: "file", mime, ...file };
  }
}

/** Checks that files fit each other, and that there are those that messages name. */
export class FileCheck {
  readonly #files = new Map<string, Pick<ArchivedFile, "preview" | "owner">>();
  /** The pictures of previews of links. */
  readonly #shown = new Set<string>();
  /** The hash and size of each content, and the first file that has it. */
  readonly #contents = new Map<string, { readonly bytes: string; readonly first: string }>();
  /** The bytes of all contents. */
  #bytes = 0;

  /** @throws {Error} if a file can't be what it is. */
  see({ id, preview, owner, hash, size, content }: ArchivedFile): void {
    if (this.#files.has(id)) throw new Error("a file appears twice");
    if (preview !== undefined && owner !== undefined) throw new Error("a preview has a preview");
    this.#files.set(id, {
      ...(preview !== undefined && { preview }),
      ...(owner !== undefined && { owner }),
    });
    const known = this.#contents.get(content);
    const bytes = `${hash} ${size}`;
    if (known === undefined) {
      this.#contents.set(content, { bytes, first: id });
      this.#bytes += size;
      // A sum that is no number of JavaScript could not be read, and nobody could upload any more.
      if (this.#bytes > MAX_PLACE) throw new Error("all files together are too large");
    } else if (known.bytes !== bytes) {
      throw new Error("two files with one content are not equal");
    }
  }

  /** Returns whether a file is the first one with its content. */
  isFirst({ id, content }: ArchivedFile): boolean {
    return this.#contents.get(content)?.first === id;
  }

  /** @throws {Error} if a message can't name these files. */
  name(files: readonly string[]): void {
    for (const id of files) {
      const file = this.#files.get(id);
      if (file === undefined || file.owner !== undefined) {
        throw new Error("a message names a file that is missing");
      }
    }
  }

  /** @throws {Error} if a preview of a link can't have this picture. */
  show(picture: string): void {
    if (this.#files.get(picture)?.owner !== picture) {
      throw new Error("the picture of a link's preview is missing");
    }
    this.#shown.add(picture);
  }

  /** @throws {Error} if a preview and its file don't belong to each other. */
  finish(): void {
    for (const [id, { preview, owner }] of this.#files) {
      if (owner === id && this.#shown.has(id)) continue;
      const isWhole = (preview === undefined || this.#files.get(preview)?.owner === id) &&
        (owner === undefined || this.#files.get(owner)?.preview === id);
      if (!isWhole) throw new Error("a preview, or its file, is missing");
    }
  }
}

const UNKNOWN_FILES = `
  select 1 from message_file where attachment not in (select id from attachment) limit 1
`;

/**
 * Checks what a data file says of all its files: their ids are names in the folder with the bytes.
 *
 * @throws {Error} if one is not what Hubbub writes.
 */
export function checkFiles(db: DatabaseSync): void {
  const table = new AttachmentTable(db);
  for (const { type: mime, uses: _, ...file } of table.all()) readFile({ mime, ...file });
  if (!table.gone(Number.MAX_SAFE_INTEGER).every(isFileId)) {
    throw new DamageError("a content that is gone has a name that is not the id of a file");
  }
  if (db.prepare(UNKNOWN_FILES).get() !== undefined) {
    throw new DamageError("a message names a file that is missing");
  }
}

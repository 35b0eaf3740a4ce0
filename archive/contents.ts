/**
 * The bytes of files in an archive: lines behind that of the first file that has them.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import type { Fields } from "../protocol/fields.ts";
import { isFileId } from "../protocol/file_names.ts";
import { oneLine } from "../lib/errors.ts";
import { hashing } from "../state/content_hash.ts";
import { type Content, DamagedContentError } from "../state/contents.ts";
import { read } from "./fields.ts";
import type { ArchivedFile } from "./files.ts";

/** A line behind that of a file. */
export type ArchivedContent =
  /** Bytes of a content, behind those of the line before. */
  | {
    readonly type: "bytes";
    readonly content: string;
    readonly data: Uint8Array<ArrayBuffer>;
  }
  /** The bytes of a content were damaged or missing where the archive was written. */
  | { readonly type: "lost"; readonly content: string };

/** A content that something names. */
export interface NamedContent {
  readonly id: string;
  /** In bytes. */
  readonly size: number;
  /** SHA-256, in base64url. */
  readonly hash: string;
}

/** A place that contents are read from. */
export interface ContentSource {
  /** Opens a content; undefined if there is none. */
  open(content: string): Promise<Content | undefined>;
}

/** A place that contents are written to. */
export interface ContentSink {
  /**
   * Stores a content.
   *
   * @throws {Error} if `bytes` throws; then nothing of it is kept
   */
  put(content: NamedContent, bytes: AsyncIterable<Uint8Array<ArrayBuffer>>): Promise<void>;
  /** Notes that a content is damaged or missing. */
  lose(content: string): void;
}

/** The bytes of a line. */
const LINE_BYTES = 192 * 1024;

/** Parses the fields of a line but its type. */
export function readContentLine(type: ArchivedContent["type"], fields: Fields): ArchivedContent {
  const content = read(fields, "content", isFileId, "the id of a file");
  if (type === "lost") return { type, content };
  const data = read(fields, "data", isBase64, "bytes in base64");
  return { type, content, data: new Uint8Array(Buffer.from(data, "base64")) };
}

function isBase64(value: unknown): value is string {
  return typeof value === "string" && value !== "" && value.length % 4 === 0 &&
    /^[A-Za-z0-9+/]+={0,2}$/.test(value);
}

/** Prints a line; see {@linkcode ArchivedContent}. */
export function printContentLine(line: ArchivedContent): string {
  if (line.type === "lost") return JSON.stringify(line);
  const { type, content, data } = line;
  const { buffer, byteOffset, byteLength } = data;
  const text = Buffer.from(buffer, byteOffset, byteLength).toString("base64");
  return JSON.stringify({ type, content, data: text });
}

/**
 * Passes bytes on.
 *
 * @throws {DamagedContentError} if they are more, fewer or others than those of a content
 */
export async function* verified(
  bytes: AsyncIterable<Uint8Array<ArrayBuffer>>,
  { size, hash }: NamedContent,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  const { hashed, sha256 } = hashing(bytes);
  let read = 0;
  for await (const chunk of hashed) {
    read += chunk.length;
    if (read > size) throw new DamagedContentError("it has more bytes than its size says");
    yield chunk;
  }
  if (read < size) throw new DamagedContentError("it has fewer bytes than its size says");
  if (sha256() !== hash) throw new DamagedContentError("it differs from the upload");
}

/**
 * Reads a content to its end. Returns what is wrong with it; undefined if nothing is.
 *
 * @throws {Error} if it can't be known: NATS is lost
 */
export async function faultOf(
  source: ContentSource,
  content: NamedContent,
): Promise<string | undefined> {
  try {
    const found = await source.open(content.id);
    if (found === undefined) return "it is missing";
    if (found.size !== content.size) return "it has another size";
    for await (const _ of verified(found.read(0, found.size), content));
  } catch (error) {
    if (error instanceof DamagedContentError) return error.message;
    throw new Error(`the file ${content.id} can't be read now: ${oneLine(error)}`, {
      cause: error,
    });
  }
}

/** Returns the content of a file. */
export function contentOf({ content: id, size, hash }: ArchivedFile): NamedContent {
  return { id, size, hash };
}

/** Returns the lines of a content, which was looked at before. */
export async function* contentLines(
  source: ContentSource,
  content: NamedContent,
): AsyncGenerator<ArchivedContent> {
  const found = await source.open(content.id);
  if (found === undefined) throw new Error(`the file ${content.id} is gone`);
  let [line, filled] = [new Uint8Array(LINE_BYTES), 0];
  for await (const chunk of verified(found.read(0, found.size), content)) {
    for (let at = 0; at < chunk.length;) {
      const piece = chunk.subarray(at, at + LINE_BYTES - filled);
      line.set(piece, filled);
      [at, filled] = [at + piece.length, filled + piece.length];
      if (filled < LINE_BYTES) continue;
      yield { type: "bytes", content: content.id, data: line };
      [line, filled] = [new Uint8Array(LINE_BYTES), 0];
    }
  }
  if (filled > 0) yield { type: "bytes", content: content.id, data: line.subarray(0, filled) };
}

/** A message for the operator: which files are not in what was written. */
export function lostMessage(what: string, lost: readonly string[]): string {
  const shown = lost.slice(0, 10).join(", ") + (lost.length > 10 ? " …" : "");
  const count = lost.length === 1 ? "1 file is" : `${lost.length} files are`;
  return `${what}, but ${count} damaged or missing here, and not in it: ${shown}`;
}

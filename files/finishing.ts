/**
 * The work that a whole upload causes, done in the worker of {@linkcode Finisher}, where reading, hashing and syncing
 * delay nobody.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { dirname } from "node:path";
import { fileTypeFromBuffer } from "file-type";
import { archiveType, withoutArchives } from "./archives.ts";
import { type PictureSize, pictureSize } from "../lib/picture_size.ts";
import { HEAD_BYTES, TextTest, typeName } from "./media_types.ts";

/** Bytes that are read at once. */
const PIECE_BYTES = 256 * 1024;

/** Work for the worker. */
export type FinishCall =
  /** Hashes a file, syncs it and gives it its final name. */
  | {
    readonly type: "store";
    /** The file that holds the bytes. If it is gone, `target` has them already. */
    readonly path: string;
    /** Its final name; by default it stays where it is. */
    readonly target?: string;
    /** The size in bytes without which it gets no name. */
    readonly size: number;
  }
  /** Finds out what a file is. It may never end, if somebody has made the file for that. */
  | { readonly type: "look"; readonly path: string };

/** The answers to a {@linkcode FinishCall}. */
export interface FinishResults {
  readonly store: {
    readonly sha256: string;
    readonly size: number;
    /** The type, if the whole is text. */
    readonly text?: string;
  };
  readonly look: { readonly type: string } & Partial<PictureSize>;
}

/** An answer, or why there is none. */
export type FinishAnswer =
  | { readonly result: FinishResults[FinishCall["type"]] }
  | { readonly error: string; readonly isMissing: boolean };

/** Does the work. */
export async function finish(call: FinishCall): Promise<FinishAnswer> {
  try {
    return { result: call.type === "store" ? store(call) : await look(call.path) };
  } catch (error) {
    const isMissing = error instanceof Deno.errors.NotFound;
    return { error: error instanceof Error ? error.message : String(error), isMissing };
  }
}

function store(
  { path, target = path, size }: Extract<FinishCall, { type: "store" }>,
): FinishResults["store"] {
  const source = exists(path) ? path : target;
  const result = read(source);
  if (target !== path && result.size === size) publish(source, target);
  return result;
}

async function look(path: string): Promise<FinishResults["look"]> {
  const head = await readHead(path);
  const type = archiveType(head) ?? typeName(await fileTypeFromBuffer(withoutArchives(head)));
  return { type, ...pictureSize(type, head) };
}

async function readHead(path: string): Promise<Uint8Array> {
  using file = await Deno.open(path);
  const { size } = await file.stat();
  const head = new Uint8Array(Math.min(HEAD_BYTES, size));
  let length = 0;
  while (length < head.length) {
    const read = await file.read(head.subarray(length));
    if (read === null) break;
    length += read;
  }
  return head.subarray(0, length);
}

function read(path: string): FinishResults["store"] {
  using file = Deno.openSync(path, { read: true, write: true });
  const hash = createHash("sha256");
  const test = new TextTest();
  const piece = new Uint8Array(PIECE_BYTES);
  let size = 0;
  for (let read; (read = file.readSync(piece)) !== null;) {
    const bytes = piece.subarray(0, read);
    hash.update(bytes);
    test.add(bytes);
    size += read;
  }
  // Before it gets its name, so that the name never leads to anything else.
  file.syncSync();
  const text = test.end();
  return { sha256: hash.digest("base64url"), size, ...(text !== undefined && { text }) };
}

function publish(source: string, target: string): void {
  const folder = dirname(target);
  if (!exists(folder)) {
    Deno.mkdirSync(folder, { mode: 0o700 });
    syncFolder(dirname(folder));
  }
  if (source !== target) Deno.renameSync(source, target);
  syncFolder(folder);
}

function syncFolder(path: string): void {
  if (Deno.build.os === "windows") return;
  using folder = Deno.openSync(path, { read: true });
  folder.syncSync();
}

function exists(path: string): boolean {
  try {
    Deno.lstatSync(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

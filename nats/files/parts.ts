/**
 * Files as parts of the stream, and parts as bytes of a file.
 *
 * @module
 */
import { describeWhole, parseWhole, type Part } from "./abouts.ts";
import { FullError } from "../errors.ts";
import type { StoredPart } from "./stored_part.ts";
import { type FileStream, PART_BYTES } from "./stream.ts";
import { hashing } from "../../state/content_hash.ts";
import { DamagedContentError } from "../../state/contents.ts";

/** The operations of {@linkcode putFile} on the stream. */
type PartStream = Pick<FileStream, "store" | "part" | "about" | "erase">;

/** The most parts of a file: so many fit into one message that lists them. */
export const MAX_PARTS = 20_000;
/** Of a file that was not looked at, since the chat knows its type. */
const UNKNOWN_TYPE = "application/octet-stream";

/**
 * Cuts bytes into parts of `size` bytes; the last one may be smaller. If `bytes` throws, what came before is a part, and
 * the error is thrown behind it. A part is valid until the next one is taken, which has the same memory.
 */
export async function* inParts(
  bytes: AsyncIterable<Uint8Array<ArrayBuffer>>,
  size: number,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  const part = new Uint8Array(size);
  let filled = 0;
  let failure: { readonly error: unknown } | undefined;
  try {
    for await (const chunk of bytes) {
      for (let at = 0; at < chunk.length;) {
        const piece = chunk.subarray(at, at + size - filled);
        part.set(piece, filled);
        filled += piece.length;
        at += piece.length;
        if (filled < size) continue;
        yield part;
        filled = 0;
      }
    }
  } catch (error) {
    failure = { error };
  }
  if (filled > 0) yield part.subarray(0, filled);
  if (failure) throw failure.error;
}

/**
 * Returns all parts of an upload: what is not known of them is asked for.
 *
 * @throws {Error} if one is missing
 */
export async function partsOf(
  stream: FileStream,
  id: string,
  known: readonly (Part | undefined)[],
): Promise<Part[]> {
  const parts: Part[] = [];
  for (const [number, part] of known.entries()) {
    if (part) {
      parts.push(part);
      continue;
    }
    const stored = await stream.part({ id, number });
    if (!stored) throw new Error(`part ${number} of ${id} is missing`);
    parts.push({ seq: stored.seq, size: stored.data.length });
  }
  return parts;
}

/**
 * Reads the bytes of a file from `start` up to, but without, `end`: one part after the other, none before it is wanted.
 *
 * @throws {DamagedContentError} if one is missing or has another size
 * @throws {Error} if NATS fails
 */
export async function* readParts(
  stream: { readonly part: (which: Pick<Part, "seq">) => Promise<StoredPart | undefined> },
  parts: readonly Part[],
  start: number,
  end: number,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  let offset = 0;
  for (const { seq, size } of parts) {
    const [from, to] = [Math.max(start - offset, 0), Math.min(end - offset, size)];
    offset += size;
    if (from >= to) continue;
    yield await pieceOf(stream, { seq, size }, from, to);
  }
}

/** Returns bytes of a part. A reader may keep what it has got, but not what is around it. */
async function pieceOf(
  stream: { readonly part: (which: Pick<Part, "seq">) => Promise<StoredPart | undefined> },
  { seq, size }: Part,
  from: number,
  to: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const part = await stream.part({ seq });
  if (part?.data.length !== size) {
    throw new DamagedContentError(`part ${seq} of a file is missing`);
  }
  return part.data.slice(from, to);
}

/**
 * Stores a file that has an id. What is there of the same one, since another server stores it or one was killed meanwhile, is
 * used.
 *
 * @throws {FullError} if JetStream can't store more
 * @throws {Error} if another file has the id, or NATS fails; nothing is kept then, unless it may be whole
 */
export async function putFile(
  stream: PartStream,
  id: string,
  bytes: AsyncIterable<Uint8Array<ArrayBuffer>>,
): Promise<void> {
  const parts: Part[] = [];
  const own: number[] = [];
  let mayBeWhole = false;
  const { hashed, sha256 } = hashing(bytes);
  // By it, parts are found should this process be killed. It is no upload that anybody can go on with.
  const note = await stream.store(id, "upload", "");
  const notes = note === undefined ? [] : [note];
  try {
    let offset = 0;
    for await (const data of inParts(hashed, PART_BYTES)) {
      const number = parts.length;
      if (number === MAX_PARTS) throw new FullError("NATS takes no file of so many parts");
      const stored = await stream.store(id, number, data, offset);
      if (stored !== undefined) own.push(stored);
      parts.push({ seq: stored ?? await samePart(stream, id, number, data), size: data.length });
      offset += data.length;
    }
    const facts = { sha256: sha256(), type: UNKNOWN_TYPE };
    await refuseLostParts(stream, parts, own);
    // Without an answer, it may be stored nevertheless.
    mayBeWhole = true;
    const whole = await stream.store(id, "whole", describeWhole({ size: offset, parts, facts }));
    if (whole === undefined) await refuseErased(stream, id);
  } catch (error) {
    // The last part goes first: without gaps, the rest is found again.
    const stored = [...own.toReversed(), ...notes];
    if (!mayBeWhole) await eraseUnused(stream, id, stored).catch(() => {});
    throw error;
  }
  // What stays is swept one day.
  for (const seq of notes) await stream.erase(seq).catch(() => {});
}

/** Erases messages, except the parts with which another server has completed the file. */
async function eraseUnused(stream: PartStream, id: string, own: readonly number[]): Promise<void> {
  const whole = await stream.about(id, "whole");
  const used = new Set((whole && parseWhole(whole.data))?.parts.map(({ seq }) => seq));
  for (const seq of own) {
    if (!used.has(seq)) await stream.erase(seq);
  }
}

/** Checks that the parts of another server, which may have failed meanwhile and erased them, are still there. */
async function refuseLostParts(
  stream: PartStream,
  parts: readonly Part[],
  own: readonly number[],
): Promise<void> {
  const known = new Set(own);
  for (const { seq } of parts) {
    if (known.has(seq) || await stream.part({ seq })) continue;
    throw new Error("another server did not store this file as a whole");
  }
}

/** Checks that nobody has begun to erase a file that was whole already. */
async function refuseErased(stream: PartStream, id: string): Promise<void> {
  const [whole, gone] = [await stream.about(id, "whole"), await stream.about(id, "gone")];
  if (whole && !(gone && gone.seq > whole.seq)) return;
  throw new Error("another server erases this file");
}

/** Returns the place of a part that is there, if it has these bytes. */
async function samePart(
  stream: PartStream,
  id: string,
  number: number,
  data: Uint8Array,
): Promise<number> {
  const part = await stream.part({ id, number });
  if (part && isEqual(part.data, data)) return part.seq;
  throw new Error(`another file has the id ${id}`);
}

function isEqual(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && one.every((byte, at) => byte === other[at]);
}

/**
 * Uploads of random bytes, for tests of what keeps them.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { type Contents, newContentId, type NewUpload } from "../state/contents.ts";

/** Describes an upload of so many bytes. */
export function newUpload(length: number, begun: number = Date.now()): NewUpload {
  return { id: newContentId(), person: "ann", name: "a.bin", length, begun };
}

/** Makes bytes that are no text, no picture and the same nowhere else. */
export function randomBytes(length: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length);
  for (let at = 0; at < length; at += 65_536) {
    crypto.getRandomValues(bytes.subarray(at, at + 65_536));
  }
  bytes[0] = 0;
  return bytes;
}

/** Returns the SHA-256 of bytes, in base64url. */
export function sha256Of(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("base64url");
}

/** Gives bytes in pieces. */
export async function* pieces(
  bytes: Uint8Array<ArrayBuffer>,
  size = 50_000,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  for (let at = 0; at < bytes.length; at += size) {
    yield await Promise.resolve(bytes.slice(at, at + size));
  }
}

/** Gives bytes in pieces, and fails. */
export async function* broken(
  bytes: Uint8Array<ArrayBuffer>,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  yield* pieces(bytes);
  throw new Error("disconnected");
}

/** Reads a range of a content, by default all; undefined if there is no content. */
export async function readContent(
  contents: Pick<Contents, "open">,
  id: string,
  start = 0,
  end?: number,
): Promise<Uint8Array | undefined> {
  const content = await contents.open(id);
  return content && await new Response(content.read(start, end ?? content.size)).bytes();
}

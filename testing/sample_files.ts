/**
 * Files for tests, harmless and otherwise.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { crc32, deflateRawSync } from "node:zlib";

const UTF8 = new TextEncoder();

/** Returns a text as bytes. */
export function text(content: string): Uint8Array<ArrayBuffer> {
  return UTF8.encode(content);
}

/** Bytes that are no text and no known type. */
export function randomBytes(length: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length);
  for (let at = 0; at < length; at += 65_536) {
    crypto.getRandomValues(bytes.subarray(at, at + 65_536));
  }
  bytes[0] = 0;
  return bytes;
}

/** The first chunks of a PNG that says it has this size; its pixels are missing, or one black row. */
export function png(width: number, height: number): Uint8Array<ArrayBuffer> {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 0, 0, 0, 0], 8);
  // A zlib stream of zeros, cut to 1 kB.
  const pixels = deflateRawSync(new Uint8Array(1 << 20)).subarray(0, 900);
  return concat(
    new Uint8Array([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk("IHDR", header),
    chunk("IDAT", concat(new Uint8Array([0x78, 0x9c]), new Uint8Array(pixels))),
    chunk("IEND", new Uint8Array()),
  );
}

function chunk(type: string, data: Uint8Array): Uint8Array {
  const body = concat(text(type), data);
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  sum.writeUInt32BE(crc32(body));
  return concat(length, body, sum);
}

/** A GIF of one pixel. */
export function gif(): Uint8Array<ArrayBuffer> {
  return new Uint8Array(
    Buffer.from("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7", "base64"),
  );
}

/** A picture that is also a script: its header opens a comment. */
export function gifScript(script: string): Uint8Array<ArrayBuffer> {
  return concat(
    text("GIF89a/*"),
    new Uint8Array([0x80, 0, 0, 0, 0, 0, 255, 255, 255]),
    text(`*/=0;${script}//`),
    new Uint8Array([0x3b]),
  );
}

/** A zip of one file, as office documents have it, of which each megabyte takes a kilobyte. */
export function zipBomb(megabytes: number): Uint8Array<ArrayBuffer> {
  const size = megabytes * 1024 * 1024;
  const packed = deflateRawSync(new Uint8Array(size));
  const name = text("[Content_Types].xml");
  const local = Buffer.alloc(30);
  local.writeUInt32LE(0x04034b50, 0);
  local.writeUInt16LE(20, 4);
  local.writeUInt16LE(8, 8);
  local.writeUInt32LE(packed.length, 18);
  local.writeUInt32LE(size, 22);
  local.writeUInt16LE(name.length, 26);
  return concat(local, name, packed);
}

/** Joins bytes. */
export function concat(...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Buffer.concat(parts));
}

/**
 * Takes out of a JPEG what tells more than the picture: place, time, camera, thumbnails of what was cut away, comments.
 *
 * The segments that a decoder needs are copied as they are, so the picture itself is not encoded again and loses
 * nothing. Of Exif the orientation alone stays, in a segment of its own.
 *
 * @module
 */

/** Markers: FF and one of these. */
const SOI = 0xd8;
const EOI = 0xd9;
const SOS = 0xda;
const APP0 = 0xe0;
const APP1 = 0xe1;
const APP2 = 0xe2;
const APP14 = 0xee;
const APP15 = 0xef;
const COMMENT = 0xfe;

/** Whether a file is a JPEG by its beginning. */
export function isJpeg(bytes: Uint8Array): boolean {
  return bytes[0] === 0xff && bytes[1] === SOI && bytes[2] === 0xff;
}

/**
 * The same picture without its metadata. Behind something that is not JPEG nothing is copied any more; what decoders
 * make of that does not change.
 */
export function withoutMetadata(bytes: Uint8Array): Blob {
  const parts: Uint8Array<ArrayBuffer>[] = [new Uint8Array([0xff, SOI])];
  let orientation = 1;
  let at = 2;
  const kept: [number, number][] = [];
  while (at + 1 < bytes.length) {
    // Any number of FF may stand in front of a marker.
    if (bytes[at] !== 0xff) break;
    const marker = bytes[at + 1] ?? 0;
    if (marker === 0xff) {
      at++;
      continue;
    }
    if (marker === EOI) {
      kept.push([at, at + 2]);
      break;
    }
    if (marker >= 0xd0 && marker <= 0xd7 || marker === 0x01) {
      kept.push([at, at + 2]);
      at += 2;
      continue;
    }
    const length = lengthAt(bytes, at + 2);
    if (length < 2 || at + 2 + length > bytes.length) break;
    const end = at + 2 + length;
    if (marker === APP1) orientation = orientationOf(bytes.subarray(at + 4, end)) ?? orientation;
    const next = marker === SOS ? endOfScan(bytes, end) : end;
    if (isNeeded(marker, bytes.subarray(at + 4, end))) kept.push([at, next]);
    at = next;
  }
  // In front of all others but JFIF's own, where decoders look for it.
  const isJfif = kept[0] !== undefined && bytes[kept[0][0] + 1] === APP0;
  const place = isJfif ? 1 : 0;
  for (const [index, [start, end]] of kept.entries()) {
    if (index === place && orientation !== 1) parts.push(exifWith(orientation));
    parts.push(bytes.slice(start, end));
  }
  return new Blob(parts, { type: "image/jpeg" });
}

function isNeeded(marker: number, content: Uint8Array): boolean {
  if (marker === COMMENT) return false;
  if (marker < APP0 || marker > APP15) return true;
  // These segments say what colour the numbers mean, and how they are transformed.
  return marker === APP0 && startsWith(content, "JFIF\0") ||
    marker === APP2 && startsWith(content, "ICC_PROFILE\0") ||
    marker === APP14 && startsWith(content, "Adobe");
}

/** The end of the picture data behind a header: the next marker that is not part of the data. */
function endOfScan(bytes: Uint8Array, start: number): number {
  let at = start;
  while (true) {
    at = bytes.indexOf(0xff, at);
    if (at === -1 || at + 1 >= bytes.length) return bytes.length;
    const next = bytes[at + 1] ?? 0;
    if (next !== 0 && next !== 0xff && !(next >= 0xd0 && next <= 0xd7)) return at;
    at += next === 0xff ? 1 : 2;
  }
}

/** The orientation in Exif, from 1 to 8. */
function orientationOf(content: Uint8Array): number | undefined {
  if (!startsWith(content, "Exif\0\0")) return undefined;
  const tiff = new DataView(content.buffer, content.byteOffset + 6, content.byteLength - 6);
  try {
    const isLittle = tiff.getUint16(0) === 0x4949;
    const directory = tiff.getUint32(4, isLittle);
    const count = tiff.getUint16(directory, isLittle);
    for (let i = 0; i < count; i++) {
      const entry = directory + 2 + i * 12;
      if (tiff.getUint16(entry, isLittle) !== 0x0112) continue;
      const value = tiff.getUint16(entry + 8, isLittle);
      return value >= 1 && value <= 8 ? value : undefined;
    }
  } catch {
    // It is cut off.
  }
  return undefined;
}

/** A segment of Exif with the orientation alone. */
function exifWith(orientation: number): Uint8Array<ArrayBuffer> {
  return new Uint8Array([
    ...[0xff, APP1, 0, 34],
    ...[0x45, 0x78, 0x69, 0x66, 0, 0], // "Exif"
    ...[0x4d, 0x4d, 0, 42, 0, 0, 0, 8], // big-endian, the directory is at 8
    ...[0, 1], // of one entry:
    ...[0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, orientation, 0, 0],
    ...[0, 0, 0, 0], // and no other directory
  ]);
}

function lengthAt(bytes: Uint8Array, at: number): number {
  return (bytes[at] ?? 0) << 8 | (bytes[at + 1] ?? 0);
}

function startsWith(bytes: Uint8Array, text: string): boolean {
  return [...text].every((character, index) => bytes[index] === character.charCodeAt(0));
}

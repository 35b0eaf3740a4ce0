/**
 * The size of a picture by its first bytes.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { disableTypes, imageSize, types } from "image-size";

/**
 * The first bytes of an AVIF that its size is read from: 128 KiB. They have all that it says of itself, but for very large profiles
 * of colours.
 */
const AVIF_BYTES = 128 * 1024;

/**
 * The most sizes that these may state; an honest one states a few. The library looks through all boxes for each: 6,500 sizes
 * took it half a second.
 */
const AVIF_SIZES = 100;

/** The most steps that the library may take through a JPEG, of some 3 µs each; an honest one takes less than 100. */
const JPEG_STEPS = 10_000;

/** Bytes of an entry of Exif, each of which is a step. */
const EXIF_ENTRY_BYTES = 12;

/**
 * The most pixels of a picture that a browser is to show without being asked: twice what large cameras make. A picture
 * of 1 kB can ask for more memory than any device has.
 */
const MAX_PIXELS = 200_000_000;

/** The longest side of a picture, in pixels: browsers draw no longer ones. */
const MAX_SIDE = 32_767;

/** The size of a picture in pixels, as it is shown. */
export interface PictureSize {
  readonly width: number;
  readonly height: number;
}

/** The types of the pictures that are shown, with their names in the library. */
const NAMES: ReadonlyMap<string, string> = new Map([
  ["image/jpeg", "jpg"],
  ["image/png", "png"],
  ["image/gif", "gif"],
  ["image/webp", "webp"],
  ["image/avif", "avif"],
]);

/**
 * The library tries all of its types where the first bytes do not tell, and looks through the whole text of an SVG: 20 ms
 * for 24 KB, seconds for a megabyte.
 */
const READ: readonly string[] = ["jpg", "png", "gif", "webp", "heif"];
disableTypes(types.filter((type) => !READ.includes(type)));

/**
 * Reads the size of a picture from its first bytes, without decoding it. Undefined if it is no picture that browsers show,
 * says none, or is too large to be shown.
 */
export function pictureSize(type: string, head: Uint8Array): PictureSize | undefined {
  const name = NAMES.get(type);
  if (name === undefined) return undefined;
  const bytes = type === "image/avif" ? head.subarray(0, AVIF_BYTES) : head;
  try {
    if (!isQuick(type, bytes)) return undefined;
    const { width, height, orientation = 1, type: found } = imageSize(bytes);
    if (found !== name) return undefined;
    // From 5 on, a camera was held on its side.
    const size = orientation >= 5 ? { width: height, height: width } : { width, height };
    return isShown(size) ? size : undefined;
  } catch {
    // It is cut off, or not what its first bytes promise.
    return undefined;
  }
}

/** Returns false if the library takes long to find the size, as somebody may intend. */
function isQuick(type: string, head: Uint8Array): boolean {
  const bytes = Buffer.from(head.buffer, head.byteOffset, head.byteLength);
  // The library goes by the first bytes.
  if (type !== "image/jpeg" && bytes[0] === 0xff) return false;
  switch (type) {
    case "image/avif":
      return isQuickAvif(bytes);
    case "image/jpeg":
      return isQuickJpeg(bytes);
    default:
      return true;
  }
}

function isQuickAvif(bytes: Buffer): boolean {
  let sizes = 0;
  for (let at = -1; (at = bytes.indexOf("ispe", at + 1)) >= 0;) {
    if (++sizes > AVIF_SIZES) return false;
  }
  return true;
}

/** Goes through a JPEG as the library does: by its segments, and byte by byte where there is none. Throws at its end. */
function isQuickJpeg(bytes: Buffer): boolean {
  let at = 4;
  for (let steps = 0; steps < JPEG_STEPS; steps++) {
    const length = bytes.readUInt16BE(at);
    if (bytes[at + length] !== 0xff) {
      at++;
      continue;
    }
    if (bytes.toString("latin1", at + 2, at + 6) === "Exif") steps += length / EXIF_ENTRY_BYTES;
    const marker = bytes.readUInt8(at + length + 1);
    if (marker >= 0xc0 && marker <= 0xc2) return true;
    at += length + 2;
  }
  return false;
}

function isShown({ width, height }: PictureSize): boolean {
  return [width, height].every((side) => Number.isInteger(side) && side > 0 && side <= MAX_SIDE) &&
    width * height <= MAX_PIXELS;
}

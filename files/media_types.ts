/**
 * The media type of a file by its content, never by what somebody says it is.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import type { FileTypeResult } from "file-type";
import { imageSize } from "image-size";

/** The first bytes of a file that its type and the size of a picture are read from: 1 MiB. */
export const HEAD_BYTES = 1024 * 1024;

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

/** The type of unrecognized contents. */
export const UNKNOWN_TYPE = "application/octet-stream";

/** The bytes that {@linkcode markupType} looks at: comments may come before what tells the type. */
const MARKUP_BYTES = 4096;

/**
 * The most pixels of a picture that a browser is to show without being asked: twice what large cameras make. A picture
 * of 1 kB can ask for more memory than any device has.
 */
const MAX_PIXELS = 200_000_000;

/** The longest side of a picture, in pixels: browsers draw no longer ones. */
const MAX_SIDE = 32_767;

/** The names that this chat uses where the library has another or a finer one. */
const NAMES: ReadonlyMap<string, string> = new Map([
  ["application/ogg", "audio/ogg"],
  ["audio/ogg; codecs=opus", "audio/ogg"],
  ["image/apng", "image/png"],
  ["video/ogg", "video/ogg"],
]);

/** Returns the name of what the library has found. */
export function typeName(found: FileTypeResult | undefined): string {
  const mime = found?.mime ?? UNKNOWN_TYPE;
  const named = NAMES.get(mime) ?? mime.split(";", 1)[0] ?? UNKNOWN_TYPE;
  return /^[a-z]+\/[a-z0-9.+-]{1,100}$/.test(named) ? named : UNKNOWN_TYPE;
}

/**
 * Chooses between the library's type and that of the whole as text. A text is never a picture or a sound,
 * whatever its first letters are.
 */
export function chooseType(found: string, text: string | undefined): string {
  if (text === undefined || /^(?:application\/(?:pdf|postscript|rtf)|text\/.*)$/.test(found)) {
    return found;
  }
  return text;
}

/** The size of a picture in pixels, as it is shown. */
export interface PictureSize {
  readonly width: number;
  readonly height: number;
}

/** The types of the pictures that are shown. */
const PICTURES: ReadonlySet<string> = new Set([
  "image/jpeg",
  "image/png",
  "image/gif",
  "image/webp",
  "image/avif",
]);

/**
 * Reads the size of a picture from its first bytes, without decoding it. Undefined if it is no picture that browsers show,
 * says none, or is too large to be shown.
 */
export function pictureSize(type: string, head: Uint8Array): PictureSize | undefined {
  if (!PICTURES.has(type)) return undefined;
  const bytes = type === "image/avif" ? head.subarray(0, AVIF_BYTES) : head;
  try {
    if (!isQuick(type, bytes)) return undefined;
    const { width, height, orientation = 1 } = imageSize(bytes);
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

/** Finds out, piece by piece, whether something is text in UTF-8 that a person can read. */
export class TextTest {
  readonly #decoder = new TextDecoder("utf-8", { fatal: true });
  #isText = true;
  #beginning = "";

  /** Looks at the next piece. */
  add(bytes: Uint8Array<ArrayBuffer>): void {
    if (!this.#isText) return;
    try {
      const text = this.#decoder.decode(bytes, { stream: true });
      // deno-lint-ignore no-control-regex -- no text has them; a terminal's colours do have ESC
      this.#isText = !/[\0-\x06\x0e-\x1a\x1c-\x1f]/.test(text);
      if (this.#beginning.length < MARKUP_BYTES) this.#beginning += text.slice(0, MARKUP_BYTES);
    } catch {
      this.#isText = false;
    }
  }

  /** Returns the type, if it is text: what may be markup is never plain text. */
  end(): string | undefined {
    if (!this.#isText) return undefined;
    try {
      this.#decoder.decode();
    } catch {
      return undefined;
    }
    return markupType(this.#beginning) ?? "text/plain";
  }
}

/** Returns the type of a text that looks like markup; a browser would look for the same. */
function markupType(text: string): string | undefined {
  const start = text.trimStart();
  if (!/^<[!?/a-z]/i.test(start)) return undefined;
  if (/<svg[\s>/:]/i.test(text)) return "image/svg+xml";
  return /^<\?xml/i.test(start) && !/<html[\s>]/i.test(text) ? "application/xml" : "text/html";
}

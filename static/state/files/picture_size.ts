/**
 * Reads the size of a picture from its beginning, before anything decodes it: a small file can be a picture of 10 GB.
 *
 * @module
 */

/** The properties of a picture that are known without decoding it. */
export interface PictureHeader {
  readonly type: "image/png" | "image/jpeg" | "image/gif" | "image/webp" | "image/avif";
  /** In pixels, as stored; absent if it isn't in the part that was read. */
  readonly width?: number;
  readonly height?: number;
  /** Whether it may move. */
  readonly isAnimated: boolean;
}

/** Reads the header of a picture; `undefined` if it is none that pages show. */
export function pictureHeader(bytes: Uint8Array): PictureHeader | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const text = (from: number, length: number) =>
    new TextDecoder("latin1").decode(bytes.subarray(from, from + length));
  if (text(1, 3) === "PNG" && bytes.length >= 24) {
    return {
      ...{ type: "image/png", width: view.getUint32(16), height: view.getUint32(20) },
      isAnimated: text(0, bytes.length).includes("acTL"),
    };
  }
  if (/^GIF8[79]a$/.test(text(0, 6)) && bytes.length >= 10) {
    return {
      ...{ type: "image/gif", width: view.getUint16(6, true), height: view.getUint16(8, true) },
      isAnimated: true,
    };
  }
  if (text(0, 4) === "RIFF" && text(8, 4) === "WEBP" && bytes.length >= 30) return webp(view, text);
  if (text(4, 4) === "ftyp" && /^avi[fs]$/.test(text(8, 4))) {
    return { type: "image/avif", isAnimated: text(8, 4) === "avis" };
  }
  if (bytes[0] === 0xff && bytes[1] === 0xd8 && bytes[2] === 0xff) return jpeg(view);
  return undefined;
}

function webp(view: DataView, text: (from: number, length: number) => string): PictureHeader {
  const kind = text(12, 4);
  const type = "image/webp";
  if (kind === "VP8X") {
    const size = (at: number) => (view.getUint16(at, true) | view.getUint8(at + 2) << 16) + 1;
    return {
      ...{ type, width: size(24), height: size(27) },
      isAnimated: (view.getUint8(20) & 2) !== 0,
    };
  }
  if (kind === "VP8L") {
    const bits = view.getUint32(21, true);
    return {
      ...{ type, width: (bits & 0x3fff) + 1, height: (bits >> 14 & 0x3fff) + 1 },
      isAnimated: false,
    };
  }
  const [width, height] = [view.getUint16(26, true) & 0x3fff, view.getUint16(28, true) & 0x3fff];
  return { type, width, height, isAnimated: false };
}

/** The size stands in a frame header (SOF), behind segments of any length. */
function jpeg(view: DataView): PictureHeader {
  const type = "image/jpeg";
  let at = 2;
  while (at + 9 < view.byteLength && view.getUint8(at) === 0xff) {
    const marker = view.getUint8(at + 1);
    if (marker === 0xff) {
      at++;
      continue;
    }
    // C4, C8 and CC are tables.
    if (marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc) {
      const [height, width] = [view.getUint16(at + 5), view.getUint16(at + 7)];
      return { type, width, height, isAnimated: false };
    }
    at += 2 + view.getUint16(at + 2);
  }
  return { type, isAnimated: false };
}

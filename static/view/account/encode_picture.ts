/// <reference lib="dom" />
import { PICTURE_BYTES, PICTURE_PIXELS } from "../../../protocol/pictures.ts";

/** The qualities that are tried, until the picture is small enough. */
const QUALITIES = [0.9, 0.8, 0.7, 0.55, 0.4, 0.25];

/** The types that are tried: Safari writes no WebP. */
const TYPES = ["image/webp", "image/jpeg"] as const;

/**
 * Makes a square of the middle of a picture, of at most 256 pixels a side, and without anything that a camera has written
 * into it. Undefined if no browser can show it.
 *
 * @returns it in base64
 */
export async function encodePicture(file: Blob): Promise<string | undefined> {
  try {
    const image = await createImageBitmap(file, { imageOrientation: "from-image" });
    const side = Math.min(image.width, image.height);
    const canvas = document.createElement("canvas");
    canvas.width = canvas.height = Math.min(side, PICTURE_PIXELS);
    const context = canvas.getContext("2d");
    if (!context) return undefined;
    context.imageSmoothingQuality = "high";
    const [x, y] = [(image.width - side) / 2, (image.height - side) / 2];
    context.drawImage(image, x, y, side, side, 0, 0, canvas.width, canvas.height);
    image.close();
    const blob = await smallEnough(canvas);
    return blob && toBase64(new Uint8Array(await blob.arrayBuffer()));
  } catch {
    return undefined;
  }
}

async function smallEnough(canvas: HTMLCanvasElement): Promise<Blob | undefined> {
  for (const type of TYPES) {
    for (const quality of QUALITIES) {
      const blob = await new Promise<Blob | null>((resolve) =>
        canvas.toBlob(resolve, type, quality)
      );
      if (blob?.type !== type) break;
      if (blob.size <= PICTURE_BYTES) return blob;
    }
  }
}

function toBase64(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text);
}

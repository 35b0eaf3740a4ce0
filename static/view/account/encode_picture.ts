/// <reference lib="dom" />
import { PICTURE_BYTES, PICTURE_PIXELS } from "../../../protocol/pictures.ts";
import type { Crop } from "../../state/crop.ts";

/** The qualities that are tried, until the picture is small enough. */
const QUALITIES = [0.9, 0.8, 0.7, 0.55, 0.4, 0.25];

/** The types that are tried: Safari writes no WebP. */
const TYPES = ["image/webp", "image/jpeg"] as const;

/** Decodes a picture; undefined if no browser can show it. */
export async function decodePicture(file: Blob): Promise<ImageBitmap | undefined> {
  try {
    return await createImageBitmap(file, { imageOrientation: "from-image" });
  } catch {
    return undefined;
  }
}

/**
 * Makes a square of a part of a picture, of at most 256 pixels a side, and without anything that a camera has written
 * into it. Undefined if this browser can't.
 *
 * @returns it in base64
 */
export async function encodePicture(image: ImageBitmap, crop: Crop): Promise<string | undefined> {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = Math.max(1, Math.min(Math.floor(crop.side), PICTURE_PIXELS));
  if (!drawCrop(canvas, image, crop)) return undefined;
  const blob = await smallEnough(canvas);
  return blob && toBase64(new Uint8Array(await blob.arrayBuffer()));
}

/** Draws a part of a picture over all of a canvas; returns whether this browser can. */
export function drawCrop(canvas: HTMLCanvasElement, image: ImageBitmap, crop: Crop): boolean {
  const context = canvas.getContext("2d");
  if (!context) return false;
  context.imageSmoothingQuality = "high";
  context.clearRect(0, 0, canvas.width, canvas.height);
  const { x, y, side } = crop;
  context.drawImage(image, x, y, side, side, 0, 0, canvas.width, canvas.height);
  return true;
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

/// <reference lib="dom" />
import { isJpeg, withoutMetadata } from "./jpeg.ts";
import { type PictureHeader, pictureHeader } from "./picture_size.ts";
import type { Prepared } from "./own_uploads.ts";

/** The longest side of the smaller picture, in pixels. */
export const PREVIEW_PIXELS = 640;
/** Pictures of more pixels are not decoded: four bytes each in memory. */
const MOST_PIXELS = 60_000_000;
/** The beginning of a file in which its size is looked for, in bytes; metadata may stand before it. */
const HEADER_BYTES = 256 * 1024;
/** A picture of so few bytes needs no smaller one. */
const SMALL_BYTES = 100 * 1024;
/** A moving picture of so many bytes is shown itself, so that it moves; a larger one only when it is opened. */
const MOVING_BYTES = 4 * 1024 * 1024;
const QUALITY = 0.8;
/** The time in which a browser finds the size of a video, or does without, in ms. */
const MEASURE_MS = 5_000;

/**
 * Makes a file ready for its upload: takes metadata out of JPEG, and makes a smaller picture.
 *
 * @throws if the file can't be read
 */
export async function prepare(file: Blob): Promise<Prepared> {
  const start = new Uint8Array(await file.slice(0, HEADER_BYTES).arrayBuffer());
  const header = pictureHeader(start);
  if (!header) return { blob: file, ...await videoSize(file) };
  const blob = isJpeg(start) ? withoutMetadata(new Uint8Array(await file.arrayBuffer())) : file;
  if ((header.width ?? 1) * (header.height ?? 1) > MOST_PIXELS) return { blob };
  try {
    return { blob, ...await shrink(blob, header) };
  } catch {
    // No browser can show it; it is a file like others.
    return { blob };
  }
}

async function shrink(
  blob: Blob,
  { type, isAnimated }: PictureHeader,
): Promise<Pick<Prepared, "preview" | "width" | "height">> {
  using picture = await decode(blob);
  const { width, height } = picture;
  const scale = Math.min(1, PREVIEW_PIXELS / Math.max(width, height));
  const isGoodItself = isAnimated ? blob.size <= MOVING_BYTES : blob.size <= SMALL_BYTES;
  if (isGoodItself) return { width, height };
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(width * scale));
  canvas.height = Math.max(1, Math.round(height * scale));
  const context = canvas.getContext("2d");
  if (!context) return { width, height };
  context.imageSmoothingQuality = "high";
  context.drawImage(picture.image, 0, 0, canvas.width, canvas.height);
  let preview = await encoded(canvas, "image/webp");
  // Safari writes no WebP. JPEG has no transparency, which photos don't need.
  if (preview?.type !== "image/webp" && type === "image/jpeg") {
    preview = await encoded(canvas, "image/jpeg");
  }
  const isWorth = preview && preview.size < blob.size * 0.8;
  return { width, height, ...(preview && isWorth && { preview }) };
}

/** Measures a video, if it is one that this browser plays. */
async function videoSize(file: Blob): Promise<Pick<Prepared, "video">> {
  if (!file.type.startsWith("video/")) return {};
  const video = document.createElement("video");
  const { promise, resolve } = Promise.withResolvers<void>();
  video.onloadedmetadata = video.onerror = () => resolve();
  setTimeout(resolve, MEASURE_MS);
  video.preload = "metadata";
  video.src = URL.createObjectURL(file);
  await promise;
  URL.revokeObjectURL(video.src);
  const { videoWidth: width, videoHeight: height } = video;
  return width > 0 && height > 0 ? { video: `${width}x${height}` } : {};
}

interface DecodedPicture extends Disposable {
  readonly image: CanvasImageSource;
  /** In pixels, with the orientation applied. */
  readonly width: number;
  readonly height: number;
}

/** Decodes a picture as it is shown, off the page's thread. */
async function decode(blob: Blob): Promise<DecodedPicture> {
  const image = await createImageBitmap(blob, { imageOrientation: "from-image" });
  const { width, height } = image;
  return { image, width, height, [Symbol.dispose]: () => image.close() };
}

function encoded(canvas: HTMLCanvasElement, type: string): Promise<Blob | null> {
  return new Promise((resolve) => canvas.toBlob(resolve, type, QUALITY));
}

/** The ways in which the page shows a file. */
export type FileKind = "picture" | "video" | "audio" | "file";

/** The properties of a file that is here or on the server. */
export interface KnownFile {
  readonly name: string;
  readonly type: string;
  readonly size: number;
  readonly width?: number;
  readonly height?: number;
}

const PICTURES = /^image\/(?:png|jpeg|gif|webp|avif)$/;
const VIDEOS = /^video\/(?:mp4|webm|ogg)$/;
const SOUNDS =
  /^(?:audio\/(?:mpeg|ogg|webm|mp4|x-m4a|aac|wav|x-wav|flac|x-flac)|application\/ogg)$/;
/** Pictures of more pixels are not decoded in the log, even if they are there without a smaller one. */
const MOST_PIXELS = 60_000_000;
/** Nor are those of more bytes. */
const MOST_BYTES = 12 * 1024 * 1024;

/** The kind of a file by its media type. A picture has a known size that its place can be kept free for. */
export function kindOf(
  { type, size, width, height }: KnownFile,
  hasPreview: boolean,
): FileKind {
  if (PICTURES.test(type) && width !== undefined && height !== undefined) {
    const isLight = width * height <= MOST_PIXELS && size <= MOST_BYTES;
    return isLight || hasPreview ? "picture" : "file";
  }
  return VIDEOS.test(type) ? "video" : SOUNDS.test(type) ? "audio" : "file";
}

/** The kind of a file in a word, such as "PDF": the ending of its name, or the second half of its media type. */
export function typeWord({ name, type }: KnownFile): string {
  const ending = /\.([A-Za-z0-9]{1,5})$/.exec(name)?.[1];
  if (ending !== undefined) return ending.toUpperCase();
  const half = /^[^/]+\/(?:x-)?([a-z0-9]{1,8})$/.exec(type)?.[1];
  return half === undefined ? "" : half.toUpperCase();
}

const UNITS = ["byte", "kilobyte", "megabyte", "gigabyte"] as const;

/** A number of bytes in words: "1.2 MB". */
export function sizeWords(bytes: number, locale: string): string {
  let unit = 0;
  let value = bytes;
  while (value >= 999.5 && unit < UNITS.length - 1) {
    value /= 1024;
    unit++;
  }
  return new Intl.NumberFormat(locale, {
    style: "unit",
    unit: UNITS[unit] ?? "byte",
    unitDisplay: unit === 0 ? "long" : "short",
    maximumFractionDigits: value < 10 && unit > 0 ? 1 : 0,
  }).format(value);
}

/** The most that a single picture takes in the log, in CSS pixels. */
const MOST_WIDTH = 400;
const MOST_HEIGHT = 300;
/** So little of a very long or very narrow one can be seen at least. */
const LEAST = 48;

/** The size at which a picture stands in the log, in CSS pixels: known before it is loaded. */
export function shownSize(
  { width = MOST_WIDTH, height = MOST_HEIGHT }: Pick<KnownFile, "width" | "height">,
): { readonly width: number; readonly height: number } {
  const scale = Math.min(1, MOST_WIDTH / width, MOST_HEIGHT / height);
  return {
    width: Math.max(LEAST, Math.round(width * scale)),
    height: Math.max(LEAST, Math.round(height * scale)),
  };
}

/** The place of a video in the log, which is known before it is loaded: as wide or as high as one may be. */
export function videoStyle(
  { width = 16, height = 9 }: Pick<KnownFile, "width" | "height">,
): { readonly width: string; readonly aspectRatio: string } {
  const scale = Math.min(MOST_WIDTH / width, MOST_HEIGHT / height);
  const shown = Math.max(LEAST, Math.round(width * scale));
  return { width: `min(${shown}px, 100%)`, aspectRatio: `${width} / ${height}` };
}

/** The address of a file on the server, relative to the page. */
export function fileAddress({ id, name }: { readonly id: string; readonly name: string }): string {
  // A name of points alone would be taken for a folder.
  return `files/${id}/${/^\.*$/.test(name) ? "file" : encodeURIComponent(name)}`;
}

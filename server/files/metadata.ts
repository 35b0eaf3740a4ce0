import { badRequest, type Refusal } from "../responses.ts";
import type { VideoSize } from "../../state/contents.ts";
import { isFileId, toFileName } from "../../protocol/file_names.ts";
import { listItems } from "../headers.ts";

/** The metadata that a client sends with an upload, apart from its length. */
export interface UploadMetadata {
  /** The name of the file, cleaned. */
  readonly name: string;
  /** The id of the file that is its smaller picture. */
  readonly preview?: string;
  /** Of a video, as the client has measured it, in pixels. */
  readonly video?: VideoSize;
}

/** The most keys that are read; the page sends three. */
const KEYS = 20;

/**
 * Reads the header `Upload-Metadata` of tus: keys with values in base64, separated by commas. Only `filename`, `preview` and
 * `video` matter; nobody is believed what type a file has.
 */
export function readMetadata(value: string | null): UploadMetadata | Refusal {
  const values = new Map<string, string>();
  for (const item of listItems(value).slice(0, KEYS)) {
    const [key = "", encoded = ""] = item.split(" ", 2);
    const text = decode(encoded);
    if (text === undefined) {
      return badRequest(
        `Cannot upload: the value of ${
          JSON.stringify(key.slice(0, 50))
        } in Upload-Metadata must be UTF-8 in base64`,
      );
    }
    values.set(key, text);
  }
  const preview = values.get("preview");
  if (preview !== undefined && !isFileId(preview)) {
    return badRequest("Cannot upload: preview in Upload-Metadata must be the id of a file");
  }
  return {
    name: toFileName(values.get("filename") ?? ""),
    ...(preview !== undefined && { preview }),
    ...readVideo(values.get("video")),
  };
}

/** Reads a size such as `640x360`: nothing depends on it but the place that pages keep free. */
function readVideo(text = ""): Pick<UploadMetadata, "video"> {
  const [, width, height] = /^([1-9]\d{0,4})x([1-9]\d{0,4})$/.exec(text) ?? [];
  if (width === undefined || height === undefined) return {};
  return { video: { width: Number(width), height: Number(height) } };
}

function decode(base64: string): string | undefined {
  try {
    const bytes = Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

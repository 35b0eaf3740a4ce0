import { isMessageId, isRoom } from "../../../protocol/mod.ts";
import { isRecord } from "../storage.ts";

/** A file of this person that no message on the server has yet: in the tray of a room, or of a message on its way. */
export interface OwnFile {
  /** The page's own name for it, never reused. */
  readonly key: string;
  readonly room: string;
  /** The message that waits for it; absent while it is in the tray. */
  readonly message?: string;
  /** The tab of the browser where it was chosen. */
  readonly tab: string;
  /** The place among the others: about when it was chosen, in ms since 1970. */
  readonly place: number;
  readonly name: string;
  /** In bytes. */
  readonly size: number;
  /** The browser's word for its media type; empty if it has none. */
  readonly type: string;
  /** In pixels, of pictures, as shown. */
  readonly width?: number;
  readonly height?: number;
  /** The size of a video, such as `640x360`. */
  readonly video?: string;
  /** The address of an upload that has begun. */
  readonly url?: string;
  /** The id on the server, when all of it is there. */
  readonly id?: string;
  /** The id of the smaller picture on the server. */
  readonly preview?: string;
  /** The code of what went wrong; it is not tried again automatically. */
  readonly failed?: string;
  /** Present once the content is kept beyond the page, where other tabs find it. */
  readonly kept?: true;
  /** Present if the content can't be kept beyond the page. */
  readonly passing?: true;
}

/** Whether a value read from a store is an {@linkcode OwnFile}. */
export function isOwnFile(value: unknown): value is OwnFile {
  return isRecord(value) && isMessageId(value.key) && isRoom(value.room) &&
    isOptional(value.message, "string") && typeof value.tab === "string" &&
    typeof value.place === "number" && (value.kept === undefined || value.kept === true) &&
    typeof value.name === "string" && typeof value.size === "number" &&
    typeof value.type === "string" && isOptional(value.width, "number") &&
    isOptional(value.height, "number") && isOptional(value.video, "string") &&
    isOptional(value.url, "string") &&
    isOptional(value.id, "string") && isOptional(value.preview, "string") &&
    isOptional(value.failed, "string") && (value.passing === undefined || value.passing === true);
}

function isOptional(value: unknown, type: "string" | "number"): boolean {
  return value === undefined || typeof value === type;
}

/** Without what only the server knows of it: another server, or another person, has none of it. */
export function withoutServer(attachment: OwnFile): OwnFile {
  const { id: _id, url: _url, preview: _preview, ...rest } = attachment;
  return rest;
}

import type { Fields } from "../../protocol/fields.ts";
import { isFileId } from "../../protocol/mod.ts";
import { DAY_MS } from "../../lib/time.ts";
import { AttachmentTable } from "../attachment_table.ts";
import { each, isCount, isNumber, isText, type Kind } from "../kind.ts";
import { CHANGED, type EventOutcome, refused, UNCHANGED } from "../outcome.ts";
import { Permissions } from "../permissions.ts";

/** The most files of a person that no message names, without previews: so many can wait to be sent. */
export const UNNAMED_FILES = 200;

/** The refusal of what the limit of all files has no room for. */
export const NO_ROOM_FOR_FILES = {
  code: "full",
  reason: "there is no room for more files",
} as const;

/** The most bytes that all files together may have where there is no limit: with more, the sum could not be read. */
const MAX_FILES_BYTES = 2 ** 52;

/** Somebody has uploaded a file: its bytes are kept under its id. */
export interface FileEvent {
  readonly type: "file";
  /** Random; see `isFileId`. */
  readonly id: string;
  /** The id of the person. */
  readonly person: string;
  readonly name: string;
  /** In bytes. */
  readonly size: number;
  /** The media type that its bytes have, as the person's server has found. */
  readonly mime: string;
  /** In pixels, of a picture or a video. */
  readonly width?: number;
  readonly height?: number;
  /** The id of a smaller picture, a file that the person has uploaded before. */
  readonly preview?: string;
  /** SHA-256 of its bytes, in base64url. */
  readonly sha256: string;
  /** The bytes that all files together may have, as the person's server was started; 0 is no limit. */
  readonly total: number;
  /** The bytes that a person may upload in 24 hours; 0 is no limit. */
  readonly day: number;
}

/**
 * Returns why a person may not upload a file of `size` bytes, whatever it is. Also asked before an upload begins.
 */
export function judgeUploader(
  { person, size, total, day }: Pick<FileEvent, "person" | "size" | "total" | "day">,
  { permissions, files, now }: {
    readonly permissions: Permissions;
    readonly files: AttachmentTable;
    /** In ms since 1970. */
    readonly now: number;
  },
): Pick<Extract<EventOutcome, { type: "refused" }>, "code" | "reason" | "retry"> | undefined {
  if (!permissions.mayEnter(person)) return { code: "forbidden", reason: "you are banned" };
  if (!permissions.mayWrite(person)) {
    return { code: "forbidden", reason: "guests may not write: take a name first" };
  }
  const mute = permissions.muteOf(person, now);
  if (mute) return { code: "muted", reason: "you are muted", ...mute };
  // The answer must not show whether someone else has uploaded the same bytes: a stored content counts, too.
  if (files.total.bytes + size > (total || MAX_FILES_BYTES)) {
    return NO_ROOM_FOR_FILES;
  }
  if (day > 0 && files.uploaded(person, now - DAY_MS) + size > day) {
    return { code: "too_many", reason: "you have uploaded too much today" };
  }
  if (files.countUnnamed(person) >= UNNAMED_FILES) {
    return { code: "too_many", reason: `${UNNAMED_FILES} of your files are in no message yet` };
  }
}

export const fileKind: Kind<FileEvent> = {
  parse(fields: Fields): FileEvent | undefined {
    const { id, person, name, size, mime, width, height, preview, sha256, total, day } = fields;
    if (!isFileId(id) || !isText(person) || !isText(name) || !name.isWellFormed()) return undefined;
    if (!isNumber(size) || !isText(mime) || !isText(sha256)) return undefined;
    if (!isNumber(total) || !isNumber(day)) return undefined;
    if (width !== undefined && !isCount(width)) return undefined;
    if (height !== undefined && !isCount(height)) return undefined;
    if (preview !== undefined && !isFileId(preview)) return undefined;
    return {
      ...{ type: "file", id, person, name, size, mime },
      ...(width !== undefined && { width }),
      ...(height !== undefined && { height }),
      ...(preview !== undefined && { preview }),
      ...{ sha256, total, day },
    };
  },

  prepare(db) {
    const permissions = new Permissions(db);
    const files = new AttachmentTable(db);

    /** Returns whether a file can be the preview of another: one of the same person that nothing refers to yet. */
    function isPreview(id: string, person: string): boolean {
      const preview = files.of(id);
      return preview?.person === person && preview.uses === 0 && preview.owner === undefined &&
        preview.preview === undefined;
    }

    return each(({ id, person, name, size, mime, sha256, total, day, ...picture }, at) => {
      const known = files.of(id);
      if (known !== undefined) {
        const isSame = known.person === person && known.hash === sha256;
        return isSame ? UNCHANGED : refused("bad_id", "the id is that of another file");
      }
      // Its file is gone, but its bytes are those of others.
      if (files.isNeeded(id)) return refused("bad_id", "the id was that of another file");
      const refusal = judgeUploader({ person, size, total, day }, { permissions, files, now: at });
      if (refusal !== undefined) return { type: "refused", ...refusal };
      const { width, height, preview } = picture;
      if (preview !== undefined && (preview === id || !isPreview(preview, person))) {
        return refused("no_file", "there is no such preview");
      }
      files.add({
        ...{ id, person, at, name, size, type: mime, hash: sha256 },
        ...(width !== undefined && { width }),
        ...(height !== undefined && { height }),
        ...(preview !== undefined && { preview }),
      });
      return CHANGED;
    });
  },
};

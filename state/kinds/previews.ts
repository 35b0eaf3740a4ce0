import { each, isNumber, isText, type Kind } from "../kind.ts";
import { type Fields, isFields, isList } from "../../protocol/fields.ts";
import { isPreviews } from "../../protocol/previews.ts";
import { isFileId, type LinkPreview, type PreviewPicture } from "../../protocol/mod.ts";
import { ChangeJudge, GONE } from "../change_judge.ts";
import { type EventOutcome, refused, UNCHANGED } from "../outcome.ts";
import { Permissions } from "../permissions.ts";
import { StoredSettings } from "../settings.ts";
import { judgeUploader } from "./file.ts";

/** The bytes of a preview's picture, which are kept under its id. */
export interface PictureFile {
  readonly id: string;
  /** In bytes. */
  readonly size: number;
  /** The media type that they have. */
  readonly mime: string;
  /** Their SHA-256, in base64url. */
  readonly sha256: string;
}

/** The files that pictures of previews are. They count as files of the message's author. */
export interface PictureFiles {
  readonly files: readonly PictureFile[];
  /** The bytes that all files together may have, as the server was started; 0 is no limit. */
  readonly total: number;
  /** The bytes that a person may upload in 24 hours; 0 is no limit. */
  readonly day: number;
}

/** A server has read what a message links to. */
export interface PreviewsEvent {
  readonly type: "previews";
  readonly room: string;
  readonly seq: number;
  /** One or more, each of an address that stands in the message. */
  readonly previews: readonly LinkPreview[];
  /** One file for each of their pictures. */
  readonly pictures?: PictureFiles;
}

export const previewsKind: Kind<PreviewsEvent> = {
  parse({ room, seq, previews, pictures }: Fields): PreviewsEvent | undefined {
    if (!isText(room) || !isNumber(seq)) return undefined;
    if (!isPreviews(previews) || previews.length === 0) return undefined;
    if (pictures !== undefined && !isPictureFiles(pictures)) return undefined;
    if (!areThose(picturesOf(previews), pictures?.files ?? [])) return undefined;
    return {
      ...{ type: "previews", room, seq, previews },
      ...(pictures !== undefined && { pictures }),
    };
  },

  prepare(db) {
    const permissions = new Permissions(db);
    const judge = new ChangeJudge(db, permissions);
    const settings = new StoredSettings(db);
    const { table } = judge;
    const files = table.files.attachments;

    /** Adds the files of pictures; returns why not, and then adds none. */
    function addPictures(event: PreviewsEvent, person: string, at: number) {
      if (event.pictures === undefined) return undefined;
      const { files: added, total, day } = event.pictures;
      if (added.some(({ id }) => files.of(id) !== undefined || files.isNeeded(id))) {
        return refused("bad_id", "the id of a picture is that of another file");
      }
      const size = added.reduce((sum, file) => sum + file.size, 0);
      const draft = { person, size, total, day };
      const refusal = judgeUploader(draft, { permissions, files, now: at });
      if (refusal !== undefined) return { type: "refused", ...refusal } as const;
      const shown = new Map(picturesOf(event.previews).map((picture) => [picture.id, picture]));
      for (const { id, size, mime: type, sha256: hash } of added) {
        const { width, height } = shown.get(id) ?? { width: 1, height: 1 };
        files.addPicture({ id, person, at, name: "preview", size, type, width, height, hash });
      }
    }
    return each((event, at): EventOutcome => {
      const { room, seq, previews } = event;
      if (!settings.read().previews) return refused("forbidden", "there are no previews");
      const target = judge.findAny(room, seq);
      if (target === undefined) return refused("bad_value", "there is no such message");
      const { change } = target;
      if (change.deleted !== undefined) return GONE;
      if (change.previews?.bytes === 0) return refused("forbidden", "they were removed");
      const text = table.message(target.room.id, room, seq)?.text ?? "";
      // It was edited meanwhile.
      if (!previews.every(({ url }) => text.includes(url))) {
        return refused("stale", "the message has not these links");
      }
      if (JSON.stringify(table.previewsOf(change)) === JSON.stringify(previews)) return UNCHANGED;
      const refusal = addPictures(event, target.authorId, at);
      if (refusal !== undefined) return refusal;
      return judge.revise({ target, change: table.withPreviews(change, previews), now: at });
    });
  },
};

function picturesOf(previews: readonly LinkPreview[]): PreviewPicture[] {
  return previews.flatMap(({ picture }) => picture ?? []);
}

/** Returns whether there is exactly one file for each picture. */
function areThose(pictures: readonly PreviewPicture[], files: readonly PictureFile[]): boolean {
  const ids = new Set(files.map(({ id }) => id));
  return ids.size === files.length && ids.size === pictures.length &&
    new Set(pictures.map(({ id }) => id)).size === ids.size &&
    pictures.every(({ id }) => ids.has(id));
}

function isPictureFiles(value: unknown): value is PictureFiles {
  return isFields(value) && isList(value.files, isPictureFile) && isNumber(value.total) &&
    isNumber(value.day);
}

function isPictureFile(value: unknown): value is PictureFile {
  return isFields(value) && isFileId(value.id) && isNumber(value.size) && isText(value.mime) &&
    isText(value.sha256);
}

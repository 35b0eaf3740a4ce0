/**
 * The pictures of people, and the chat's icon, in an archive.
 *
 * @module
 */
import type { Fields } from "../protocol/fields.ts";
import { isMessageId } from "../protocol/names.ts";
import { isData } from "../protocol/pictures.ts";
import { PICTURE_TYPES } from "../state/kinds/picture.ts";
import { CHAT, type Picture } from "../state/picture_table.ts";
import { isId, read } from "./fields.ts";

/** The picture of a person who was there before, or the chat's icon (`owner` is `*`); `data` in base64. */
export type ArchivedPicture = { readonly type: "picture"; readonly owner: string } & Picture;

/** Parses the fields of a line but its type. */
export function readPictureLine(fields: Fields): ArchivedPicture {
  return {
    type: "picture",
    owner: read(fields, "owner", isOwner, "an id or *"),
    id: read(fields, "id", isMessageId, "an id"),
    mime: read(fields, "mime", isPictureType, "the type of a picture"),
    data: read(fields, "data", isData, "a picture in base64"),
  };
}

function isOwner(value: unknown): value is string {
  return value === CHAT || isId(value);
}

function isPictureType(value: unknown): value is string {
  return typeof value === "string" && PICTURE_TYPES.includes(value);
}

/**
 * The capability of previews of links: what a server has read at the addresses that a message links to.
 *
 * @module
 */
import type { CommandParsers } from "./capability.ts";
import { notCount, readRoomAction } from "./command_fields.ts";
import { isCount, isFields, isList, isString } from "./fields.ts";
import { isFileId } from "./file_names.ts";
import type { LinkPreview, PreviewPicture } from "./types.ts";
import { utf8Bytes } from "./utf8.ts";

/** The most previews of a message. */
export const PREVIEWS = 3;

/** The most characters (UTF-16 code units) of a preview's parts. */
export const PREVIEW_URL_CHARACTERS = 1000;
export const PREVIEW_TITLE_CHARACTERS = 200;
export const PREVIEW_DESCRIPTION_CHARACTERS = 300;
export const PREVIEW_SITE_CHARACTERS = 80;

/** The most bytes that the previews of a message have as JSON. */
export const PREVIEWS_BYTES = 8 * 1024;

/** Removes the previews of a message, which then gets none again. Its author may, and moderators and admins in the room. */
export interface RemovePreviewsCommand {
  readonly type: "remove_previews";
  readonly id?: string;
  readonly room: string;
  readonly seq: number;
}

/** The parsers of the commands. */
export const PREVIEW_COMMANDS: CommandParsers<RemovePreviewsCommand> = {
  remove_previews: (fields) =>
    readRoomAction(fields, "remove previews", ({ seq }, room) => {
      return isCount(seq) ? { type: "remove_previews", room, seq } : notCount("seq", seq);
    }),
};

/** Checks for the previews of a message, in number and size, too. */
export function isPreviews(value: unknown): value is readonly LinkPreview[] {
  return isList(value, isPreview) && value.length <= PREVIEWS &&
    utf8Bytes(JSON.stringify(value)) <= PREVIEWS_BYTES;
}

/** Checks for a preview. */
export function isPreview(value: unknown): value is LinkPreview {
  return isFields(value) && isPart(value.url, PREVIEW_URL_CHARACTERS) &&
    /^https?:\/\//i.test(value.url) && isPart(value.title, PREVIEW_TITLE_CHARACTERS) &&
    isOptionalPart(value.description, PREVIEW_DESCRIPTION_CHARACTERS) &&
    isOptionalPart(value.site, PREVIEW_SITE_CHARACTERS) &&
    (value.picture === undefined || isPicture(value.picture));
}

/** Returns exactly the fields of a preview. */
export function copyPreview(
  { url, title, description, site, picture }: LinkPreview,
): LinkPreview {
  return {
    ...{ url, title },
    ...(description !== undefined && { description }),
    ...(site !== undefined && { site }),
    ...(picture !== undefined && {
      picture: { id: picture.id, width: picture.width, height: picture.height },
    }),
  };
}

function isPicture(value: unknown): value is PreviewPicture {
  return isFields(value) && isFileId(value.id) && isPixels(value.width) && isPixels(value.height);
}

function isPixels(value: unknown): value is number {
  return isCount(value) && value > 0;
}

function isOptionalPart(value: unknown, length: number): value is string | undefined {
  return value === undefined || isPart(value, length);
}

function isPart(value: unknown, length: number): value is string {
  return isString(value) && value !== "" && value.length <= length && value.isWellFormed() &&
    !value.includes("\0");
}

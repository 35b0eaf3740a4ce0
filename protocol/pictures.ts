/**
 * The capability of pictures: of people, and the chat's icon.
 *
 * @module
 */
import type { CommandParsers, LineParsers } from "./capability.ts";
import { readAction } from "./command_fields.ts";
import { isFields, isList, isString } from "./fields.ts";
import { isMessageId } from "./names.ts";

/** The most bytes of a picture. */
export const PICTURE_BYTES = 24 * 1024;

/** The longest side of a picture, in pixels. */
export const PICTURE_PIXELS = 256;

/** The most people that are asked about at once. */
export const PICTURE_PEOPLE = 100;

/** The most characters of a picture in base64. */
const PICTURE_CHARACTERS = Math.ceil(PICTURE_BYTES / 3) * 4;

/** Changes or removes a picture. */
export interface PictureCommand {
  readonly type: "picture";
  readonly id?: string;
  /** A JPEG, PNG or WebP of at most {@linkcode PICTURE_PIXELS} a side, in base64; absent to remove the picture. */
  readonly data?: string;
  /** The person whose picture an admin removes; absent for one's own. */
  readonly person?: string;
}

/** Changes or removes the chat's icon. For admins. */
export interface IconCommand {
  readonly type: "icon";
  readonly id?: string;
  /** As that of a {@linkcode PictureCommand}. */
  readonly data?: string;
}

/** Asks which pictures people have. */
export interface PicturesCommand {
  readonly type: "pictures";
  readonly id?: string;
  /** Their ids: at most {@linkcode PICTURE_PEOPLE}. */
  readonly people: readonly string[];
}

/** Every command of this capability. */
export type PicturesCommands = PictureCommand | IconCommand | PicturesCommand;

/** A person has another picture. Sent to everyone. */
export interface PictureLine {
  readonly type: "picture";
  /** The person's id. */
  readonly person: string;
  /** The id of the picture, which is at `/pictures/ID`; absent if there is none any more. */
  readonly picture?: string;
}

/** Answers `pictures`. */
export interface PicturesLine {
  readonly type: "pictures";
  readonly id?: string;
  /** The ids of people and of their pictures; people without one are left out. */
  readonly pictures: readonly { readonly person: string; readonly picture: string }[];
}

/** Every line of this capability. */
export type PicturesLines = PictureLine | PicturesLine;

/** The parsers of the commands. */
export const PICTURE_COMMANDS: CommandParsers<PicturesCommands> = {
  picture: (fields) =>
    readAction(fields, "change a picture", ({ data, person }) => {
      if (data !== undefined && !isData(data)) return DATA;
      if (person === undefined) return { type: "picture", ...(data !== undefined && { data }) };
      if (!isString(person) || person === "") return "person must be the id of a person";
      return data === undefined
        ? { type: "picture", person }
        : "the picture of another person can only be removed";
    }),

  icon: (fields) =>
    readAction(fields, "change the icon", ({ data }) => {
      if (data !== undefined && !isData(data)) return DATA;
      return { type: "icon", ...(data !== undefined && { data }) };
    }),

  pictures: (fields) =>
    readAction(fields, "ask for pictures", ({ people }) => {
      return isList(people, isString) && people.length > 0 && people.length <= PICTURE_PEOPLE
        ? { type: "pictures", people }
        : `people must be a list of 1 to ${PICTURE_PEOPLE} ids`;
    }),
};

const DATA = `data must be a picture of at most ${PICTURE_BYTES} bytes, in base64`;

/** Checks for a picture in base64. */
export function isData(value: unknown): value is string {
  return isString(value) && value !== "" && value.length <= PICTURE_CHARACTERS &&
    value.length % 4 === 0 && /^[A-Za-z0-9+/]+={0,2}$/.test(value);
}

/** The parsers of the lines. */
export const PICTURE_LINES: LineParsers<PicturesLines> = {
  picture({ person, picture }) {
    if (!isString(person) || (picture !== undefined && !isMessageId(picture))) return undefined;
    return { type: "picture", person, ...(picture !== undefined && { picture }) };
  },

  pictures({ id, pictures }) {
    if (id !== undefined && !isMessageId(id)) return undefined;
    if (!isList(pictures, isOwned)) return undefined;
    return { type: "pictures", pictures, ...(id !== undefined && { id }) };
  },
};

function isOwned(value: unknown): value is PicturesLine["pictures"][number] {
  return isFields(value) && isString(value.person) && isMessageId(value.picture);
}

import { Buffer } from "node:buffer";
import { randomBytes } from "node:crypto";
import { pictureSize } from "../../lib/picture_size.ts";
import { PICTURE_BYTES, PICTURE_PIXELS, type PicturesCommands } from "../../protocol/pictures.ts";
import { CHAT, type Picture } from "../picture_table.ts";
import { type ActionContext, type ActionHandlers, change, errorLine } from "./action.ts";

/** The bytes of a picture's id. */
const ID_BYTES = 16;

/** The types of pictures, by their first byte. */
const TYPES: ReadonlyMap<number | undefined, string> = new Map([
  [0xff, "image/jpeg"],
  [0x89, "image/png"],
  [0x52, "image/webp"],
]);

/** The commands of the capability of pictures. */
export const PICTURE_ACTIONS: ActionHandlers<PicturesCommands> = {
  picture: ({ data, person, id }, context) =>
    changePicture(person ?? context.person, { data, id }, context),

  icon: ({ data, id }, context) => changePicture(CHAT, { data, id }, context),

  pictures: ({ people, id }, { pictures }) => {
    const known = [...new Set(people)].flatMap((person) => {
      const picture = person === CHAT ? undefined : pictures.of(person);
      return picture === undefined ? [] : [{ person, picture }];
    });
    return {
      ...{ type: "pictures", pictures: known },
      ...(id !== undefined && { id }),
    };
  },
};

function changePicture(
  owner: string,
  { data, id }: { readonly data: string | undefined; readonly id: string | undefined },
  context: ActionContext,
) {
  const { person, pictureChanges } = context;
  const command = id === undefined ? {} : { id };
  const event = { type: "picture", owner, by: person } as const;
  if (data === undefined) return change(event, command, context);
  const picture = pictureIn(data);
  if (picture === undefined) return errorLine("bad_value", NO_PICTURE, id);
  // Everyone receives it, and loads it.
  const retry = pictureChanges.take(person);
  if (retry > 0) {
    return { ...errorLine("rate_limited", "you change pictures too often", id), retry };
  }
  return change({ ...event, picture }, command, context);
}

const NO_PICTURE =
  `it is no JPEG, PNG or WebP of at most ${PICTURE_PIXELS} × ${PICTURE_PIXELS} pixels and ${PICTURE_BYTES} bytes`;

/** Returns the picture in base64, with its type by its content; undefined if it is none. */
function pictureIn(data: string): Picture | undefined {
  const bytes = Buffer.from(data, "base64");
  if (bytes.length > PICTURE_BYTES) return undefined;
  const mime = TYPES.get(bytes[0]);
  const size = mime === undefined ? undefined : pictureSize(mime, bytes);
  if (mime === undefined || size === undefined) return undefined;
  if (size.width > PICTURE_PIXELS || size.height > PICTURE_PIXELS) return undefined;
  return { id: randomBytes(ID_BYTES).toString("base64url"), mime, data };
}

import type { DatabaseSync } from "node:sqlite";
import { each, isText, type Kind } from "../kind.ts";
import type { Fields } from "../../protocol/fields.ts";
import { isData } from "../../protocol/pictures.ts";
import { isMessageId } from "../../protocol/names.ts";
import type { Effect } from "../../hub/effects.ts";
import { Audit } from "../audit.ts";
import { type EventOutcome, refused, UNCHANGED } from "../outcome.ts";
import { Permissions } from "../permissions.ts";
import { CHAT, type Picture, PictureTable } from "../picture_table.ts";
import { StoredSettings } from "../settings.ts";

/** A person has another picture, or none; or the chat another icon. */
export interface PictureEvent {
  readonly type: "picture";
  /** The id of the person, or {@linkcode CHAT}. */
  readonly owner: string;
  /** Absent to remove it. */
  readonly picture?: Picture;
  /** The id of the person who wants it: an admin for the chat, and for others, whose picture can only be removed. */
  readonly by: string;
}

/** The types of pictures. */
export const PICTURE_TYPES: readonly string[] = ["image/jpeg", "image/png", "image/webp"];

export const pictureKind: Kind<PictureEvent> = {
  parse({ owner, picture, by }: Fields): PictureEvent | undefined {
    if (!isText(owner) || !isText(by)) return undefined;
    if (picture === undefined) return { type: "picture", owner, by };
    if (typeof picture !== "object" || picture === null) return undefined;
    if (!("id" in picture && "mime" in picture && "data" in picture)) return undefined;
    const { id, mime, data } = picture;
    if (!isMessageId(id) || !isText(mime) || !PICTURE_TYPES.includes(mime)) return undefined;
    return isData(data) ? { type: "picture", owner, picture: { id, mime, data }, by } : undefined;
  },

  prepare(db) {
    const permissions = new Permissions(db);
    const pictures = new PictureTable(db);
    const settings = new StoredSettings(db);
    const audit = new Audit(db);

    /** Returns why somebody may not change a picture; undefined if the person may. */
    function refusalOf({ owner, picture, by }: PictureEvent, at: number) {
      if (owner !== by) {
        if (!permissions.mayAdminister(by)) return refused("forbidden", "it is for admins");
        if (owner === CHAT || picture === undefined) return undefined;
        return refused("forbidden", "the picture of another person can only be removed");
      }
      if (!permissions.mayBecomeMember(by)) {
        return refused("forbidden", "guests have no picture: take a name first");
      }
      if (picture === undefined || permissions.muteOf(by, at) === undefined) return undefined;
      return refused("muted", "you are muted");
    }

    return each((event, at): EventOutcome => {
      const { owner, picture, by } = event;
      const refusal = refusalOf(event, at);
      if (refusal !== undefined) return refusal;
      if (picture !== undefined && pictures.find(picture.id) !== undefined) {
        return refused("bad_id", "the id is that of another picture");
      }
      const erased = pictures.of(owner) !== undefined && { erases: true as const };
      if (picture === undefined) {
        if (!pictures.remove(owner)) return UNCHANGED;
      } else pictures.set(owner, picture);
      if (owner === CHAT) {
        audit.add({ at, by, action: picture === undefined ? "remove_icon" : "icon" });
        const line = { type: "chat", chat: settings.read() } as const;
        return { type: "changed", effects: [{ type: "send", to: "everyone", line }], ...erased };
      }
      if (owner !== by) audit.add({ at, by, action: "remove_picture", person: owner });
      return { type: "changed", effects: [pictureEffect(owner, picture?.id)], ...erased };
    });
  },
};

/** Tells everyone of the picture of a person. */
export function pictureEffect(person: string, picture?: string): Effect {
  const line = { type: "picture", person, ...(picture !== undefined && { picture }) } as const;
  return { type: "send", to: "everyone", line };
}

/** Removes the picture of a person who has no name any more. Returns the effects. */
export function pictureRemover(db: DatabaseSync): (person: string) => Effect[] {
  const pictures = new PictureTable(db);
  return (person) => pictures.remove(person) ? [pictureEffect(person)] : [];
}

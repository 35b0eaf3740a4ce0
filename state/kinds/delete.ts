import { each, isNumber, isText, type Kind } from "../kind.ts";
import type { Fields } from "../../protocol/fields.ts";
import { isHiddenRoom } from "../../protocol/addresses.ts";
import { Audit } from "../audit.ts";
import { ChangeJudge, isTarget } from "../change_judge.ts";
import { type EventOutcome, refused, UNCHANGED } from "../outcome.ts";
import { MessageEnd } from "../message_end.ts";
import { Permissions } from "../permissions.ts";

/** A message is deleted: its author may, and those who keep order in the room. Its place and its id stay. */
export interface DeleteEvent {
  readonly type: "delete";
  readonly room: string;
  readonly seq: number;
  /** The id of the person's command, if it has one. */
  readonly id?: string;
  readonly person: string;
}

export const deleteKind: Kind<DeleteEvent> = {
  parse({ room, seq, id, person }: Fields): DeleteEvent | undefined {
    if (!isText(room) || !isNumber(seq) || !isText(person)) return undefined;
    if (id !== undefined && !isText(id)) return undefined;
    return { type: "delete", room, seq, person, ...(id !== undefined && { id }) };
  },

  prepare(db) {
    const permissions = new Permissions(db);
    const judge = new ChangeJudge(db, permissions);
    const end = new MessageEnd(judge);
    const audit = new Audit(db);
    return each((event, at): EventOutcome => {
      const { person, id } = event;
      const target = judge.find(event);
      if (!isTarget(target)) return target;
      const { room, authorId, change } = target;
      const isOwn = authorId === person && permissions.mayEnter(person);
      const isInCharge = judge.isInCharge(room, person);
      if (!isOwn && !isInCharge) {
        return refused("forbidden", "only its author and moderators can delete a message");
      }
      if (room.info.archived && !isInCharge) return refused("archived", "the room is archived");
      if (change.deleted !== undefined) return UNCHANGED;
      if (!isOwn) {
        // Of a hidden room, admins learn that it was done.
        const detail = isHiddenRoom(room.room) ? undefined : room.room;
        audit.add({ at, by: person, action: "delete_message", person: authorId, detail });
      }
      return end.delete(target, {
        deleted: isOwn ? "author" : "moderator",
        by: person,
        id,
        now: at,
      });
    });
  },
};
